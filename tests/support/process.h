// Programs that tests start.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daicho::testing {

struct SpawnOptions {
  int input = -1;      // Becomes standard input; /dev/null when -1.
  std::string output;  // File that standard output and error are added to; empty: our own.
  bool new_session = false;
};

// Starts `command`, whose first word is looked up in PATH.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, const SpawnOptions& options);

// Waits for the end of a process we started. Its exit status, or 128 + the signal that ended it.
int WaitFor(pid_t process);

// Spawns, waits, and fails unless the exit status is 0.
absl::Status RunCommand(const std::vector<std::string>& command, const SpawnOptions& options);

// What `command` says of a file with these bytes, whose path stands in place of "{}". Fails unless
// the exit status is 0.
absl::StatusOr<std::string> OutputOn(const std::string& bytes, std::vector<std::string> command);

}  // namespace daicho::testing
