// How a file that cannot be taken is refused.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/refusal.h"
#include "common/sheet/address.h"

namespace daicho::sheet {

// INVALID_ARGUMENT (UNREADABLE_FILE) with `problem` as a fact.
inline absl::Status Unreadable(absl::string_view problem, Message message) {
  return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE", message,
                {{"problem", problem}});
}

// The same about one cell, with `cell` and `line` (its row) as facts too.
inline absl::Status UnreadableCell(const Address& address, absl::string_view problem,
                                   Message message) {
  const std::string cell = ToText(address);
  return Refuse(
      absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
      {absl::StrCat("Cell ", cell, ": ", message.en), absl::StrCat(cell, "セル: ", message.ja)},
      {{"problem", problem}, {"cell", cell}, {"line", absl::StrCat(address.row)}});
}

// The file is no whole workbook.
inline absl::Status Damaged() {
  return Unreadable(
      "DAMAGED", {"The file is no whole XLSX workbook; open it in a spreadsheet program and save "
                  "it again as .xlsx.",
                  "XLSXとして読めません。表計算ソフトで開き、.xlsx形式で保存し直してください。"});
}

}  // namespace daicho::sheet
