// SHA-256, in one call.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daicho {

// The 32 bytes of the hash of `bytes`.
std::string Sha256(absl::string_view bytes);

}  // namespace daicho
