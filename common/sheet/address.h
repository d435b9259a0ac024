// Cells as spreadsheets call them: columns by letters, rows by number, both counted from 1.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho::sheet {

struct Address {
  int column = 0;
  int row = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

// A rectangle of cells, its corners included.
struct Range {
  Address first;
  Address last;

  friend bool operator==(const Range&, const Range&) = default;
};

inline constexpr int kMostColumns = 16'384;
inline constexpr int kMostRows = 1'048'576;

// "B12" for column 2 of row 12.
std::string ToText(const Address& address);

// "B12"; nullopt for any other text, and beyond XFD1048576.
std::optional<Address> ParseAddress(absl::string_view text);

// "A1:B3" or "A1"; nullopt for any other text, and when the last cell lies before the first.
std::optional<Range> ParseRange(absl::string_view text);

}  // namespace daicho::sheet
