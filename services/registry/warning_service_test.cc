#include "services/registry/warning_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"
#include "services/registry/warning_store.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Person kItSecurity{"kasai", {"IT_SECURITY"}, "0101"};
const Person kAuditor{"saito", {"AUDITOR"}, ""};

google::type::Date DateOf(int year, int month, int day) {
  return daicho::wire::ToDate(absl::CivilDay(year, month, day));
}

class WarningServiceTest : public ServiceTest {
 protected:
  WarningServiceTest() { ImportDepartments(kDepartments); }

  v1::CreateWarningRequest Report(const std::string& url) {
    v1::CreateWarningRequest request;
    request.set_url(url);
    request.set_department("departments/0101");
    request.set_notice_ja("偽のページです。友達申請を送ることはありません。");
    request.set_notice("A fake page. We never send friend requests.");
    request.set_evidence("8時8分 県民から通報");
    *request.mutable_reported_on() = DateOf(2026, 11, 22);
    request.set_request_id(NewId());
    return request;
  }

  v1::ImpersonationWarning Warned(const std::string& url) {
    return Must(kPrOffice, &Warnings::CreateWarning, Report(url));
  }

  grpc::Status Create(const v1::CreateWarningRequest& request) {
    v1::ImpersonationWarning ignored;
    return CallAs(kPrOffice, &Warnings::CreateWarning, request, &ignored);
  }

  v1::UpdateWarningRequest Update(const v1::ImpersonationWarning& warning) {
    v1::UpdateWarningRequest request;
    request.set_name(warning.name());
    request.set_etag(warning.etag());
    request.set_request_id(NewId());
    return request;
  }

  std::string UpdateReason(const v1::UpdateWarningRequest& request) {
    v1::ImpersonationWarning ignored;
    return ReasonOf(CallAs(kPrOffice, &Warnings::UpdateWarning, request, &ignored));
  }

  v1::WithdrawWarningRequest WithdrawalOf(const v1::ImpersonationWarning& warning) {
    v1::WithdrawWarningRequest request;
    request.set_name(warning.name());
    request.set_etag(warning.etag());
    request.set_reason("関係団体のページと判明");
    request.set_request_id(NewId());
    return request;
  }

  v1::ImpersonationWarning GetWarning(const std::string& name, const Person& person = kAuditor) {
    v1::GetWarningRequest request;
    request.set_name(name);
    return Must(person, &Warnings::GetWarning, request);
  }

  std::vector<std::string> Listed(bool show_withdrawn) {
    v1::ListWarningsRequest request;
    request.set_show_withdrawn(show_withdrawn);
    std::vector<std::string> urls;
    const auto list = Must(kStaff, &Warnings::ListWarnings, request);
    EXPECT_EQ(list.total_size(), list.warnings_size());
    for (const auto& warning : list.warnings()) urls.push_back(warning.canonical_url());
    return urls;
  }

  // An OPEN form of 生涯学習課 for an account on X.
  v1::ApplyFormRequest OpenForm(const std::string& url) {
    v1::ApplyFormRequest request;
    request.set_form("forms/" + NewId());
    request.set_action(v1::ApplyFormRequest::ACTION_OPEN);
    request.set_department("departments/5002");
    request.mutable_fields()->set_platform("x");
    request.mutable_fields()->set_display_name("生涯学習だより");
    request.mutable_fields()->set_url(url);
    request.set_request_id(NewId());
    return request;
  }

