// daicho-witness: cosigns the checkpoints of audit logs, in another office than theirs.
//   daicho-witness serve | check-config --config=FILE.textproto
#include <pthread.h>
#include <signal.h>

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/server/config.h"
#include "services/audit/witness/witness.h"

ABSL_FLAG(std::string, config, "", "Configuration, a text-format WitnessConfig");
ABSL_FLAG(std::string, port_file, "", "File that gets the port once checkpoints are taken");

namespace daicho::audit {
namespace {

constexpr std::size_t kMaxRequestBytes = 64 << 10;

absl::Status Run(const std::string& command) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  config::v1::WitnessConfig config;
  RETURN_IF_ERROR(server::LoadTextProto(absl::GetFlag(FLAGS_config), &config));
  const Clock clock;
  ASSIGN_OR_RETURN(const auto witness, CosigningWitness::Make(config, &clock));
  if (command == "check-config") {
    std::cout << absl::GetFlag(FLAGS_config) << ": ok\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      const auto server,
      http::Server::Start(config.listen(), {.body_bytes = kMaxRequestBytes},
                          [&](const http::Request& request) { return witness->Handle(request); }));
  // Whole or not at all: whoever waits for the file never reads half a number.
  const std::string port_file = absl::GetFlag(FLAGS_port_file);
  if (!port_file.empty() && ReplaceFile(port_file, absl::StrCat(server->port(), "\n")) != 0) {
    return absl::InternalError(absl::StrCat("cannot write ", port_file));
  }
  Log(LogLevel::kInfo, "serving", {{"port", absl::StrCat(server->port())}});
  int received = 0;
  sigwait(&signals, &received);
  Log(LogLevel::kInfo, "stopped", {{"signal", absl::StrCat(received)}});
  return absl::OkStatus();
}

}  // namespace
}  // namespace daicho::audit

int main(int argc, char** argv) {
  daicho::SetLogService("witness");
  absl::SetProgramUsageMessage("daicho-witness serve | check-config --config=FILE");
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  const std::string command = words.size() == 2 ? words[1] : "";
  if (command != "serve" && command != "check-config") {
    std::cerr << "daicho-witness: say what to do: serve | check-config, with --config=FILE\n";
    return 2;
  }
  const absl::Status status = daicho::audit::Run(command);
  if (status.ok()) return 0;
  std::cerr << "daicho-witness: " << status.message() << "\n";
  return 1;
}
