#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kOwn[] = "departments/0802";
constexpr char kVia[] = "departments/0801";
constexpr char kDesk[] = "departments/0104";
constexpr char kSafety[] = "departments/0102";
constexpr char kPr[] = "departments/0101";

const absl::CivilDay kToday(2026, 11, 26);
const absl::Time kNow = StartOfTokyoDay(kToday) + absl::Hours(10);

Actor HeadOf(const std::string& department, const std::string& name) {
  return {{name, "課長"}, {Role::kDepartmentHead}, department};
}
const Actor kStaff = {{"users/staff", "担当"}, {Role::kDepartmentStaff}, kOwn};
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
std::vector<Step> Route() {
  return {StepOf(StepKind::kHead, kOwn),         StepOf(StepKind::kVia, kVia),
          StepOf(StepKind::kConcurrence, kDesk), StepOf(StepKind::kConcurrence, kSafety),
          StepOf(StepKind::kPrOffice, kPr),      StepOf(StepKind::kCirculation, "departments/9")};
}

Draft OpenDraft(const std::string& purpose = "広報") {
  return {.action = Action::kOpen, .content = {{"fields.purpose", purpose}}};
}

Form Submitted() {
  const Form draft = Create("1", kOwn, OpenDraft(), kStaff, kNow).after;
  return Submit(draft, {.steps = Route()}, kStaff, "", kNow)->after;
}

Form AgreedBy(Form form, const std::vector<Actor>& actors) {
  for (const Actor& actor : actors) form = Agree(form, actor, "", kNow).value().after;
  return form;
}

Form UnderReview() { return AgreedBy(Submitted(), {kHead, kViaHead, kDeskHead, kSafetyHead}); }

Form Advised() {
  return Advise(UnderReview(), kOfficer, {AdviceKind::kImprove, kToday + 10}, "頻度を", kNow)
      ->after;
}

std::vector<Absence> Away(const std::string& who, const std::string& department = kOwn) {
  return {{.department = department,
           .person = {who, "課長"},
           .from_on = kToday,
           .until_on = kToday + 1}};
}

std::string WhyNot(const absl::StatusOr<Change>& change) { return ReasonOf(change.status()); }

TEST(AgreeTest, DesksConcurInAnyOrderAndThePrOfficeWaitsForAll) {
  const Form form = AgreedBy(Submitted(), {kHead, kViaHead});
  EXPECT_THAT(CurrentSteps(form), ElementsAre(2, 3));
  const Form one = AgreedBy(form, {kSafetyHead});
  EXPECT_EQ(one.state, State::kInRoute);
  EXPECT_THAT(CurrentSteps(one), ElementsAre(2));
  EXPECT_EQ(WhyNot(Agree(one, kOfficer, "", kNow)), "NOT_YOUR_STEP");
  EXPECT_EQ(AgreedBy(one, {kDeskHead}).state, State::kUnderReview);
}

TEST(AgreeTest, ACopyBlocksNothingAndIsDecidedByNobody) {
  const Form agreed = AgreedBy(UnderReview(), {kOfficer});
  EXPECT_EQ(agreed.state, State::kAgreed);
  EXPECT_THAT(CurrentSteps(agreed), IsEmpty());
}

TEST(AgreeTest, AHeadWhoMovedAwayHasLostTheStep) {
  Actor moved = kHead;
  moved.department = kVia;
  EXPECT_EQ(WhyNot(Agree(Submitted(), moved, "", kNow)), "NOT_YOUR_STEP");
  Actor officer = kOfficer;
  officer.department = kOwn;
  EXPECT_EQ(WhyNot(Agree(UnderReview(), officer, "", kNow)), "NOT_YOUR_STEP");
}

TEST(AgreeAsDeputyTest, IsPossibleWhileAnAbsenceIsRecordedAndSaysForWhom) {
  const Form form = Submitted();
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kDeputy, {}, "出張", "", kNow)), "NO_ABSENCE_RECORDED");
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kDeputy, Away("users/head"), " ", "", kNow)),
            "REASON_REQUIRED");
  EXPECT_EQ(WhyNot(AgreeAsDeputy(form, kHead, Away("users/head"), "出張", "", kNow)),
            "ABSENT_YOURSELF");
  const auto change = AgreeAsDeputy(form, kDeputy, Away("users/head"), "出張", "", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.steps[0].deputy->absent.subject, "users/head");
  EXPECT_EQ(change->after.acts.back().deputy_reason, "出張");
  EXPECT_THAT(CurrentSteps(change->after), ElementsAre(1));
}

