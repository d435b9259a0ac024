#include "common/rpc/testing/server.h"

#include <grpcpp/server_builder.h>

#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"

namespace daicho::testing {
namespace {

std::vector<std::string> AllNames(const Server::Options& options) {
  std::vector<std::string> names = options.services;
  names.insert(names.end(), {options.service, "gateway", "intruder"});
  return names;
}

// Made once for all tests of a process: making certificates takes longer than most tests.
const Pki& PkiFor(const std::vector<std::string>& names) {
  static std::map<std::vector<std::string>, Pki> made;
  return made.try_emplace(names, names).first->second;
}

std::vector<rpc::Peer> Peers(const Server::Options& options) {
  std::vector<rpc::Peer> peers = {{UriOf("gateway"), "", true}};
  for (const std::string& name : options.services) peers.push_back({UriOf(name), name, false});
  return peers;
}

void Need(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "no server to test with: " << status << "\n";
  std::abort();
}

}  // namespace

Server::Server(Options options)
    : options_(std::move(options)),
      pki_(PkiFor(AllNames(options_))),
      tokens_({issuer_.issuer()}),
      page_tokens_(std::string(32, 'k')) {
  Need(tokens_.Load());
  admitter_ = std::make_unique<rpc::Admitter>(
      rpc::Admitter::Options{.peers = Peers(options_),
                             .tokens = &tokens_,
                             .clock = options_.clock,
                             .default_timeout = options_.default_timeout});
  Need(admitter_->Declare(options_.grpc_services));
  env_ = {.service = options_.service,
          .pool = options_.pool,
          .clock = options_.clock,
          .admitter = admitter_.get(),
          .page_tokens = &page_tokens_,
          .metrics = options_.metrics,
          .committed = options_.committed};
  parts_ = options_.build(env_);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(rpc::kMaxMessageBytes);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", rpc::MakeServerCredentials(pki_.Files(options_.service)),
                           &port);
  for (const auto& part : parts_) builder.RegisterService(part.get());
  server_ = builder.BuildAndStart();
  Need(server_ != nullptr && port != 0 ? absl::OkStatus() : absl::UnavailableError("no port"));
  address_ = absl::StrCat("127.0.0.1:", port);
}

Server::~Server() {
  server_->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  server_->Wait();
}

std::shared_ptr<grpc::Channel> Server::ChannelOf(const std::string& peer) {
  return rpc::MakeChannel(address_, UriOf(options_.service), pki_.Files(peer));
}

void Server::SignIn(grpc::ClientContext& context, const std::string& subject,
                    const std::vector<std::string>& roles, const std::string& department) const {
  rpc::Address(context, absl::Now() + absl::Minutes(1),
               issuer_.Sign(issuer_.Claims(subject, roles, department, options_.clock->Now())));
}

}  // namespace daicho::testing
