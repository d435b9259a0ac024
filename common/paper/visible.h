// Text in which nothing is hidden from who signs it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace daicho::paper {

// `text` in valid UTF-8 with "\n" for "\r\n". A character that would turn the text around unseen
// stands there as its number, "[U+202E]"; controls and what is no UTF-8 become U+FFFD.
std::string Visible(absl::string_view text);

// The same, with the number also in place of characters that have a shape but are not `known`.
std::string VisibleWith(absl::string_view text, absl::FunctionRef<bool(std::uint32_t)> known);

}  // namespace daicho::paper
