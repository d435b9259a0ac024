#include "services/audit/key_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status_macros.h"
#include "common/server/config.h"

namespace daicho::audit {

absl::StatusOr<domain::KeyRing> LoadKeys(const std::string& path, domain::KeyKind kind) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " may be read or written by others than its owner: chmod 600 ", path));
  }
  ASSIGN_OR_RETURN(const std::string text, server::ReadFile(path, domain::kMaxNoteBytes));
  absl::StatusOr<domain::KeyRing> keys = domain::ParseKeyRing(text, kind);
  if (keys.ok()) return keys;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
}

absl::StatusOr<std::optional<std::string>> LoadNote(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return absl::UnavailableError(absl::StrCat(path, ": ", std::generic_category().message(errno)));
  }
  const absl::StatusOr<std::string> note = server::ReadFile(path, domain::kMaxNoteBytes);
  if (!note.ok()) return absl::UnavailableError(note.status().message());
  return *note;
}

absl::Status KeepNote(const std::string& path, absl::string_view note) {
  const int error = ReplaceFile(path, note, 0644);
  if (error == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(path, " cannot be written: ", std::generic_category().message(error)));
}

}  // namespace daicho::audit
