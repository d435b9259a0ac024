// Files with keys, and the checkpoint kept beside them, which outlives the database.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/audit/domain/note.h"

namespace daicho::audit {

// Reads a file of keys. FAILED_PRECONDITION when others than its owner may read or write it;
// otherwise as domain::ParseKeyRing, with the file's name.
absl::StatusOr<domain::KeyRing> LoadKeys(const std::string& path, domain::KeyKind kind);

// The note kept in a file; nullopt when there is none yet. UNAVAILABLE when it cannot be read.
absl::StatusOr<std::optional<std::string>> LoadNote(const std::string& path);
// Keeps a note: once this is OK, it is on disk.
absl::Status KeepNote(const std::string& path, absl::string_view note);

}  // namespace daicho::audit
