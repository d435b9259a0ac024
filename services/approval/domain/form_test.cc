#include "services/approval/domain/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kId[] = "0190a6e2-0000-7000-8000-000000000001";

Actor Staff(const std::string& name = "users/staff") {
  return {{name, "担当"}, {Role::kDepartmentStaff}, kOwn};
}
Actor Head(const std::string& name = "users/head", const std::string& department = kOwn) {
  return {{name, "課長"}, {Role::kDepartmentHead}, department};
}
Actor ViaHead() { return Head("users/via", kVia); }
Actor PrOffice(const std::string& name = "users/pr") {
  return {{name, "広報"}, {Role::kPrOffice}, kPr};
}
Actor System() { return {{"services/approval", ""}, {Role::kSystem}, ""}; }

std::vector<Step> Route() {
  return {{.kind = StepKind::kHead, .department = kOwn, .department_display_name = "学校教育課"},
          {.kind = StepKind::kVia, .department = kVia, .department_display_name = "教育政策課"},
          {.kind = StepKind::kPrOffice, .department = kPr, .department_display_name = "秘書課"}};
}

Draft OpenDraft() {
  return {.action = Action::kOpen,
          .content = {{"action", "ACTION_OPEN"}, {"fields.purpose", "広報"}}};
}

Draft ChangeDraft() {
  return {.action = Action::kChange,
          .account = "accounts/1",
          .content = {{"account", "accounts/1"}, {"fields.purpose", "防災"}}};
}

Form Drafted(Draft draft = OpenDraft()) {
  return Create(kId, kOwn, std::move(draft), Staff(), kNow).after;
}
Form Submitted() { return Submit(Drafted(), {.steps = Route()}, Staff(), "", kNow)->after; }
Form Agreed(const Form& form, const Actor& actor) { return Agree(form, actor, "", kNow)->after; }
Form UnderReview() { return Agreed(Agreed(Submitted(), Head()), ViaHead()); }

absl::Status WhetherDecides(const Form& form, const Actor& actor) {
  return MayDecide(form, ActKind::kAgreed, actor).status();
}

TEST(CreateTest, MakesADraftWithItsFirstRevisionAndAct) {
  const Change change = Create(kId, kOwn, OpenDraft(), Staff(), kNow);
  EXPECT_EQ(change.after.state, State::kDraft);
  EXPECT_EQ(change.after.revision, 1);
  EXPECT_EQ(change.after.drafter, (Person{"users/staff", "担当"}));
  EXPECT_EQ(change.after.create_time, kNow);
  ASSERT_EQ(change.after.acts.size(), 1u);
  EXPECT_EQ(change.after.acts[0].kind, ActKind::kCreated);
  EXPECT_EQ(change.after.acts[0].step, -1);
}

TEST(CreateTest, AnnouncesTheAccountAndThoseItIsToAbsorb) {
  Draft draft = ChangeDraft();
  draft.content["absorbed_accounts[0].account"] = "accounts/2";
  draft.content["absorbed_accounts[0].etag"] = "\"1\"";
  draft.content["absorbed_accounts[1].account"] = "accounts/3";
  const Change change = Create(kId, kOwn, draft, Staff(), kNow);
  EXPECT_THAT(change.events[0].related, ElementsAre("accounts/1", "accounts/2", "accounts/3"));
}

TEST(CreateTest, AnnouncesEveryFieldAsNew) {
  const Change change = Create(kId, kOwn, OpenDraft(), Staff(), kNow);
  ASSERT_EQ(change.events.size(), 1u);
  const Event& event = change.events[0];
  EXPECT_EQ(event.type, "form.created");
  EXPECT_EQ(event.resource, absl::string_view("forms/0190a6e2-0000-7000-8000-000000000001"));
  EXPECT_EQ(event.department, kOwn);
  EXPECT_THAT(event.changes, ElementsAre(FieldChange{"action", "", "ACTION_OPEN"},
                                         FieldChange{"fields.purpose", "", "広報"},
                                         FieldChange{"state", "", "DRAFT"}));
}