  v1::ApplyFormResponse MustApply(const v1::ApplyFormRequest& request) {
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::Account Opened(const std::string& url) { return Get(MustApply(OpenForm(url)).account()); }

  std::vector<domain::PublicWarning> ChangedSince(std::int64_t since, int limit = 100) {
    auto lease = database_.pool().Acquire(absl::Now() + absl::Seconds(10));
    pg::Transaction tx = (*lease)->Begin(absl::Now() + absl::Seconds(10));
    auto changed = store::ReadChangedWarnings(tx, since, limit);
    EXPECT_TRUE(changed.ok()) << changed.status();
    return *std::move(changed);
  }
};

TEST_F(WarningServiceTest, WarnsOfAFakePageUntilThePlatformRemovedItAndAfter) {
  const v1::ImpersonationWarning warned = Warned("m.facebook.com/Koriyama.Fake?ref=share");
  EXPECT_EQ(warned.platform(), "facebook");
  EXPECT_EQ(warned.url(), "m.facebook.com/Koriyama.Fake?ref=share");
  EXPECT_THAT(warned.canonical_url(), HasSubstr("https://www.facebook.com/"));
  EXPECT_EQ(warned.starts_on().day(), 22);
  EXPECT_EQ(warned.created_by(), "users/sasaki");
  EXPECT_EQ(warned.department(), "departments/0101");

  v1::UpdateWarningRequest removal = Update(warned);
  *removal.mutable_removed_on() = DateOf(2026, 11, 22);
  const v1::ImpersonationWarning removed = Must(kItSecurity, &Warnings::UpdateWarning, removal);
  EXPECT_EQ(removed.removed_on().day(), 22);
  EXPECT_EQ(removed.notice(), warned.notice());
  EXPECT_FALSE(removed.has_withdrawn_on());
  EXPECT_EQ(GetWarning(warned.name()).SerializeAsString(), removed.SerializeAsString());
  EXPECT_THAT(Listed(false), ElementsAre(warned.canonical_url()));
  EXPECT_EQ(EventCount("warning.created"), 1);
  EXPECT_EQ(EventCount("warning.changed"), 1);
}

TEST_F(WarningServiceTest, KeepsAWithdrawnWarningWithItsReason) {
  const v1::ImpersonationWarning warned = Warned("https://x.com/not_fake");
  const v1::ImpersonationWarning withdrawn =
      Must(kPrOffice, &Warnings::WithdrawWarning, WithdrawalOf(warned));

  EXPECT_EQ(withdrawn.withdrawn_on().day(), 22);
  EXPECT_EQ(withdrawn.withdrawal_reason(), "関係団体のページと判明");
  EXPECT_THAT(Listed(false), IsEmpty());
  EXPECT_THAT(Listed(true), ElementsAre("https://x.com/not_fake"));
  EXPECT_EQ(EventCount("warning.withdrawn"), 1);
  EXPECT_EQ(database_.Value("SELECT string_agg(act || ' ' || actor, ', ' ORDER BY revision)"
                            " FROM warning_revisions"),
            "warning.created users/sasaki, warning.withdrawn users/sasaki");

  v1::UpdateWarningRequest late = Update(withdrawn);
  late.set_notice("x");
  EXPECT_EQ(UpdateReason(late), "WARNING_WITHDRAWN");
  // It may be warned of again.
  EXPECT_NE(Warned("https://x.com/not_fake").name(), warned.name());
}

TEST_F(WarningServiceTest, NeverWarnsOfAnOfficialAccount) {
  const v1::Account account = Opened("https://x.com/gakushu");
  const grpc::Status refused = Create(Report("https://twitter.com/Gakushu?s=20"));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "ACCOUNT_IS_OFFICIAL");
  EXPECT_THAT(refused.error_message(), HasSubstr("生涯学習だより"));
  EXPECT_THAT(refused.error_details(), HasSubstr(account.name()));
}

TEST_F(WarningServiceTest, NeverWarnsOfWhatAnAccountWasCalledBefore) {
  v1::Account account = Opened("https://x.com/gakushu");
  v1::ConfirmOpeningRequest opening;
  opening.set_name(account.name());
  opening.set_etag(account.etag());
  *opening.mutable_opened_on() = DateOf(2026, 11, 22);
  opening.set_request_id(NewId());
  account = Must(kStaff, &Accounts::ConfirmOpening, opening);
  v1::ApplyFormRequest rename = OpenForm("https://x.com/manabi");
  rename.set_action(v1::ApplyFormRequest::ACTION_CHANGE);
  rename.set_account(account.name());
  rename.set_account_etag(account.etag());
  MustApply(rename);

  EXPECT_EQ(ReasonOf(Create(Report("https://x.com/manabi"))), "ACCOUNT_IS_OFFICIAL");
  // Somebody else may have the former name by now.
  EXPECT_TRUE(Create(Report("https://x.com/gakushu")).ok());
  EXPECT_EQ(ReasonOf(Create(Report("https://x.com/manab1"))), "");
}

