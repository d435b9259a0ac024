// The ledger as it was: one account, lists, lookups, and who made it so.
#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/registry/testing/account_steps.h"

namespace daicho::registry {
namespace {

constexpr absl::CivilDay kFirstDay(2026, 11, 22);

class AccountAsOfTest : public AccountSteps {
 protected:
  // An account that is imported at 08:30, renamed a day later, and closed a day after that.
  AccountAsOfTest() {
    Import("0101,X,県庁,https://x.com/kencho\n");
    imported_ = Listed(At("https://x.com/kencho"));
    clock_.Advance(absl::Hours(24));
    renamed_ = Rename(imported_, "https://x.com/pref", "県からのお知らせ");
    clock_.Advance(absl::Hours(24));
    closing_ = Close(renamed_, kFirstDay + 2);
  }

  static google::type::Date DateOf(absl::CivilDay day) { return daicho::wire::ToDate(day); }
  static google::protobuf::Timestamp TimeOf(absl::Time time) {
    return daicho::wire::ToTimestamp(time);
  }

  template <typename Moment>
  grpc::Status GetAt(const Moment& moment, v1::Account* account, const Person& person = kPrOffice) {
    v1::GetAccountRequest request;
    request.set_name(imported_.name());
    SetMoment(moment, &request);
    return CallAs(person, &Accounts::GetAccount, request, account);
  }

  template <typename Moment>
  std::string NameAt(const Moment& moment) {
    v1::Account account;
    const grpc::Status status = GetAt(moment, &account);
    return status.ok() ? account.fields().display_name() : ReasonOf(status);
  }

  template <typename Moment>
  v1::LookupAccountResponse LookupAt(const Moment& moment, const std::string& url) {
    v1::LookupAccountAsOfRequest request;
    request.mutable_lookup()->set_url(url);
    SetMoment(moment, &request);
    return Must(kPrOffice, &Accounts::LookupAccountAsOf, request);
  }

  template <typename Request>
  static void SetMoment(absl::CivilDay day, Request* request) {
    *request->mutable_read_on() = DateOf(day);
  }
  template <typename Request>
  static void SetMoment(absl::Time time, Request* request) {
    *request->mutable_read_time() = TimeOf(time);
  }

  v1::Account imported_, renamed_, closing_;
};

TEST_F(AccountAsOfTest, ShowsAnAccountAsItWasAtAnInstant) {
  EXPECT_EQ(NameAt(kNow - absl::Microseconds(1)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(NameAt(kNow), "県庁");
  EXPECT_EQ(NameAt(kNow + absl::Hours(24) - absl::Microseconds(1)), "県庁");
  EXPECT_EQ(NameAt(kNow + absl::Hours(24)), "県からのお知らせ");
  v1::Account account;
  ASSERT_TRUE(GetAt(kNow, &account).ok());
  EXPECT_EQ(account.SerializeAsString(), imported_.SerializeAsString());
  ASSERT_TRUE(GetAt(clock_.Now(), &account).ok());
  EXPECT_EQ(account.SerializeAsString(), closing_.SerializeAsString());
}

TEST_F(AccountAsOfTest, ShowsAnAccountAsItWasAtTheEndOfADayInTokyo) {
  EXPECT_EQ(NameAt(kFirstDay - 1), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(NameAt(kFirstDay), "県庁");
  EXPECT_EQ(NameAt(kFirstDay + 1), "県からのお知らせ");
}

// A warning is a change of the ledger like any other, also when it is the last one.
TEST_F(AccountAsOfTest, ALookupTellsOfTheWarningsOfItsMoment) {
  const absl::Time warned = clock_.Now();
  v1::CreateWarningRequest request;
  request.set_url("https://x.com/kencho_fake");
  request.set_department("departments/0101");
  request.set_notice_ja("友達申請をすることはありません。");
  *request.mutable_reported_on() = DateOf(TokyoDay(warned));
  request.set_request_id(NewId());
  Must(kPrOffice, &Warnings::CreateWarning, request);
  EXPECT_EQ(LookupAt(warned - absl::Microseconds(1), "https://x.com/kencho_fake").verdict(),
            v1::LOOKUP_VERDICT_UNKNOWN);
  const auto told = LookupAt(warned, "https://x.com/kencho_fake");
  EXPECT_EQ(told.verdict(), v1::LOOKUP_VERDICT_KNOWN_IMPERSONATION);
  EXPECT_EQ(told.notice_ja(), "友達申請をすることはありません。");
}

TEST_F(AccountAsOfTest, RefusesAMomentThatHasNotCome) {
  EXPECT_EQ(NameAt(clock_.Now() + absl::Microseconds(1)), "INVALID_FIELD");
  EXPECT_EQ(NameAt(kFirstDay + 2), "INVALID_FIELD") << "today has not ended";
  clock_.Set(StartOfTokyoDay(kFirstDay + 3));
  EXPECT_EQ(NameAt(kFirstDay + 2), "県からのお知らせ");
}

TEST_F(AccountAsOfTest, RefusesTwoMomentsAtOnce) {
  v1::GetAccountRequest get;
  get.set_name(imported_.name());
  SetMoment(kNow, &get);
  SetMoment(kFirstDay, &get);
  v1::Account account;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::GetAccount, get, &account)), "INVALID_FIELD");
  v1::ListAccountsRequest list;
  SetMoment(kNow, &list);
  SetMoment(kFirstDay, &list);
  v1::ListAccountsResponse accounts;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListAccounts, list, &accounts)), "INVALID_FIELD");
}