TEST(ReviewAfterwardsTest, IsForTheHeadWhoWasAbsentOnceInWhateverStateTheFormIs) {
  Form form = AgreeAsDeputy(Submitted(), kDeputy, Away("users/head"), "出張", "", kNow)->after;
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
  Form form = AgreeAsDeputy(Submitted(), kDeputy, Away("users/head"), "出張", "", kNow)->after;
  form = ReviewAfterwards(form, kHead, "", kNow)->after;
  Actor moved = kHead;
  moved.department = kVia;
  EXPECT_EQ(WhyNot(Agree(form, moved, "", kNow)), "FOUR_EYES");
}

TEST(ReturnToStepTest, HasTheStepAndThoseAfterItDecideAgain) {
  const auto change = ReturnToStep(UnderReview(), kOfficer, 1, "経由で再確認を", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kInRoute);
  EXPECT_THAT(CurrentSteps(change->after), ElementsAre(1));
  EXPECT_TRUE(change->after.steps[0].decider.has_value());
  EXPECT_FALSE(change->after.steps[2].decider.has_value());
  EXPECT_EQ(change->after.acts.back().to_step, 1);
  EXPECT_EQ(AgreedBy(change->after, {kViaHead, kDeskHead, kSafetyHead}).state, State::kUnderReview);
}

TEST(ReturnToStepTest, ToOneDeskLeavesTheOtherAgreed) {
  const Form form = ReturnToStep(UnderReview(), kOfficer, 2, "再確認", kNow)->after;
  EXPECT_THAT(CurrentSteps(form), ElementsAre(2));
  EXPECT_EQ(AgreedBy(form, {kDeskHead}).state, State::kUnderReview);
}

TEST(ReturnToStepTest, RefusesWhatIsNoEarlierStep) {
  for (const int step : {-1, 4, 5, 17}) {
    EXPECT_EQ(WhyNot(ReturnToStep(UnderReview(), kOfficer, step, "再", kNow)), "STEP_NOT_EARLIER");
  }
  const Form one = AgreedBy(Submitted(), {kHead, kViaHead, kDeskHead});
  EXPECT_EQ(WhyNot(ReturnToStep(one, kSafetyHead, 2, "再", kNow)), "STEP_NOT_EARLIER");
  EXPECT_EQ(WhyNot(ReturnToStep(UnderReview(), kOfficer, 0, "", kNow)), "COMMENT_REQUIRED");
}

TEST(PullBackTest, IsPossibleUntilTheNextHasActed) {
  EXPECT_EQ(PullBack(Submitted(), kStaff, "", kNow)->after.state, State::kPulledBack);
  EXPECT_EQ(WhyNot(PullBack(AgreedBy(Submitted(), {kHead}), kStaff, "", kNow)), "NEXT_HAS_ACTED");
  const Form back = ReturnToStep(UnderReview(), kOfficer, 0, "再", kNow)->after;
  EXPECT_EQ(WhyNot(PullBack(back, kStaff, "", kNow)), "NEXT_HAS_ACTED");
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
    return Advise(UnderReview(), kOfficer, {AdviceKind::kReconsider, kToday + days}, "再考", kNow)
        .ok();
  };
  EXPECT_FALSE(advise(0));
  EXPECT_TRUE(advise(1));
  EXPECT_TRUE(advise(kMostDaysToAnswerForm));
  EXPECT_FALSE(advise(kMostDaysToAnswerForm + 1));
}

TEST(AdviseTest, IsForThePrOfficeAlone) {
  EXPECT_EQ(WhyNot(Advise(UnderReview(), kHead, {AdviceKind::kImprove, kToday + 1}, "a", kNow)),
            "NOT_YOUR_STEP");
}

TEST(AnswerTest, LeadsBackToThePrOfficeWhichMayAgreeAfterAdvising) {
  const auto change = Answer(Advised(), kStaff, "週3回に改めます", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kUnderReview);
  EXPECT_EQ(AgreedBy(change->after, {kOfficer}).state, State::kAgreed);
  EXPECT_EQ(WhyNot(Answer(Advised(), kStaff, " ", kNow)), "COMMENT_REQUIRED");
}

