// Deputies, desks, advice, returns and pull-backs, through the handlers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/approval/lapse.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::ElementsAre;
using FormStub = v1::FormService::Stub;

class DecisionTest : public ApprovalTest {
 protected:
  absl::CivilDay Today() { return TokyoDay(clock_.Now()); }

  template <typename Request>
  Request On(const v1::Form& form, const std::string& comment = "") {
    Request request;
    request.set_name(form.name());
    request.set_etag(form.etag());
    request.set_comment(comment);
    request.set_request_id(NewId());
    return request;
  }

  absl::StatusOr<v1::Form> Decide(const Somebody& who, const v1::Form& form,
                                  v1::DecideFormRequest::Decision decision,
                                  const std::string& comment, int to_step = 0,
                                  const std::string& deputy_reason = "") {
    auto request = On<v1::DecideFormRequest>(form, comment);
    request.set_decision(decision);
    request.set_to_step(to_step);
    request.set_deputy_reason(deputy_reason);
    return Send(&FormStub::DecideForm, who, request);
  }

  absl::StatusOr<v1::Form> AsDeputy(const Somebody& who, const v1::Form& form,
                                    const std::string& reason = "課長は出張中") {
    return Decide(who, form, v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY, "", 0, reason);
  }

  absl::StatusOr<v1::Absence> Away(const Somebody& recorder, const std::string& person, int days) {
    v1::RecordAbsenceRequest request;
    request.set_department("departments/0802");
    request.set_person(person);
    request.set_person_display_name("課長");
    request.set_reason("出張");
    *request.mutable_from_on() = daicho::wire::ToDate(Today());
    *request.mutable_until_on() = daicho::wire::ToDate(Today() + days);
    request.set_request_id(NewId());
    return Send(&FormStub::RecordAbsence, recorder, request);
  }

  absl::StatusOr<v1::Form> Advise(const Somebody& who, const v1::Form& form, int days = 10) {
    auto request = On<v1::AdviseFormRequest>(form, "投稿の頻度を見直してください。");
    request.set_kind(v1::FormAdvice::KIND_IMPROVE);
    *request.mutable_due_on() = daicho::wire::ToDate(Today() + days);
    return Send(&FormStub::AdviseForm, who, request);
  }

  absl::StatusOr<v1::Form> Answer(const Somebody& who, const v1::Form& form) {
    return Send(&FormStub::AnswerForm, who, On<v1::AnswerFormRequest>(form, "週3回にします。"));
  }
};

TEST_F(DecisionTest, ADeputyDecidesWhileAnAbsenceIsRecordedAndTheHeadReadsItAfterwards) {
  const v1::Form form = Submitted();
  EXPECT_EQ(WhyNot(AsDeputy(kDeputy, form)), "NO_ABSENCE_RECORDED");
  const auto absence = Away(kStaff, "users/head", 2);
  ASSERT_TRUE(absence.ok()) << absence.status();
  EXPECT_EQ(WhyNot(AsDeputy(kDeputy, form, "")), "REASON_REQUIRED");
  EXPECT_EQ(WhyNot(AsDeputy(kHead, form)), "ABSENT_YOURSELF");

  const auto decided = AsDeputy(kDeputy, form);
  ASSERT_TRUE(decided.ok()) << decided.status();
  const v1::Form stored = Get(kStaff, *decided).value();
  EXPECT_EQ(stored.steps(0).absent().subject(), "users/head");
  EXPECT_EQ(stored.steps(0).deputy_reason(), "課長は出張中");
  EXPECT_EQ(stored.acts(2).kind(), v1::FormAct::KIND_AGREED_AS_DEPUTY);
  EXPECT_EQ(stored.DebugString(), decided->DebugString());

  const auto review = [&](const Somebody& who, const v1::Form& at) {
    return Send(&FormStub::ReviewFormAfterwards, who, On<v1::ReviewFormAfterwardsRequest>(at));
  };
  EXPECT_EQ(WhyNot(review(kDeputy, *decided)), "NOT_YOUR_REVIEW");
  const auto read = review(kHead, *decided);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(Get(kStaff, *read)->steps(0).has_review_time());
  EXPECT_EQ(WhyNot(review(kHead, *read)), "NOTHING_TO_REVIEW");
}

