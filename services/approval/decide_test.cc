#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "common/base/refusal.h"
#include "common/work/unit_of_work.h"
#include "google/rpc/error_details.pb.h"
#include "services/approval/store.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::ElementsAre;
using FormStub = v1::FormService::Stub;

google::rpc::PreconditionFailure FailureOf(const absl::Status& status) {
  google::rpc::PreconditionFailure failure;
  if (const auto payload =
          status.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure")) {
    failure.ParseFromString(std::string(*payload));
  }
  return failure;
}

class SubmitFormTest : public ApprovalTest {
 protected:
  v1::SubmitFormRequest RequestFor(const v1::Form& form) {
    v1::SubmitFormRequest request;
    request.set_name(form.name());
    request.set_etag(form.etag());
    request.set_request_id(NewId());
    return request;
  }
};

TEST_F(SubmitFormTest, FixesTheRouteWithTheNamesOfToday) {
  const v1::Form form = Submitted();
  EXPECT_EQ(form.state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(form.current_step(), 0);
  ASSERT_EQ(form.steps_size(), 3);
  EXPECT_EQ(form.steps(0).kind(), v1::RouteStep::KIND_HEAD);
  EXPECT_EQ(form.steps(0).department_display_name(), "学校教育課");
  EXPECT_EQ(form.steps(1).kind(), v1::RouteStep::KIND_VIA);
  EXPECT_EQ(form.steps(1).department(), "departments/0801");
  EXPECT_EQ(form.steps(2).kind(), v1::RouteStep::KIND_PR_OFFICE);
  directory_.Put("0802", "学びの課", registry::v1::Department::KIND_EDUCATION_BOARD, "0801");
  EXPECT_EQ(Get(kStaff, form)->steps(0).department_display_name(), "学校教育課");
}

TEST_F(SubmitFormTest, NamesEveryBlockOfTheGuideline) {
  const v1::Form draft = Drafted();
  guideline_.Find(policy::v1::SEVERITY_BLOCK, "T-5-2-purpose");
  const auto answer = Submit(kStaff, draft);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WhyNot(answer), "POLICY_BLOCKS");
  const auto failure = FailureOf(answer.status());
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "T-5-2-purpose");
  EXPECT_EQ(failure.violations(0).subject(), "fields.purpose");
  EXPECT_EQ(Get(kStaff, draft)->state(), v1::Form::STATE_DRAFT);
}

TEST_F(SubmitFormTest, LetsWarningsPassToTheDeciders) {
  guideline_.Find(policy::v1::SEVERITY_WARN, "T-6-1");
  EXPECT_TRUE(Submit(kStaff, Drafted()).ok());
}

TEST_F(SubmitFormTest, KeepsTheDraftWhilePolicyIsDownAndTakesTheSameRequestLater) {
  const v1::Form draft = Drafted();
  Attach(kStaff, draft);
  const v1::SubmitFormRequest request = RequestFor(draft);
  policy_.GoDown();
  const auto refused = Send(&FormStub::SubmitForm, kStaff, request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(WhyNot(refused), "POLICY_UNAVAILABLE");
  EXPECT_EQ(Get(kStaff, draft)->DebugString(), draft.DebugString());
  policy_.ComeBack();
  const auto again = Send(&FormStub::SubmitForm, kStaff, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), v1::Form::STATE_IN_ROUTE);
}