TEST_F(AccountAsOfTest, LetsThoseReadItWhoHaveItNowOrHadItThen) {
  const Person before{"mori", {"DEPARTMENT_STAFF"}, "0101"};
  const Person after{"hirose", {"DEPARTMENT_STAFF"}, "5002"};
  database_.Execute("UPDATE accounts SET department = '5002'");
  v1::Account account;
  EXPECT_TRUE(GetAt(kNow, &account, before).ok());
  EXPECT_TRUE(GetAt(kNow, &account, after).ok());
  EXPECT_EQ(ReasonOf(GetAt(kNow, &account, kForeign)), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(GetAt(kNow - absl::Hours(1), &account, kForeign)), "FOREIGN_DEPARTMENT");
}

TEST_F(AccountAsOfTest, ListsTheAccountsThereWere) {
  Import("0101,X,新しい,https://x.com/atarashii\n");
  const auto names = [&](const std::string& filter, auto moment) {
    v1::ListAccountsRequest request;
    request.set_filter(filter);
    SetMoment(moment, &request);
    const auto list = Must(kPrOffice, &Accounts::ListAccounts, request);
    EXPECT_EQ(list.total_size(), list.accounts_size());
    std::string all;
    for (const auto& account : list.accounts()) all += account.fields().display_name() + " ";
    return all;
  };
  EXPECT_EQ(names("", kFirstDay - 1), "");
  EXPECT_EQ(names("", kFirstDay), "県庁 ");
  EXPECT_EQ(names("", kFirstDay + 1), "県からのお知らせ ");
  EXPECT_EQ(names("", clock_.Now()), "県からのお知らせ 新しい ");
  EXPECT_EQ(names("県庁", kFirstDay), "県庁 ");
  EXPECT_EQ(names("県庁", kFirstDay + 1), "");
  EXPECT_EQ(names("state=ACTIVE", kFirstDay + 1), "県からのお知らせ ");
  EXPECT_EQ(names("state=ACTIVE", clock_.Now()), "新しい ");
  EXPECT_EQ(names("department:0101 listed=true", kFirstDay), "県庁 ");
  EXPECT_EQ(names("url=https://x.com/kencho", kFirstDay), "県庁 ");
  EXPECT_EQ(names("url=https://x.com/kencho", kFirstDay + 1), "");
}

