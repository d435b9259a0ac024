#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "common/rpc/testing/status.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kFields[] =
    "publishing_method {"
    "  account_manager { subject: 'users/ito' display_name: '伊藤 美咲' }"
    "  operators { display_name: '佐藤　花子' }"
    "  operators { subject: 'users/kato' display_name: '加藤 誠' }"
    "}"
    "decision_makers { head { display_name: '田中一郎' } deputy { subject: 'users/ito' }"
    "  team_leader { display_name: '佐藤花子' } }";

class TransferServiceTest : public ServiceTest {
 protected:
  TransferServiceTest() {
    ImportDepartments(kDepartments);
    account_ = Open("0201", "bosai");
  }

  std::string Open(const std::string& department, const std::string& handle) {
    v1::ApplyFormRequest request;
    request.set_form("forms/" + NewId());
    request.set_action(v1::ApplyFormRequest::ACTION_OPEN);
    request.set_department("departments/" + department);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kFields, request.mutable_fields()));
    request.mutable_fields()->set_platform("x");
    request.mutable_fields()->set_url("https://x.com/" + handle);
    request.mutable_fields()->set_display_name(handle);
    request.set_request_id(NewId());
    v1::ApplyFormResponse response;
    EXPECT_TRUE(Apply(request, &response).ok());
    return response.account();
  }

  v1::SweepTransfersRequest People(const std::string& text) {
    v1::SweepTransfersRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return request;
  }

  // "PERSON ACCOUNT ROLE", with "?" when found by name alone.
  std::vector<std::string> Sweep(const std::string& people) {
    const auto response = Must(kPrOffice, &Departments::SweepTransfers, People(people));
    std::vector<std::string> found;
    for (const v1::TransferFinding& finding : response.findings()) {
      found.push_back(absl::StrCat(finding.person(), " ", finding.account_display_name(), " ",
                                   v1::TransferFinding::Role_Name(finding.role()),
                                   finding.by_name_only() ? "?" : ""));
    }
    return found;
  }

  std::string account_;
};

TEST_F(TransferServiceTest, FindsEveryRoleOfASubjectInAnyDepartment) {
  Open("5002", "gakushu");
  EXPECT_THAT(Sweep("people { subject: 'users/ito' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_DEPUTY", "0 bosai ROLE_ACCOUNT_MANAGER",
                          "0 gakushu ROLE_DEPUTY", "0 gakushu ROLE_ACCOUNT_MANAGER"));
}

TEST_F(TransferServiceTest, FindsANameWithinTheDepartmentLeftHoweverItIsSpaced) {
  Open("5002", "gakushu");
  EXPECT_THAT(Sweep("people { display_name: '佐藤 花子' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_TEAM_LEADER?", "0 bosai ROLE_OPERATOR?"));
}

TEST_F(TransferServiceTest, TakesNobodyElseOfTheSameNameForSomebodyWithASubject) {
  EXPECT_THAT(Sweep("people { subject: 'users/other' display_name: '加藤誠'"
                    " department_left: 'departments/0201' }"),
              IsEmpty());
  EXPECT_THAT(Sweep("people { display_name: '加藤誠' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_OPERATOR?"));
  EXPECT_THAT(Sweep("people { subject: 'users/tanaka' display_name: '田中 一郎'"
                    " department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_HEAD?"));
}

// domain.md §2: "whose manager, operators or grant holders moved".
TEST_F(TransferServiceTest, FindsHoldersOfGrantsUntilTheyEndOrAreRevoked) {
  const auto grant = [&](const std::string& subject, const std::string& name) {
    v1::GrantAccessRequest request;
    request.set_account(account_);
    request.mutable_person()->set_subject(subject);
    request.mutable_person()->set_display_name(name);
    request.set_request_id(NewId());
    return Must(kPrOffice, &Facts::GrantAccess, request);
  };
  const v1::Grant held = grant("users/mori", "森 葵");
  grant("", "林 翔");
  EXPECT_THAT(Sweep("people { subject: 'users/mori' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_GRANT_HOLDER"));
  EXPECT_THAT(Sweep("people { display_name: '林翔' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_GRANT_HOLDER?"));
  v1::RevokeGrantRequest revocation;
  revocation.set_name(held.name());
  revocation.set_etag(held.etag());
  revocation.set_reason("異動");
  revocation.set_request_id(NewId());
  Must(kPrOffice, &Facts::RevokeGrant, revocation);
  EXPECT_THAT(Sweep("people { subject: 'users/mori' department_left: 'departments/0201' }"),
              IsEmpty());
}

TEST_F(TransferServiceTest, LeavesTheDepartmentJoinedOut) {
  Open("5002", "gakushu");
  EXPECT_THAT(Sweep("people { subject: 'users/kato' department_left: 'departments/0201'"
                    " department_joined: 'departments/5002' }"),
              ElementsAre("0 bosai ROLE_OPERATOR"));
}

TEST_F(TransferServiceTest, LooksAtWhoTookOverFromTheDepartmentLeft) {
  v1::ReorganizeDepartmentsRequest request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "effective_on { year: 2026 month: 11 day: 22 } steps { merge {"
      " departments: 'departments/0201' into: 'departments/0101' } }",
      &request));
  request.set_request_id(NewId());
  Must(kAdmin, &Departments::ReorganizeDepartments, request);
  EXPECT_THAT(Sweep("people { display_name: '田中一郎' department_left: 'departments/0201' }"),
              ElementsAre("0 bosai ROLE_HEAD?"));
}

TEST_F(TransferServiceTest, LeavesTombstonesOut) {
  database_.Execute(
      "UPDATE accounts SET state = 'CLOSED', closing_reason = 'OTHER',"
      " closing_effective_on = '2026-11-01', evidence_removal = 'x',"
      " evidence_unlisted_on = '2026-11-01', evidence_handle_protection = 'x'");
  EXPECT_THAT(Sweep("people { subject: 'users/ito' department_left: 'departments/0201' }"),
              IsEmpty());
}

TEST_F(TransferServiceTest, NamesWhatIsWrongWithTheQuestion) {
  v1::SweepTransfersResponse response;
  const grpc::Status status =
      CallAs(kAdmin, &Departments::SweepTransfers,
             People("people { department_left: 'departments/0201' }"
                    "people { subject: 'users/ito' department_left: 'departments/9999' }"),
             &response);
  EXPECT_THAT(BadFields(status), ElementsAre("people[0].subject", "people[1].department_left"));
}

TEST_F(TransferServiceTest, LeavesAnEventAsItReadsPersonalData) {
  Sweep("people { subject: 'users/ito' department_left: 'departments/0201' }");
  EXPECT_EQ(EventCount("DepartmentService/SweepTransfers"), 1);
}

}  // namespace
}  // namespace daicho::registry