TEST_F(SubmitFormTest, KeepsTheDraftWhileTheRegistryIsDownAndTakesTheSameRequestLater) {
  const v1::Form draft = Drafted();
  Attach(kStaff, draft);
  const v1::SubmitFormRequest request = RequestFor(draft);
  registry_.GoDown();
  const auto refused = Send(&FormStub::SubmitForm, kStaff, request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(WhyNot(refused), "REGISTRY_UNAVAILABLE");
  registry_.ComeBack();
  EXPECT_TRUE(Send(&FormStub::SubmitForm, kStaff, request).ok());
}

TEST_F(SubmitFormTest, RefusesWhatTheLedgerCouldNotTake) {
  ledger_.Conflict("ACCOUNT_EXISTS");
  const auto refused = Submit(kStaff, Drafted());
  EXPECT_EQ(WhyNot(refused), "LEDGER_CONFLICT");
  ASSERT_EQ(FailureOf(refused.status()).violations_size(), 1);
  EXPECT_EQ(FailureOf(refused.status()).violations(0).type(), "ACCOUNT_EXISTS");
  EXPECT_EQ(FailureOf(refused.status()).violations(0).description(),
            "登録済みです。 / It is there already.");
  EXPECT_THAT(ledger_.applied(), ElementsAre()) << "it was only asked";
}

TEST_F(SubmitFormTest, NamesEveryFieldTheLedgerCannotRead) {
  ledger_.RefuseAll();
  const auto refused = Submit(kStaff, Drafted());
  EXPECT_EQ(WhyNot(refused), "LEDGER_CONFLICT");
  const auto failure = FailureOf(refused.status());
  ASSERT_EQ(failure.violations_size(), 2);
  EXPECT_EQ(failure.violations(0).subject(), "fields.url");
  EXPECT_EQ(failure.violations(0).type(), "REQUIRED");
  EXPECT_EQ(failure.violations(1).description(), "指定する。 / Name it.");
}

TEST_F(SubmitFormTest, SetsOutBeforeAndAfterOfAChangeFromTheLedger) {
  const v1::Form form = Submitted(ChangeContent(PutAccount("広報")));
  ASSERT_EQ(form.changes_size(), 1);
  EXPECT_EQ(form.changes(0).field(), "fields.purpose");
  EXPECT_EQ(form.changes(0).before(), "広報");
  EXPECT_EQ(form.changes(0).after(), "防災");
  EXPECT_EQ(Get(kStaff, form)->changes_size(), 1);
}

TEST_F(SubmitFormTest, NamesEveryMissingFieldAtOnceAndDoesNotAskTheGuideline) {
  v1::FormContent content = CloseContent(PutAccount());
  content.clear_addressee();
  content.mutable_closing_plan()->clear_removal();
  content.mutable_closing_plan()->clear_unlist_on();
  const auto refused = Submit(kStaff, Drafted(content));
  EXPECT_EQ(WhyNot(refused), "FORM_INCOMPLETE");
  const google::rpc::PreconditionFailure failure = FailureOf(refused.status());
  std::vector<std::string> missing;
  for (const auto& violation : failure.violations()) missing.push_back(violation.subject());
  EXPECT_THAT(missing, ElementsAre("addressee", "closing_plan.unlist_on", "closing_plan.removal"));
  EXPECT_EQ(guideline_.check_count(), 0);
}

TEST_F(SubmitFormTest, RefusesAChangeWrittenOnAnOlderAccount) {
  v1::FormContent content = ChangeContent(PutAccount());
  content.set_account_etag("\"2\"");
  EXPECT_EQ(WhyNot(Submit(kStaff, Drafted(content))), "LEDGER_CONFLICT");
}

TEST_F(SubmitFormTest, RefusesASecondFormAboutAnAccountUntilTheFirstIsThrough) {
  const std::string account = PutAccount();
  const v1::Form first = Drafted(ChangeContent(account));
  const v1::Form second = Drafted(CloseContent(account));
  const v1::Form submitted = Submit(kStaff, first).value();
  EXPECT_EQ(WhyNot(Submit(kStaff, second)), "ANOTHER_FORM_IN_ROUTE");
  ASSERT_TRUE(Withdraw(kStaff, submitted).ok());
  EXPECT_TRUE(Submit(kStaff, second).ok());
}

TEST_F(SubmitFormTest, LetsOneOfManyFormsAboutAnAccountThroughWhenAllComeAtOnce) {
  const std::string account = PutAccount();
  std::vector<v1::Form> drafts;
  for (int i = 0; i < 6; ++i) {
    drafts.push_back(Drafted(ChangeContent(account)));
    Attach(kStaff, drafts.back());
  }
  std::atomic<int> through = 0, refused = 0;
  std::vector<std::thread> threads;
  for (const v1::Form& draft : drafts) {
    threads.emplace_back([&, draft] {
      const auto answer = Submit(kStaff, draft);
      through += answer.ok();
      refused += WhyNot(answer) == "ANOTHER_FORM_IN_ROUTE";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(through, 1);
  EXPECT_EQ(refused, 5);
}

TEST_F(SubmitFormTest, RefusesADepartmentTheDirectoryDoesNotKnow) {
  const Somebody nobody = {"nobody", {"DEPARTMENT_STAFF"}, "9999"};
  const v1::Form draft = Create(nobody, OpenContent()).value();
  EXPECT_EQ(WhyNot(Submit(nobody, draft)), "DEPARTMENT_NOT_FOUND");
}

TEST_F(SubmitFormTest, IsForTheOwnDepartmentAlone) {
  EXPECT_EQ(WhyNot(Submit(kForeignStaff, Drafted())), "FOREIGN_DEPARTMENT");
}

class DecideFormTest : public ApprovalTest {};

TEST_F(DecideFormTest, CarriesAFormFromTheHeadViaToThePrOffice) {
  const v1::Form at_via = Agree(kHead, Submitted(), "よい").value();
  EXPECT_EQ(at_via.state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(at_via.current_step(), 1);
  EXPECT_FALSE(at_via.has_reception());
  const v1::Form at_pr = Agree(kViaHead, at_via).value();
  EXPECT_EQ(at_pr.state(), v1::Form::STATE_UNDER_REVIEW);
  EXPECT_EQ(at_pr.reception().display_number(), "令和8年度 第1号");
  const v1::Form agreed = Agree(kPrOffice, at_pr).value();
  EXPECT_EQ(agreed.state(), v1::Form::STATE_AGREED);
  EXPECT_EQ(agreed.current_step(), -1);
  ASSERT_EQ(agreed.acts_size(), 5);
  EXPECT_EQ(agreed.acts(2).comment(), "よい");
  EXPECT_EQ(agreed.acts(4).role(), access::v1::ROLE_PR_OFFICE);
  EXPECT_THAT(EventTypes(), ElementsAre("form.created", "form.submitted", "form.agreed",
                                        "form.agreed", "form.received", "form.agreed"));
}

TEST_F(DecideFormTest, SendsAnAgreedFormToTheLedgerInTheSameTransaction) {
  const v1::Form agreed = Agreed();
  registry::v1::ApplyFormRequest request;
  pg::Connection connection = database_.Connect();
  const pg::Result rows = *connection.QueryOnce(
      "SELECT event_id, subject, payload FROM outbox WHERE destination = 'registry'",
      testing::Soon());
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].Text(1), agreed.name());
  ASSERT_TRUE(request.ParseFromString(rows[0].Bytes(2)));
  EXPECT_EQ(request.request_id(), rows[0].Text(0));
  EXPECT_EQ(request.form(), agreed.name());
  EXPECT_EQ(request.action(), registry::v1::ApplyFormRequest::ACTION_OPEN);
  EXPECT_EQ(request.department(), "departments/0802");
  EXPECT_EQ(request.fields().SerializeAsString(), OpenContent().fields().SerializeAsString());
  EXPECT_EQ(request.effective_on().day(), 1);
  EXPECT_EQ(request.agreed_by(), "users/pr");
  EXPECT_EQ(request.reception_number(), "令和8年度 第1号");
  EXPECT_FALSE(request.validate_only());
}

TEST_F(DecideFormTest, IsForTheStepAtHandAlone) {
  const v1::Form at_head = Submitted();
  EXPECT_EQ(WhyNot(Agree(kViaHead, at_head)), "NOT_YOUR_STEP");
  EXPECT_EQ(WhyNot(Agree(kPrOffice, at_head)), "NOT_YOUR_STEP");
  EXPECT_EQ(WhyNot(Agree(kForeignHead, at_head)), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(WhyNot(Agree(kStaff, at_head)), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(WhyNot(Agree(kAuditor, at_head)), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(WhyNot(Agree(kHead, Drafted())), "FORM_NOT_IN_ROUTE");
}

TEST_F(DecideFormTest, NeedsFourEyes) {
  const Somebody staff_and_head = {"staff", {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD"}, "0802"};
  const Somebody head_at_via = {"head", {"DEPARTMENT_HEAD"}, "0801"};
  const Somebody via_head_in_pr_office = {"via-head", {"PR_OFFICE"}, "0101"};
  const v1::Form at_head = Submitted();
  EXPECT_EQ(WhyNot(Agree(staff_and_head, at_head)), "FOUR_EYES");
  EXPECT_EQ(WhyNot(Return(staff_and_head, at_head, "直す")), "FOUR_EYES");
  const v1::Form at_via = Agree(kHead, at_head).value();
  EXPECT_EQ(WhyNot(Agree(head_at_via, at_via)), "FOUR_EYES");
  const v1::Form at_pr = Agree(kViaHead, at_via).value();
  EXPECT_EQ(WhyNot(Agree(via_head_in_pr_office, at_pr)), "FOUR_EYES");
}

TEST_F(DecideFormTest, GivesAFormOfThePrOfficeToTwoPeopleThere) {
  const Somebody staff = {"pr-staff", {"DEPARTMENT_STAFF"}, "0101"};
  const Somebody chief = {"pr-chief", {"DEPARTMENT_HEAD", "PR_OFFICE"}, "0101"};
  const v1::Form form = Submit(staff, Create(staff, OpenContent()).value()).value();
  ASSERT_EQ(form.steps_size(), 2);
  const v1::Form at_pr = Agree(chief, form).value();
  EXPECT_EQ(WhyNot(Agree(chief, at_pr)), "FOUR_EYES");
  EXPECT_TRUE(Agree(kPrOffice, at_pr).ok());
}

TEST_F(DecideFormTest, NeedsACommentToReturn) {
  EXPECT_EQ(WhyNot(Return(kHead, Submitted(), "")), "COMMENT_REQUIRED");
}

TEST_F(DecideFormTest, BeginsANewRoundAfterAReturnAndKeepsTheHistoryAndTheNumber) {
  const v1::Form returned = Return(kPrOffice, UnderReview(), "URLを直す").value();
  EXPECT_EQ(returned.state(), v1::Form::STATE_RETURNED);
  EXPECT_EQ(returned.acts(4).comment(), "URLを直す");
  const v1::Form mended = Update(kStaff, returned, OpenContent()).value();
  EXPECT_EQ(mended.state(), v1::Form::STATE_RETURNED);
  const v1::Form again = Submit(kStaff, mended).value();
  EXPECT_EQ(again.current_step(), 0);
  EXPECT_FALSE(again.steps(0).has_decider());
  const v1::Form back = Agree(kViaHead, Agree(kHead, again).value()).value();
  EXPECT_EQ(back.state(), v1::Form::STATE_UNDER_REVIEW);
  EXPECT_EQ(back.reception().number(), 1);
  EXPECT_EQ(back.acts_size(), 9);
  EXPECT_TRUE(Agree(kPrOffice, back).ok());
}

TEST_F(DecideFormTest, AsksTheGuidelineAgainBeforeThePrOfficeAgreesAndOnlyThen) {
  const v1::Form at_head = Submitted();
  const int checks = guideline_.check_count();
  guideline_.Find(policy::v1::SEVERITY_BLOCK, "T-5-2");
  const v1::Form at_pr = Agree(kViaHead, Agree(kHead, at_head).value()).value();
  EXPECT_EQ(guideline_.check_count(), checks);
  EXPECT_EQ(WhyNot(Agree(kPrOffice, at_pr)), "POLICY_BLOCKS");
  EXPECT_TRUE(Return(kPrOffice, at_pr, "目的を書く").ok());
}

TEST_F(DecideFormTest, NeedsAReasonToAgreeInSpiteOfAWarning) {
  const v1::Form at_pr = UnderReview();
  guideline_.Find(policy::v1::SEVERITY_WARN, "T-6-1");
  const auto refused = Agree(kPrOffice, at_pr);
  EXPECT_EQ(WhyNot(refused), "WARNINGS_NEED_REASON");
  ASSERT_EQ(FailureOf(refused.status()).violations_size(), 1);
  EXPECT_EQ(FailureOf(refused.status()).violations(0).type(), "T-6-1");
  EXPECT_TRUE(Agree(kPrOffice, at_pr, "認証は申請中").ok());
}

TEST_F(DecideFormTest, DoesNotAgreeWhilePolicyIsDownButReturns) {
  const v1::Form at_pr = UnderReview();
  policy_.GoDown();
  EXPECT_EQ(WhyNot(Agree(kPrOffice, at_pr)), "POLICY_UNAVAILABLE");
  EXPECT_EQ(Get(kPrOffice, at_pr)->DebugString(), at_pr.DebugString());
  EXPECT_TRUE(Return(kPrOffice, at_pr, "直す").ok());
}

TEST_F(DecideFormTest, RefusesToAgreeToWhatTheLedgerCannotTakeAnyMore) {
  const v1::Form at_pr = UnderReview();
  ledger_.Conflict("ACCOUNT_EXISTS");
  EXPECT_EQ(WhyNot(Agree(kPrOffice, at_pr)), "LEDGER_CONFLICT");
}

TEST_F(DecideFormTest, LetsOneOfTwoHeadsWinWhoDecideAtOnce) {
  for (int i = 0; i < 5; ++i) {
    const v1::Form form = Submitted();
    std::atomic<int> won = 0, lost = 0;
    const auto decide = [&](const std::string& subject) {
      const auto answer = Agree({subject, {"DEPARTMENT_HEAD"}, "0802"}, form);
      won += answer.ok();
      lost += WhyNot(answer) == "ETAG_MISMATCH";
    };
    std::thread first(decide, "head-1"), second(decide, "head-2");
    first.join();
    second.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(Get(kAuditor, form)->acts_size(), 3);
  }
}

class ReceptionTest : public ApprovalTest {};

TEST_F(ReceptionTest, NumbersFormsWithoutGapsWhenManyArriveAtOnceAndSomeAreRefused) {
  constexpr int kThreads = 8;
  constexpr int kForms = 5;
  std::vector<std::vector<v1::Form>> forms(kThreads);
  for (auto& some : forms) {
    for (int i = 0; i < kForms; ++i) some.push_back(Agree(kHead, Submitted()).value());
  }
  std::vector<std::vector<int>> numbers(kThreads);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (const v1::Form& form : forms[t]) {
        const auto received = Agree(kViaHead, form);
        if (received.ok()) numbers[t].push_back(received->reception().number());
        refused += WhyNot(Agree(kViaHead, form)) == "ETAG_MISMATCH";  // Too late by now.
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int> seen;
  for (const auto& some : numbers) seen.insert(some.begin(), some.end());
  EXPECT_EQ(seen.size(), std::size_t{kThreads * kForms});
  EXPECT_EQ(*seen.begin(), 1);
  EXPECT_EQ(*seen.rbegin(), kThreads * kForms);
  EXPECT_EQ(refused, kThreads * kForms);
}

TEST_F(ReceptionTest, GivesANumberAgainThatWasNotCommitted) {
  const auto take = [&](bool commit) {
    int number = 0;
    (void)work::Run(database_.pool(), testing::Soon(), nullptr,
                    [&](work::UnitOfWork& unit) -> absl::Status {
                      number = store::NextReceptionNumber(unit.tx(), 2026).value();
                      return commit ? absl::OkStatus() : absl::CancelledError("rolled back");
                    });
    return number;
  };
  EXPECT_EQ(take(true), 1);
  EXPECT_EQ(take(false), 2);
  EXPECT_EQ(take(true), 2);
}

TEST_F(ReceptionTest, BeginsAnewWithTheFiscalYearInTokyo) {
  const auto tokyo = [](int year, int month, int day, int hour, int minute) {
    return absl::FromCivil(absl::CivilMinute(year, month, day, hour, minute),
                           absl::FixedTimeZone(9 * 60 * 60));
  };
  clock_.Set(tokyo(2027, 3, 31, 23, 59));
  EXPECT_EQ(UnderReview().reception().display_number(), "令和8年度 第1号");
  EXPECT_EQ(UnderReview().reception().display_number(), "令和8年度 第2号");
  clock_.Set(tokyo(2027, 4, 1, 0, 0));
  const v1::Form form = UnderReview();
  EXPECT_EQ(form.reception().display_number(), "令和9年度 第1号");
  EXPECT_EQ(form.reception().received_on().day(), 1);
}

}  // namespace
}  // namespace daicho::approval
