#include "common/rpc/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/rpc/handle_fixture.h"
#include "common/rpc/revocation.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace daicho::rpc {
namespace {

using testing::UriOf;

// Answers UNIMPLEMENTED to every call: whoever hears that has reached it.
class Reachable {
 public:
  explicit Reachable(const TlsFiles& files) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", MakeServerCredentials(files), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~Reachable() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  const std::string& address() const { return address_; }

 private:
  policy::v1::PolicyService::Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

bool Reaches(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  Address(context, testing::Soon());
  policy::v1::Guideline guideline;
  const grpc::Status status =
      policy::v1::PolicyService::NewStub(channel)->GetGuideline(&context, {}, &guideline);
  EXPECT_THAT(status.error_code(),
              ::testing::AnyOf(grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::UNAVAILABLE));
  return status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
}

// A certificate by the authority of `pki` with any subject alternative names.
TlsFiles SignFor(const testing::Pki& pki, const std::string& name, const std::string& names) {
  const auto file = [&](const std::string& suffix) { return pki.folder().File(name + suffix); };
  pki.folder().Write(name + ".ext", "subjectAltName=" + names + "\n");
  const TlsFiles any = pki.Files("server");
  const std::string ca_key = std::filesystem::path(any.ca).replace_extension("key");
  const absl::Status made = testing::RunCommand(
      {"sh", "-ec",
       absl::StrCat(
           "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x",
           " -keyout ", file(".key"), " -out ", file(".csr"), "; openssl x509 -req -in ",
           file(".csr"), " -CA ", any.ca, " -CAkey ", ca_key, " -set_serial 7 -days 2 -extfile ",
           file(".ext"), " -out ", file(".crt"))},
      {.output = file(".log")});
  EXPECT_TRUE(made.ok()) << made;
  return {any.ca, file(".crt"), file(".key")};
}

class TlsTest : public ::testing::Test {
 protected:
  const testing::Pki pki_{{"server", "client"}};
  const testing::Pki foreign_{{"server", "client"}};
};

TEST_F(TlsTest, ConnectsBothEndsOfOneAuthority) {
  const Reachable server(pki_.Files("server"));
  EXPECT_TRUE(Reaches(MakeChannel(server.address(), UriOf("server"), pki_.Files("client"))));
}

TEST_F(TlsTest, DoesNotTalkToAServerOfAnotherName) {
  const Reachable server(pki_.Files("server"));
  for (const std::string& uri : {UriOf("serve"), UriOf("server2"), std::string()}) {
    EXPECT_FALSE(Reaches(MakeChannel(server.address(), uri, pki_.Files("client")))) << uri;
  }
}

TEST_F(TlsTest, DoesNotTalkToAServerOfAnotherAuthority) {
  const Reachable server(foreign_.Files("server"));
  EXPECT_FALSE(Reaches(MakeChannel(server.address(), UriOf("server"), pki_.Files("client"))));
}

TEST_F(TlsTest, DoesNotTalkToAServerWithSeveralNames) {
  const Reachable server(
      SignFor(pki_, "two",
              absl::StrCat("URI:", UriOf("server"), ",URI:", UriOf("other"), ",DNS:localhost")));
  EXPECT_FALSE(Reaches(MakeChannel(server.address(), UriOf("server"), pki_.Files("client"))));
}

TEST_F(TlsTest, DoesNotTakeAHostNameForAService) {
  const Reachable server(SignFor(pki_, "host", "DNS:localhost,IP:127.0.0.1"));
  EXPECT_FALSE(Reaches(MakeChannel(server.address(), UriOf("server"), pki_.Files("client"))));
}

TEST_F(TlsTest, DoesNotTalkToAServerThatWasRevoked) {
  const Reachable server(pki_.Files("server"));
  const std::string folder = pki_.folder().File("pki");
  ASSERT_TRUE(testing::RunCommand({"deploy/tls/revoke.sh", folder}, {}).ok());
  TlsFiles files = pki_.Files("client");
  files.crl = folder + "/ca.crl";
  EXPECT_TRUE(Reaches(MakeChannel(server.address(), UriOf("server"), files)));
  ASSERT_TRUE(testing::RunCommand({"deploy/tls/revoke.sh", folder, "server"}, {}).ok());
  EXPECT_FALSE(Reaches(MakeChannel(server.address(), UriOf("server"), files)));
}

TEST_F(TlsTest, TrustsNobodyWithoutARevocationListOfTheAuthority) {
  const std::string foreign = foreign_.folder().File("pki");
  ASSERT_TRUE(testing::RunCommand({"deploy/tls/revoke.sh", foreign}, {}).ok());
  Revocations revocations(foreign + "/ca.crl", pki_.Files("client").ca);
  EXPECT_FALSE(revocations.Load().ok());
  std::stringstream certificate;
  certificate << std::ifstream(pki_.Files("client").certificate).rdbuf();
  EXPECT_TRUE(revocations.Has(certificate.str()));
}

TEST_F(TlsTest, LetsNoClientInWithoutACertificateOfTheAuthority) {
  const Reachable server(pki_.Files("server"));
  TlsFiles stranger = foreign_.Files("client");
  stranger.ca = pki_.Files("client").ca;
  EXPECT_FALSE(Reaches(MakeChannel(server.address(), UriOf("server"), stranger)));

  std::ostringstream ca;
  ca << std::ifstream(pki_.Files("client").ca).rdbuf();
  grpc::SslCredentialsOptions nobody;
  nobody.pem_root_certs = ca.str();
  EXPECT_FALSE(Reaches(grpc::CreateChannel(server.address(), grpc::SslCredentials(nobody))));
  EXPECT_FALSE(Reaches(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials())));
}

TEST_F(TlsTest, TakesUpReplacedCertificatesWithoutARestart) {
  const std::filesystem::path live = pki_.folder().File("live");
  const auto put = [&](const TlsFiles& files) {
    std::filesystem::create_directories(live);
    const auto copy = [](const std::filesystem::path& from, const std::filesystem::path& to) {
      std::filesystem::copy_file(from, to.string() + ".new");
      std::filesystem::rename(to.string() + ".new", to);
    };
    copy(files.private_key, live / "key");
    copy(files.certificate, live / "crt");
    copy(files.ca, live / "ca");
  };
  put(pki_.Files("server"));
  const Reachable server({live / "ca", live / "crt", live / "key"});
  ASSERT_TRUE(Reaches(MakeChannel(server.address(), UriOf("server"), pki_.Files("client"))));
  put(foreign_.Files("server"));
  EXPECT_TRUE(testing::Eventually([&] {
    return Reaches(MakeChannel(server.address(), UriOf("server"), foreign_.Files("client")));
  }));
}

class ChannelTest : public HandlerTest {};

TEST_F(ChannelTest, TriesAgainWhenAServiceIsUnavailableForAMoment) {
  std::atomic<int> runs{0};
  bodies_.create_form = [&](const Call& call, work::UnitOfWork& unit) -> absl::StatusOr<Form> {
    if (++runs < 3) return absl::UnavailableError("starting");
    return WriteNote(call, unit, "n");
  };
  EXPECT_TRUE(Create(CreateRequest()).ok());
  EXPECT_EQ(NoteCount(), "1");
}

TEST_F(ChannelTest, GivesUpAfterFourTimes) {
  std::atomic<int> calls{0};
  bodies_.prepare_submit = [&](const Call&) -> absl::StatusOr<std::string> {
    ++calls;
    return absl::UnavailableError("away");
  };
  EXPECT_EQ(Submit("x").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(calls, 4);
}

TEST_F(ChannelTest, CarriesARefusalThatNamesHundredsOfRows) {
  std::vector<Violation> violations;
  for (int i = 0; i < 2000; ++i) {
    violations.push_back({absl::StrCat("rows[", i, "].所属名"), "REQUIRED",
                          "Give the department's name.", "所属名を入力してください。"});
  }
  bodies_.create_form = [&](const Call&, work::UnitOfWork&) {
    return RefuseFields(violations, "IMPORT_HAS_PROBLEMS");
  };
  EXPECT_EQ(WireReason(Create(CreateRequest())), "IMPORT_HAS_PROBLEMS");
}

TEST_F(ChannelTest, CarriesMessagesOfManyMegabytes) {
  bodies_.import =
      [](const Call&,
         work::UnitOfWork&) -> absl::StatusOr<registry::v1::ImportDepartmentsResponse> {
    registry::v1::ImportDepartmentsResponse response;
    response.add_problems()->set_message(std::string(10 << 20, 'x'));
    return response;
  };
  registry::v1::ImportDepartmentsRequest request;
  request.set_content(std::string(10 << 20, 'x'));
  request.set_request_id(kRequestId);
  registry::v1::ImportDepartmentsResponse response;
  const grpc::Status status = Import(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.problems_size(), 1);
}

}  // namespace
}  // namespace daicho::rpc