// T 5-4: a CLOSE says nothing of decision makers; the account does.
TEST_F(DecisionTest, TheDeputyOfAnAccountThatIsClosedDecidesAsDeputyAlone) {
  registry::v1::Account account;
  account.set_name("accounts/" + NewId());
  account.set_etag("\"3\"");
  account.set_department("departments/0802");
  auto& makers = *account.mutable_fields()->mutable_decision_makers();
  makers.mutable_head()->set_subject("users/head");
  makers.mutable_deputy()->set_subject("users/deputy");
  ledger_.Put(account);
  const v1::Form form = Submitted(CloseContent(account.name()));
  EXPECT_EQ(WhyNot(Agree(kDeputy, form)), "DEPUTY_IN_OWN_NAME");
  ASSERT_TRUE(Away(kStaff, "users/head", 2).ok());
  EXPECT_TRUE(AsDeputy(kDeputy, form).ok());
}

// Nobody becomes head by a form they decide as head.
TEST_F(DecisionTest, TheDeputyOfAnAccountDoesNotAgreeToTheChangeThatMakesThemHead) {
  registry::v1::Account account;
  account.set_name("accounts/" + NewId());
  account.set_etag("\"3\"");
  account.set_department("departments/0802");
  account.mutable_fields()->mutable_decision_makers()->mutable_deputy()->set_subject(
      "users/deputy");
  ledger_.Put(account);
  v1::FormContent content = ChangeContent(account.name());
  content.mutable_fields()->mutable_decision_makers()->mutable_head()->set_subject("users/deputy");
  EXPECT_EQ(WhyNot(Agree(kDeputy, Submitted(content))), "DEPUTY_IN_OWN_NAME");
}

TEST_F(DecisionTest, TheGuidelineIsToldWhatTheLedgerHasBeforeTheLastAgreementToo) {
  const v1::Form form = UnderReview(ChangeContent(PutAccount("広報")));
  ASSERT_TRUE(Agree(kPrOffice, form).ok());
  EXPECT_EQ(guideline_.last().ledger_fields().purpose(), "広報");
}

// Four eyes hold of what was taken back, too.
TEST_F(DecisionTest, WhoeverReturnedAFormToAStepDoesNotDecideThere) {
  const Somebody both = {"both", {"DEPARTMENT_HEAD", "PR_OFFICE"}, "0101"};
  const Somebody pr_staff = {"pr-staff", {"DEPARTMENT_STAFF"}, "0101"};
  const Somebody pr_head = {"pr-head", {"DEPARTMENT_HEAD"}, "0101"};
  v1::Form form = Submit(pr_staff, Create(pr_staff, OpenContent()).value()).value();
  form = Agree(pr_head, form).value();
  form = Decide(both, form, v1::DecideFormRequest::DECISION_RETURN_TO_STEP, "直して", 0).value();
  EXPECT_EQ(WhyNot(Agree(both, form)), "FOUR_EYES");
  form = Agree(pr_head, form).value();
  EXPECT_TRUE(Agree(both, form).ok()) << "at the step where they acted";
}

// domain.md §4: a WARN needs the decider's recorded reason.
TEST_F(DecisionTest, KeepsWhatTheGuidelineSaidAtSubmissionAndWhatWasAgreedToInSpiteOfIt) {
  guideline_.Find(policy::v1::SEVERITY_WARN, "T-5-2");
  const v1::Form received = UnderReview();
  guideline_.Find(policy::v1::SEVERITY_WARN, "T-6-1");
  const v1::Form agreed = Agree(kPrOffice, received, "災害時に要るため").value();
  const v1::Form stored = Get(kStaff, agreed).value();
  std::vector<std::string> kept;
  for (const v1::FormAct& act : stored.acts()) {
    for (const v1::FormFinding& finding : act.findings()) {
      kept.push_back(absl::StrCat(v1::FormAct::Kind_Name(act.kind()), " ", finding.rule_id(), " ",
                                  v1::FormFinding::Severity_Name(finding.severity()), " ",
                                  finding.field(), " ", act.comment()));
    }
  }
  EXPECT_THAT(kept, ElementsAre("KIND_SUBMITTED T-5-2 SEVERITY_WARN fields.purpose ",
                                "KIND_AGREED T-6-1 SEVERITY_WARN fields.purpose 災害時に要るため"));
  EXPECT_EQ(stored.acts(1).findings(0).message_ja(), "目的がありません。");
  EXPECT_EQ(stored.acts(1).findings(0).guideline_version(), "tokushima@2023-03-31");
  EXPECT_EQ(stored.DebugString(), agreed.DebugString());
  std::vector<std::string> logged;
  for (const event::v1::Event& event : Events()) {
    for (const auto& change : event.changes()) {
      if (change.path() == "findings[0]") {
        logged.push_back(absl::StrCat(event.type(), " ", change.after()));
      }
    }
  }
  EXPECT_THAT(logged, ElementsAre("form.submitted tokushima@2023-03-31 T-5-2 WARN fields.purpose",
                                  "form.agreed tokushima@2023-03-31 T-6-1 WARN fields.purpose"));
}

