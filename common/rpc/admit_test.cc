#include "common/rpc/admit.h"

#include <google/protobuf/descriptor.pb.h>

#include "common/base/refusal.h"
#include "common/rpc/handle_fixture.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"

namespace daicho::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// Shows what an admitted call looks like from inside.
class AdmitTest : public HandlerTest {
 protected:
  AdmitTest() {
    bodies_.append = [this](const Call& call,
                            work::UnitOfWork&) -> absl::StatusOr<audit::v1::AppendEventsResponse> {
      seen_.push_back(call);
      return audit::v1::AppendEventsResponse();
    };
    bodies_.get_form = [this](const Call& call, pg::Transaction&) -> absl::StatusOr<Form> {
      seen_.push_back(call);
      RETURN_IF_ERROR(call.AdmitDepartment("departments/2"));
      return Form();
    };
  }

  grpc::Status Append(const std::string& peer, const std::string& token = "") {
    grpc::ClientContext context;
    Address(context, testing::Soon(), token);
    audit::v1::AppendEventsRequest request;
    request.add_events("bytes");
    audit::v1::AppendEventsResponse response;
    return audit::v1::AuditService::NewStub(server_.ChannelOf(peer))
        ->AppendEvents(&context, request, &response);
  }

  std::string Token(const std::vector<std::string>& roles, const std::string& department = "") {
    return server_.issuer().Sign(
        server_.issuer().Claims("hirose", roles, department, clock_.Now()));
  }

  grpc::Status GetWith(grpc::ClientContext& context) {
    approval::v1::GetFormRequest request;
    request.set_name("forms/f");
    Form form;
    return approval::v1::FormService::NewStub(channel_)->GetForm(&context, request, &form);
  }

  std::vector<Call> seen_;
};

TEST_F(AdmitTest, TakesAServiceForWhatItsCertificateSays) {
  const grpc::Status status = Append("registry");
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(seen_, SizeIs(1));
  EXPECT_EQ(seen_[0].caller().subject, "services/registry");
  EXPECT_EQ(seen_[0].caller().service, "registry");
  EXPECT_THAT(seen_[0].caller().roles, ElementsAre(access::v1::ROLE_SYSTEM));
  EXPECT_EQ(seen_[0].rpc, "daicho.audit.v1.AuditService/AppendEvents");
}

TEST_F(AdmitTest, RefusesAServiceTheRpcDoesNotName) {
  EXPECT_EQ(WireReason(Append("console")), "ROLE_NOT_ALLOWED");
}

TEST_F(AdmitTest, RefusesAServiceThatBringsSomebodysToken) {
  EXPECT_EQ(WireReason(Append("registry", Token({"ADMIN"}))), "TOKEN_INVALID");
}

