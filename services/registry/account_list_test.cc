#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/filter.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/account_list_store.h"
#include "services/registry/testing/account_steps.h"

namespace daicho::registry {
namespace {

using ::testing::HasSubstr;

class AccountListTest : public AccountSteps {
 protected:
  AccountListTest() {
    Import(
        "0101,X,県庁,https://x.com/kencho\n"
        "0101,YouTube,ＰＲチャンネル,https://www.youtube.com/@pref\n"
        "0201,X,ボウサイ情報,https://x.com/bosai_1\n"
        "5001,X,教育だより 100%,https://x.com/kyoiku\n"
        "5002,X,\"学習 \"\"講座\"\" \\_O'Neil\",https://x.com/gakushu\n");
    Set("kencho",
        "organization_page_url = 'https://p.example/', "
        "organization_page_seen_on = '2026-11-01', opened_on = '2020-04-01', "
        "facts = '{\"verification.state\": \"STATE_VERIFIED\"}'");
    Set("bosai_1",
        "condition = 'SUSPENDED_BY_PLATFORM', opened_on = '2021-04-01', "
        "fields = fields || '{\"kind\": \"KIND_OFFICIAL\", "
        "\"operator_type\": \"OPERATOR_TYPE_COMMISSIONED\"}'");
    SetPosts("kencho", "'2026-11-20T12:00:00+09:00'");
    SetPosts("bosai_1", "'2025-03-31T23:59:59+09:00'");
    SetPosts("kyoiku", "NULL");
  }

  // As other services of the registry report facts.
  void Set(const std::string& handle, const std::string& assignments) {
    database_.Execute(
        absl::StrCat("UPDATE accounts SET ", assignments, " WHERE key = 'x::", handle, "'"));
  }

  void SetPosts(const std::string& handle, const std::string& last_post_time) {
    database_.Execute(absl::StrCat(
        "INSERT INTO account_activity (account, last_post_time, observe_time, source) SELECT id, ",
        last_post_time, ", now(), 'test' FROM accounts WHERE key = 'x::", handle, "'"));
  }

  // The last segments of the addresses found, with spaces between them, in order.
  std::string Found(const std::string& filter, const std::string& order_by = "",
                    const Person& person = kPrOffice) {
    const auto list = List(filter, order_by, person);
    EXPECT_EQ(list.total_size(), list.accounts_size()) << filter;
    return absl::StrJoin(list.accounts(), " ", [](std::string* out, const v1::Account& account) {
      const std::string& url = account.canonical_url();
      absl::StrAppend(out, url.substr(url.rfind('/') + 1));
    });
  }

