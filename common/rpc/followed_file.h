// A file that is taken up anew when somebody replaces it.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace daicho::rpc {

// Thread-safe.
class FollowedFile {
 public:
  explicit FollowedFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The whole of it. FAILED_PRECONDITION when it cannot be read or is longer than `max_bytes`.
  absl::StatusOr<std::string> Read(std::size_t max_bytes);

  // Whether it is another than Read() last saw. Looks at most once a second, and says no between.
  bool Changed();

 private:
  // Which content the file had, as far as its directory entry tells.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_nanos = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp StampOf(const std::string& path);

  const std::string path_;
  absl::Mutex mutex_;
  Stamp stamp_ ABSL_GUARDED_BY(mutex_);
  std::atomic<std::int64_t> looked_nanos_ = 0;  // By the clock; 0 before the first look.
};

}  // namespace daicho::rpc
