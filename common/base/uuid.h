// UUIDs as Daicho makes and accepts them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho {

// A UUIDv7 (RFC 9562) in lower case: time-ordered, and strictly increasing within this process.
std::string NewUuid(absl::Time now);

// The UUIDv8 (RFC 9562) of `name`: always the same. Made of its SHA-256.
std::string NamedUuid(absl::string_view name);

// Whether `text` is a UUID of any version, in lower case with dashes, and not nil.
bool IsUuid(absl::string_view text);

}  // namespace daicho