TEST(UpdateTest, ReplacesTheContentAndAnnouncesTheDifference) {
  Draft draft = OpenDraft();
  draft.content["fields.purpose"] = "防災";
  const auto change = Update(Drafted(), draft, Staff("users/other"), kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.revision, 2);
  EXPECT_EQ(change->after.drafter.subject, "users/staff");
  EXPECT_THAT(change->events[0].changes,
              ElementsAre(FieldChange{"fields.purpose", "広報", "防災"}));
}

TEST(UpdateTest, RefusesAnotherActionOrAccount) {
  Draft other_action = OpenDraft();
  other_action.action = Action::kClose;
  Draft other_account = ChangeDraft();
  other_account.account = "accounts/2";
  EXPECT_EQ(WhyNot(Update(Drafted(), other_action, Staff(), kNow)), "ACTION_IS_FIXED");
  EXPECT_EQ(WhyNot(Update(Drafted(ChangeDraft()), other_account, Staff(), kNow)),
            "ACCOUNT_IS_FIXED");
}

TEST(UpdateTest, RefusesAFormThatIsInItsRoute) {
  EXPECT_EQ(WhyNot(Update(Submitted(), OpenDraft(), Staff(), kNow)), "FORM_NOT_WRITABLE");
}

TEST(SubmitTest, SendsTheFormToItsHead) {
  const auto change = Submit(Drafted(), {.steps = Route()}, Staff(), "お願いします", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kInRoute);
  EXPECT_EQ(CurrentStep(change->after), 0);
  EXPECT_EQ(change->after.round, 1);
  EXPECT_EQ(change->after.acts.back().comment, "お願いします");
  EXPECT_EQ(change->events[0].type, "form.submitted");
  EXPECT_EQ(change->events[0].reason, "お願いします");
}

