#include "common/base/markup.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"

namespace daicho {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD.

// Whether the character, in UTF-8, is none of a document: a control but tab and line feed, or a
// noncharacter.
bool IsForbidden(absl::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return (first < 0x20 && first != '\t' && first != '\n') || first == 0x7f;
  if (character.size() == 2)
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
  // U+nFFFE and U+nFFFF.
  const absl::string_view end = character.substr(character.size() - 2);
  const bool last_of_plane = end == "\xBF\xBE" || end == "\xBF\xBF";
  if (character.size() == 3) return first == 0xef && last_of_plane;
  return last_of_plane && (static_cast<unsigned char>(character[1]) & 0x0f) == 0x0f;
}

void AppendEscaped(absl::string_view character, std::string& out) {
  switch (character[0]) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
  }
  absl::StrAppend(&out, IsForbidden(character) ? kReplacement : character);
}

}  // namespace

Markup Escape(absl::string_view text) {
  Markup markup;
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) {
      markup.text += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    AppendEscaped(text.substr(0, length), markup.text);
    text.remove_prefix(length);
  }
  return markup;
}

Markup FillPattern(absl::string_view pattern, std::initializer_list<Piece> pieces) {
  Markup filled;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool place =
        pattern[i] == '$' && i + 1 < pattern.size() && absl::ascii_isdigit(pattern[i + 1]);
    if (!place) {
      filled.text += pattern[i];
      continue;
    }
    const auto number = static_cast<std::size_t>(pattern[++i] - '0');
    if (number < pieces.size()) filled += (pieces.begin() + number)->markup();
  }
  return filled;
}

Markup Href(absl::string_view url) {
  const std::string link = WebUrl(url);
  return link.empty() ? Markup() : Fill(" href=\"$0\"", {link});
}

std::string WebUrl(absl::string_view url) {
  if (!absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://")) return "";
  std::string link;
  for (const char c : url) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      absl::StrAppend(&link, "%", absl::Hex(static_cast<unsigned char>(c)));
    } else if (c <= ' ' || c == 0x7f || absl::StrContains("\"<>\\^`{|}", c)) {
      return "";
    } else {
      link += c;
    }
  }
  return link;
}

}  // namespace daicho
