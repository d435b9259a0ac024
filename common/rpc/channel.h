// Channels to other services: mTLS, their certificate's name checked, retry with backoff.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho::rpc {

struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string private_key;
};

// Connects when first used. A server whose certificate lacks `uri` as URI SAN is not talked to.
// Calls that fail with UNAVAILABLE are tried again by gRPC itself (at most 4 times, 0.1 s up to
// 2 s): safe for reads, and for writes because of request_id.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const std::string& uri,
                                           const TlsFiles& tls);

// Sets deadline, bearer token (none when empty) and traceparent (none when empty) of one call.
void Address(grpc::ClientContext& context, absl::Time deadline, absl::string_view token = "",
             absl::string_view traceparent = "");

}  // namespace daicho::rpc