TEST(AnswerTest, OfAChangedFormIsItsSubmissionWhichTakesTheWholeRoute) {
  const Form changed = Update(Advised(), OpenDraft("防災"), kStaff, kNow)->after;
  EXPECT_EQ(changed.state, State::kAdvised);
  EXPECT_EQ(WhyNot(Answer(changed, kStaff, "直しました", kNow)), "FORM_CHANGED");
  EXPECT_EQ(WhyNot(Submit(changed, {.steps = Route()}, kStaff, "", kNow)), "COMMENT_REQUIRED");
  const auto again = Submit(changed, {.steps = Route()}, kStaff, "直しました", kNow);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(CurrentSteps(again->after), ElementsAre(0));
}

TEST(RejectTest, IsFinalAndNeedsAComment) {
  EXPECT_EQ(WhyNot(Reject(UnderReview(), kOfficer, "", kNow)), "COMMENT_REQUIRED");
  EXPECT_EQ(Reject(UnderReview(), kOfficer, "目的外", kNow)->after.state, State::kRejected);
  EXPECT_EQ(WhyNot(Reject(UnderReview(), kHead, "目的外", kNow)), "NOT_YOUR_STEP");
}

TEST(ExpireTest, WaitsUntilTheGraceHasPassed) {
  const Actor system = {{"services/approval", ""}, {Role::kSystem}, ""};
  const auto on = [](int days) { return kNow + (10 + days) * absl::Hours(24); };
  EXPECT_EQ(WhyNot(Expire(Advised(), system, kDaysOfGrace, on(kDaysOfGrace))), "NOT_LAPSED_YET");
  EXPECT_EQ(Expire(Advised(), system, kDaysOfGrace, on(kDaysOfGrace + 1))->after.state,
            State::kExpired);
  EXPECT_EQ(WhyNot(Expire(UnderReview(), system, kDaysOfGrace, on(9999))), "FORM_NOT_WAITED_FOR");
}

// T 5-9-4.
Draft UrgentDraft() {
  return {.action = Action::kClose,
          .account = "accounts/1",
          .content = {{"closing.reason", "REASON_SECURITY"}, {"urgent", "true"}}};
}

TEST(UrgentTest, IsSubmittedByWhoMaySuspendAndByNobodyElse) {
  const Form draft = Create("1", kOwn, UrgentDraft(), kStaff, kNow).after;
  const auto submit = [&](const Actor& actor) {
    return Submit(draft, {.steps = Route()}, actor, "", kNow);
  };
  EXPECT_EQ(WhyNot(submit(kStaff)), "URGENT_NOT_YOURS");
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
    EXPECT_EQ(ReasonOf(MayWrite(kOwn, OpenDraft(), actor)), "NOT_YOUR_FORM");
    EXPECT_TRUE(MayWrite(kOwn, UrgentDraft(), actor).ok());
    EXPECT_EQ(WhyNot(Submit(Create("1", kOwn, OpenDraft(), kStaff, kNow).after, {.steps = Route()},
                            actor, "", kNow)),
              "NOT_YOUR_FORM");
  }
  EXPECT_TRUE(MayWrite(kOwn, OpenDraft(), kStaff).ok());
}

TEST(UrgentTest, CanBePulledBackWhileNobodyHasActed) {
  const Form draft = Create("1", kOwn, UrgentDraft(), kStaff, kNow).after;
  const Form form = Submit(draft, {.steps = Route()}, kHead, "", kNow)->after;
  EXPECT_TRUE(PullBack(form, kStaff, "", kNow).ok());
}

Form Conflicted() {
  const Form agreed = AgreedBy(UnderReview(), {kOfficer});
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
  EXPECT_EQ(WhyNot(Settle(settled->after, kOfficer, "もう一度", kNow)), "NO_CONFLICT_TO_SETTLE");
  EXPECT_EQ(WhyNot(Settle(UnderReview(), kOfficer, "x", kNow)), "NO_CONFLICT_TO_SETTLE");
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
  Form form = Return(Submitted(), kHead, "直して", kNow)->after;
  EXPECT_EQ(DueOn(form), kToday + kDaysToMend);
  form = Update(form, OpenDraft("防災"), kStaff, kNow + absl::Hours(72))->after;
  EXPECT_EQ(DueOn(form), kToday + kDaysToMend);
  EXPECT_EQ(DueOn(Submitted()), kToday + kDaysToDecide);
  EXPECT_EQ(DueOn(AgreedBy(UnderReview(), {kOfficer})), std::nullopt);
}

}  // namespace
}  // namespace daicho::approval::domain
