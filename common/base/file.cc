#include "common/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"

namespace daicho {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  // 0, or what went wrong: some file systems say only here that they are full.
  int Close() {
    const int result = close(number_);
    number_ = -1;
    return result == 0 ? 0 : errno;
  }

 private:
  int number_;
};

// 0, or what went wrong.
int WriteAll(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// 0, or what went wrong.
int WriteWhole(const std::string& path, absl::string_view bytes, std::optional<mode_t> mode) {
  // Never wider than it will be, also for a moment.
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode.value_or(0666)));
  if (file.number() < 0) return errno;
  if (mode && fchmod(file.number(), *mode) != 0) return errno;
  if (const int error = WriteAll(file.number(), bytes)) return error;
  if (fsync(file.number()) != 0) return errno;
  return file.Close();
}

}  // namespace

int ReplaceFile(const std::string& path, absl::string_view bytes, std::optional<mode_t> mode) {
  const std::filesystem::path target(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const std::string part =
      folder / absl::StrCat(".", target.filename().string(), ".", NewUuid(absl::Now()));
  int error = WriteWhole(part, bytes, mode);
  if (error == 0 && rename(part.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(part.c_str());
    return error;
  }
  // The name is on disk once the folder is.
  const Descriptor entry(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entry.number() < 0 || fsync(entry.number()) != 0) return errno;
  return 0;
}

}  // namespace daicho
