// CSV as RFC 4180 has it, in UTF-8: a strict reader with limits and a writer whose files are safe
// to open in a spreadsheet.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho {

struct CsvLimits {
  std::size_t bytes = 10'000'000;
  std::size_t records = 100'001;   // 100,000 rows and their header.
  std::size_t cells = 200;         // In one record.
  std::size_t characters = 4'000;  // In one cell.
  std::size_t all_cells = 2'000'000;
};

struct CsvRecord {
  int line = 0;  // Line of the file on which it begins, from 1.
  std::vector<std::string> cells;

  friend bool operator==(const CsvRecord&, const CsvRecord&) = default;
};

// Every record of `bytes`, the header included. Takes a byte order mark, LF and CRLF, quoted cells
// with line feeds and doubled quotes; leaves lines without any character out and takes the quote
// mark off that WriteCsv puts in front of a cell. Refuses with INVALID_ARGUMENT (UNREADABLE_FILE)
// what is not that, or is over a limit; the facts name `line`, `column` (character of the line,
// from 1) and `problem`: TOO_LARGE, INVALID_UTF8, CONTROL_CHARACTER (NUL too; tab is one that may
// be), STRAY_QUOTE, UNBALANCED_QUOTE, STRAY_CARRIAGE_RETURN, CELL_TOO_LONG, TOO_MANY_CELLS,
// TOO_MANY_RECORDS.
absl::StatusOr<std::vector<CsvRecord>> ReadCsv(absl::string_view bytes,
                                               const CsvLimits& limits = {});

struct CsvFormat {
  bool byte_order_mark = false;  // What Excel needs to read UTF-8.
};

// CSV with CRLF. A cell that a spreadsheet would run as a formula (it begins with = + - @, their
// full-width forms, which Japanese spreadsheets take for the same, tab, line feed or carriage
// return) gets a quote mark ' in front, and so does one that begins like a cell that got one:
// ReadCsv reads back what was written.
std::string WriteCsv(const std::vector<std::vector<std::string>>& records,
                     const CsvFormat& format = {});

}  // namespace daicho
