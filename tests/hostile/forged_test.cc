// Certificates and tokens that are expired, foreign, revoked, replayed or forged.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/rpc/testing/pki.h"
#include "common/rpc/testing/status.h"
#include "common/server/config.h"
#include "tests/e2e/world.h"
#include "tests/hostile/raw_client.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace daicho::testing {
namespace {

// A certificate by the suite's authority. `options` are those of `openssl ca`.
rpc::TlsFiles Issue(const TempFolder& folder, Suite& suite, const std::string& name,
                    const std::string& names, const std::string& options) {
  const std::string ca = suite.Tls("cli").ca;
  folder.Write("index", "");
  folder.Write("ca.conf", absl::StrCat("[ca]\ndefault_ca=l\n[l]\ndatabase=", folder.File("index"),
                                       "\nnew_certs_dir=", folder.File("."),
                                       "\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n"
                                       "x509_extensions=e\n[p]\ncommonName=supplied\n[e]\n"
                                       "subjectAltName=",
                                       names, "\n"));
  const auto file = [&](const char* suffix) { return folder.File(name + suffix); };
  const absl::Status made = RunCommand(
      {"sh", "-ec",
       absl::StrCat(
           "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=", name,
           " -keyout ", file(".key"), " -out ", file(".csr"),
           "; openssl ca -batch -notext -config ", folder.File("ca.conf"), " -cert ", ca,
           " -keyfile ", std::string(std::filesystem::path(ca).replace_extension("key")), " -in ",
           file(".csr"), " -out ", file(".crt"), " ", options)},
      {.output = file(".log")});
  EXPECT_TRUE(made.ok()) << server::ReadFile(file(".log")).value_or("");
  return {ca, file(".crt"), file(".key"), ""};
}

// Whether the server hangs up on whoever comes with these files, before a call.
bool IsTurnedAway(Suite& suite, const rpc::TlsFiles& files) {
  RawClient client(suite.Port("registry"));
  return !client.Handshake(files) || !client.Greet() || client.HungUpWithin(absl::Seconds(2));
}

std::string LookupReason(Suite& suite, const std::shared_ptr<grpc::Channel>& channel) {
  const auto context = suite.Context(nullptr);
  registry::v1::LookupAccountRequest request;
  request.set_url("https://x.com/nobody");
  registry::v1::LookupAccountResponse response;
  const grpc::Status status = registry::v1::LookupService::NewStub(channel)->LookupAccount(
      context.get(), request, &response);
  return status.ok() ? "OK" : WireReason(status);
}

std::string LookupReason(Suite& suite, const rpc::TlsFiles& files) {
  return LookupReason(suite, rpc::MakeChannel(absl::StrCat("127.0.0.1:", suite.Port("registry")),
                                              Suite::Uri("registry"), files));
}

constexpr char kGoodNames[] = "URI:spiffe://daicho.example/svc/cli";
constexpr char kGoodTime[] = "-days 2";

TEST(CertificateTest, OneOfThisAuthorityThatIsValidGetsIn) {
  Suite& suite = World::Get().suite();
  const TempFolder folder;
  const rpc::TlsFiles files = Issue(folder, suite, "good", kGoodNames, kGoodTime);
  EXPECT_FALSE(IsTurnedAway(suite, files));
  EXPECT_EQ(LookupReason(suite, files), "OK");
}

TEST(CertificateTest, AnExpiredOneIsTurnedAway) {
  Suite& suite = World::Get().suite();
  const TempFolder folder;
  EXPECT_TRUE(IsTurnedAway(suite, Issue(folder, suite, "old", kGoodNames,
                                        "-startdate 200101000000Z -enddate 200201000000Z")));
  EXPECT_TRUE(IsTurnedAway(suite, Issue(folder, suite, "early", kGoodNames,
                                        "-startdate 490101000000Z -enddate 490201000000Z")));
}

TEST(CertificateTest, OneOfAnotherAuthorityIsTurnedAway) {
  const Pki foreign({"cli"});
  EXPECT_TRUE(IsTurnedAway(World::Get().suite(), foreign.Files("cli")));
}

TEST(CertificateTest, NobodyGetsInWithoutOne) {
  EXPECT_TRUE(IsTurnedAway(World::Get().suite(), {}));
}

TEST(CertificateTest, AnotherNameIsRefused) {
  Suite& suite = World::Get().suite();
  const TempFolder folder;
  int number = 0;
  for (const char* names :
       {"DNS:localhost", "URI:spiffe://daicho.example/svc/cli2",
        "URI:spiffe://daicho.example/svc/CLI", "URI:spiffe://daicho.example/svc/cli/",
        "URI:spiffe://daicho.example/svc/cli,URI:spiffe://daicho.example/svc/audit"}) {
    const auto files = Issue(folder, suite, absl::StrCat("name", ++number), names, kGoodTime);
    EXPECT_EQ(LookupReason(suite, files), "PEER_NOT_ALLOWED") << names;
  }
  EXPECT_EQ(LookupReason(suite, suite.Channel("registry", "stranger")), "PEER_NOT_ALLOWED");
}

TEST(CertificateTest, ARevokedOneIsRefusedOnOpenConnectionsToo) {
  Suite& suite = World::Get().suite();
  const rpc::TlsFiles cli = suite.Tls("cli");
  const std::string pki = std::filesystem::path(cli.ca).parent_path();
  ASSERT_TRUE(RunCommand({"deploy/tls/mkca.sh", pki, "lost"}, {}).ok());
  const TempFolder folder;
  const rpc::TlsFiles files = Issue(folder, suite, "lost", kGoodNames, kGoodTime);
  std::filesystem::copy_file(files.certificate, pki + "/lost.crt",
                             std::filesystem::copy_options::overwrite_existing);
  const auto open = rpc::MakeChannel(absl::StrCat("127.0.0.1:", suite.Port("registry")),
                                     Suite::Uri("registry"), files);
  ASSERT_EQ(LookupReason(suite, open), "OK");

  ASSERT_TRUE(RunCommand({"deploy/tls/revoke.sh", pki, "lost"}, {}).ok());

  EXPECT_TRUE(Eventually([&] { return LookupReason(suite, open) == "PEER_NOT_ALLOWED"; }));
  EXPECT_EQ(LookupReason(suite, files), "PEER_NOT_ALLOWED");
  EXPECT_EQ(LookupReason(suite, cli), "OK");
}

rpc::TokenClaims HonestClaims() {
  return {.issuer = "https://issuer.daicho.example",
          .audience = "daicho",
          .subject = "staff",
          .display_name = "staff",
          .roles = {"DEPARTMENT_STAFF"},
          .department = World::kSection,
          .issued = absl::Now()};
}

std::string Signed(Suite& suite, const rpc::TokenClaims& claims) {
  return rpc::SignToken(suite.signing_key().jwk, claims).value();
}

// An honest token with another header, signed by `sign`.
std::string Forged(Suite& suite, const std::string& header,
                   const std::function<std::string(const std::string&)>& sign) {
  const std::vector<std::string> parts = absl::StrSplit(Signed(suite, HonestClaims()), '.');
  const std::string text = absl::StrCat(absl::WebSafeBase64Escape(header), ".", parts[1]);
  return absl::StrCat(text, ".", absl::WebSafeBase64Escape(sign(text)));
}

std::string Hs256(const std::string& key, const std::string& text) {
  unsigned char code[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), code, &size);
  return {reinterpret_cast<const char*>(code), size};
}

