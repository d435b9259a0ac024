// A PostgreSQL server of one's own, for tests.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daicho::testing {

// A throwaway cluster in a folder under /tmp, reached by a Unix socket in that folder alone. A
// small guard process stops the server and removes the folder when this process ends, however it
// ends.
class Postgres {
 public:
  struct Options {
    bool durable = false;               // fsync: for tests that pull the plug.
    std::vector<std::string> settings;  // "max_connections=50"
  };

  static absl::StatusOr<std::unique_ptr<Postgres>> Start(const Options& options);
  ~Postgres();

  // Without a database name.
  std::string conninfo() const;

  // Kills the server and its sessions with SIGKILL, as a power cut would. The data stays.
  absl::Status Kill9();
  // Starts the server again after Kill9(); stops it first if it runs. Ready when it returns.
  absl::Status Restart();
  // Stops the server and removes its folder.
  absl::Status Stop();

 private:
  Postgres() = default;
  absl::Status Launch();
  void StopServer(int signal);
  std::string LogTail() const;

  Options options_;
  std::string folder_;
  pid_t server_ = 0;  // 0 while it does not run.
  pid_t guard_ = 0;
  int guard_pipe_ = -1;
};

}  // namespace daicho::testing
