#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "services/approval/domain/form.h"
#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDesk[] = "departments/0104";
constexpr char kSafety[] = "departments/0102";

Actor HeadOf(const std::string& department, const std::string& name) {
  return {{name, "課長"}, {Role::kDepartmentHead}, department};
}
const Actor kDrafter = {{"users/staff", "担当"}, {Role::kDepartmentStaff}, kOwn};
const Actor kHead = HeadOf(kOwn, "users/head");
const Actor kDeputy = HeadOf(kOwn, "users/deputy");
const Actor kViaHead = HeadOf(kVia, "users/via");
const Actor kDeskHead = HeadOf(kDesk, "users/desk");
const Actor kSafetyHead = HeadOf(kSafety, "users/safety");
const Actor kOfficer = {{"users/pr", "広報"}, {Role::kPrOffice}, kPr};

Step StepOf(StepKind kind, const std::string& department) {
  return {.kind = kind, .department = department, .department_display_name = department};
}

// Head, via, two desks at once, PR office, and a copy.
std::vector<Step> LongRoute() {
  return {StepOf(StepKind::kHead, kOwn),         StepOf(StepKind::kVia, kVia),
          StepOf(StepKind::kConcurrence, kDesk), StepOf(StepKind::kConcurrence, kSafety),
          StepOf(StepKind::kPrOffice, kPr),      StepOf(StepKind::kCirculation, "departments/9")};
}

Draft DraftFor(const std::string& purpose = "広報") {
  return {.action = Action::kOpen, .content = {{"fields.purpose", purpose}}};
}

Form InLongRoute() {
  const Form draft = Create("1", kOwn, DraftFor(), kDrafter, kNow).after;
  return Submit(draft, {.steps = LongRoute()}, kDrafter, "", kNow)->after;
}

Form AgreedBy(Form form, const std::vector<Actor>& actors) {
  for (const Actor& actor : actors) form = Agree(form, actor, "", kNow).value().after;
  return form;
}

Form AtPrOffice() { return AgreedBy(InLongRoute(), {kHead, kViaHead, kDeskHead, kSafetyHead}); }

Form Advised() {
  return Advise(AtPrOffice(), kOfficer, {AdviceKind::kImprove, kToday + 10}, "頻度を", kNow)->after;
}

std::vector<Absence> AwayToday(const std::string& who, const std::string& department = kOwn) {
  return {{.department = department,
           .person = {who, "課長"},
           .from_on = kToday,
           .until_on = kToday + 1}};
}

// The state that a refusal tells.
std::string StateIn(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  EXPECT_TRUE(payload && info.ParseFromString(std::string(*payload)));
  return info.metadata().at("state");
}

TEST(AgreeTest, DesksConcurInAnyOrderAndThePrOfficeWaitsForAll) {
  const Form form = AgreedBy(InLongRoute(), {kHead, kViaHead});
  EXPECT_THAT(CurrentSteps(form), ElementsAre(2, 3));
  const Form one = AgreedBy(form, {kSafetyHead});
  EXPECT_EQ(one.state, State::kInRoute);
  EXPECT_THAT(CurrentSteps(one), ElementsAre(2));
  EXPECT_EQ(WhyNot(Agree(one, kOfficer, "", kNow)), "NOT_YOUR_STEP");
  EXPECT_EQ(AgreedBy(one, {kDeskHead}).state, State::kUnderReview);
}

TEST(AgreeTest, ACopyBlocksNothingAndIsDecidedByNobody) {
  const Form agreed = AgreedBy(AtPrOffice(), {kOfficer});
  EXPECT_EQ(agreed.state, State::kAgreed);
  EXPECT_THAT(CurrentSteps(agreed), IsEmpty());
}

TEST(AgreeTest, AHeadWhoMovedAwayHasLostTheStep) {
  Actor moved = kHead;
  moved.department = kVia;
  EXPECT_EQ(WhyNot(Agree(InLongRoute(), moved, "", kNow)), "NOT_YOUR_STEP");
  Actor officer = kOfficer;
  officer.department = kOwn;
  EXPECT_EQ(WhyNot(Agree(AtPrOffice(), officer, "", kNow)), "NOT_YOUR_STEP");
}

