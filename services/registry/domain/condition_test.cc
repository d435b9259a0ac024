#include "services/registry/domain/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const char kOtherId[] = "019a0000-0000-7000-8000-0000000000b2";

// Agreed three days ago and opened yesterday.
Account Opened() {
  return {.id = "019a0000-0000-7000-8000-0000000000a1",
          .revision = 2,
          .state = AccountState::kActive,
          .department = "0301",
          .platform = "x",
          .identity = Identity{"x::kyoiku", "https://x.com/kyoiku"},
          .origin = {.kind = OriginKind::kForm, .form = "019a0000-0000-7000-8000-0000000000f1"},
          .opened_on = kToday - 1,
          .facts = {{"verification.state", "STATE_VERIFIED"}},
          .create_time = kNow - absl::Hours(72),
          .update_time = kNow - absl::Hours(24)};
}

ConditionReport Of(Condition condition) {
  return {.condition = condition, .since = kToday, .reason = "夜間に凍結された"};
}

Account With(Condition condition) {
  Account account = Opened();
  account.condition = condition;
  account.facts["condition_report.since"] = "2026-11-21";
  account.facts["condition_report.reason"] = "以前の報告";
  account.facts["condition_report.notice"] = "復旧までお待ちください。";
  return account;
}

std::string ReasonFor(const Account& account, const ConditionReport& report,
                      Reporter reporter = Reporter::kPrOffice, bool successor_exists = true) {
  return ReasonOf(ReportCondition(account, report, reporter, successor_exists, kNow).status());
}

// T 5-9-4.
TEST(ReportConditionTest, ADepartmentReportsWhatHasBefallenItsAccountAndNothingElse) {
  const Account active = Opened();
  const Account frozen = With(Condition::kSuspendedByPlatform);
  for (const Reporter office : {Reporter::kPrOffice, Reporter::kItSecurity}) {
    for (const Condition condition : kAllConditions) {
      const Account& account = condition == Condition::kNormal ? frozen : active;
      EXPECT_EQ(ReasonFor(account, Of(condition), office), "") << ToText(condition);
    }
  }
  EXPECT_EQ(ReasonFor(active, Of(Condition::kSuspendedByPlatform), Reporter::kDepartment), "");
  EXPECT_EQ(ReasonFor(active, Of(Condition::kCompromised), Reporter::kDepartment), "");
  const auto suspended = ReportCondition(active, Of(Condition::kSuspendedInternally),
                                         Reporter::kDepartment, true, kNow);
  EXPECT_EQ(ReasonOf(suspended.status()), "CONDITION_NOT_YOURS");
  EXPECT_EQ(suspended.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonFor(frozen, Of(Condition::kNormal), Reporter::kDepartment),
            "CONDITION_NOT_YOURS");
}

TEST(ReportConditionTest, KeepsWhatWasReportedAsFactsAndAnnouncesIt) {
  ConditionReport report = Of(Condition::kCompromised);
  report.successor = kOtherId;
  report.notice = "DMを開かないでください。";
  const auto change = ReportCondition(Opened(), report, Reporter::kDepartment, true, kNow);
  ASSERT_TRUE(change.ok() && change->has_value()) << change.status();

  const Account& after = (*change)->after;
  EXPECT_EQ(after.state, AccountState::kActive);
  EXPECT_EQ(after.condition, Condition::kCompromised);
  EXPECT_EQ(after.revision, 3);
  EXPECT_EQ(after.last_form, Opened().last_form);
  EXPECT_THAT(
      after.facts,
      UnorderedElementsAre(Pair("condition_report.notice", "DMを開かないでください。"),
                           Pair("condition_report.reason", "夜間に凍結された"),
                           Pair("condition_report.since", "2026-11-22"),
                           Pair("condition_report.successor", std::string("accounts/") + kOtherId),
                           Pair("verification.state", "STATE_VERIFIED")));
  const Event& event = (*change)->event;
  EXPECT_EQ(event.type, "account.condition_reported");
  EXPECT_EQ(event.reason, "夜間に凍結された");
  EXPECT_EQ(event.department, "departments/0301");
  EXPECT_THAT(event.related, ElementsAre(std::string("accounts/") + kOtherId));
  EXPECT_THAT(event.changes, Contains(FieldChange{"condition", "NORMAL", "COMPROMISED"}));
  EXPECT_THAT(event.changes,
              Contains(FieldChange{"facts.condition_report.since", "", "2026-11-22"}));
}

TEST(ReportConditionTest, TakesTheOldReportsPlaceAsAWhole) {
  const auto change = ReportCondition(With(Condition::kSuspendedByPlatform), Of(Condition::kNormal),
                                      Reporter::kItSecurity, false, kNow);
  ASSERT_TRUE(change.ok() && change->has_value()) << change.status();
  EXPECT_EQ((*change)->after.condition, Condition::kNormal);
  EXPECT_EQ((*change)->after.facts.count("condition_report.notice"), 0u);
  EXPECT_EQ((*change)->after.facts.at("condition_report.reason"), "夜間に凍結された");
}