TEST_F(DecisionTest, AReviewOfAnAgreedFormSendsItToTheLedgerNoSecondTime) {
  ASSERT_TRUE(Away(kAdmin, "users/head", 0).ok());
  v1::Form form = AsDeputy(kDeputy, Submitted()).value();
  form = Agree(kPrOffice, Agree(kViaHead, form).value()).value();
  form = Send(&FormStub::ReviewFormAfterwards, kHead, On<v1::ReviewFormAfterwardsRequest>(form))
             .value();
  EXPECT_EQ(form.state(), v1::Form::STATE_AGREED);
  pg::Connection connection = database_.Connect();
  const pg::Result rows =
      connection
          .QueryOnce("SELECT count(*) FROM outbox WHERE destination = 'registry'", testing::Soon())
          .value();
  EXPECT_EQ(rows[0].Int64(0), 1);
}

TEST_F(DecisionTest, AnAbsenceThatHasEndedLetsNobodyDecide) {
  const v1::Absence absence = Away(kHead, "users/head", 5).value();
  v1::EndAbsenceRequest end;
  end.set_name(absence.name());
  end.set_request_id(NewId());
  ASSERT_TRUE(Send(&FormStub::EndAbsence, kHead, end).ok());
  EXPECT_EQ(WhyNot(AsDeputy(kDeputy, Submitted())), "NO_ABSENCE_RECORDED");
  end.set_request_id(NewId());
  EXPECT_EQ(WhyNot(Send(&FormStub::EndAbsence, kHead, end)), "ABSENCE_OVER");
}

TEST_F(DecisionTest, NobodyMakesADeputyOfThemselves) {
  ASSERT_TRUE(Away(kDeputy, "users/nobody", 1).ok());
  EXPECT_EQ(WhyNot(AsDeputy(kDeputy, Submitted())), "ABSENCE_RECORDED_BY_DEPUTY");
}