TEST_F(WarningServiceTest, OpensNoAccountUnderAWarningUntilItIsWithdrawn) {
  const v1::ImpersonationWarning warned = Warned("https://x.com/gakushu");
  const v1::ApplyFormResponse conflict = MustApply(OpenForm("https://x.com/Gakushu"));
  EXPECT_EQ(conflict.outcome(), v1::ApplyFormResponse::OUTCOME_CONFLICT);
  EXPECT_EQ(conflict.conflict_reason(), "KEY_UNDER_WARNING");
  EXPECT_EQ(conflict.conflict_field(), "fields.url");

  const v1::Account other = Opened("https://x.com/manabi");
  v1::ApplyFormRequest rename = OpenForm("https://x.com/gakushu");
  rename.set_action(v1::ApplyFormRequest::ACTION_CHANGE);
  rename.set_account(other.name());
  rename.set_account_etag(other.etag());
  EXPECT_EQ(MustApply(rename).conflict_reason(), "KEY_UNDER_WARNING");

  Must(kPrOffice, &Warnings::WithdrawWarning, WithdrawalOf(warned));
  EXPECT_EQ(MustApply(OpenForm("https://x.com/gakushu")).outcome(),
            v1::ApplyFormResponse::OUTCOME_APPLIED);
}

TEST_F(WarningServiceTest, ImportsNoAccountUnderAWarning) {
  Warned("https://x.com/gakushu");
  v1::ImportAccountsRequest request;
  request.set_content(
      "department,service,account_name,url,source\n"
      "5002,X,生涯学習だより,https://x.com/gakushu,一覧\n"
      "5002,X,学びの友,https://x.com/manabi,一覧\n");
  request.set_validate_only(true);
  request.set_request_id(NewId());
  const auto answer = Must(kPrOffice, &Accounts::ImportAccounts, request);
  ASSERT_THAT(answer.problems(), SizeIs(1));
  EXPECT_EQ(answer.problems(0).line(), 2);
  EXPECT_EQ(answer.problems(0).reason(), "KEY_UNDER_WARNING");
  EXPECT_EQ(answer.problems(0).column(), "url");
}

TEST_F(WarningServiceTest, WarnsOfOneIdentityOnceAtATime) {
  std::vector<v1::CreateWarningRequest> requests;
  for (int i = 0; i < 6; ++i) requests.push_back(Report("https://x.com/fake"));
  std::vector<std::string> reasons(requests.size());
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    callers.emplace_back([&, i] { reasons[i] = ReasonOf(Create(requests[i])); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), ""), 1);
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "WARNING_EXISTS"), 5);
}

TEST_F(WarningServiceTest, GivesAnIdentityToTheWarningOrTheAccountNeverToBoth) {
  for (int i = 0; i < 5; ++i) {
    const std::string url = absl::StrCat("https://x.com/race", i);
    const v1::CreateWarningRequest report = Report(url);
    const v1::ApplyFormRequest form = OpenForm(url);
    std::string reason;
    v1::ApplyFormResponse applied;
    std::thread warner([&] { reason = ReasonOf(Create(report)); });
    EXPECT_TRUE(Apply(form, &applied).ok());
    warner.join();
    const bool opened = applied.outcome() == v1::ApplyFormResponse::OUTCOME_APPLIED;
    EXPECT_EQ(reason, opened ? "ACCOUNT_IS_OFFICIAL" : "") << url;
    EXPECT_EQ(applied.conflict_reason(), opened ? "" : "KEY_UNDER_WARNING");
  }
}