TEST(AgreeAsDeputyTest, IsPossibleWhileAnAbsenceIsRecordedAndSaysForWhom) {
  const Form form = InLongRoute();
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kDeputy, {}, "出張", "", kNow)), "NO_ABSENCE_RECORDED");
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kDeputy, AwayToday("users/head"), " ", "", kNow)),
            "REASON_REQUIRED");
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kHead, AwayToday("users/head"), "出張", "", kNow)),
            "ABSENT_YOURSELF");
  const auto change = AgreeAsDeputy(form, kDeputy, AwayToday("users/head"), "出張", "", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.steps[0].deputy->absent.subject, "users/head");
  EXPECT_EQ(change->after.acts.back().deputy_reason, "出張");
  EXPECT_THAT(CurrentSteps(change->after), ElementsAre(1));
}

// T 5-4.
TEST(AgreeAsDeputyTest, IsTheOnlyWayForWhomTheFormNamesAsTheDeputy) {
  const auto in_own_name = [](const Fields& decision_makers, const Actor& actor) {
    Draft draft = DraftFor();
    for (const auto& [who, subject] : decision_makers) {
      draft.content["fields.decision_makers." + who + ".subject"] = subject;
    }
    const Form form = Create("1", kOwn, draft, kDrafter, kNow).after;
    return WhyNot(
        Agree(Submit(form, {.steps = LongRoute()}, kDrafter, "", kNow)->after, actor, "", kNow));
  };
  const Fields deputy = {{"head", "users/head"}, {"deputy", "users/deputy"}};
  EXPECT_EQ(in_own_name(deputy, kDeputy), "DEPUTY_IN_OWN_NAME");
  EXPECT_EQ(in_own_name(deputy, kHead), "");
  EXPECT_EQ(in_own_name({{"deputy", "users/deputy"}, {"team_leader", "users/deputy"}}, kDeputy),
            "");
  EXPECT_EQ(in_own_name({{"head", "users/head"}, {"deputy", "users/head"}}, kHead), "");
}

