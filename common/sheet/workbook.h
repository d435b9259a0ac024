// What a workbook says about its parts: which sheet is read, its texts, its number formats.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/sheet/number_format.h"
#include "common/sheet/package.h"

namespace daicho::sheet {

// The first visible worksheet and what its cells refer to.
struct Workbook {
  std::string worksheet;              // XML.
  std::vector<std::string> strings;   // Shared texts, by index.
  std::vector<NumberFormat> formats;  // By cell style.
  bool from_1904 = false;             // Days are counted from 1904 rather than 1900.
};

// Refuses with INVALID_ARGUMENT (UNREADABLE_FILE), besides what Package refuses: NO_SHEET,
// NOT_A_WORKBOOK (another sort of document).
absl::StatusOr<Workbook> ReadWorkbook(Package& package);

// The parts of it. `xml` is checked here.
absl::StatusOr<std::vector<std::string>> ReadStrings(absl::string_view xml);
absl::StatusOr<std::vector<NumberFormat>> ReadFormats(absl::string_view xml);

}  // namespace daicho::sheet