std::string FormsReason(Suite& suite, const std::string& token, const std::string& peer = "cli") {
  grpc::ClientContext context;
  rpc::Address(context, absl::Now() + absl::Seconds(10), token);
  approval::v1::ListFormsResponse response;
  const grpc::Status status = approval::v1::FormService::NewStub(suite.Channel("approval", peer))
                                  ->ListForms(&context, {}, &response);
  return status.ok() ? "OK" : WireReason(status);
}

TEST(TokenAttackTest, AnHonestOneIsTaken) {
  Suite& suite = World::Get().suite();
  EXPECT_EQ(FormsReason(suite, Signed(suite, HonestClaims())), "OK");
}

TEST(TokenAttackTest, WithoutASignatureIsRefused) {
  Suite& suite = World::Get().suite();
  const auto nothing = [](const std::string&) { return std::string(); };
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":""})", "{}"}) {
    EXPECT_EQ(FormsReason(suite, Forged(suite, header, nothing)), "TOKEN_INVALID") << header;
  }
}

TEST(TokenAttackTest, SignedWithThePublicKeyAsSecretIsRefused) {
  Suite& suite = World::Get().suite();
  const std::string jwks = suite.signing_key().jwks;
  EXPECT_EQ(FormsReason(suite, Forged(suite, R"({"alg":"HS256","typ":"JWT"})",
                                      [&](const std::string& text) { return Hs256(jwks, text); })),
            "TOKEN_INVALID");
}

