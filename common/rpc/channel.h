// Both ends of a connection between services: mTLS, the server's name checked, retry with backoff.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho::rpc {

// The largest message either end takes.
constexpr int kMaxMessageBytes = 16 << 20;
// The largest metadata a client takes: a refusal names every bad field of an import there. gRPC's
// own 8 KB hold some twenty.
constexpr int kMaxMetadataBytes = 1 << 20;

// PEM files. Replaced ones are taken up within seconds, for connections made from then on.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string private_key;
  std::string crl;  // Revocation list; empty for none. See Revocations.
};

// Connects when first used. A server whose certificate does not have `uri` as its only URI SAN is
// not talked to: calls fail with UNAVAILABLE.
// Calls that fail with UNAVAILABLE are tried again by gRPC itself (at most 4 times, 0.1 s up to
// 2 s): safe for reads, and for writes because of request_id.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const std::string& uri,
                                           const TlsFiles& tls);

// For a server that talks to clients with a certificate of the authority alone; which of them are
// let in is the Admitter's to say.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const TlsFiles& tls);

// Sets deadline, bearer token (none when empty) and traceparent (none when empty) of one call.
void Address(grpc::ClientContext& context, absl::Time deadline, absl::string_view token = "",
             absl::string_view traceparent = "");

}  // namespace daicho::rpc
