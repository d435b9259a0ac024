// The rows of one worksheet of a workbook.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/base/csv.h"
#include "common/sheet/workbook.h"

namespace daicho::sheet {

// Every row that has a value, as wide as the first; `line` is the row's number. Texts, numbers as
// NumberText has them, TRUE and FALSE, what a formula last came to. Every cell of a merged range
// has its value, in rows that have one of their own.
//
// Refuses with INVALID_ARGUMENT (UNREADABLE_FILE) and the cell: TOO_MANY_CELLS, TOO_MANY_RECORDS,
// CELL_TOO_LONG, CONTROL_CHARACTER, INVALID_UTF8, ERROR_VALUE (#REF!), FORMULA_WITHOUT_VALUE,
// INVALID_NUMBER (a date that does not exist, too); and DAMAGED, ELEMENT_TOO_LARGE.
absl::StatusOr<std::vector<CsvRecord>> ReadWorksheet(const Workbook& workbook,
                                                     const CsvLimits& limits);

}  // namespace daicho::sheet
