#include "common/paper/visible.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/utf8.h"

namespace daicho::paper {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD.

// `character` is one whole character in UTF-8.
std::uint32_t CodePoint(absl::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  std::uint32_t point = first & (0x7fu >> character.size());
  for (const char c : character.substr(1)) {
    point = point << 6 | (static_cast<unsigned char>(c) & 0x3f);
  }
  return point;
}

bool Within(std::uint32_t point, std::uint32_t first, std::uint32_t last) {
  return first <= point && point <= last;
}

bool IsControl(std::uint32_t point) {
  return (point < 0x20 && point != '\n' && point != '\t') || Within(point, 0x7f, 0x9f);
}

// Unicode Bidi_Control.
bool TurnsText(std::uint32_t point) {
  return point == 0x61c || Within(point, 0x200e, 0x200f) || Within(point, 0x202a, 0x202e) ||
         Within(point, 0x2066, 0x2069);
}

// Breaks, joiners and variation selectors have no shape of their own.
bool IsShapeless(std::uint32_t point) {
  return point == '\n' || point == '\t' || point == 0xad || Within(point, 0x200b, 0x200d) ||
         Within(point, 0x2028, 0x2029) || Within(point, 0x2060, 0x2064) || point == 0xfeff ||
         Within(point, 0xfe00, 0xfe0f) || Within(point, 0xe0100, 0xe01ef);
}

}  // namespace

std::string Visible(absl::string_view text) {
  return VisibleWith(text, [](std::uint32_t) { return true; });
}

std::string VisibleWith(absl::string_view text, absl::FunctionRef<bool(std::uint32_t)> known) {
  std::string visible;
  visible.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    const absl::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (character == "\r" && absl::StartsWith(text, "\n")) continue;
    const std::uint32_t point = length == 0 ? 0 : CodePoint(character);
    if (IsControl(point)) {
      visible += kReplacement;
    } else if (!TurnsText(point) && (IsShapeless(point) || known(point))) {
      absl::StrAppend(&visible, character);
    } else {
      absl::StrAppendFormat(&visible, "[U+%04X]", point);
    }
  }
  return visible;
}

}  // namespace daicho::paper
