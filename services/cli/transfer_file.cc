#include "services/cli/transfer_file.h"

#include "absl/strings/str_cat.h"
#include "common/base/csv.h"
#include "common/base/status_macros.h"
#include "services/cli/session.h"

namespace daicho::cli {

absl::StatusOr<std::vector<TransferRow>> ReadTransferFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string csv, ReadWholeFile(path));
  ASSIGN_OR_RETURN(const std::vector<CsvRecord> records, ReadCsv(csv));
  std::vector<TransferRow> rows;
  for (const CsvRecord& record : records) {
    std::vector<std::string> cells = record.cells;
    if (cells.size() < 4 || cells.size() > 6) {
      return WrongCommandLine(
          absl::StrCat(path, ", line ", record.line,
                       ": four columns are needed: subject, name, left, joined; then, if anybody "
                       "took over, successor and their name."),
          absl::StrCat(path, " の", record.line,
                       "行目: ID、氏名、異動元、異動先の4列が必要です。"
                       "後任があれば、続けて後任のIDと氏名を書いてください。"));
    }
    if (cells[0] == "subject" || cells[0] == "ID") continue;
    cells.resize(6);
    rows.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]});
  }
  return rows;
}

}  // namespace daicho::cli