TEST_F(WarningServiceTest, TakesAPageOfItsOwnAndNamesWhyAUrlIsNone) {
  EXPECT_EQ(Warned("https://pref-example-support.example.com/login").platform(), "other");
  const auto problem_of = [&](const std::string& url) {
    const grpc::Status status = Create(Report(url));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << url;
    EXPECT_THAT(status.error_details(), HasSubstr("url")) << url;
    return ReasonOf(status);
  };
  EXPECT_EQ(problem_of("https://bit.ly/3abc"), "SHORTENER");
  EXPECT_EQ(problem_of("https://x.com/hashtag/fake"), "RESERVED_PATH");
  EXPECT_EQ(problem_of("not a url"), "MALFORMED_URL");
}

TEST_F(WarningServiceTest, TakesTheDepartmentFromTheAccountPosedAs) {
  const v1::Account account = Opened("https://x.com/gakushu");
  v1::CreateWarningRequest report = Report("https://x.com/gakushu_fake");
  report.clear_department();
  report.set_account(account.name());
  const auto warned = Must(kPrOffice, &Warnings::CreateWarning, report);
  EXPECT_EQ(warned.department(), "departments/5002");
  EXPECT_EQ(warned.account(), account.name());

  v1::CreateWarningRequest differs = Report("https://x.com/gakushu_fake2");
  differs.set_account(account.name());
  EXPECT_EQ(ReasonOf(Create(differs)), "INVALID_FIELD");
}

TEST_F(WarningServiceTest, RefusesAReportThatNamesNobodyKnown) {
  v1::CreateWarningRequest report = Report("https://x.com/fake");
  report.clear_department();
  EXPECT_EQ(ReasonOf(Create(report)), "INVALID_FIELD");
  report.set_department("departments/9999");
  EXPECT_EQ(ReasonOf(Create(report)), "DEPARTMENT_NOT_FOUND");
  report.clear_department();
  report.set_account("accounts/" + NewId());
  EXPECT_EQ(ReasonOf(Create(report)), "ACCOUNT_NOT_FOUND");
}

TEST_F(WarningServiceTest, RefusesDaysThatHaveNotCome) {
  v1::CreateWarningRequest report = Report("https://x.com/fake");
  *report.mutable_reported_on() = DateOf(2026, 11, 23);
  EXPECT_EQ(ReasonOf(Create(report)), "DATE_IN_FUTURE");
  v1::UpdateWarningRequest removal = Update(Warned("https://x.com/fake"));
  *removal.mutable_removed_on() = DateOf(2026, 11, 23);
  EXPECT_EQ(UpdateReason(removal), "DATE_IN_FUTURE");
}

TEST_F(WarningServiceTest, ChangesWhatTheMaskNamesAndClearsWhatIsUnset) {
  v1::UpdateWarningRequest request = Update(Warned("https://x.com/fake"));
  request.set_notice_ja("返信しないでください。");
  request.set_evidence("画面の写し");
  request.mutable_update_mask()->add_paths("evidence");
  request.mutable_update_mask()->add_paths("notice");
  const auto changed = Must(kPrOffice, &Warnings::UpdateWarning, request);
  EXPECT_EQ(changed.evidence(), "画面の写し");
  EXPECT_THAT(changed.notice(), IsEmpty());
  EXPECT_THAT(changed.notice_ja(), HasSubstr("友達申請"));

  v1::UpdateWarningRequest mute = Update(changed);
  mute.mutable_update_mask()->add_paths("notice_ja");
  EXPECT_EQ(UpdateReason(mute), "INVALID_FIELD");
  v1::UpdateWarningRequest other = Update(changed);
  other.mutable_update_mask()->add_paths("url");
  EXPECT_EQ(UpdateReason(other), "INVALID_FIELD");
}

TEST_F(WarningServiceTest, LeavesAWarningAsItIsWhenNothingIsNew) {
  const v1::ImpersonationWarning warned = Warned("https://x.com/fake");
  const auto same = Must(kPrOffice, &Warnings::UpdateWarning, Update(warned));
  EXPECT_EQ(same.SerializeAsString(), warned.SerializeAsString());
  EXPECT_EQ(EventCount("warning.changed"), 0);
}

