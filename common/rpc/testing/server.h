// A server for tests of handlers: everything as in production, but the address and the clock.
#pragma once

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/handle.h"
#include "common/rpc/testing/people.h"
#include "common/rpc/testing/pki.h"

namespace daicho::testing {

class Server {
 public:
  struct Options {
    std::string service;                     // "registry": the server's certificate.
    std::vector<std::string> grpc_services;  // Full names, for `allow`.
    pg::Pool* pool = nullptr;
    const Clock* clock = nullptr;
    std::vector<std::string> services;  // Other services that may call.
    rpc::CallMetrics* metrics = nullptr;
    std::function<void()> committed = [] {};
    absl::Duration default_timeout = absl::Seconds(10);  // Of a call that names no deadline.
    // Makes what answers the calls. Keeps a copy of the Env, or none.
    std::function<std::vector<std::unique_ptr<grpc::Service>>(const rpc::Env&)> build;
  };
  // Listens on a free port of localhost. Ends the process when it cannot.
  explicit Server(Options options);
  ~Server();

  // A channel with the certificate of "gateway", which brings people's tokens; of one of
  // `services`, which acts for itself; or of "intruder", whom the server does not know.
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& peer = "gateway");

  // Puts a person's token into `context`, and a deadline a minute from now.
  void SignIn(grpc::ClientContext& context, const std::string& subject,
              const std::vector<std::string>& roles, const std::string& department = "") const;

  const rpc::Env& env() const { return env_; }
  const Pki& pki() const { return pki_; }
  const TokenIssuer& issuer() const { return issuer_; }
  const std::string& address() const { return address_; }

 private:
  const Options options_;
  const Pki& pki_;
  const TokenIssuer issuer_;
  rpc::TokenVerifier tokens_;
  rpc::PageTokens page_tokens_;
  std::unique_ptr<rpc::Admitter> admitter_;
  rpc::Env env_;
  std::vector<std::unique_ptr<grpc::Service>> parts_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace daicho::testing
