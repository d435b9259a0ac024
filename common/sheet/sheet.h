// Tables as offices send them: CSV in UTF-8 or CP932, or an XLSX workbook. Told apart by content,
// never by name.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/csv.h"

namespace daicho::sheet {

enum class Kind { kCsvUtf8, kCsvCp932, kXlsx };

struct Sheet {
  Kind kind = Kind::kCsvUtf8;
  // The header and every row. `line` is the line of a CSV, the row of a workbook.
  std::vector<CsvRecord> records;
};

// Reads what begins like a zip archive as a workbook (its first visible sheet), valid UTF-8 as CSV,
// anything else as CSV in CP932. Refuses with INVALID_ARGUMENT (UNREADABLE_FILE), `problem` being
// one of ReadCsv, DecodeCp932, Package, ReadWorkbook, ReadWorksheet, or: TOO_LARGE;
// OLD_OR_ENCRYPTED (an .xls, or a workbook with a password); UTF_16; INVALID_UTF8, with line and
// byte, for a file that is UTF-8 for the most part, as reading it as CP932 would make other
// characters of it.
absl::StatusOr<Sheet> ReadSheet(absl::string_view bytes, const CsvLimits& limits = {});

}  // namespace daicho::sheet
