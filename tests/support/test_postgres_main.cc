// daicho-test-postgres [--durable] COMMAND ARGUMENT…
//
// Runs COMMAND with DAICHO_TEST_PG naming a server of its own, so that the tests it starts share
// one, and ends with COMMAND's status.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "tests/support/postgres.h"
#include "tests/support/process.h"

namespace daicho::testing {
namespace {

volatile sig_atomic_t running = 0;

// SIGINT from a terminal reaches the command by itself; this is for those who signal us alone.
void PassOn(int signal) {
  if (running > 0) kill(static_cast<pid_t>(running), signal);
}

int Run(bool durable, const std::vector<std::string>& command) {
  const auto postgres = Postgres::Start({.durable = durable});
  if (!postgres.ok()) {
    std::cerr << postgres.status() << std::endl;
    return 1;
  }
  setenv("DAICHO_TEST_PG", (*postgres)->conninfo().c_str(), 1);
  signal(SIGTERM, PassOn);
  signal(SIGINT, PassOn);
  const auto process = Spawn(command, {.input = STDIN_FILENO});
  if (!process.ok()) {
    std::cerr << process.status() << std::endl;
    return 127;
  }
  running = static_cast<sig_atomic_t>(*process);
  const int status = WaitFor(*process);
  running = 0;
  return status;
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  std::vector<std::string> command(argv + 1, argv + argc);
  const bool durable = !command.empty() && command[0] == "--durable";
  if (durable) command.erase(command.begin());
  if (command.empty()) {
    std::cerr << "usage: daicho-test-postgres [--durable] COMMAND ARGUMENT…" << std::endl;
    return 2;
  }
  return daicho::testing::Run(durable, command);
}