TEST(SubmitTest, SetsOutWhatAChangeDoesToTheLedger) {
  const Submission submission = {
      .steps = Route(), .ledger = {{"fields.purpose", "広報"}, {"fields.audience", "県民"}}};
  const auto change = Submit(Drafted(ChangeDraft()), submission, Staff(), "", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_THAT(change->after.changes, ElementsAre(FieldChange{"fields.audience", "県民", ""},
                                                 FieldChange{"fields.purpose", "広報", "防災"}));
  EXPECT_THAT(change->events[0].related, ElementsAre("accounts/1"));
}

TEST(SubmitTest, SetsOutNoChangesOfAnOpening) { EXPECT_THAT(Submitted().changes, IsEmpty()); }

TEST(AgreeTest, LeadsFromHeadToViaToPrOfficeToAgreed) {
  const Form at_via = Agreed(Submitted(), Head());
  EXPECT_EQ(at_via.state, State::kInRoute);
  EXPECT_EQ(CurrentStep(at_via), 1);
  const Form at_pr = Agreed(at_via, ViaHead());
  EXPECT_EQ(at_pr.state, State::kUnderReview);
  EXPECT_EQ(CurrentStep(at_pr), 2);
  const Form agreed = Agreed(at_pr, PrOffice());
  EXPECT_EQ(agreed.state, State::kAgreed);
  EXPECT_EQ(CurrentStep(agreed), -1);
  EXPECT_EQ(agreed.steps[2].decider, (Person{"users/pr", "広報"}));
  EXPECT_EQ(agreed.steps[2].decide_time, kNow);
  EXPECT_EQ(agreed.acts.back().role, Role::kPrOffice);
  EXPECT_EQ(agreed.acts.back().step, 2);
}

TEST(MayDecideTest, RefusesWhoeverTheStepDoesNotNameInItsRole) {
  EXPECT_EQ(ReasonOf(WhetherDecides(Submitted(), Head("users/x", kVia))), "NOT_YOUR_STEP");
  EXPECT_EQ(ReasonOf(WhetherDecides(Submitted(), Staff("users/x"))), "NOT_YOUR_STEP");
  EXPECT_EQ(ReasonOf(WhetherDecides(Submitted(), PrOffice())), "NOT_YOUR_STEP");
  EXPECT_EQ(ReasonOf(WhetherDecides(Agreed(Submitted(), Head()), Head("users/x"))),
            "NOT_YOUR_STEP");
  EXPECT_EQ(ReasonOf(WhetherDecides(UnderReview(), Head("users/x", kPr))), "NOT_YOUR_STEP");
  EXPECT_TRUE(WhetherDecides(Submitted(), Head()).ok());
  EXPECT_TRUE(WhetherDecides(UnderReview(), PrOffice()).ok());
}

TEST(MayDecideTest, RefusesTheDrafterWhoIsAlsoTheHead) {
  Actor both = Head("users/staff");
  both.roles.insert(Role::kDepartmentStaff);
  EXPECT_EQ(ReasonOf(WhetherDecides(Submitted(), both)), "FOUR_EYES");
}

TEST(MayDecideTest, RefusesWhoeverChangedOrSubmittedTheForm) {
  const Form updated = Update(Drafted(), OpenDraft(), Staff("users/a"), kNow)->after;
  const Form form = Submit(updated, {.steps = Route()}, Staff("users/b"), "", kNow)->after;
  EXPECT_EQ(ReasonOf(WhetherDecides(form, Head("users/a"))), "FOUR_EYES");
  EXPECT_EQ(ReasonOf(WhetherDecides(form, Head("users/b"))), "FOUR_EYES");
  EXPECT_TRUE(WhetherDecides(form, Head("users/c")).ok());
}

TEST(MayDecideTest, RefusesASecondActOfOnePersonInOneRoute) {
  Actor everything = PrOffice("users/head");
  everything.roles.insert(Role::kDepartmentHead);
  everything.department = kVia;
  EXPECT_EQ(ReasonOf(WhetherDecides(Agreed(Submitted(), Head()), everything)), "FOUR_EYES");
  everything.department = kPr;
  EXPECT_EQ(ReasonOf(WhetherDecides(UnderReview(), everything)), "FOUR_EYES");
}

TEST(MayDecideTest, RefusesAFormThatIsWithNobody) {
  EXPECT_EQ(ReasonOf(WhetherDecides(Drafted(), Head())), "FORM_NOT_IN_ROUTE");
  EXPECT_EQ(ReasonOf(WhetherDecides(Agreed(UnderReview(), PrOffice()), PrOffice("users/x"))),
            "FORM_NOT_IN_ROUTE");
}

TEST(ReturnTest, GivesTheFormBackToTheDrafterWithWhatToMend) {
  const auto change = Return(UnderReview(), PrOffice(), "URLを確認", kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kReturned);
  EXPECT_EQ(CurrentStep(change->after), -1);
  EXPECT_EQ(change->after.acts.back().step, 2);
  EXPECT_EQ(change->events[0].reason, "URLを確認");
}

TEST(ReturnTest, NeedsAComment) {
  EXPECT_EQ(WhyNot(Return(Submitted(), Head(), "  ", kNow)), "COMMENT_REQUIRED");
}

TEST(ReturnTest, IsForTheDeciderAlone) {
  EXPECT_EQ(WhyNot(Return(Submitted(), ViaHead(), "直す", kNow)), "NOT_YOUR_STEP");
}

TEST(SubmitTest, BeginsANewRoundAfterAReturnInWhichTheSameDecidersMayAct) {
  const Form returned = Return(UnderReview(), PrOffice(), "直す", kNow)->after;
  const Form again = Submit(returned, {.steps = Route()}, Staff(), "", kNow)->after;
  EXPECT_EQ(again.round, 2);
  EXPECT_EQ(again.state, State::kInRoute);
  EXPECT_EQ(CurrentStep(again), 0);
  EXPECT_EQ(again.acts.size(), 6u);
  const Form agreed = Agreed(Agreed(Agreed(again, Head()), ViaHead()), PrOffice());
  EXPECT_EQ(agreed.state, State::kAgreed);
  EXPECT_EQ(agreed.acts[1].round, 1);
  EXPECT_EQ(agreed.acts.back().round, 2);
}

TEST(WithdrawTest, EndsAFormUntilItIsAgreed) {
  for (const Form& form : {Drafted(), Submitted(), UnderReview()}) {
    const auto change = Withdraw(form, Head(), "不要", kNow);
    ASSERT_TRUE(change.ok()) << change.status();
    EXPECT_EQ(change->after.state, State::kWithdrawn);
    EXPECT_EQ(change->after.acts.back().role, Role::kDepartmentHead);
  }
  EXPECT_EQ(WhyNot(Withdraw(Agreed(UnderReview(), PrOffice()), Staff(), "", kNow)),
            "FORM_NOT_WITHDRAWABLE");
}

TEST(RecordApplicationTest, SaysThatTheLedgerTookIt) {
  const auto change =
      RecordApplication(Agreed(UnderReview(), PrOffice()),
                        {.account = "accounts/9", .time = kNow + absl::Seconds(1)}, System());
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kApplied);
  EXPECT_EQ(change->after.update_time, kNow + absl::Seconds(1));
  EXPECT_EQ(change->events[0].type, "form.applied");
  EXPECT_THAT(change->events[0].related, ElementsAre("accounts/9"));
  EXPECT_THAT(change->events[0].changes,
              Contains(FieldChange{"application.account", "", "accounts/9"}));
}