  std::string MessageOf(const std::string& filter, const std::string& order_by = "") {
    v1::ListAccountsRequest request;
    request.set_filter(filter);
    request.set_order_by(order_by);
    v1::ListAccountsResponse response;
    const grpc::Status status = CallAs(kPrOffice, &Accounts::ListAccounts, request, &response);
    return absl::StrCat(ReasonOf(status), " ", status.error_message(), " ",
                        JapaneseOf(rpc::FromGrpc(status)));
  }
};

TEST_F(AccountListTest, FindsWhatAFilterAsksFor) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "kencho @pref bosai_1 kyoiku gakushu"},
      {"department=0101", "kencho @pref"},
      {"department=departments/0101", "kencho @pref"},
      {"department!=0101", "bosai_1 kyoiku gakushu"},
      {"department=5001", "kyoiku"},
      {"department:5001", "kyoiku gakushu"},
      {"department:9999", ""},
      {"-department:5001", "kencho @pref bosai_1"},
      {"platform=youtube", "@pref"},
      {"platform=旧Twitter department:5001", "kyoiku gakushu"},
      {"state=ACTIVE", "kencho @pref bosai_1 kyoiku gakushu"},
      {"state=STATE_ACTIVE state!=closed", "kencho @pref bosai_1 kyoiku gakushu"},
      {"state=PREPARING", ""},
      {"condition=suspended_by_platform", "bosai_1"},
      {"condition!=NORMAL", "bosai_1"},
      {"verification=VERIFIED", "kencho"},
      {"verification:*", "kencho"},
      {"NOT verification=VERIFIED", "@pref bosai_1 kyoiku gakushu"},
      // What is imported says no kind, and is the organisation's own.
      {"kind=OFFICIAL", "kencho @pref bosai_1 kyoiku gakushu"},
      {"kind!=OFFICIAL", ""},
      {"operator_type=COMMISSIONED", "bosai_1"},
      {"operator_type=DIRECT", ""},
      {"listed=true", "kencho"},
      {"listed=false department=0101", "@pref"},
      {"handle:KENCH", "kencho"},
      {"handle=@Kencho", "kencho"},
      {"handle=kench", ""},
      {"display_name=県庁", "kencho"},
      {"display_name=県", ""},
      {"display_name:県", "kencho"},
      {"display_name:prチャンネル", "@pref"},
      {"display_name:ＰＲちゃんねる", "@pref"},
      {"url=https://twitter.com/KENCHO?s=20", "kencho"},
      {"url!=https://twitter.com/KENCHO", "@pref bosai_1 kyoiku gakushu"},
      {"url:youtube.com", "@pref"},
      {"opened_on<2021-04-01", "kencho"},
      {"opened_on<=2021-04-01", "kencho bosai_1"},
      {"opened_on>2020-04-01", "bosai_1"},
      {"opened_on>=2020-04-01", "kencho bosai_1"},
      {"opened_on=2020-04-01", "kencho"},
      {"opened_on!=2020-04-01", "@pref bosai_1 kyoiku gakushu"},
      {"opened_on:*", "kencho bosai_1"},
      {"-opened_on:*", "@pref kyoiku gakushu"},
      {"create_time=2026-11-22", "kencho @pref bosai_1 kyoiku gakushu"},
      {"create_time<2026-11-22", ""},
      {"update_time>=2026-11-22T08:30:00+09:00", "kencho @pref bosai_1 kyoiku gakushu"},
      {"update_time>2026-11-22T08:30:00+09:00", ""},
      // T 5-9-3: what never posted is silent longest; of what nobody looked at nothing is known.
      {"last_post_time<2025-04-01", "bosai_1 kyoiku"},
      {"last_post_time<2025-03-31", "kyoiku"},
      {"last_post_time>=2025-03-31", "kencho bosai_1"},
      {"last_post_time=2026-11-20", "kencho"},
      {"last_post_time=never", "kyoiku"},
      {"last_post_time:*", "kencho bosai_1 kyoiku"},
      {"-last_post_time:*", "@pref gakushu"},
      {"-last_post_time<2025-04-01", "kencho @pref gakushu"},
      {"防災", "bosai_1"},  // By the department's name.
      {"ぼうさい", "bosai_1"},
      {"ﾎﾞｳｻｲ", "bosai_1"},
      {"BOSAI_1", "bosai_1"},
      {"教育", "kyoiku"},
      {"講座 OR 県庁", "kencho gakushu"},
      {"x.com -department:5001", "kencho bosai_1"},
      {"(department=0101 OR department=0201) platform=x", "kencho bosai_1"},
      {"department=0101 AND platform=x OR platform=youtube", "kencho @pref"}};
  for (const auto& [filter, found] : kCases) EXPECT_EQ(Found(filter), found) << filter;
}

