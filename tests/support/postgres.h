// A PostgreSQL server of one's own, for tests.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daicho::testing {

// Gives this process and its children mounts of their own, which are gone with them. False when it
// may not. To be called before there are threads.
bool HaveOwnMounts();

// Where initdb and the server's other programs are.
std::string PostgresPrograms();

// `command` as the user whose the data is: PostgreSQL refuses to run as root.
std::vector<std::string> AsServerUser(std::vector<std::string> command);

// A new folder of that user's under /tmp, with `name` in its own.
absl::StatusOr<std::string> MakeServerFolder(const std::string& name);

// Runs `script`, which reads until this process ends or `pipe` is closed, and then clears `folder`,
// its $1, up.
struct Guard {
  pid_t process = 0;
  int pipe = -1;
};
absl::StatusOr<Guard> StartGuard(const char* script, const std::string& folder);
// Has it clear up, and waits for that.
void EndGuard(Guard& guard);

// A throwaway cluster in a folder under /tmp, reached by a Unix socket in that folder alone. A
// small guard process stops the server and removes the folder when this process ends, however it
// ends.
class Postgres {
 public:
  struct Options {
    bool durable = false;               // fsync: for tests that pull the plug.
    std::vector<std::string> settings;  // "max_connections=50"
    // The data gets a disk of this size of its own, if this process has mounts of its own; 0: none.
    int disk_megabytes = 0;
  };

  static absl::StatusOr<std::unique_ptr<Postgres>> Start(const Options& options);
  // A copy of this server that follows it over the socket in `way`, a folder.
  absl::StatusOr<std::unique_ptr<Postgres>> StartStandby(const Options& options,
                                                         const std::string& way) const;
  ~Postgres();

  // Without a database name.
  std::string conninfo() const;
  // Where its socket is.
  const std::string& folder() const { return folder_; }

  // Runs psql on the server with `arguments`, and fails when a statement does.
  absl::Status Psql(const std::vector<std::string>& arguments) const;

  // Kills the server and its sessions with SIGKILL, as a power cut would. The data stays.
  absl::Status Kill9();
  // Starts the server again after Kill9(); stops it first if it runs. Ready when it returns.
  absl::Status Restart();
  // Makes a standby the primary. Ready when it returns.
  absl::Status Promote();

  // Nothing can be written any more: the disk is full or, where there is none of its own, files may
  // not grow.
  void FillDisk();
  // The end of that; starts the server again if it has given up.
  absl::Status FreeDisk();

  // Stops the server and removes its folder.
  absl::Status Stop();

 private:
  Postgres() = default;
  // A folder with a guard, and a disk if asked for.
  static absl::StatusOr<std::unique_ptr<Postgres>> Prepare(const Options& options);
  void LimitFiles(const std::string& bytes) const;
  absl::Status Launch();
  // Until it takes connections; fails when it ends instead.
  absl::Status WaitUntilReady();
  void StopServer(int signal);
  std::string LogTail() const;

  Options options_;
  std::string folder_;
  pid_t server_ = 0;  // 0 while it does not run.
  Guard guard_;
};

}  // namespace daicho::testing
