#include "common/rpc/followed_file.h"

#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace daicho::rpc {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);

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
  const absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (now - looked_ < kLookEvery && now >= looked_) return false;
  looked_ = now;
  return StampOf(path_) != stamp_;
}

FollowedFile::Stamp FollowedFile::StampOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size,
          absl::ToUnixNanos(absl::TimeFromTimespec(info.st_mtim))};
}

}  // namespace daicho::rpc
