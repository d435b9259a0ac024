// The bytes as a file, and their parts as the parts of a workbook: every answer is rows within the
// limits, or a refusal. Rows that are read from a workbook are written and read again the same.
#include <algorithm>

#include "common/base/refusal.h"
#include "common/base/utf8.h"
#include "common/sheet/sheet.h"
#include "common/sheet/table.h"
#include "common/sheet/workbook.h"
#include "common/sheet/worksheet.h"
#include "tests/fuzz/check.h"

namespace daicho::sheet {
namespace {

void CheckRefusal(const absl::Status& status) {
  DAICHO_FUZZ_CHECK(ReasonOf(status) == "UNREADABLE_FILE");
  DAICHO_FUZZ_CHECK(!JapaneseOf(status).empty());
}

void CheckRecords(const std::vector<CsvRecord>& records) {
  const CsvLimits limits;
  DAICHO_FUZZ_CHECK(records.size() <= limits.records);
  int line = 0;
  for (const CsvRecord& record : records) {
    DAICHO_FUZZ_CHECK(record.line > line);
    line = record.line;
    DAICHO_FUZZ_CHECK(!record.cells.empty() && record.cells.size() <= limits.cells);
    for (const std::string& cell : record.cells) {
      DAICHO_FUZZ_CHECK(IsUtf8(cell) && cell.find('\0') == cell.npos);
    }
  }
}

void CheckFile(absl::string_view bytes) {
  const auto sheet = ReadSheet(bytes);
  if (!sheet.ok()) return CheckRefusal(sheet.status());
  CheckRecords(sheet->records);
}

// The text up to "\n---\n", which is taken off with it.
absl::string_view TakePart(absl::string_view& rest) {
  constexpr absl::string_view kEnd = "\n---\n";
  const std::size_t end = rest.find(kEnd);
  const absl::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + kEnd.size());
  return part;
}

void CheckWrittenAgain(const std::vector<CsvRecord>& records) {
  Table table{.name = "table"};
  for (const CsvRecord& record : records) {
    table.rows.push_back(record.cells);
    while (table.columns.size() < record.cells.size()) table.columns.push_back({"c", "c"});
  }
  if (table.columns.empty()) return;
  const auto again = ReadSheet(*WriteXlsx(table, absl::UnixEpoch()), {.characters = 40'000});
  DAICHO_FUZZ_CHECK(again.ok());
  DAICHO_FUZZ_CHECK(again->records.size() == records.size() + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& cells = again->records[i + 1].cells;
    for (std::size_t j = 0; j < cells.size(); ++j) {
      const std::string cell = j < records[i].cells.size() ? records[i].cells[j] : "";
      DAICHO_FUZZ_CHECK(cells[j] == SafeText(cell));
    }
  }
}

void CheckParts(absl::string_view bytes) {
  Workbook workbook;
  workbook.worksheet = std::string(TakePart(bytes));
  const auto strings = ReadStrings(TakePart(bytes));
  if (!strings.ok()) return CheckRefusal(strings.status());
  const auto formats = ReadFormats(bytes);
  if (!formats.ok()) return CheckRefusal(formats.status());
  workbook.strings = *strings;
  workbook.formats = *formats;
  const auto records = ReadWorksheet(workbook, {});
  if (!records.ok()) return CheckRefusal(records.status());
  CheckRecords(*records);
  CheckWrittenAgain(*records);
}

}  // namespace
}  // namespace daicho::sheet

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes = daicho::fuzz::Text(data, size);
  daicho::sheet::CheckFile(bytes);
  daicho::sheet::CheckParts(bytes);
  return 0;
}
