#include <gmock/gmock.h>

#include "common/wire/fields.h"
#include "daicho/registry/v1/open_advice_service.grpc.pb.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;

class OpenAdviceTest : public ServiceTest {
 protected:
  OpenAdviceTest() {
    ImportDepartments(kDepartments);
    name_ = ImportAccounts("5002", {"gakushu"}).front();
  }

  v1::ReportOpenAdviceRequest Reporting(std::int64_t number, int count) {
    v1::ReportOpenAdviceRequest request;
    request.set_account(name_);
    request.set_report_number(number);
    request.set_request_id(NewId());
    if (count == 0) return request;
    request.mutable_open_advice()->set_count(count);
    *request.mutable_open_advice()->mutable_earliest_due_on() =
        daicho::wire::ToDate(absl::CivilDay(2026, 12, count));
    request.mutable_open_advice()->add_advices("advices/0197b1f0-0000-7000-8000-000000000001");
    return request;
  }

  // Whether it was taken.
  bool Report(const v1::ReportOpenAdviceRequest& request) {
    grpc::ClientContext context;
    v1::ReportOpenAdviceResponse response;
    const grpc::Status status =
        v1::OpenAdviceService::NewStub(approval_)->ReportOpenAdvice(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.taken();
  }

  std::string name_;
};

TEST_F(OpenAdviceTest, ShowsOnTheAccountAndInListsUntilItIsClosed) {
  const std::string etag = Get(name_).etag();
  EXPECT_FALSE(Get(name_).has_open_advice());
  EXPECT_TRUE(Report(Reporting(1, 2)));
  const v1::Account account = Get(name_, kStaff);
  EXPECT_EQ(account.open_advice().count(), 2);
  EXPECT_EQ(account.open_advice().earliest_due_on().day(), 2);
  EXPECT_THAT(account.open_advice().advices(),
              ElementsAre("advices/0197b1f0-0000-7000-8000-000000000001"));
  EXPECT_EQ(account.etag(), etag) << "forms agreed on this version must still fit";
  const auto list = Must(kPrOffice, &Accounts::ListAccounts, v1::ListAccountsRequest());
  EXPECT_EQ(list.accounts(0).open_advice().count(), 2);
  EXPECT_TRUE(Report(Reporting(2, 0)));
  EXPECT_FALSE(Get(name_).has_open_advice());
}

TEST_F(OpenAdviceTest, TheLaterReportCountsWhicheverComesFirst) {
  EXPECT_TRUE(Report(Reporting(5, 3)));
  EXPECT_FALSE(Report(Reporting(4, 1)));
  EXPECT_FALSE(Report(Reporting(5, 1)));
  EXPECT_EQ(Get(name_).open_advice().count(), 3);
  EXPECT_TRUE(Report(Reporting(6, 1)));
  EXPECT_EQ(Get(name_).open_advice().count(), 1);
}

TEST_F(OpenAdviceTest, ARepeatGetsTheFirstAnswer) {
  const auto request = Reporting(1, 1);
  EXPECT_TRUE(Report(request));
  EXPECT_TRUE(Report(request));
}

TEST_F(OpenAdviceTest, ApprovalAloneReports) {
  v1::ReportOpenAdviceResponse response;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &v1::OpenAdviceService::Stub::ReportOpenAdvice,
                            Reporting(1, 1), &response)),
            "ROLE_NOT_ALLOWED");
}

TEST_F(OpenAdviceTest, AnUnknownAccountIsRefused) {
  v1::ReportOpenAdviceRequest request = Reporting(1, 1);
  request.set_account("accounts/" + NewId());
  grpc::ClientContext context;
  v1::ReportOpenAdviceResponse response;
  EXPECT_EQ(ReasonOf(v1::OpenAdviceService::NewStub(approval_)->ReportOpenAdvice(&context, request,
                                                                                 &response)),
            "ACCOUNT_NOT_FOUND");
}

}  // namespace
}  // namespace daicho::registry
