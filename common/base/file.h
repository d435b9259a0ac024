// Files that are there whole, and on disk, or stay as they were.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho {

// Puts a file with `bytes` at `path`, in one step: what is read there is the old file or the new
// one, also after a crash. `mode` of the new file; without one, 0666 less the umask. Returns 0, or
// the errno of what went wrong; then no half of it is left.
int ReplaceFile(const std::string& path, absl::string_view bytes,
                std::optional<mode_t> mode = std::nullopt);

}  // namespace daicho