TEST_F(AdmitTest, RefusesAPeerTheConfigurationDoesNotName) {
  const grpc::Status status = Append("intruder", Token({"ADMIN"}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(WireReason(status), "PEER_NOT_ALLOWED");
}

TEST_F(AdmitTest, GivesNobodyThroughAGatewayTheRightsOfAService) {
  EXPECT_EQ(WireReason(Append("gateway")), "TOKEN_MISSING");
  EXPECT_EQ(WireReason(Append("gateway", Token({"ADMIN", "AUDITOR"}))), "ROLE_NOT_ALLOWED");
}

TEST_F(AdmitTest, LooksAtTheCallNotAtTheConnection) {
  grpc::ClientContext signed_in;
  Address(signed_in, testing::Soon(), Token({"AUDITOR"}));
  EXPECT_TRUE(GetWith(signed_in).ok());
  grpc::ClientContext nobody;
  EXPECT_EQ(WireReason(GetWith(nobody)), "TOKEN_MISSING");
  grpc::ClientContext expired;
  Address(expired, testing::Soon(), Token({"AUDITOR"}));
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(WireReason(GetWith(expired)), "TOKEN_EXPIRED");
}

TEST_F(AdmitTest, TakesExactlyOneBearerToken) {
  const std::string token = Token({"AUDITOR"});
  for (const std::vector<std::string>& headers :
       std::vector<std::vector<std::string>>{{"Bearer " + token, "Bearer " + token},
                                             {"Bearer x", "Bearer " + token},
                                             {"Basic " + token},
                                             {token},
                                             {"Bearer "},
                                             {"Bearer  " + token},
                                             {"Bearer " + token + ",Bearer " + token}}) {
    grpc::ClientContext context;
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
    EXPECT_EQ(WireReason(GetWith(context)), "TOKEN_INVALID") << headers[0];
  }
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  EXPECT_TRUE(GetWith(context).ok());
}

TEST_F(AdmitTest, GivesTheWidestScopeOfTheGrantsThatAreMet) {
  const auto get_as = [this](const std::vector<std::string>& roles) {
    grpc::ClientContext context;
    Address(context, testing::Soon(), Token(roles, "1"));
    return WireReason(GetWith(context));
  };
  EXPECT_EQ(get_as({"DEPARTMENT_STAFF", "DEPARTMENT_HEAD"}), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(get_as({"DEPARTMENT_STAFF", "AUDITOR"}), "");
  EXPECT_EQ(get_as({"AUDITOR"}), "");
}

TEST_F(AdmitTest, KeepsTheDeadlineWithinBounds) {
  const auto seconds_left = [this](std::optional<absl::Duration> timeout) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + Token({"AUDITOR"}));
    if (timeout) context.set_deadline(absl::ToChronoTime(absl::Now() + *timeout));
    EXPECT_TRUE(GetWith(context).ok());
    return absl::ToDoubleSeconds(seen_.back().deadline() - absl::Now());
  };
  EXPECT_NEAR(seconds_left(absl::Seconds(40)), 40, 5);
  EXPECT_NEAR(seconds_left(std::nullopt), 10, 5);
  EXPECT_NEAR(seconds_left(absl::Hours(1)), 300, 5);
  EXPECT_EQ(seen_.back().now(), clock_.Now()) << "the time of the call is another matter";
}

TEST_F(AdmitTest, CarriesAGoodTraceparentOnAndReplacesABadOne) {
  const auto traceparent_for = [this](const std::vector<std::string>& sent) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + Token({"AUDITOR"}));
    for (const std::string& value : sent) context.AddMetadata("traceparent", value);
    EXPECT_TRUE(GetWith(context).ok());
    return seen_.back().traceparent;
  };
  EXPECT_EQ(traceparent_for({kTraceparent}), kTraceparent);
  const std::string zeros(32, '0');
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {},
           {"x"},
           {kTraceparent, kTraceparent},
           {std::string(kTraceparent) + "-00"},
           {"01" + std::string(kTraceparent).substr(2)},
           {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"},
           {"00-" + zeros + "-b7ad6b7169203331-01"},
           {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"}}) {
    const std::string made = traceparent_for(bad);
    EXPECT_THAT(made, ::testing::MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    EXPECT_NE(made, kTraceparent);
  }
}

// Answers the public, as the lookup does: without Read.
class Lookups final : public registry::v1::LookupService::Service {
 public:
  explicit Lookups(const Env& env) : env_(env) {}
  grpc::Status LookupAccount(grpc::ServerContext* context,
                             const registry::v1::LookupAccountRequest*,
                             registry::v1::LookupAccountResponse* response) override {
    const std::string method = "daicho.registry.v1.LookupService.LookupAccount";
    const auto call = env_.admitter->Admit(*context, method);
    EXPECT_EQ(env_.admitter->AdmitUnnamed(*context, method), call.status());
    if (!call.ok()) return ToGrpc(call.status());
    response->set_message(call->caller().subject);
    return grpc::Status::OK;
  }

 private:
  const Env env_;
};

class PublicTest : public ::testing::Test {
 protected:
  grpc::Status Lookup(const std::string& peer, const std::string& token, std::string* subject) {
    grpc::ClientContext context;
    Address(context, testing::Soon(), token);
    registry::v1::LookupAccountResponse response;
    const grpc::Status status =
        registry::v1::LookupService::NewStub(server_.ChannelOf(peer))
            ->LookupAccount(&context, registry::v1::LookupAccountRequest(), &response);
    *subject = response.message();
    return status;
  }

  testing::FixedClock clock_{absl::FromUnixSeconds(1764000000)};
  testing::Server server_{{.service = "registry",
                           .grpc_services = {"daicho.registry.v1.LookupService"},
                           .clock = &clock_,
                           .services = {"console"},
                           .build = [](const Env& env) {
                             std::vector<std::unique_ptr<grpc::Service>> services;
                             services.push_back(std::make_unique<Lookups>(env));
                             return services;
                           }}};
};

TEST_F(PublicTest, MayCallWhatIsThereForEverybody) {
  std::string subject;
  ASSERT_TRUE(Lookup("gateway", "", &subject).ok());
  EXPECT_EQ(subject, "anonymous");
}

TEST_F(PublicTest, IsToldWhenATokenIsBadRatherThanTakenForAnonymous) {
  std::string subject;
  EXPECT_EQ(WireReason(Lookup("gateway", "bad", &subject)), "TOKEN_INVALID");
}

TEST_F(PublicTest, IsNoService) {
  std::string subject;
  EXPECT_EQ(WireReason(Lookup("console", "", &subject)), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(WireReason(Lookup("intruder", "", &subject)), "PEER_NOT_ALLOWED");
}

// A service made up of one RPC with these options.
class DeclareTest : public ::testing::Test {
 protected:
  absl::Status Declare(const std::vector<access::v1::Grant>& grants) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("made_up.proto");
    file.set_package("made_up");
    file.add_dependency("daicho/access/v1/access.proto");
    file.add_message_type()->set_name("Nothing");
    auto* service = file.add_service();
    service->set_name("Service");
    auto* method = service->add_method();
    method->set_name("Do");
    method->set_input_type(".made_up.Nothing");
    method->set_output_type(".made_up.Nothing");
    for (const access::v1::Grant& grant : grants) {
      *method->mutable_options()->AddExtension(access::v1::allow) = grant;
    }
    google::protobuf::DescriptorPool pool(google::protobuf::DescriptorPool::generated_pool());
    const auto* built = pool.BuildFile(file);
    EXPECT_NE(built, nullptr);
    return Admitter(Admitter::Options()).Declare(*built->service(0));
  }

  static access::v1::Grant GrantOf(std::vector<access::v1::Role> roles, access::v1::Scope scope,
                                   const std::vector<std::string>& services = {}) {
    access::v1::Grant grant;
    for (const access::v1::Role role : roles) grant.add_roles(role);
    grant.set_scope(scope);
    for (const std::string& service : services) grant.add_services(service);
    return grant;
  }
};

TEST_F(DeclareTest, TakesGrantsThatSayWhoAndHowFar) {
  EXPECT_TRUE(Declare({GrantOf({access::v1::ROLE_ADMIN}, access::v1::SCOPE_ANY)}).ok());
  EXPECT_TRUE(
      Declare({GrantOf({access::v1::ROLE_SYSTEM}, access::v1::SCOPE_ANY, {"registry"})}).ok());
}

TEST_F(DeclareTest, RefusesAnRpcThatDoesNotSayWhoMayCallIt) {
  const absl::Status status = Declare({});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("made_up.Service.Do"));
}

