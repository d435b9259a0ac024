// Pages of lists while others write: every account once, and as many as promised.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/registry/testing/account_steps.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;

const char* const kOrders[] = {"",
                               "department desc",
                               "display_name",
                               "display_name desc",
                               "last_post_time",
                               "last_post_time desc",
                               "update_time",
                               "update_time desc"};

// Pages through all accounts, `between` each two pages; says what came and what was promised.
class AccountPagesTest : public AccountSteps {
 protected:
  AccountPagesTest() {
    std::string rows;
    for (int i = 0; i < 40; ++i) {
      // Some have the same name.
      absl::StrAppend(&rows, i % 2 == 0 ? "0101" : "5002", ",X,だより", i % 7, ",https://x.com/a",
                      i, "\n");
    }
    Import(rows);
    database_.Execute(
        "INSERT INTO account_activity (account, last_post_time, observe_time, source)"
        " SELECT id, CASE WHEN change_sequence % 3 = 0 THEN NULL"
        " ELSE now() - change_sequence % 5 * interval '1 day' END, now(), 'test'"
        " FROM accounts WHERE change_sequence % 2 = 0");
  }

  struct Seen {
    std::vector<std::string> names;
    std::set<int> totals;
  };

  Seen Page(
      v1::ListAccountsRequest request, const std::function<void()>& between = [] {}) {
    Seen seen;
    do {
      const auto page = Must(kPrOffice, &Accounts::ListAccounts, request);
      for (const auto& account : page.accounts()) seen.names.push_back(account.name());
      seen.totals.insert(page.total_size());
      request.set_page_token(page.next_page_token());
      between();
    } while (!request.page_token().empty());
    return seen;
  }

  static v1::ListAccountsRequest Query(const std::string& order_by, int page_size) {
    v1::ListAccountsRequest request;
    request.set_order_by(order_by);
    request.set_page_size(page_size);
    return request;
  }

  std::vector<std::string> Names(const std::string& order_by) {
    std::vector<std::string> names;
    const auto list = List("", order_by);
    for (const auto& account : list.accounts()) names.push_back(account.name());
    return names;
  }

  // An import, a renaming and a closing of accounts on both sides of where a reader is.
  void Write() {
    clock_.Advance(absl::Seconds(1));
    const int turn = ++turn_;
    Import(absl::StrCat("0101,X,あたらしい,https://x.com/new", turn,
                        "\n5002,X,〜末,https://x.com/end", turn, "\n"));
    Rename(At(absl::StrCat("https://x.com/a", turn % 40)), absl::StrCat("https://x.com/r", turn),
           turn % 2 == 0 ? "〜改名" : "あ改名");
    Close(At(absl::StrCat("https://x.com/a", (turn + 20) % 40)), absl::CivilDay(2027, 1, 1));
  }

  int turn_ = 0;
};

TEST_F(AccountPagesTest, ShowEachAccountOnceInEveryOrder) {
  for (const char* order : kOrders) {
    const std::vector<std::string> whole = Names(order);
    for (const int size : {1, 7, 39, 40, 41}) {
      const Seen seen = Page(Query(order, size));
      EXPECT_EQ(seen.names, whole) << order << " by " << size;
      EXPECT_THAT(seen.totals, ElementsAre(40));
    }
  }
}

TEST_F(AccountPagesTest, GoTheOtherWayRoundInDescendingOrder) {
  for (const char* order : {"department", "display_name", "last_post_time", "update_time"}) {
    std::vector<std::string> reversed = Names(absl::StrCat(order, " desc"));
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(Names(order), reversed) << order;
  }
}

class AccountPagesInOrderTest : public AccountPagesTest,
                                public ::testing::WithParamInterface<const char*> {};

TEST_P(AccountPagesInOrderTest, ShowTheLedgerOfTheFirstPageWhateverIsWrittenBetween) {
  const std::vector<std::string> before = Names(GetParam());
  const Seen seen = Page(Query(GetParam(), 9), [this] { Write(); });
  EXPECT_EQ(seen.names, before);
  EXPECT_THAT(seen.totals, ElementsAre(40));
  EXPECT_EQ(List("").total_size(), 40 + 2 * turn_) << "the next list shows what was written";
}

TEST_P(AccountPagesInOrderTest, KeepWhatNoLongerMatchesAndLeaveOutWhatMatchesSince) {
  v1::ListAccountsRequest request = Query(GetParam(), 4);
  request.set_filter("state=ACTIVE だより -department=0101");
  const Seen seen = Page(request, [this] { Write(); });
  EXPECT_EQ(std::set<std::string>(seen.names.begin(), seen.names.end()).size(), 20u);
  EXPECT_EQ(seen.names.size(), 20u);
  EXPECT_THAT(seen.totals, ElementsAre(20));
  EXPECT_LT(List("state=ACTIVE だより -department=0101").total_size(), 20);
}

TEST_P(AccountPagesInOrderTest, ShowEachAccountOnceWhileOthersWriteAtTheSameTime) {
  const std::vector<std::string> before = Names("");
  std::atomic<bool> done = false;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; !done && i < 400; ++i) {
        Import(absl::StrCat("0101,X,だより9,https://x.com/w", writer, "n", i, "\n"));
        if (i >= 20) continue;
        const int own = writer * 20 + i;
        v1::Account account = At(absl::StrCat("https://x.com/a", own));
        account = Rename(account, absl::StrCat("https://x.com/b", own), i % 2 == 0 ? "あ" : "〜");
        Close(account, absl::CivilDay(2027, 1, 1));
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    const Seen seen = Page(Query(GetParam(), 11));
    const std::set<std::string> distinct(seen.names.begin(), seen.names.end());
    EXPECT_EQ(distinct.size(), seen.names.size()) << "none twice";
    EXPECT_THAT(seen.totals, ElementsAre(static_cast<int>(seen.names.size())))
        << "as many as promised";
    for (const std::string& name : before) EXPECT_EQ(distinct.count(name), 1u) << "none left out";
  }
  done = true;
  for (std::thread& writer : writers) writer.join();
}

INSTANTIATE_TEST_SUITE_P(AllOrders, AccountPagesInOrderTest, ::testing::ValuesIn(kOrders),
                         [](const auto& info) {
                           std::string name = info.param[0] == 0 ? "default" : info.param;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST_F(AccountPagesTest, BelongToOneFilterOrderAndCaller) {
  v1::ListAccountsRequest request = Query("display_name", 5);
  request.set_page_token(Must(kPrOffice, &Accounts::ListAccounts, request).next_page_token());
  v1::ListAccountsResponse response;
  const auto reason = [&](const Person& person, const v1::ListAccountsRequest& other) {
    return ReasonOf(CallAs(person, &Accounts::ListAccounts, other, &response));
  };
  EXPECT_EQ(reason(kPrOffice, request), "");

  v1::ListAccountsRequest other = request;
  other.set_order_by("display_name desc");
  EXPECT_EQ(reason(kPrOffice, other), "INVALID_PAGE_TOKEN");
  other = request;
  other.set_filter("platform=x");
  EXPECT_EQ(reason(kPrOffice, other), "INVALID_PAGE_TOKEN");
  other = request;
  *other.mutable_read_time() = daicho::wire::ToTimestamp(clock_.Now());
  EXPECT_EQ(reason(kPrOffice, other), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(reason(kStaff, request), "INVALID_PAGE_TOKEN");
  other = request;
  other.set_page_size(7);
  EXPECT_EQ(reason(kPrOffice, other), "");
}

}  // namespace
}  // namespace daicho::registry