TEST_F(WarningServiceTest, RefusesAStaleEtagAndAnUnknownName) {
  v1::ImpersonationWarning warned = Warned("https://x.com/fake");
  warned.set_etag("\"7\"");
  EXPECT_EQ(UpdateReason(Update(warned)), "ETAG_MISMATCH");
  v1::ImpersonationWarning ignored;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Warnings::WithdrawWarning, WithdrawalOf(warned), &ignored)),
            "ETAG_MISMATCH");
  warned.set_name("warnings/" + NewId());
  EXPECT_EQ(UpdateReason(Update(warned)), "WARNING_NOT_FOUND");
}

TEST_F(WarningServiceTest, ShowsTheListWithoutWhatIsNotPublic) {
  Warned("https://x.com/fake");
  const auto list = Must(kStaff, &Warnings::ListWarnings, v1::ListWarningsRequest());
  ASSERT_THAT(list.warnings(), SizeIs(1));
  EXPECT_THAT(list.warnings(0).evidence(), IsEmpty());
  EXPECT_THAT(list.warnings(0).created_by(), IsEmpty());
  v1::GetWarningRequest get;
  get.set_name(list.warnings(0).name());
  v1::ImpersonationWarning ignored;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Warnings::GetWarning, get, &ignored)), "ROLE_NOT_ALLOWED");
}

TEST_F(WarningServiceTest, PagesThroughTheList) {
  for (const char* name : {"one", "two", "three"}) Warned(absl::StrCat("https://x.com/", name));
  v1::ListWarningsRequest request;
  request.set_page_size(2);
  const auto first = Must(kPrOffice, &Warnings::ListWarnings, request);
  ASSERT_THAT(first.warnings(), SizeIs(2));
  EXPECT_EQ(first.total_size(), 3);
  request.set_page_token(first.next_page_token());
  const auto second = Must(kPrOffice, &Warnings::ListWarnings, request);
  ASSERT_THAT(second.warnings(), SizeIs(1));
  EXPECT_THAT(second.next_page_token(), IsEmpty());
  EXPECT_NE(second.warnings(0).name(), first.warnings(1).name());
}

TEST_F(WarningServiceTest, WarnsOnceHoweverOftenTheRequestIsSent) {
  const v1::CreateWarningRequest report = Report("https://x.com/fake");
  const auto first = Must(kPrOffice, &Warnings::CreateWarning, report);
  const auto again = Must(kPrOffice, &Warnings::CreateWarning, report);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(EventCount("warning.created"), 1);
}

TEST_F(WarningServiceTest, TellsReadersOfChangesInTheOrderOfTheLedger) {
  const v1::ImpersonationWarning first = Warned("https://x.com/one");
  Warned("https://x.com/two");
  const auto both = ChangedSince(0);
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[0].key, "x::one");
  EXPECT_EQ(both[0].url, "https://x.com/one");
  EXPECT_EQ(both[0].platform, "x");
  EXPECT_EQ(both[0].department, "0101");
  EXPECT_EQ(both[0].notice, "A fake page. We never send friend requests.");
  EXPECT_EQ(both[0].reported_on, absl::CivilDay(2026, 11, 22));
  EXPECT_EQ(both[0].removed_on, std::nullopt);
  EXPECT_TRUE(both[0].in_force);
  EXPECT_LT(both[0].change_sequence, both[1].change_sequence);
  EXPECT_EQ(std::to_string(both[1].change_sequence),
            database_.Value("SELECT value FROM ledger_sequence"));
  EXPECT_THAT(ChangedSince(0, 1), SizeIs(1));
  EXPECT_THAT(ChangedSince(both[1].change_sequence), IsEmpty());

  Must(kPrOffice, &Warnings::WithdrawWarning, WithdrawalOf(first));
  const auto changed = ChangedSince(both[1].change_sequence);
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].key, "x::one");
  EXPECT_FALSE(changed[0].in_force);
}

}  // namespace
}  // namespace daicho::registry
