// Authentication and authorization: who calls, and whether the RPC's `allow` lets them.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/rpc/call.h"
#include "common/rpc/revocation.h"
#include "common/rpc/token.h"

namespace daicho::rpc {

// W3C Trace Context of a call: what the caller brought, or one made here.
std::string TraceparentOf(const grpc::ServerContextBase& context);

// A peer that may connect, from the configuration.
struct Peer {
  std::string uri;       // URI SAN: "spiffe://daicho.example/svc/approval".
  std::string service;   // "approval"
  bool gateway = false;  // Brings people's tokens; acts for nobody itself.
};

// Thread-safe. Nothing else reads metadata or peer identity.
class Admitter {
 public:
  struct Options {
    std::vector<Peer> peers;
    const TokenVerifier* tokens = nullptr;
    Revocations* revocations = nullptr;  // Null: no certificate was taken back.
    const Clock* clock = nullptr;
    absl::Duration default_timeout = absl::Seconds(10);
    absl::Duration max_timeout = absl::Minutes(5);
  };
  explicit Admitter(Options options);
  ~Admitter();

  // Reads the `allow` of every RPC of `services` ("daicho.approval.v1.FormService"). Fails when an
  // RPC has none, so that the server does not start. gRPC's own services ("grpc.health.v1.Health")
  // declare nothing and are passed over. To be called before the first Admit().
  absl::Status Declare(const std::vector<std::string>& services);
  absl::Status Declare(const google::protobuf::ServiceDescriptor& service);
  // Of gRPC's own, which are passed over above: that `method`, which logs and events call `rpc`, is
  // for `role` alone.
  void Declare(const std::string& method, std::string rpc, access::v1::Role role);

  // The call, with the widest scope of the grants it meets. Its deadline is the client's, at most
  // `max_timeout` from now on the real clock; `default_timeout` without one.
  // Otherwise UNAUTHENTICATED (PEER_NOT_ALLOWED, TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED) or
  // PERMISSION_DENIED (ROLE_NOT_ALLOWED); a fault when the method was not declared. `caller`, when
  // not null, gets what was found out about the caller even when the answer is no, for the audit
  // log.
  absl::StatusOr<Call> Admit(const grpc::ServerContextBase& context, absl::string_view method,
                             Caller* caller = nullptr) const;

  // Whether Admit() would admit the call: for what is answered without asking who calls, from
  // memory. Most such calls bring no token, and of those nothing is copied.
  absl::Status AdmitUnnamed(const grpc::ServerContextBase& context, absl::string_view method) const;

  // Whether each answer of `method` is an audit event.
  bool ReadsPersonalData(absl::string_view method) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daicho::rpc