TEST(ReportConditionTest, CorrectsWhatWasSaidAndLeavesWhatIsSaidAlreadyAlone) {
  const Account taken = With(Condition::kCompromised);
  ConditionReport again = {.condition = Condition::kCompromised,
                           .since = kToday - 1,
                           .reason = "以前の報告",
                           .notice = "復旧までお待ちください。"};
  const auto same = ReportCondition(taken, again, Reporter::kDepartment, false, kNow);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_FALSE(same->has_value());

  again.successor = kOtherId;
  const auto named = ReportCondition(taken, again, Reporter::kDepartment, true, kNow);
  ASSERT_TRUE(named.ok() && named->has_value()) << named.status();
  EXPECT_THAT((*named)->event.changes, ElementsAre(FieldChange{"facts.condition_report.successor",
                                                               "", "accounts/" + again.successor}));
}

TEST(ReportConditionTest, FollowsTheTableOfLife) {
  Account merged = Opened();
  merged.state = AccountState::kMerged;
  EXPECT_EQ(ReasonFor(merged, Of(Condition::kCompromised)), "ACCOUNT_NOT_ALIVE");
  EXPECT_EQ(ReasonFor(Opened(), Of(Condition::kNormal)), "CONDITION_ALREADY_NORMAL");
  EXPECT_EQ(ReasonFor(With(Condition::kCompromised), Of(Condition::kSuspendedByPlatform)),
            "CONDITION_GRAVER");
}

TEST(ReportConditionTest, TakesNoDayToComeNorOneBeforeTheAccount) {
  const auto since = [](Account account, absl::CivilDay day) {
    ConditionReport report = Of(Condition::kCompromised);
    report.since = day;
    return ReasonFor(account, report);
  };
  EXPECT_EQ(since(Opened(), kToday + 1), "DATE_IN_FUTURE");
  EXPECT_EQ(since(Opened(), kToday), "");
  EXPECT_EQ(since(Opened(), kToday - 3), "");
  EXPECT_EQ(since(Opened(), kToday - 4), "DATE_BEFORE_ACCOUNT");

  Account opened_early = Opened();
  opened_early.opened_on = kToday - 10;
  EXPECT_EQ(since(opened_early, kToday - 10), "");
  EXPECT_EQ(since(opened_early, kToday - 11), "DATE_BEFORE_ACCOUNT");

  Account imported = Opened();
  imported.origin = {.kind = OriginKind::kImport, .source = "一覧"};
  imported.opened_on = std::nullopt;
  EXPECT_EQ(since(imported, kToday - 4000), "");
}

TEST(ReportConditionTest, ANewConditionDoesNotBeginBeforeTheLastOne) {
  ConditionReport report = Of(Condition::kNormal);
  report.since = kToday - 1;
  EXPECT_EQ(ReasonFor(With(Condition::kSuspendedByPlatform), report), "");
  report.since = kToday - 2;
  EXPECT_EQ(ReasonFor(With(Condition::kSuspendedByPlatform), report), "DATE_BEFORE_CONDITION");

  ConditionReport corrected = Of(Condition::kSuspendedByPlatform);
  corrected.since = kToday - 2;
  EXPECT_EQ(ReasonFor(With(Condition::kSuspendedByPlatform), corrected), "");
}

TEST(ReportConditionTest, TheSuccessorIsAnotherLiveAccount) {
  ConditionReport report = Of(Condition::kCompromised);
  report.successor = kOtherId;
  EXPECT_EQ(ReasonFor(Opened(), report, Reporter::kPrOffice, true), "");
  EXPECT_EQ(ReasonFor(Opened(), report, Reporter::kPrOffice, false), "SUCCESSOR_NOT_FOUND");
  report.successor = Opened().id;
  EXPECT_EQ(ReasonFor(Opened(), report, Reporter::kPrOffice, true), "SUCCESSOR_NOT_FOUND");
  report.successor = "";
  EXPECT_EQ(ReasonFor(Opened(), report, Reporter::kPrOffice, false), "");
}

TEST(ReportConditionTest, NothingIsTheMatterWithAnAccountThatHasNoUrlYet) {
  Account planned = Opened();
  planned.state = AccountState::kPreparing;
  planned.identity = std::nullopt;
  planned.opened_on = std::nullopt;
  EXPECT_EQ(ReasonFor(planned, Of(Condition::kCompromised)), "URL_STILL_PLANNED");
  planned.identity = Opened().identity;
  EXPECT_EQ(ReasonFor(planned, Of(Condition::kCompromised)), "");
}

}  // namespace
}  // namespace daicho::registry::domain
