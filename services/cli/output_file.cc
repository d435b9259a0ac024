#include "services/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/refusal.h"

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

// 0, or what went wrong. Into what is there: a pipe, a device.
int WriteInto(const std::string& path, absl::string_view bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) error = errno;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  close(descriptor);
  return error;
}

}  // namespace

absl::Status WriteOutput(const std::string& path, absl::string_view bytes) {
  struct stat existing = {};
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    const int error = WriteInto(path, bytes);
    return error == 0 ? absl::OkStatus() : CannotWrite(path, error);
  }
  // A link stays a link: what it leads to is replaced.
  std::error_code unresolved;
  const std::filesystem::path resolved = std::filesystem::canonical(path, unresolved);
  const std::string target = exists && !unresolved ? resolved.string() : path;
  const int error = ReplaceFile(
      target, bytes, exists ? std::make_optional<mode_t>(existing.st_mode & 07777) : std::nullopt);
  return error == 0 ? absl::OkStatus() : CannotWrite(path, error);
}

}  // namespace daicho::cli
