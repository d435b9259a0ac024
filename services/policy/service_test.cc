#include "services/policy/service.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "common/base/refusal.h"
#include "common/rpc/testing/server.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/policy/inactivity_service.h"
#include "services/policy/schema.h"
#include "tests/support/database.h"

namespace daicho::policy {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kGuideline[] = "services/policy/guidelines/tokushima.textproto";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

v1::CheckFormRequest SampleRequest() {
  v1::CheckFormRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      ReadFile("deploy/sample/forms/open.textproto"), request.mutable_content()));
  request.set_department_kind(registry::v1::Department::KIND_EDUCATION_BOARD);
  return request;
}

class PolicyServiceTest : public ::testing::Test {
 protected:
  grpc::Status Check(const v1::CheckFormRequest& request, v1::CheckFormResponse* response,
                     const std::string& role = "DEPARTMENT_STAFF") {
    grpc::ClientContext context;
    server_.SignIn(context, "hirose", {role});
    return people_->CheckForm(&context, request, response);
  }

  testing::Database database_{Schema()};
  // 23:30 on 30 August 2026 in UTC, when it is 31 August in Tokyo.
  testing::FixedClock clock_{
      absl::FromCivil(absl::CivilMinute(2026, 8, 30, 23, 30), absl::UTCTimeZone())};
  const LoadedGuideline guideline_ = ParseGuideline(kGuideline, ReadFile(kGuideline)).value();
  // A ledger that nobody reads: no account is known but those that a request names.
  const Ledger ledger_{grpc::CreateChannel("localhost:1", grpc::InsecureChannelCredentials())};
  const KnownAccounts known_{guideline_.domain, ledger_};
  testing::Server server_{{.service = "policy",
                           .grpc_services = {"daicho.policy.v1.PolicyService"},
                           .pool = &database_.pool(),
                           .clock = &clock_,
                           .services = {"approval", "audit"},
                           .build = [this](const rpc::Env& env) {
                             std::vector<std::unique_ptr<grpc::Service>> services;
                             services.push_back(
                                 std::make_unique<PolicyServiceImpl>(env, guideline_, known_));
                             return services;
                           }}};
  const std::unique_ptr<v1::PolicyService::Stub> people_ =
      v1::PolicyService::NewStub(server_.ChannelOf());
};

TEST_F(PolicyServiceTest, EveryStatementFitsTheSchema) {
  // Those of reports too, which nothing else here would link.
  const InactivityServiceImpl reports(
      server_.env(), ParseGuideline(kGuideline, ReadFile(kGuideline)).value(), server_.ChannelOf());
  const absl::Status prepared = testing::PrepareAll(database_.conninfo());
  EXPECT_TRUE(prepared.ok()) << prepared;
}

