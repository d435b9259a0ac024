// UTF-8 (RFC 3629, Unicode 15 table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace daicho {

// Bytes of the character that `text`, which is not empty, begins with; 0 when it begins with none.
std::size_t CharacterLength(absl::string_view text);

bool IsUtf8(absl::string_view text);

// Nothing a reader would see: spaces of ASCII and of Japanese text, and characters without width.
bool IsBlank(absl::string_view text);

}  // namespace daicho
