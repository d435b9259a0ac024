#include "tests/bench/empty_server.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/server/config.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"

namespace daicho::bench {
namespace {

class EmptyLookup final : public registry::v1::LookupService::CallbackService {
  grpc::ServerUnaryReactor* LookupAccount(grpc::CallbackServerContext* context,
                                          const registry::v1::LookupAccountRequest*,
                                          registry::v1::LookupAccountResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int ServeEmpty(const rpc::TlsFiles& tls, const std::string& port_file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  EmptyLookup service;
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // As our servers do.
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(
      "127.0.0.1:0",
      tls.ca.empty() ? grpc::InsecureServerCredentials() : rpc::MakeServerCredentials(tls), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  const std::string draft = absl::StrCat(port_file, ".draft");
  std::ofstream(draft) << port << "\n";
  if (std::rename(draft.c_str(), port_file.c_str()) != 0) return 1;
  server->Wait();
  return 0;
}

EmptyServer::EmptyServer(const rpc::TlsFiles& tls, const std::string& port_file) {
  pid_ = fork();
  if (pid_ == 0) {
    execl("/proc/self/exe", "daicho-bench", "serve-empty", port_file.c_str(), tls.ca.c_str(),
          tls.certificate.c_str(), tls.private_key.c_str(), nullptr);
    _exit(127);
  }
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  std::string port;
  while (port.empty()) {
    if (pid_ < 0 || waitpid(pid_, nullptr, WNOHANG) != 0 || absl::Now() > give_up) {
      std::cerr << "bench: the empty server does not start" << std::endl;
      std::abort();
    }
    absl::SleepFor(absl::Milliseconds(10));
    port = std::string(absl::StripAsciiWhitespace(server::ReadFile(port_file).value_or("")));
  }
  address_ = absl::StrCat("127.0.0.1:", port);
}

EmptyServer::~EmptyServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace daicho::bench