TEST(AgreeAsDeputyTest, IsOpenToWhomTheFormNamesAndNamesNoDeputyOfAnotherStep) {
  Form form = InLongRoute();
  form.draft.content["fields.decision_makers.deputy.subject"] = "users/deputy";
  const auto change = AgreeAsDeputy(form, kDeputy, AwayToday("users/head"), "出張", "", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  form.draft.content["fields.decision_makers.deputy.subject"] = "users/via";
  EXPECT_EQ(AgreedBy(form, {kHead, kViaHead}).acts.back().step, 1);
}

TEST(ReviewAfterwardsTest, IsForTheHeadWhoWasAbsentOnceInWhateverStateTheFormIs) {
  Form form =
      AgreeAsDeputy(InLongRoute(), kDeputy, AwayToday("users/head"), "出張", "", kNow)->after;
  form = AgreedBy(form, {kViaHead, kDeskHead, kSafetyHead, kOfficer});
  EXPECT_EQ(WhyNot(ReviewAfterwards(form, kDeputy, "", kNow)), "NOT_YOUR_REVIEW");
  const auto change = ReviewAfterwards(form, kHead, "了解", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kAgreed);
  ASSERT_EQ(change->events[0].changes.size(), 1u);
  EXPECT_EQ(change->events[0].changes[0].path, "steps[0].review_time");
  EXPECT_EQ(WhyNot(ReviewAfterwards(change->after, kHead, "", kNow)), "NOTHING_TO_REVIEW");
}

TEST(ReviewAfterwardsTest, CountsAsAnActInTheRoute) {
  Form form =
      AgreeAsDeputy(InLongRoute(), kDeputy, AwayToday("users/head"), "出張", "", kNow)->after;
  form = ReviewAfterwards(form, kHead, "", kNow)->after;
  Actor moved = kHead;
  moved.department = kVia;
  EXPECT_EQ(WhyNot(Agree(form, moved, "", kNow)), "FOUR_EYES");
}

TEST(ReturnToStepTest, HasTheStepAndThoseAfterItDecideAgain) {
  const auto change = ReturnToStep(AtPrOffice(), kOfficer, 1, "経由で再確認を", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kInRoute);
  EXPECT_THAT(CurrentSteps(change->after), ElementsAre(1));
  EXPECT_TRUE(change->after.steps[0].decider.has_value());
  EXPECT_FALSE(change->after.steps[2].decider.has_value());
  EXPECT_EQ(change->after.acts.back().to_step, 1);
  EXPECT_EQ(AgreedBy(change->after, {kViaHead, kDeskHead, kSafetyHead}).state, State::kUnderReview);
}

TEST(ReturnToStepTest, ToOneDeskLeavesTheOtherAgreed) {
  const Form form = ReturnToStep(AtPrOffice(), kOfficer, 2, "再確認", kNow)->after;
  EXPECT_THAT(CurrentSteps(form), ElementsAre(2));
  EXPECT_EQ(AgreedBy(form, {kDeskHead}).state, State::kUnderReview);
}

TEST(ReturnToStepTest, RefusesWhatIsNoEarlierStep) {
  for (const int step : {-1, 4, 5, 17}) {
    EXPECT_EQ(WhyNot(ReturnToStep(AtPrOffice(), kOfficer, step, "再", kNow)), "STEP_NOT_EARLIER");
  }
  const Form one = AgreedBy(InLongRoute(), {kHead, kViaHead, kDeskHead});
  EXPECT_EQ(WhyNot(ReturnToStep(one, kSafetyHead, 2, "再", kNow)), "STEP_NOT_EARLIER");
  EXPECT_EQ(WhyNot(ReturnToStep(AtPrOffice(), kOfficer, 0, "", kNow)), "COMMENT_REQUIRED");
}

TEST(PullBackTest, IsPossibleUntilTheNextHasActed) {
  EXPECT_EQ(PullBack(InLongRoute(), kDrafter, "", kNow)->after.state, State::kPulledBack);
  EXPECT_EQ(WhyNot(PullBack(AgreedBy(InLongRoute(), {kHead}), kDrafter, "", kNow)),
            "NEXT_HAS_ACTED");
  const Form back = ReturnToStep(AtPrOffice(), kOfficer, 0, "再", kNow)->after;
  const auto late = PullBack(back, kDrafter, "", kNow);
  EXPECT_EQ(WhyNot(late), "NEXT_HAS_ACTED");
  EXPECT_EQ(StateIn(late.status()), "IN_ROUTE");
}

TEST(AdviseTest, GivesTheFormToItsDepartmentWithADay) {
  const Form form = Advised();
  EXPECT_EQ(form.state, State::kAdvised);
  ASSERT_NE(UnansweredAdvice(form), nullptr);
  EXPECT_EQ(UnansweredAdvice(form)->comment, "頻度を");
  EXPECT_EQ(DueOn(form), kToday + 10);
}

TEST(AdviseTest, TakesADayFromTomorrowToAYearAhead) {
  const auto advise = [](int days) {
    return Advise(AtPrOffice(), kOfficer, {AdviceKind::kReconsider, kToday + days}, "再考", kNow)
        .ok();
  };
  EXPECT_FALSE(advise(0));
  EXPECT_TRUE(advise(1));
  EXPECT_TRUE(advise(kMostDaysToAnswerForm));
  EXPECT_FALSE(advise(kMostDaysToAnswerForm + 1));
}

TEST(AdviseTest, IsForThePrOfficeAlone) {
  EXPECT_EQ(WhyNot(Advise(AtPrOffice(), kHead, {AdviceKind::kImprove, kToday + 1}, "a", kNow)),
            "NOT_YOUR_STEP");
}

TEST(AnswerTest, LeadsBackToThePrOfficeWhichMayAgreeAfterAdvising) {
  const auto change = Answer(Advised(), kDrafter, "週3回に改めます", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kUnderReview);
  EXPECT_EQ(AgreedBy(change->after, {kOfficer}).state, State::kAgreed);
  for (const char* blank : {" ", "\u3000", "\u200B"}) {
    EXPECT_EQ(WhyNot(Answer(Advised(), kDrafter, blank, kNow)), "COMMENT_REQUIRED");
  }
}

TEST(AnswerTest, OfAChangedFormIsItsSubmissionWhichTakesTheWholeRoute) {
  const Form changed = Update(Advised(), DraftFor("防災"), kDrafter, kNow)->after;
  EXPECT_EQ(changed.state, State::kAdvised);
  EXPECT_EQ(WhyNot(Answer(changed, kDrafter, "直しました", kNow)), "FORM_CHANGED");
  EXPECT_EQ(WhyNot(Submit(changed, {.steps = LongRoute()}, kDrafter, "", kNow)),
            "COMMENT_REQUIRED");
  const auto again = Submit(changed, {.steps = LongRoute()}, kDrafter, "直しました", kNow);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(CurrentSteps(again->after), ElementsAre(0));
}

TEST(RejectTest, IsFinalAndNeedsAComment) {
  EXPECT_EQ(WhyNot(Reject(AtPrOffice(), kOfficer, "", kNow)), "COMMENT_REQUIRED");
  EXPECT_EQ(Reject(AtPrOffice(), kOfficer, "目的外", kNow)->after.state, State::kRejected);
  EXPECT_EQ(WhyNot(Reject(AtPrOffice(), kHead, "目的外", kNow)), "NOT_YOUR_STEP");
}

TEST(ExpireTest, WaitsUntilTheGraceHasPassed) {
  const Actor system = {{"services/approval", ""}, {Role::kSystem}, ""};
  const auto on = [](int days) { return kNow + (10 + days) * absl::Hours(24); };
  EXPECT_EQ(WhyNot(Expire(Advised(), system, kDaysOfGrace, on(kDaysOfGrace))), "NOT_LAPSED_YET");
  EXPECT_EQ(Expire(Advised(), system, kDaysOfGrace, on(kDaysOfGrace + 1))->after.state,
            State::kExpired);
  EXPECT_EQ(WhyNot(Expire(AtPrOffice(), system, kDaysOfGrace, on(9999))), "FORM_NOT_WAITED_FOR");
}

// T 5-9-4.
Draft UrgentDraft() {
  return {.action = Action::kClose,
          .account = "accounts/1",
          .content = {{"closing.reason", "REASON_SECURITY"}, {"urgent", "true"}}};
}

TEST(UrgentTest, IsSubmittedByWhoMaySuspendAndByNobodyElse) {
  const Form draft = Create("1", kOwn, UrgentDraft(), kDrafter, kNow).after;
  const auto submit = [&](const Actor& actor) {
    return Submit(draft, {.steps = LongRoute()}, actor, "", kNow);
  };
  EXPECT_EQ(WhyNot(submit(kDrafter)), "URGENT_NOT_YOURS");
  EXPECT_EQ(WhyNot(submit(kViaHead)), "URGENT_NOT_YOURS");
  const Actor security = {{"users/security", ""}, {Role::kItSecurity}, kSafety};
  for (const Actor& actor : {kHead, kOfficer, security}) {
    const auto change = submit(actor);
    ASSERT_TRUE(change.ok()) << change.status();
    EXPECT_EQ(change->after.state, State::kInRoute);
    EXPECT_EQ(change->after.acts.back().kind, ActKind::kSubmittedUrgently);
    EXPECT_EQ(change->events[0].type, "form.submitted_urgently");
    EXPECT_EQ(WhyNot(Agree(change->after, HeadOf(kOwn, actor.person.subject), "", kNow)),
              "FOUR_EYES");
  }
}

TEST(UrgentTest, IsAllThatOthersThanStaffWrite) {
  for (const Actor& actor : {kHead, kOfficer}) {
    EXPECT_EQ(ReasonOf(MayWrite(kOwn, DraftFor(), actor)), "NOT_YOUR_FORM");
    EXPECT_TRUE(MayWrite(kOwn, UrgentDraft(), actor).ok());
    EXPECT_EQ(WhyNot(Submit(Create("1", kOwn, DraftFor(), kDrafter, kNow).after,
                            {.steps = LongRoute()}, actor, "", kNow)),
              "NOT_YOUR_FORM");
  }
  EXPECT_TRUE(MayWrite(kOwn, DraftFor(), kDrafter).ok());
}

TEST(UrgentTest, CanBePulledBackWhileNobodyHasActed) {
  const Form draft = Create("1", kOwn, UrgentDraft(), kDrafter, kNow).after;
  const Form form = Submit(draft, {.steps = LongRoute()}, kHead, "", kNow)->after;
  EXPECT_TRUE(PullBack(form, kDrafter, "", kNow).ok());
}

Form Conflicted() {
  const Form agreed = AgreedBy(AtPrOffice(), {kOfficer});
  const Actor system = {{"services/approval", ""}, {Role::kSystem}, ""};
  return RecordApplication(agreed, {.time = kNow, .conflict_reason = "ACCOUNT_EXISTS"}, system)
      ->after;
}

TEST(SettleTest, TakesAConflictOutOfTheInboxesOnceAndForAll) {
  const Form conflict = Conflicted();
  EXPECT_EQ(DueOn(conflict), kToday + kDaysToDecide);
  EXPECT_EQ(WhyNot(Settle(conflict, kOfficer, " ", kNow)), "COMMENT_REQUIRED");
  const auto settled = Settle(conflict, kOfficer, "新しく起案してもらう", kNow);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->after.state, State::kConflict);
  EXPECT_EQ(DueOn(settled->after), std::nullopt);
  const auto again = Settle(settled->after, kOfficer, "もう一度", kNow);
  EXPECT_EQ(WhyNot(again), "NO_CONFLICT_TO_SETTLE");
  EXPECT_EQ(StateIn(again.status()), "CONFLICT");
  EXPECT_EQ(WhyNot(Settle(AtPrOffice(), kOfficer, "x", kNow)), "NO_CONFLICT_TO_SETTLE");
}