TEST_F(DeclareTest, RefusesHalfAGrant) {
  using access::v1::ROLE_ADMIN;
  using access::v1::SCOPE_ANY;
  EXPECT_FALSE(Declare({GrantOf({}, SCOPE_ANY)}).ok());
  EXPECT_FALSE(Declare({GrantOf({ROLE_ADMIN}, access::v1::SCOPE_UNSPECIFIED)}).ok());
  EXPECT_FALSE(Declare({GrantOf({access::v1::ROLE_UNSPECIFIED}, SCOPE_ANY)}).ok());
  EXPECT_FALSE(Declare({GrantOf({access::v1::ROLE_SYSTEM}, SCOPE_ANY)}).ok());
  EXPECT_FALSE(Declare({GrantOf({ROLE_ADMIN}, SCOPE_ANY, {"registry"})}).ok());
  EXPECT_FALSE(Declare({GrantOf({ROLE_ADMIN}, SCOPE_ANY), GrantOf({}, SCOPE_ANY)}).ok());
}

TEST_F(DeclareTest, RefusesAServiceThatDoesNotExistButPassesOverThoseOfGrpc) {
  Admitter admitter((Admitter::Options()));
  EXPECT_FALSE(admitter.Declare({"daicho.none.v1.NoService"}).ok());
  EXPECT_TRUE(admitter.Declare({"grpc.health.v1.Health"}).ok());
}

}  // namespace
}  // namespace daicho::rpc