TEST_F(AccountListTest, TakesEveryTextForWhatItSays) {
  EXPECT_EQ(Found("\"100%\""), "kyoiku");
  EXPECT_EQ(Found("\"1%\""), "");
  EXPECT_EQ(Found("\"%\""), "kyoiku");
  EXPECT_EQ(Found("bosai_1"), "bosai_1");
  EXPECT_EQ(Found("bosai-1"), "");
  EXPECT_EQ(Found("b_sai"), "");
  EXPECT_EQ(Found(R"("\"講座\"")"), "gakushu");
  EXPECT_EQ(Found(R"("\\_o'neil")"), "gakushu");
  EXPECT_EQ(Found("\"県庁\nhttps\""), "") << "a word is not found across two fields";
  for (const char* hostile :
       {"\"'; DROP TABLE accounts; --\"", "'\" OR 1=1'", "\"$1\"", "\"\\\\\"",
        "display_name=\"') OR ('1'='1\"", "handle:\"*\"", "\"{}\"", "display_name:\"\\\\0\""}) {
    (void)List(hostile);
  }
  EXPECT_EQ(Found(""), "kencho @pref bosai_1 kyoiku gakushu");
}

TEST_F(AccountListTest, OrdersByWhatIsAskedFor) {
  EXPECT_EQ(Found("", "department"), "kencho @pref bosai_1 kyoiku gakushu");
  EXPECT_EQ(Found("", "department desc"), "gakushu kyoiku bosai_1 @pref kencho");
  EXPECT_EQ(Found("", "display_name"), "bosai_1 gakushu kyoiku kencho @pref");
  EXPECT_EQ(Found("", "display_name desc"), "@pref kencho kyoiku gakushu bosai_1");
  // Those without posts, seen or not, come first.
  EXPECT_EQ(Found("platform=x -handle:zz last_post_time:*", "last_post_time"),
            "kyoiku bosai_1 kencho");
  EXPECT_EQ(Found("last_post_time:*", "last_post_time desc"), "kencho bosai_1 kyoiku");
  clock_.Advance(absl::Minutes(1));
  Listed(At("https://x.com/kyoiku"));
  EXPECT_EQ(List("", "update_time desc").accounts(0).canonical_url(), "https://x.com/kyoiku");
  EXPECT_EQ(List("", "update_time").accounts(4).canonical_url(), "https://x.com/kyoiku");
}

TEST_F(AccountListTest, FindsTextUnderTheNameTheAccountHasNow) {
  Rename(At("https://x.com/kyoiku"), "https://x.com/manabi", "まなびだより");
  EXPECT_EQ(Found("まなび"), "manabi");
  EXPECT_EQ(Found("教育だより"), "");
  EXPECT_EQ(Found("kyoiku"), "");
}

TEST_F(AccountListTest, ShowsStaffTheirOwnDepartmentWhateverTheFilter) {
  EXPECT_EQ(Found("", "", kStaff), "gakushu");
  EXPECT_EQ(Found("department=0101 OR department:5001 OR 県庁", "", kStaff), "gakushu");
  EXPECT_EQ(Found("-department=5002", "", kStaff), "");
}

TEST_F(AccountListTest, SaysWhatIsWrongWithAFilterAndWhere) {
  EXPECT_THAT(MessageOf("防災 AND stat=ACTIVE"),
              ::testing::AllOf(HasSubstr("INVALID_FILTER"), HasSubstr("At character 8"),
                               HasSubstr("8文字目"), HasSubstr("did you mean \"state\"")));
  EXPECT_THAT(MessageOf("state=ACTIV"),
              ::testing::AllOf(HasSubstr("At character 7"), HasSubstr("ACTIVE?")));
  EXPECT_THAT(MessageOf("(state=ACTIVE"), HasSubstr("At character 1"));
  EXPECT_THAT(MessageOf("", "nmae"), HasSubstr("INVALID_ORDER_BY"));
  EXPECT_THAT(MessageOf("", "display_name, update_time"), HasSubstr("INVALID_ORDER_BY"));
}

TEST_F(AccountListTest, FoldsTextLikeTheDatabase) {
  for (const std::string text :
       {"ＡＢＣ　ｶﾞｷﾞｸﾞ ヴァイオリン ヽヾ ヶ月 ー", "Straße İstanbul ΣΑΣ", "㈱㍿①½", "が か\u3099",
        "a\tb\nc", "ヷヸヺ", "😀𠮷", "", "plain ASCII TEXT"}) {
    EXPECT_EQ(domain::FoldSearch(text),
              database_.Value(absl::StrCat("SELECT folded($$", text, "$$)")))
        << text;
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM accounts WHERE search_text <> "
                            "account_search_text(fields, canonical_url)"),
            "0");
}

// Counts the accounts and reads two pages of one.
absl::Status ReadList(pg::Transaction tx, const domain::AccountQuery& query, store::Moment moment,
                      int total) {
  ASSIGN_OR_RETURN(const auto departments, store::DepartmentsFor(tx, query, moment));
  RETURN_IF_ERROR(store::CountAccounts(tx, query, departments, moment).status());
  store::Window window{.size = 1, .total = total};
  ASSIGN_OR_RETURN(const auto page, store::ListAccounts(tx, query, departments, moment, window));
  window.after = page.position;
  return store::ListAccounts(tx, query, departments, moment, window).status();
}

TEST_F(AccountListTest, MakesStatementsThatFitTheSchemaOfEveryFilter) {
  const auto platforms = wire::LoadPlatforms("services/registry/platforms");
  ASSERT_TRUE(platforms.ok());
  auto lease = database_.pool().Acquire(testing::Soon());
  ASSERT_TRUE(lease.ok());
  int made = 0;
  for (const char* field : {"department", "platform", "state", "condition", "verification", "kind",
                            "operator_type", "handle", "display_name", "url", "opened_on",
                            "create_time", "update_time", "last_post_time", "listed"}) {
    for (const FilterOperator op : kAllFilterOperators) {
      for (const char* value : {"0101", "x", "ACTIVE", "NORMAL", "VERIFIED", "OFFICIAL", "DIRECT",
                                "*", "a", "2026-04-01", "1900-01-01", "9998-12-31T00:00:00Z",
                                "never", "true", "https://x.com/a"}) {
        const std::string filter = absl::StrCat(field, ToText(op), value, " OR -word");
        const auto condition = domain::ReadAccountFilter(filter, *platforms);
        if (!condition.ok()) continue;
        domain::AccountQuery query{.condition = *condition, .only_department = "0101"};
        query.order.by = domain::kAllAccountOrders[made % 4];
        query.order.descending = made / 4 % 2 == 1;
        const absl::Status read =
            ReadList((*lease)->Begin(testing::Soon()), query, {5, made / 8 % 2 == 0},
                     made / 16 % 2 == 0 ? 1 : 1'000'000);
        ASSERT_TRUE(read.ok()) << filter << ": " << read;
        ++made;
      }
    }
  }
  EXPECT_GT(made, 100);
}

}  // namespace
}  // namespace daicho::registry