TEST(DifferencesOfTest, ShowsAChangeThreeTimesWhereTheVersionsPart) {
  Form form = {.draft = {.action = Action::kChange,
                         .account = "accounts/1",
                         .content = {{"account", "accounts/1"},
                                     {"fields.purpose", "防災"},
                                     {"fields.audience", "県民"},
                                     {"fields.topics", "催し"},
                                     {"fields.notes", "なし"}}},
               .changes = {{"fields.purpose", "広報", "防災"}, {"fields.handle", "old", ""}}};
  const Fields ledger = {{"fields.purpose", "観光"},   // Changed by both.
                         {"fields.audience", "市民"},  // Changed by the ledger alone.
                         {"fields.topics", "催し"},    // The same everywhere.
                         {"fields.handle", "old"},     // Taken out by the form.
                         {"state", "STATE_ACTIVE"}};
  EXPECT_THAT(DifferencesOf(form, ledger),
              ElementsAre(Difference{"fields.audience", "県民", "市民", "県民"},
                          Difference{"fields.handle", "old", "old", ""},
                          Difference{"fields.notes", "なし", "", "なし"},
                          Difference{"fields.purpose", "広報", "観光", "防災"},
                          Difference{"state", "", "STATE_ACTIVE", ""}));
}

TEST(DifferencesOfTest, ShowsOfAClosingAndOfAnApplicationNothingOfWhatIsGoverned) {
  const Fields ledger = {
      {"fields.purpose", "防災"}, {"closing.reason", "REASON_MERGED"}, {"state", "STATE_CLOSING"}};
  const Form closing = {
      .draft = {.action = Action::kClose, .content = {{"closing.reason", "REASON_SECURITY"}}}};
  EXPECT_THAT(DifferencesOf(closing, ledger),
              ElementsAre(Difference{"closing.reason", "", "REASON_MERGED", "REASON_SECURITY"},
                          Difference{"state", "", "STATE_CLOSING", ""}));
  const Form grant = {.draft = {.action = Action::kGrant, .content = {{"use.purpose", "発信"}}}};
  EXPECT_THAT(DifferencesOf(grant, {{"fields.purpose", "防災"}, {"state", "STATE_CLOSED"}}),
              ElementsAre(Difference{"state", "", "STATE_CLOSED", ""}));
}

