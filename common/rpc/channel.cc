#include "common/rpc/channel.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/rpc/revocation.h"

namespace daicho::rpc {
namespace {

namespace tls = grpc::experimental;

// How soon replaced certificate files are noticed.
constexpr unsigned kRefreshSeconds = 2;

// One attempt and three more, of any RPC.
constexpr char kServiceConfig[] = R"json({
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.1s",
      "maxBackoff": "2s",
      "backoffMultiplier": 4,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})json";

// Accepts a server by the one URI in its certificate. The chain to the authority is checked before
// this is asked. Host names are not looked at: an address says where a service runs, not which.
class UriVerifier final : public tls::ExternalCertificateVerifier {
 public:
  UriVerifier(std::string uri, std::unique_ptr<Revocations> revocations)
      : uri_(std::move(uri)), revocations_(std::move(revocations)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    const auto uris = request->uri_names();
    const bool revoked =
        revocations_ != nullptr &&
        revocations_->Has({request->peer_cert().data(), request->peer_cert().size()});
    if (uris.size() != 1 || uris[0] != uri_ || revoked) {
      *sync_status = {
          grpc::StatusCode::UNAUTHENTICATED,
          absl::StrCat("the server's certificate is not for ", uri_, ", or was revoked")};
    }
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string uri_;
  const std::unique_ptr<Revocations> revocations_;
};

std::unique_ptr<Revocations> RevocationsOf(const TlsFiles& files) {
  if (files.crl.empty()) return nullptr;
  auto revocations = std::make_unique<Revocations>(files.crl, files.ca);
  const absl::Status loaded = revocations->Load();
  if (!loaded.ok()) {
    Log(LogLevel::kWarning, "no revocation list: no server is trusted",
        {{"error", std::string(loaded.message())}});
  }
  return revocations;
}

std::shared_ptr<tls::FileWatcherCertificateProvider> Watch(const TlsFiles& files) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(files.private_key, files.certificate,
                                                               files.ca, kRefreshSeconds);
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const std::string& uri,
                                           const TlsFiles& tls_files) {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(tls_files));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<UriVerifier>(uri, RevocationsOf(tls_files)));
  options.set_check_call_host(false);
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  return grpc::CreateCustomChannel(address, tls::TlsCredentials(options), arguments);
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const TlsFiles& tls_files) {
  tls::TlsServerCredentialsOptions options(Watch(tls_files));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

void Address(grpc::ClientContext& context, absl::Time deadline, absl::string_view token,
             absl::string_view traceparent) {
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  if (!traceparent.empty()) context.AddMetadata("traceparent", std::string(traceparent));
}

}  // namespace daicho::rpc
