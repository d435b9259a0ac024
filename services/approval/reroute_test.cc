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
  EXPECT_EQ(Reroute(Merge("0801", "0301", "観光課")).form_count(), 0);
  EXPECT_EQ(Reroute(Merge("0101", "0301", "広報課")).form_count(), 1);
  const v1::Form after = Now(form);
  EXPECT_EQ(after.steps(1).department_display_name(), "教育政策課");
  EXPECT_EQ(after.steps(2).department_display_name(), "広報課");
}

TEST_F(RerouteFormsTest, LeavesAgreedAndWithdrawnFormsAsTheyWere) {
  const v1::Form agreed = Agreed();
  const v1::Form withdrawn = Withdraw(kStaff, Drafted()).value();
  EXPECT_EQ(Reroute(Merge("0802", "0301", "観光課")).form_count(), 0);
  EXPECT_EQ(Now(agreed).department(), "departments/0802");
  EXPECT_EQ(Now(withdrawn).department(), "departments/0802");
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

TEST_F(RerouteFormsTest, AFormOfADepartmentThatHasEndedCannotBeSubmitted) {
  const v1::Form form = Drafted();
  directory_.End("0802", absl::CivilDay(2026, 11, 21));
  EXPECT_EQ(ReasonOf(Submit(kStaff, form).status()), "DEPARTMENT_ENDED");
  directory_.End("0802", absl::CivilDay(2026, 11, 22));
  EXPECT_TRUE(Submit(kStaff, form).ok());
}

}  // namespace
}  // namespace daicho::approval