TEST(DifferencesOfTest, ShowsAnOpeningBesideTheAccountThereIs) {
  const Form form = {.draft = {.action = Action::kOpen,
                               .content = {{"fields.handle", "pref"}, {"fields.purpose", "広報"}}}};
  const Fields ledger = {{"fields.handle", "pref"}, {"fields.purpose", "防災"}};
  EXPECT_THAT(DifferencesOf(form, ledger),
              ElementsAre(Difference{"fields.purpose", "", "防災", "広報"}));
  EXPECT_EQ(DifferencesOf(form, {}).size(), 2u);
}

TEST(DueOnTest, ReadingAndWritingGiveNobodyMoreTime) {
  Form form = Return(InLongRoute(), kHead, "直して", kNow)->after;
  EXPECT_EQ(DueOn(form), kToday + kDaysToMend);
  form = Update(form, DraftFor("防災"), kDrafter, kNow + absl::Hours(72))->after;
  EXPECT_EQ(DueOn(form), kToday + kDaysToMend);
  EXPECT_EQ(DueOn(InLongRoute()), kToday + kDaysToDecide);
  EXPECT_EQ(DueOn(AgreedBy(AtPrOffice(), {kOfficer})), std::nullopt);
}

}  // namespace
}  // namespace daicho::approval::domain
