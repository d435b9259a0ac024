// A file that is read is written and read again the same.
#include "common/base/csv.h"
#include "common/base/refusal.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = daicho::ReadCsv(daicho::fuzz::Text(data, size));
  if (!read.ok()) {
    DAICHO_FUZZ_CHECK(daicho::ReasonOf(read.status()) == "UNREADABLE_FILE");
    return 0;
  }
  std::vector<std::vector<std::string>> records;
  for (const daicho::CsvRecord& record : *read) records.push_back(record.cells);
  // A quote mark in front may lengthen a cell beyond the limit.
  daicho::CsvLimits limits;
  limits.bytes *= 2;
  ++limits.characters;
  const auto again = daicho::ReadCsv(daicho::WriteCsv(records), limits);
  DAICHO_FUZZ_CHECK(again.ok());
  DAICHO_FUZZ_CHECK(again->size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    DAICHO_FUZZ_CHECK((*again)[i].cells.size() == records[i].size());
    for (std::size_t j = 0; j < records[i].size(); ++j) {
      DAICHO_FUZZ_CHECK((*again)[i].cells[j] == records[i][j]);
    }
  }
  return 0;
}
