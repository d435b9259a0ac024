#include "services/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"

namespace daicho::cli {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  const std::string why = std::strerror(error);
  return Refuse(
      absl::StatusCode::kInternal, "CANNOT_WRITE_FILE",
      {absl::StrCat(path, " cannot be written: ", why,
                    full ? ". Free some space or name another place; " : ". Name another place; ",
                    "nothing was left half-written."),
       absl::StrCat(path, " に書き込めません(", why, ")。",
                    full ? "空き容量を増やすか、別の場所を指定してください。"
                         : "別の場所を指定してください。",
                    "書きかけのファイルは残していません。")},
      {{"file", path}});
}

class FileHandle {
 public:
  explicit FileHandle(int number) : number_(number) {}
  FileHandle(const FileHandle&) = delete;
  ~FileHandle() {
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

// 0, or what went wrong. `like` is the file that is replaced; null when there is none.
int WriteWhole(const std::string& path, absl::string_view bytes, const struct stat* like) {
  FileHandle file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.number() < 0) return errno;
  if (const int error = WriteAll(file.number(), bytes)) return error;
  if (like != nullptr && fchmod(file.number(), like->st_mode & 07777) != 0) return errno;
  if (fsync(file.number()) != 0) return errno;
  return file.Close();
}

}  // namespace

absl::Status WriteOutput(const std::string& path, absl::string_view bytes) {
  struct stat existing = {};
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    FileHandle other(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const int error = other.number() < 0 ? errno : WriteAll(other.number(), bytes);
    return error == 0 ? absl::OkStatus() : CannotWrite(path, error);
  }
  // A link stays a link: what it leads to is replaced.
  std::error_code unresolved;
  const std::filesystem::path resolved = std::filesystem::canonical(path, unresolved);
  const std::filesystem::path target(exists && !unresolved ? resolved.string() : path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const std::string part =
      folder / absl::StrCat(".", target.filename().string(), ".", NewUuid(absl::Now()));
  int error = WriteWhole(part, bytes, exists ? &existing : nullptr);
  if (error == 0 && rename(part.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(part.c_str());
    return CannotWrite(path, error);
  }
  const FileHandle entry(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entry.number() >= 0) fsync(entry.number());
  return absl::OkStatus();
}

}  // namespace daicho::cli