TEST_F(AccountAsOfTest, ListsByTheDepartmentsThereWere) {
  clock_.Set(StartOfTokyoDay(kFirstDay + 4));
  ImportDepartments(
      "code,name,kind,parent,via\n"
      "0101,広報課,PREFECTURAL_OFFICE,0201,\n");
  const auto total = [&](const std::string& filter, absl::CivilDay day) {
    v1::ListAccountsRequest request;
    request.set_filter(filter);
    SetMoment(day, &request);
    return Must(kPrOffice, &Accounts::ListAccounts, request).total_size();
  };
  EXPECT_EQ(List("広報課").total_size(), 1);
  EXPECT_EQ(List("department:0201").total_size(), 1);
  EXPECT_EQ(List("秘書課").total_size(), 0);
  EXPECT_EQ(total("広報課", kFirstDay + 3), 0);
  EXPECT_EQ(total("department:0201", kFirstDay + 3), 0);
  EXPECT_EQ(total("秘書課", kFirstDay + 3), 1);
}

TEST_F(AccountAsOfTest, RefusesToSayWhatPostsWereKnownThen) {
  v1::ListAccountsRequest request;
  SetMoment(kFirstDay, &request);
  v1::ListAccountsResponse response;
  request.set_filter("last_post_time<2026-01-01");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListAccounts, request, &response)),
            "INVALID_FIELD");
  request.set_filter("");
  request.set_order_by("last_post_time");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListAccounts, request, &response)),
            "INVALID_FIELD");
}

TEST_F(AccountAsOfTest, AnswersALookupAsItWasAnsweredThen) {
  const auto verdict = [&](const std::string& url, auto moment) {
    return v1::LookupVerdict_Name(LookupAt(moment, url).verdict()).substr(15);
  };
  EXPECT_EQ(verdict("https://x.com/kencho", kFirstDay - 1), "UNKNOWN");
  EXPECT_EQ(verdict("https://x.com/kencho", kFirstDay), "OFFICIAL");
  EXPECT_EQ(verdict("https://x.com/pref", kFirstDay), "UNKNOWN");
  // Renamed: unlisted under the new name, given up under the old one.
  EXPECT_EQ(verdict("https://x.com/kencho", kFirstDay + 1), "FORMERLY_OFFICIAL");
  EXPECT_EQ(verdict("https://x.com/pref", kFirstDay + 1), "UNCONFIRMED");
  EXPECT_EQ(verdict("https://x.com/pref", kNow + absl::Hours(48) - absl::Seconds(1)),
            "UNCONFIRMED");
  EXPECT_EQ(verdict("https://x.com/pref", clock_.Now()), "FORMERLY_OFFICIAL");

  const auto then = LookupAt(kFirstDay, "https://x.com/kencho");
  EXPECT_EQ(then.account().display_name(), "県庁");
  EXPECT_EQ(then.account().department_display_name(), "秘書課");
  EXPECT_EQ(daicho::wire::FromTimestamp(then.as_of_time()),
            StartOfTokyoDay(kFirstDay + 1) - absl::Microseconds(1));
  EXPECT_EQ(LookupAt(kFirstDay, "https://bit.ly/x").url_problem(), "SHORTENER");
}

TEST_F(AccountAsOfTest, NeedsTheMomentOfALookup) {
  v1::LookupAccountAsOfRequest request;
  request.mutable_lookup()->set_url("https://x.com/kencho");
  v1::LookupAccountResponse response;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::LookupAccountAsOf, request, &response)),
            "INVALID_FIELD");
  request.clear_lookup();
  SetMoment(kFirstDay, &request);
  request.mutable_lookup()->set_platform("x");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::LookupAccountAsOf, request, &response)),
            "LOOKUP_KEY_MISSING");
}

TEST_F(AccountAsOfTest, NamesWhoMadeAVersionAndByWhichForm) {
  v1::ListAccountRevisionsRequest request;
  request.set_name(imported_.name());
  const auto history = Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  ASSERT_EQ(history.revisions_size(), 4);
  EXPECT_EQ(history.revisions(0).form(), closing_.last_form());
  EXPECT_EQ(history.revisions(0).actor(), "users/sasaki");
  EXPECT_EQ(history.revisions(1).form(), renamed_.last_form());
  EXPECT_EQ(history.revisions(2).form(), "") << "a sighting";
  EXPECT_EQ(history.revisions(3).form(), "") << "the import";
}

}  // namespace
}  // namespace daicho::registry
