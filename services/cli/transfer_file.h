// A file of people who were transferred (異動).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace daicho::cli {

// One person, as written; what is not known is empty.
struct TransferRow {
  std::string subject;
  std::string name;
  std::string left;            // 異動元.
  std::string joined;          // 異動先.
  std::string successor;       // 後任 in the department left.
  std::string successor_name;  // Of the two, only with six columns.
};

// CSV, with or without a header that begins with "subject": subject, name, left, joined; then, if
// somebody took over, successor and perhaps the successor's name. INVALID_ARGUMENT
// (WRONG_COMMAND_LINE) names the line that has other columns.
absl::StatusOr<std::vector<TransferRow>> ReadTransferFile(const std::string& path);

}  // namespace daicho::cli