TEST(RecordApplicationTest, SaysWhyTheLedgerCouldNotTakeIt) {
  const auto change = RecordApplication(
      Agreed(UnderReview(), PrOffice()),
      {.time = kNow, .conflict_reason = "ACCOUNT_EXISTS", .conflict_message = "taken"}, System());
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, State::kConflict);
  EXPECT_EQ(change->events[0].type, "form.conflicted");
  EXPECT_EQ(change->events[0].reason, "ACCOUNT_EXISTS");
}

TEST(RecordApplicationTest, HappensOnce) {
  const Application application = {.account = "accounts/9", .time = kNow};
  const Form applied =
      RecordApplication(Agreed(UnderReview(), PrOffice()), application, System())->after;
  EXPECT_EQ(WhyNot(RecordApplication(applied, application, System())), "FORM_NOT_AGREED");
}

TEST(ReceiveTest, NumbersAFormWhenItFirstReachesThePrOffice) {
  EXPECT_FALSE(AwaitsReception(Submitted()));
  auto change = Agree(Agreed(Submitted(), Head()), ViaHead(), "よい", kNow);
  ASSERT_TRUE(AwaitsReception(change->after));
  Receive(*change, 12, kNow);
  EXPECT_EQ(change->after.reception->number, 12);
  EXPECT_FALSE(AwaitsReception(change->after));
  ASSERT_EQ(change->events.size(), 2u);
  EXPECT_EQ(change->events[1].type, "form.received");
  EXPECT_EQ(change->events[1].reason, "");
  EXPECT_THAT(change->events[1].changes,
              ElementsAre(FieldChange{"reception", "", "令和8年度 第12号"}));
}

TEST(ReceiveTest, LeavesTheNumberOfAFormThatComesBack) {
  Change received = {.after = UnderReview()};
  Receive(received, 12, kNow);
  const Form returned = Return(received.after, PrOffice(), "直す", kNow)->after;
  const Form again = Submit(returned, {.steps = Route()}, Staff(), "", kNow)->after;
  const Form back = Agreed(Agreed(again, Head()), ViaHead());
  EXPECT_EQ(back.state, State::kUnderReview);
  EXPECT_FALSE(AwaitsReception(back));
  EXPECT_EQ(back.reception->number, 12);
}

TEST(ReadersOfTest, AreTheOwnDepartmentAndThoseOfTheRoute) {
  EXPECT_THAT(ReadersOf(Drafted()), ElementsAre(kOwn));
  EXPECT_THAT(ReadersOf(Submitted()), ElementsAre(kOwn, kOwn, kVia, kPr));
}

}  // namespace
}  // namespace daicho::approval::domain
