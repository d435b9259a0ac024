#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::Contains;

class RerouteFormsTest : public ApprovalTest {
 protected:
  v1::RerouteFormsRequest Merge(const std::string& from, const std::string& to,
                                const std::string& name) {
    v1::RerouteFormsRequest request;
    request.set_reorganization("reorganizations/" + NewId());
    auto* succession = request.add_successions();
    succession->set_department("departments/" + from);
    succession->set_successor("departments/" + to);
    succession->set_successor_display_name(name);
    request.set_request_id(NewId());
    return request;
  }

  // As the registry.
  v1::RerouteFormsResponse Reroute(const v1::RerouteFormsRequest& request) {
    grpc::ClientContext context;
    v1::RerouteFormsResponse response;
    const grpc::Status status = v1::FormService::NewStub(server_.ChannelOf("registry"))
                                    ->RerouteForms(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::Form Now(const v1::Form& form) { return Get(kAuditor, form).value(); }
};

TEST_F(RerouteFormsTest, GivesOpenFormsToTheSuccessorWhoseHeadThenDecides) {
  const v1::Form draft = Drafted();
  const v1::Form submitted = Submitted();
  EXPECT_EQ(Reroute(Merge("0802", "0301", "観光課")).form_count(), 2);
  EXPECT_EQ(Now(draft).department(), "departments/0301");
  const v1::Form form = Now(submitted);
  EXPECT_EQ(form.department(), "departments/0301");
  EXPECT_EQ(form.state(), v1::Form::STATE_IN_ROUTE);
  EXPECT_EQ(form.steps(0).department(), "departments/0301");
  EXPECT_EQ(form.steps(0).department_display_name(), "観光課");
  EXPECT_EQ(form.acts(form.acts_size() - 1).kind(), v1::FormAct::KIND_REROUTED);
  EXPECT_EQ(form.acts(form.acts_size() - 1).role(), access::v1::ROLE_SYSTEM);
  EXPECT_EQ(ReasonOf(Agree(kHead, form).status()), "FOREIGN_DEPARTMENT");
  const auto agreed = Agree(kForeignHead, form);
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->current_step(), 1);
}

TEST_F(RerouteFormsTest, KeepsTheNamesOfStepsThatWereDecided) {
  const v1::Form form = UnderReview();
  EXPECT_EQ(Reroute(Merge("0801", "0301", "観光課")).form_count(), 1);
  EXPECT_EQ(Reroute(Merge("0101", "0301", "広報課")).form_count(), 1);
  const v1::Form after = Now(form);
  EXPECT_EQ(after.steps(1).department_display_name(), "教育政策課");
  EXPECT_EQ(after.steps(1).heir(), "departments/0301");
  EXPECT_EQ(after.steps(1).heir_display_name(), "観光課");
  EXPECT_EQ(after.steps(2).department_display_name(), "広報課");
}

TEST_F(RerouteFormsTest, AFormThatIsReturnedToAStepWaitsForWhoTookOver) {
  const v1::Form form = UnderReview();
  Reroute(Merge("0801", "0301", "観光課"));
  v1::DecideFormRequest request;
  request.set_name(form.name());
  request.set_etag(Now(form).etag());
  request.set_decision(v1::DecideFormRequest::DECISION_RETURN_TO_STEP);
  request.set_to_step(1);
  request.set_comment("直してください。");
  request.set_request_id(NewId());
  const v1::Form returned = Send(&v1::FormService::Stub::DecideForm, kPrOffice, request).value();
  EXPECT_EQ(returned.steps(1).department(), "departments/0301");
  EXPECT_EQ(ReasonOf(Agree(kViaHead, returned).status()), "FOREIGN_DEPARTMENT");
  EXPECT_TRUE(Agree(kForeignHead, returned).ok());
}

TEST_F(RerouteFormsTest, LeavesAgreedAndWithdrawnFormsAsTheyWere) {
  const v1::Form agreed = Agreed();
  const v1::Form withdrawn = Withdraw(kStaff, Drafted()).value();
  EXPECT_EQ(Reroute(Merge("0802", "0301", "観光課")).form_count(), 0);
  EXPECT_EQ(Now(agreed).department(), "departments/0802");
  EXPECT_EQ(Now(withdrawn).department(), "departments/0802");
}

TEST_F(RerouteFormsTest, LetsTheSuccessorReadWhatIsFinalAndNoMore) {
  const v1::Form agreed = Agreed();
  const v1::Form withdrawn = Withdraw(kStaff, Drafted()).value();
  EXPECT_EQ(ReasonOf(Get(kForeignStaff, agreed).status()), "FOREIGN_DEPARTMENT");
  Reroute(Merge("0802", "0301", "観光課"));
  EXPECT_EQ(Get(kForeignStaff, agreed)->DebugString(), agreed.DebugString());
  EXPECT_TRUE(Get(kForeignStaff, withdrawn).ok());
  v1::ListFormsRequest list;
  EXPECT_EQ(Send(&v1::FormService::Stub::ListForms, kForeignStaff, list)->total_size(), 2);
  EXPECT_EQ(Send(&v1::FormService::Stub::ListForms, kForeignStaff, list)->forms_size(), 2);
  EXPECT_EQ(ReasonOf(Withdraw(kForeignStaff, agreed).status()), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(Agree(kForeignHead, agreed).status()), "FORM_NOT_IN_ROUTE");
  EXPECT_TRUE(Get(kStaff, agreed).ok()) << "the old department reads it as before";
}

TEST_F(RerouteFormsTest, LetsWhoeverTookOverFromTheSuccessorReadToo) {
  const v1::Form agreed = Agreed();
  Reroute(Merge("0802", "0401", "学び課"));
  Reroute(Merge("0401", "0301", "観光課"));
  EXPECT_TRUE(Get(kForeignStaff, agreed).ok());
}

TEST_F(RerouteFormsTest, LetsTheSuccessorOfADepartmentThatDecidedReadTheForm) {
  const v1::Form form = UnderReview();
  Reroute(Merge("0801", "0301", "観光課"));
  EXPECT_TRUE(Get(kForeignStaff, form).ok());
  EXPECT_EQ(ReasonOf(Agree(kForeignHead, Now(form)).status()), "NOT_YOUR_STEP");
  EXPECT_EQ(ReasonOf(Withdraw(kForeignStaff, Now(form)).status()), "FOREIGN_DEPARTMENT");
}

TEST_F(RerouteFormsTest, ADepartmentThatIsSplitIsReadByWhoHasTheAccount) {
  const std::string account = PutAccount();
  const v1::Form about = Withdraw(kStaff, Drafted(ChangeContent(account))).value();
  const v1::Form other = Withdraw(kStaff, Drafted(ChangeContent(PutAccount()))).value();
  auto split = Merge("0802", "0301", "観光課");
  split.mutable_successions(0)->set_account(account);
  auto rest = Merge("0802", "0401", "学び課");
  rest.set_reorganization(split.reorganization());
  const Somebody learning = {"learning", {"DEPARTMENT_STAFF"}, "0401"};
  Reroute(split);
  Reroute(rest);
  EXPECT_TRUE(Get(kForeignStaff, about).ok());
  EXPECT_FALSE(Get(kForeignStaff, other).ok());
  EXPECT_FALSE(Get(learning, about).ok());
  EXPECT_TRUE(Get(learning, other).ok());
}

TEST_F(RerouteFormsTest, FollowsTheAccountWhereOneIsNamed) {
  const std::string account = PutAccount();
  const v1::Form about = Drafted(ChangeContent(account));
  const v1::Form other = Drafted(ChangeContent(PutAccount()));
  auto request = Merge("0802", "0301", "観光課");
  request.mutable_successions(0)->set_account(account);
  EXPECT_EQ(Reroute(request).form_count(), 1);
  EXPECT_EQ(Now(about).department(), "departments/0301");
  EXPECT_EQ(Now(other).department(), "departments/0802");
}

TEST_F(RerouteFormsTest, TheSameRequestTwiceHappensOnceAndAnotherChangesNothing) {
  const v1::Form form = Drafted();
  auto request = Merge("0802", "0301", "観光課");
  EXPECT_EQ(Reroute(request).form_count(), 1);
  const v1::Form after = Now(form);
  EXPECT_EQ(Reroute(request).form_count(), 1);
  request.set_request_id(NewId());
  EXPECT_EQ(Reroute(request).form_count(), 0);
  EXPECT_EQ(Now(form).etag(), after.etag());
  EXPECT_THAT(EventTypes(), Contains("form.rerouted"));
}

TEST_F(RerouteFormsTest, ARouteFollowsWhoeverTookOverFromADeskHoweverOftenThatHappened) {
  guideline_.Ask("T-7-4", "T 7-4", "personal-data");
  directory_.Put("0105", "情報課", registry::v1::Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.Put("0106", "県民課", registry::v1::Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.End("0104", absl::CivilDay(2025, 3, 31), "0105");
  directory_.End("0105", absl::CivilDay(2026, 3, 31), "0106");
  directory_.End("0801", absl::CivilDay(2026, 3, 31), "0301");
  const v1::Form form = Submitted();
  EXPECT_EQ(form.steps(1).department_display_name(), "観光課");
  EXPECT_EQ(form.steps(2).department_display_name(), "県民課");
}

TEST_F(RerouteFormsTest, AFormOfADepartmentThatHasEndedCannotBeSubmitted) {
  const v1::Form form = Drafted();
  directory_.End("0802", absl::CivilDay(2026, 11, 21));
  EXPECT_EQ(ReasonOf(Submit(kStaff, form).status()), "DEPARTMENT_ENDED");
  directory_.End("0802", absl::CivilDay(2026, 11, 22));
  EXPECT_TRUE(Submit(kStaff, form).ok());
}

}  // namespace
}  // namespace daicho::approval