TEST_F(PolicyServiceTest, FindsNothingWrongWithTheSampleForm) {
  v1::CheckFormResponse response;
  const grpc::Status status = Check(SampleRequest(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.findings(), IsEmpty());
  EXPECT_EQ(response.guideline_version(), "tokushima@2023-03-31");
  EXPECT_GT(response.rule_count(), 30);
}

TEST_F(PolicyServiceTest, AnswersOkWithFindingsThatSayEverything) {
  v1::CheckFormRequest request = SampleRequest();
  request.mutable_content()->mutable_fields()->clear_purpose();
  request.mutable_content()
      ->mutable_fields()
      ->mutable_publishing_method()
      ->mutable_operators()
      ->DeleteSubrange(1, 1);
  v1::CheckFormResponse response;
  const grpc::Status status = Check(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.findings_size(), 2);
  const v1::Finding& purpose = response.findings(0);
  EXPECT_EQ(purpose.rule_id(), "T-5-2-2");
  EXPECT_EQ(purpose.clause(), "T 5-2-2");
  EXPECT_EQ(purpose.severity(), v1::SEVERITY_BLOCK);
  EXPECT_EQ(purpose.field(), "fields.purpose");
  EXPECT_EQ(purpose.message(), "purpose is missing.");
  EXPECT_EQ(purpose.message_ja(), "目的が記入されていません。");
  EXPECT_FALSE(purpose.remedy().empty());
  EXPECT_FALSE(purpose.remedy_ja().empty());
  EXPECT_EQ(purpose.guideline_version(), "tokushima@2023-03-31");
  const v1::Finding& operators = response.findings(1);
  EXPECT_EQ(operators.rule_id(), "T-5-6");
  EXPECT_EQ(operators.facts().at("count"), "1");
  EXPECT_EQ(operators.facts().at("minimum"), "2");
}

// T 7-4.
TEST_F(PolicyServiceTest, NamesTheDesksThatConcurUnlessTheLedgerHasItSo) {
  v1::CheckFormRequest request = SampleRequest();
  registry::v1::GovernedFields* fields = request.mutable_content()->mutable_fields();
  fields->mutable_personal_data()->set_collected(true);
  fields->mutable_personal_data()->set_handling("条例に基づき扱い、利用方針に記載する");
  v1::CheckFormResponse response;
  ASSERT_TRUE(Check(request, &response).ok());
  ASSERT_EQ(response.findings_size(), 1);
  EXPECT_EQ(response.findings(0).rule_id(), "T-7-4");
  EXPECT_EQ(response.findings(0).severity(), v1::SEVERITY_INFO);
  EXPECT_THAT(response.findings(0).concurrence(), ElementsAre("personal-data"));
  *request.mutable_ledger_fields() = *fields;
  ASSERT_TRUE(Check(request, &response).ok());
  EXPECT_THAT(response.findings(), IsEmpty());
}

TEST_F(PolicyServiceTest, CountsDaysInTokyo) {
  v1::CheckFormRequest request = SampleRequest();
  v1::CheckFormResponse response;
  *request.mutable_content()->mutable_submitted_on() =
      daicho::wire::ToDate(absl::CivilDay(2026, 8, 31));
  ASSERT_TRUE(Check(request, &response).ok());
  EXPECT_THAT(response.findings(), IsEmpty());
  *request.mutable_content()->mutable_submitted_on() =
      daicho::wire::ToDate(absl::CivilDay(2026, 9, 1));
  ASSERT_TRUE(Check(request, &response).ok());
  ASSERT_EQ(response.findings_size(), 1);
  EXPECT_EQ(response.findings(0).rule_id(), "T-5-3-submitted");
}

TEST_F(PolicyServiceTest, ChecksAnIncompleteDraft) {
  v1::CheckFormRequest request;
  request.mutable_content()->set_action(approval::v1::Form::ACTION_CLOSE);
  request.set_department_kind(registry::v1::Department::KIND_PREFECTURAL_OFFICE);
  v1::CheckFormResponse response;
  const grpc::Status status = Check(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(response.findings_size(), 10);
}

TEST_F(PolicyServiceTest, RefusesARequestThatCannotBeCheckedAndNamesEveryField) {
  v1::CheckFormRequest request = SampleRequest();
  request.clear_department_kind();
  request.mutable_content()->mutable_effective_on()->set_month(13);
  request.mutable_content()->mutable_fields()->set_purpose(std::string("a\0b", 3));
  v1::CheckFormResponse response;
  const grpc::Status status = Check(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(status)), "INVALID_FIELD");
  EXPECT_THAT(BadFields(status),
              ::testing::UnorderedElementsAre("department_kind", "content.effective_on",
                                              "content.fields.purpose"));
}

TEST_F(PolicyServiceTest, NamesTheAccountThatAFormOverlapsWith) {
  v1::CheckFormRequest request = SampleRequest();
  v1::ExistingAccount& other = *request.add_existing_accounts();
  other.set_name("accounts/019a0000-0000-7000-8000-000000000002");
  other.set_display_name("まなびのとくしま");
  other.set_purpose("河川の水位と避難所の開設状況を知らせる。");
  v1::CheckFormResponse response;
  ASSERT_TRUE(Check(request, &response).ok());
  EXPECT_THAT(response.findings(), IsEmpty());
  other.set_purpose(request.content().fields().purpose());
  other.set_topics(request.content().fields().topics());
  ASSERT_TRUE(Check(request, &response).ok());
  ASSERT_EQ(response.findings_size(), 1);
  EXPECT_EQ(response.findings(0).rule_id(), "T-5-9-1-similar");
  EXPECT_EQ(response.findings(0).facts().at("name"), "まなびのとくしま");
}

TEST_F(PolicyServiceTest, RefusesAnExistingAccountThatCannotBeReadAndNamesIt) {
  v1::CheckFormRequest request = SampleRequest();
  request.add_existing_accounts()->set_name("accounts/1");
  request.add_existing_accounts()->set_purpose(std::string("a\0b", 3));
  v1::CheckFormResponse response;
  EXPECT_THAT(
      BadFields(Check(request, &response)),
      ::testing::UnorderedElementsAre("existing_accounts[1].name", "existing_accounts[1].purpose"));
}

TEST_F(PolicyServiceTest, ChecksAnAccountThatRuns) {
  v1::CheckAccountRequest request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      ReadFile("services/policy/guidelines/account.sample.textproto"), request.mutable_account()));
  request.set_department_kind(registry::v1::Department::KIND_EDUCATION_BOARD);
  const auto check = [&] {
    grpc::ClientContext context;
    server_.SignIn(context, "hirose", {"PR_OFFICE"});
    v1::CheckAccountResponse response;
    const grpc::Status status = people_->CheckAccount(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  };
  EXPECT_THAT(check().findings(), IsEmpty());
  registry::v1::Account& account = *request.mutable_account()->mutable_account();
  account.mutable_activity()->mutable_last_post_time()->set_seconds(1735689600);
  ASSERT_EQ(check().findings_size(), 1);
  EXPECT_EQ(check().findings(0).rule_id(), "T-5-9-3-silent");
  account.set_state(registry::v1::Account::STATE_CLOSED);
  EXPECT_THAT(check().findings(), IsEmpty());
  EXPECT_EQ(check().rule_count(), 0);
}

TEST_F(PolicyServiceTest, AnswersTheApprovalServiceAndNoOther) {
  v1::CheckFormResponse response;
  grpc::ClientContext approval, audit;
  EXPECT_TRUE(v1::PolicyService::NewStub(server_.ChannelOf("approval"))
                  ->CheckForm(&approval, SampleRequest(), &response)
                  .ok());
  EXPECT_EQ(v1::PolicyService::NewStub(server_.ChannelOf("audit"))
                ->CheckForm(&audit, SampleRequest(), &response)
                .error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(PolicyServiceTest, ShowsTheGuidelineAsItIsInTheFile) {
  grpc::ClientContext context;
  server_.SignIn(context, "hirose", {"AUDITOR"});
  v1::Guideline guideline;
  const grpc::Status status =
      people_->GetGuideline(&context, v1::GetGuidelineRequest(), &guideline);
  ASSERT_TRUE(status.ok()) << status.error_message();
  v1::Guideline file;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadFile(kGuideline), &file));
  EXPECT_EQ(guideline.SerializeAsString(), file.SerializeAsString());
}

}  // namespace
}  // namespace daicho::policy