TEST(TokenAttackTest, OfAnotherKeyIsRefused) {
  Suite& suite = World::Get().suite();
  const auto other = rpc::MakeSigningKey();
  EXPECT_EQ(FormsReason(suite, rpc::SignToken(other->jwk, HonestClaims()).value()),
            "TOKEN_INVALID");
}

TEST(TokenAttackTest, OutsideItsTimeIsRefused) {
  Suite& suite = World::Get().suite();
  rpc::TokenClaims claims = HonestClaims();
  claims.issued = absl::Now() - absl::Hours(2);
  EXPECT_EQ(FormsReason(suite, Signed(suite, claims)), "TOKEN_EXPIRED");
  claims.issued = absl::Now() + absl::Minutes(2);
  EXPECT_EQ(FormsReason(suite, Signed(suite, claims)), "TOKEN_EXPIRED");
  claims.issued = absl::Now();
  claims.lifetime = absl::Hours(13);
  EXPECT_EQ(FormsReason(suite, Signed(suite, claims)), "TOKEN_EXPIRED");
}

TEST(TokenAttackTest, OfAnotherIssuerOrForAnotherAudienceIsRefused) {
  Suite& suite = World::Get().suite();
  rpc::TokenClaims claims = HonestClaims();
  claims.issuer = "https://issuer.evil.example";
  EXPECT_EQ(FormsReason(suite, Signed(suite, claims)), "TOKEN_INVALID");
  claims = HonestClaims();
  claims.audience = "another-system";
  EXPECT_EQ(FormsReason(suite, Signed(suite, claims)), "TOKEN_INVALID");
}

// A token is a bearer's. It is worth something through a gateway alone, and leaves nothing behind
// on the connection it came over.
TEST(TokenAttackTest, ReplayedByAnotherPeerIsRefused) {
  Suite& suite = World::Get().suite();
  const std::string stolen = Signed(suite, HonestClaims());
  EXPECT_EQ(FormsReason(suite, stolen, "collector"), "TOKEN_INVALID");
  EXPECT_EQ(FormsReason(suite, stolen, "stranger"), "PEER_NOT_ALLOWED");
}

TEST(TokenAttackTest, LeavesNothingBehindOnItsConnection) {
  Suite& suite = World::Get().suite();
  const auto stub = approval::v1::FormService::NewStub(suite.Channel("approval"));
  approval::v1::ListFormsResponse response;
  const auto named = suite.Context(&World::Get().staff);
  ASSERT_TRUE(stub->ListForms(named.get(), {}, &response).ok());
  const auto nameless = suite.Context(nullptr);
  EXPECT_EQ(WireReason(stub->ListForms(nameless.get(), {}, &response)), "TOKEN_MISSING");
}

}  // namespace
}  // namespace daicho::testing
