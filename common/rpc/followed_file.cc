#include "common/rpc/followed_file.h"

#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace daicho::rpc {
namespace {

constexpr std::int64_t kLookEveryNanos = 1'000'000'000;

}  // namespace

absl::StatusOr<std::string> FollowedFile::Read(std::size_t max_bytes) {
  {
    const absl::MutexLock lock(&mutex_);
    stamp_ = StampOf(path_);
  }
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::FailedPreconditionError(absl::StrCat("cannot read ", path_));
  }
  if (text.str().size() > max_bytes) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is longer than ", max_bytes, " bytes"));
  }
  return text.str();
}

bool FollowedFile::Changed() {
  const std::int64_t now = absl::GetCurrentTimeNanos();
  std::int64_t looked = looked_nanos_.load(std::memory_order_relaxed);
  if (now - looked < kLookEveryNanos && now >= looked) return false;
  if (!looked_nanos_.compare_exchange_strong(looked, now)) return false;  // Somebody else looks.
  const absl::MutexLock lock(&mutex_);
  return StampOf(path_) != stamp_;
}

FollowedFile::Stamp FollowedFile::StampOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size,
          absl::ToUnixNanos(absl::TimeFromTimespec(info.st_mtim))};
}

}  // namespace daicho::rpc
