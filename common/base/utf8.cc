#include "common/base/utf8.h"

#include <cstdint>

#include "absl/strings/strip.h"

namespace daicho {

std::size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i, int low = 0x80, int high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const int first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool IsBlank(absl::string_view text) {
  static constexpr absl::string_view kInvisible[] = {
      " ",
      "\t",
      "\n",
      "\xC2\xA0",      // U+00A0
      "\xE2\x80\x8B",  // U+200B
      "\xE3\x80\x80",  // U+3000
      "\xEF\xBB\xBF",  // U+FEFF
  };
  while (!text.empty()) {
    bool stripped = false;
    for (const absl::string_view space : kInvisible) {
      while (absl::ConsumePrefix(&text, space)) stripped = true;
    }
    if (!stripped) return false;
  }
  return true;
}

}  // namespace daicho
