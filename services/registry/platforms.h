// Reads the platform files (proto/daicho/registry/v1/platform.proto) into domain values.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::wire {

// One file: its name, for messages, and its text.
struct PlatformFile {
  std::string name;
  std::string text;
};

// Every `*.textproto` of the folder: `link_rules.textproto` holds the LinkRules, the others one
// Platform each. Fails with NOT_FOUND when the folder or the rules are missing, else as
// ParsePlatforms.
absl::StatusOr<domain::PlatformTable> LoadPlatforms(const std::string& folder);

// INVALID_ARGUMENT names file, line and every fault of the first file at fault: an unknown field, a
// bad expression, a host or name two platforms share, a canonical URL on a foreign host.
absl::StatusOr<domain::PlatformTable> ParsePlatforms(const std::vector<PlatformFile>& platforms,
                                                     const PlatformFile& link_rules);

}  // namespace daicho::registry::wire