TEST_F(DecisionTest, AbsencesAreOfTheOwnDepartmentUnlessOneMayMore) {
  ASSERT_TRUE(Away(kStaff, "users/head", 1).ok());
  EXPECT_EQ(WhyNot(Away(kForeignStaff, "users/head", 1)), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(WhyNot(Away(kStaff, "head", 1)), "INVALID_FIELD");
  const v1::ListAbsencesRequest all;
  EXPECT_EQ(Send(&FormStub::ListAbsences, kStaff, all)->absences_size(), 1);
  EXPECT_EQ(Send(&FormStub::ListAbsences, kForeignStaff, all)->absences_size(), 0);
  EXPECT_EQ(Send(&FormStub::ListAbsences, kAuditor, all)->absences_size(), 1);
  v1::ListAbsencesRequest foreign;
  foreign.set_department("departments/0802");
  EXPECT_EQ(Send(&FormStub::ListAbsences, kForeignStaff, foreign)->absences_size(), 0);
}

TEST_F(DecisionTest, ADeskThatARuleAsksForConcursBeforeThePrOffice) {
  guideline_.Ask("T-7-4", "T 7-4", "personal-data");
  const v1::Form draft = Drafted();
  v1::PreviewRouteRequest preview;
  preview.set_name(draft.name());
  const auto route = Send(&FormStub::PreviewRoute, kStaff, preview);
  ASSERT_TRUE(route.ok()) << route.status();
  ASSERT_EQ(route->steps_size(), 4);
  EXPECT_EQ(route->steps(2).kind(), v1::RouteStep::KIND_CONCURRENCE);
  EXPECT_EQ(route->steps(2).department_display_name(), "個人情報担当");
  ASSERT_EQ(route->steps(2).asked_by_size(), 1);
  EXPECT_EQ(route->steps(2).asked_by(0).rule_id(), "T-7-4");
  EXPECT_EQ(route->steps(2).asked_by(0).clause(), "T 7-4");
  EXPECT_EQ(Get(kStaff, draft)->DebugString(), draft.DebugString()) << "a preview changes nothing";

  const v1::Form at_desk =
      Agree(kViaHead, Agree(kHead, Submit(kStaff, draft).value()).value()).value();
  EXPECT_EQ(at_desk.state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(Get(kStaff, at_desk)->steps(2).asked_by(0).rule_id(), "T-7-4");
  EXPECT_EQ(WhyNot(Agree(kPrOffice, at_desk)), "NOT_YOUR_STEP");
  EXPECT_EQ(WhyNot(Agree(kSafetyHead, at_desk)), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(Agree(kDeskHead, at_desk)->state(), v1::Form::STATE_UNDER_REVIEW);
}

TEST_F(DecisionTest, DesksConcurAtTheSameTimeEachOnceByWhateverNameRulesCallThem) {
  guideline_.Ask("T-7-4", "T 7-4", "personal-data");
  guideline_.Ask("T-7-3", "T 7-3", "it-security");
  guideline_.Ask("X-1", "X 1", "departments/0104");
  guideline_.Ask("X-2", "X 2", "departments/0802");
  const v1::Form form = Submitted();
  ASSERT_EQ(form.steps_size(), 5);
  EXPECT_EQ(form.steps(2).department(), "departments/0104");
  EXPECT_EQ(form.steps(2).asked_by_size(), 2);
  EXPECT_EQ(form.steps(3).department(), "departments/0102");
  const v1::Form at_desks = Agree(kViaHead, Agree(kHead, form).value()).value();
  EXPECT_EQ(at_desks.current_steps_size(), 2);
  const v1::Form one = Agree(kSafetyHead, at_desks).value();
  EXPECT_EQ(one.state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(Agree(kDeskHead, one)->state(), v1::Form::STATE_UNDER_REVIEW);
}

TEST_F(DecisionTest, ARuleThatAsksForADeskThatIsNotInTheDirectoryIsRefused) {
  guideline_.Ask("X-1", "X 1", "departments/9999");
  EXPECT_EQ(WhyNot(Submit(kStaff, Drafted())), "DEPARTMENT_NOT_FOUND");
}

TEST_F(DecisionTest, TheGuidelineIsToldWhatTheLedgerHasBeforeAChange) {
  (void)Submitted(ChangeContent(PutAccount("広報")));
  EXPECT_EQ(guideline_.last().ledger_fields().purpose(), "広報");
  EXPECT_EQ(guideline_.last().content().fields().purpose(), "防災");
  (void)Submitted();
  EXPECT_FALSE(guideline_.last().has_ledger_fields());
}

TEST_F(DecisionTest, WhoeverSubmitsAnUrgentClosingMaySeeItsRouteBefore) {
  guideline_.Ask("T-7-3", "T 7-3", "it-security");
  v1::PreviewRouteRequest preview;
  preview.set_name(Create(kStaff, UrgentContent(PutAccount())).value().name());
  for (const Somebody& who : {kSecurity, kPrOffice}) {
    const auto route = Send(&FormStub::PreviewRoute, who, preview);
    ASSERT_TRUE(route.ok()) << route.status();
    EXPECT_EQ(route->steps(0).department(), "departments/0802");
  }
}

TEST_F(DecisionTest, APreviewOfAForeignOrASubmittedFormIsRefused) {
  v1::PreviewRouteRequest preview;
  preview.set_name(Submitted().name());
  EXPECT_EQ(WhyNot(Send(&FormStub::PreviewRoute, kStaff, preview)), "FORM_NOT_WRITABLE");
  EXPECT_EQ(WhyNot(Send(&FormStub::PreviewRoute, kForeignStaff, preview)), "FOREIGN_DEPARTMENT");
}

TEST_F(DecisionTest, ThePrOfficeReturnsToAStepWhichDecidesAgain) {
  const v1::Form form = UnderReview();
  const auto refused =
      Decide(kPrOffice, form, v1::DecideFormRequest::DECISION_RETURN_TO_STEP, "再確認", 2);
  EXPECT_EQ(WhyNot(refused), "STEP_NOT_EARLIER");
  const auto back =
      Decide(kPrOffice, form, v1::DecideFormRequest::DECISION_RETURN_TO_STEP, "再確認", 1);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_THAT(back->current_steps(), ElementsAre(1));
  EXPECT_EQ(Get(kStaff, *back)->acts().rbegin()->to_step(), 1);
  const v1::Form again = Agree(kViaHead, *back).value();
  EXPECT_EQ(again.state(), v1::Form::STATE_UNDER_REVIEW);
  EXPECT_EQ(again.reception().number(), form.reception().number());
  EXPECT_EQ(Agree(kPrOffice, again)->state(), v1::Form::STATE_AGREED);
}

TEST_F(DecisionTest, AStepIsNamedOnlyToReturnToIt) {
  EXPECT_EQ(WhyNot(Decide(kHead, Submitted(), v1::DecideFormRequest::DECISION_AGREE, "", 1)),
            "INVALID_FIELD");
  EXPECT_EQ(
      WhyNot(Decide(kHead, Submitted(), v1::DecideFormRequest::DECISION_AGREE, "", 0, "出張")),
      "INVALID_FIELD");
}

TEST_F(DecisionTest, TheDepartmentPullsBackUntilSomebodyHasActed) {
  const v1::Form form = Submitted();
  const auto back =
      Send(&FormStub::PullBackForm, kStaff, On<v1::PullBackFormRequest>(form, "誤字"));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->state(), v1::Form::STATE_PULLED_BACK);
  const v1::Form again = Submit(kStaff, *back).value();
  const v1::Form agreed = Agree(kHead, again).value();
  EXPECT_EQ(WhyNot(Send(&FormStub::PullBackForm, kStaff, On<v1::PullBackFormRequest>(agreed))),
            "NEXT_HAS_ACTED");
}

TEST_F(DecisionTest, AdviceIsAnsweredAndTheFormIsAgreed) {
  const auto advised = Advise(kPrOffice, UnderReview());
  ASSERT_TRUE(advised.ok()) << advised.status();
  EXPECT_EQ(advised->state(), v1::Form::STATE_ADVISED);
  EXPECT_EQ(advised->advice().text(), "投稿の頻度を見直してください。");
  EXPECT_EQ(Get(kStaff, *advised)->DebugString(), advised->DebugString());
  EXPECT_EQ(WhyNot(Answer(kForeignStaff, *advised)), "FOREIGN_DEPARTMENT");
  const v1::Form answered = Answer(kStaff, *advised).value();
  EXPECT_EQ(answered.state(), v1::Form::STATE_UNDER_REVIEW);
  EXPECT_FALSE(answered.has_advice());
  EXPECT_EQ(Agree(kPrOffice, answered)->state(), v1::Form::STATE_AGREED);
}

TEST_F(DecisionTest, AFormThatIsChangedUponAdviceTakesItsRouteAgainWithItsNumber) {
  const v1::Form advised = Advise(kPrOffice, UnderReview()).value();
  v1::FormContent content = advised.content();
  content.mutable_fields()->set_purpose("学校教育と防災の広報");
  const v1::Form changed = Update(kStaff, advised, content).value();
  EXPECT_EQ(WhyNot(Answer(kStaff, changed)), "FORM_CHANGED");
  EXPECT_EQ(WhyNot(Submit(kStaff, changed)), "COMMENT_REQUIRED");
  const auto again =
      Send(&FormStub::SubmitForm, kStaff, On<v1::SubmitFormRequest>(changed, "目的を改めました。"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(again->reception().number(), advised.reception().number());
}

TEST_F(DecisionTest, AdviceNeedsADayAheadAndAKind) {
  const v1::Form form = UnderReview();
  EXPECT_EQ(WhyNot(Advise(kPrOffice, form, 0)), "INVALID_FIELD");
  auto request = On<v1::AdviseFormRequest>(form, "再考を");
  *request.mutable_due_on() = daicho::wire::ToDate(Today() + 5);
  EXPECT_EQ(WhyNot(Send(&FormStub::AdviseForm, kPrOffice, request)), "INVALID_FIELD");
  EXPECT_EQ(Get(kStaff, form)->DebugString(), form.DebugString());
}

TEST_F(DecisionTest, ARejectionIsFinalAndFreesTheAccount) {
  const std::string account = PutAccount();
  const v1::Form form = UnderReview(ChangeContent(account));
  EXPECT_EQ(WhyNot(Decide(kPrOffice, form, v1::DecideFormRequest::DECISION_REJECT, "")),
            "COMMENT_REQUIRED");
  const auto rejected =
      Decide(kPrOffice, form, v1::DecideFormRequest::DECISION_REJECT, "目的が重複しています。");
  ASSERT_TRUE(rejected.ok()) << rejected.status();
  EXPECT_EQ(rejected->state(), v1::Form::STATE_REJECTED);
  EXPECT_TRUE(Submit(kStaff, Drafted(ChangeContent(account))).ok());
}

TEST_F(DecisionTest, AHeadWhoMovedToAnotherDepartmentHasLostTheStepAtOnce) {
  const Somebody moved = {"head", {"DEPARTMENT_HEAD"}, "0801"};
  EXPECT_EQ(WhyNot(Agree(moved, Submitted())), "NOT_YOUR_STEP");
}

TEST_F(DecisionTest, WhatNobodyAnswersLapsesAfterTheGraceAndNotBefore) {
  const v1::Form advised = Advise(kPrOffice, UnderReview(), 1).value();
  const v1::Form waiting = Advise(kPrOffice, UnderReview(), 5).value();
  const auto expire = [&] {
    v1::ExpireFormsRequest request;
    request.set_request_id(NewId());
    return Send(&FormStub::ExpireForms, kPrOffice, request);
  };
  clock_.Advance(absl::Hours(24) * (1 + 30));
  EXPECT_EQ(expire()->forms_size(), 0);
  clock_.Advance(absl::Hours(24));
  const auto lapsed = expire();
  ASSERT_TRUE(lapsed.ok()) << lapsed.status();
  EXPECT_THAT(lapsed->forms(), ElementsAre(advised.name()));
  EXPECT_EQ(Get(kStaff, advised)->state(), v1::Form::STATE_EXPIRED);
  EXPECT_EQ(Get(kStaff, waiting)->state(), v1::Form::STATE_ADVISED);
}

TEST_F(DecisionTest, TimersOfSeveralProcessesLetEachFormLapseOnceAfterTheConfiguredDays) {
  std::vector<v1::Form> forms;
  for (int i = 0; i < 12; ++i) forms.push_back(Return(kHead, Submitted(), "直して").value());
  const v1::Form mended = Submit(kStaff, forms.back()).value();
  forms.pop_back();
  constexpr int kDays = 10;
  clock_.Advance(absl::Hours(24) * (domain::kDaysToMend + kDays));
  ASSERT_TRUE(LapseAll(server_.env(), kDays).ok());
  EXPECT_EQ(Get(kStaff, forms[0])->state(), v1::Form::STATE_RETURNED) << "its last day of grace";
  clock_.Advance(absl::Hours(24));
  std::vector<std::thread> timers;
  for (int i = 0; i < 3; ++i) {
    timers.emplace_back([&] { EXPECT_TRUE(LapseAll(server_.env(), kDays).ok()); });
  }
  for (std::thread& timer : timers) timer.join();
  for (const v1::Form& known : forms) {
    const v1::Form form = Get(kStaff, known).value();
    EXPECT_EQ(form.state(), v1::Form::STATE_EXPIRED);
    EXPECT_EQ(form.acts().rbegin()->actor().subject(), "services/approval");
  }
  EXPECT_EQ(Get(kStaff, mended)->state(), v1::Form::STATE_IN_ROUTE);
  const auto types = EventTypes();
  EXPECT_EQ(std::count(types.begin(), types.end(), "form.expired"), 11);
}

}  // namespace
}  // namespace daicho::approval
