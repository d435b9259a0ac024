// Tables as they are handed out: CSV in UTF-8 or CP932, an XLSX workbook, JSON. Nothing in them is
// ever run by what opens them, and nothing is left out in silence.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/sheet/address.h"
#include "common/sheet/cp932.h"

namespace daicho::sheet {

struct Column {
  std::string heading;  // What people read: "所属".
  std::string key;      // What programs read, in JSON: "department".

  friend bool operator==(const Column&, const Column&) = default;
};

struct Table {
  std::string name;  // Of the sheet and of the list in JSON: at most 31 letters, digits and "_".
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // Each as wide as `columns`; UTF-8.
};

// `text` as a cell may hold it: control characters but tab and line feed, those that turn the
// direction of text around (U+202A to U+202E, U+2066 to U+2069), line and paragraph separators and
// non-characters written out (\x1B, \u202E), bytes that are no UTF-8 as \xNN. Joiners and marks of
// scripts stay.
std::string SafeText(absl::string_view text);

// With a byte order mark, CRLF, and formulas disarmed as WriteCsv does.
std::string WriteCsvUtf8(const Table& table);

// A character of one cell that could not be written.
struct CellLoss {
  Address cell;         // In the file written, the header being row 1.
  std::string heading;  // Of the column.
  Loss loss;

  friend bool operator==(const CellLoss&, const CellLoss&) = default;
};

struct Cp932Csv {
  std::string bytes;
  std::vector<CellLoss> losses;  // By cell.
};

// Fails only as a fault.
absl::StatusOr<Cp932Csv> WriteCsvCp932(const Table& table);

// Every cell a text, never a formula, a number or a link; the header stays in sight; columns as
// wide as what they hold. Refuses with INVALID_ARGUMENT (CELL_TOO_LONG) what Excel cannot hold.
// `created` goes into the file's properties.
absl::StatusOr<std::string> WriteXlsx(const Table& table, absl::Time created);

// {"NAME": [{"KEY": "…", …}, …]}, safe inside HTML too: < > & and what SafeText writes out are
// escaped as \uNNNN, so that a reader gets the very text.
std::string WriteJson(const Table& table);

}  // namespace daicho::sheet
