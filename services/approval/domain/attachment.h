// 添付: files that belong to a form, pinned by their hash (forms.md 28). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {

inline constexpr std::int64_t kMostFileBytes = 20 << 20;
inline constexpr std::int64_t kMostFormBytes = 100 << 20;  // Files on one form.
inline constexpr int kMostFiles = 20;                      // On one form.
// What was removed is kept too, so that all that was ever added is limited: to this many times
// as much.
inline constexpr int kEverFactor = 3;
inline constexpr std::size_t kMostNameBytes = 200;
// Content is stored and checked in pieces of this size, but for the last.
inline constexpr std::size_t kBlockBytes = 256 << 10;

struct Attachment {
  std::string id;         // UUID.
  std::string form;       // UUID.
  std::string file_name;  // NFC, as people see it.
  std::string name_key;   // What files of one form must not share: no case, no width.
  std::string media_type;
  std::int64_t size_bytes = 0;
  std::string sha256;  // 32 bytes.
  Person uploader;
  absl::Time create_time;
  std::optional<absl::Time> remove_time;
  std::string remover;  // "users/…"; empty while it is on the form.

  friend bool operator==(const Attachment&, const Attachment&) = default;
};

// "forms/…/attachments/…"
std::string NameOf(const Attachment& attachment);

// A name for a file, and its key.
struct FileName {
  std::string shown;
  std::string key;

  friend bool operator==(const FileName&, const FileName&) = default;
};

// `name` in NFC without folders, whether they are divided by "/" or "\", and without spaces and
// dots at its end. Refuses with INVALID_ARGUMENT (INVALID_FIELD: file_name) what is then empty
// (REQUIRED), over 200 bytes (TOO_LONG), or has characters that steer or hide text
// (CONTROL_CHARACTER). `name` is UTF-8.
absl::StatusOr<FileName> NormalizeFileName(absl::string_view name);

// INVALID_ARGUMENT (ATTACHMENT_EMPTY, ATTACHMENT_TOO_LARGE) for a file of that size.
absl::Status CheckSize(std::int64_t size_bytes);

// INVALID_ARGUMENT (EXTENSION_MISMATCH) unless `file_name` ends as files of that type do.
absl::Status CheckExtension(absl::string_view file_name, absl::string_view media_type);

// Whether a form that has `existing` (removed ones among them) takes one more file. ALREADY_EXISTS
// (ATTACHMENT_EXISTS), FAILED_PRECONDITION (TOO_MANY_ATTACHMENTS, ATTACHMENTS_TOO_LARGE).
absl::Status CheckRoom(const std::vector<Attachment>& existing, const FileName& name,
                       std::int64_t size_bytes);

// Whether the files that `form` names are those that were added to it: all of them, and no others.
// FAILED_PRECONDITION (ATTACHMENTS_DIFFER) with an entry for each that is not: NOT_UPLOADED,
// CONTENT_DIFFERS, NOT_NAMED, NAMED_TWICE.
absl::Status CheckNamed(const Form& form, const std::vector<Attachment>& existing);

Event UploadedEvent(const Form& form, const Attachment& attachment);
Event RemovedEvent(const Form& form, const Attachment& attachment);

}  // namespace daicho::approval::domain
