// Files the command line writes: whole or not at all.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daicho::cli {

// Writes `bytes` to the file at `path`, which is there whole, and on disk, or stays as it was: the
// bytes go to a file beside it that takes its place at the end. What is no file (a pipe, a device)
// is written to as it is. Refuses with INTERNAL (CANNOT_WRITE_FILE): a full disk, a missing folder.
absl::Status WriteOutput(const std::string& path, absl::string_view bytes);

}  // namespace daicho::cli
