// What a form asks for, made from the ledger and from the command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daicho/approval/v1/form.pb.h"

namespace daicho::cli {

// `content` after clearing each path of `unset` and then setting each PATH=VALUE of `set`; an entry
// of a list that is unset is taken out. A value "@FILE" is the content of that file, without a line
// feed at its end. Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE) what the form cannot take.
absl::StatusOr<approval::v1::FormContent> Edit(approval::v1::FormContent content,
                                               const std::vector<std::string>& unset,
                                               const std::vector<std::string>& set);

// What pins the file at `path` to a form: name, media type by its first bytes, SHA-256, size.
// Refuses with INVALID_ARGUMENT (UNREADABLE_FILE).
absl::StatusOr<approval::v1::Attachment> Describe(const std::string& path);

}  // namespace daicho::cli
