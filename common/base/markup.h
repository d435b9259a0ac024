// The one place where a text becomes part of HTML or XML. Whoever writes a page writes patterns and
// hands texts in; a text can get into a page only through here.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace daicho {

// HTML or XML that may stand in a page as it is.
struct Markup {
  std::string text;

  Markup& operator+=(const Markup& more) {
    text += more.text;
    return *this;
  }
};

// `text` for the content of an element or for an attribute in double quotes, in HTML and in
// XML 1.0. What neither may hold (control characters, broken UTF-8) becomes U+FFFD.
Markup Escape(absl::string_view text);

// What stands for a $ of a pattern: a text, which is escaped, or Markup, which is not.
class Piece {
 public:
  Piece(absl::string_view text) : markup_(Escape(text)) {}            // NOLINT
  Piece(const std::string& text) : Piece(absl::string_view(text)) {}  // NOLINT
  Piece(const char* text) : Piece(absl::string_view(text)) {}         // NOLINT
  Piece(Markup markup) : markup_(std::move(markup)) {}                // NOLINT
  Piece(std::size_t number) : markup_{std::to_string(number)} {}      // NOLINT
  const Markup& markup() const { return markup_; }

 private:
  Markup markup_;
};

Markup FillPattern(absl::string_view pattern, std::initializer_list<Piece> pieces);

// A literal pattern with $0 to $9 replaced.
template <std::size_t N>
Markup Fill(const char (&pattern)[N], std::initializer_list<Piece> pieces = {}) {
  return FillPattern(pattern, pieces);
}

// `url` as a link may carry it: of the web, other letters than ASCII percent-encoded; "" when it is
// something else or holds what no URL may (RFC 3986).
std::string WebUrl(absl::string_view url);

// " href=…" to `url`; empty when that is no link.
Markup Href(absl::string_view url);

}  // namespace daicho
