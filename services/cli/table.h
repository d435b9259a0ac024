// Text for people: columns that line up for Japanese, and nothing a terminal would obey.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace daicho::cli {

// `text` as it may be shown: control characters, invisible characters and those that turn the
// direction of text are written out (\n, \x1B, \u202E), bytes that are no UTF-8 as \xNN. A joiner
// inside an emoji stays.
std::string Printable(absl::string_view text);

// Columns a terminal gives to printable text: UAX #11 wide and full-width 2, combining marks 0,
// emoji 2, ambiguous 1.
int DisplayWidth(absl::string_view text);

// `text` in at most `width` columns, with "…" at the end when something was cut.
std::string CutToWidth(absl::string_view text, int width);

// Rows under headings. Cells are data: Render makes them printable.
struct Table {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
};

// The table as lines. `width` is the terminal's, to which the widest columns are cut; 0 cuts
// nothing.
std::string Render(const Table& table, int width);

// A label and its value a line. Line feeds in a value stay, indented below it.
using Details = std::vector<std::pair<std::string, std::string>>;
std::string Render(const Details& details);

}  // namespace daicho::cli
