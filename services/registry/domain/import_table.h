// What every imported file has in common: columns by name, cells as people leave them, problems
// that say where they are.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/csv.h"

namespace daicho::registry::domain {

// Something wrong with one cell of an imported file.
struct ImportProblem {
  int line = 0;            // Line of the file, or row of the workbook, from 1.
  int position = 0;        // Of the column, from 1. 0: the line as a whole, or a column it lacks.
  std::string column;      // Column as the file calls it. Empty: the line as a whole.
  std::string reason;      // UPPER_SNAKE_CASE.
  std::string en;          // What is wrong and how to mend it.
  std::string ja;          // The same in Japanese.
  std::string suggestion;  // What might be meant. May be empty.
  std::string cell;        // "B12", in a workbook.

  friend bool operator==(const ImportProblem&, const ImportProblem&) = default;
};

struct ColumnSpec {
  const char* name;           // "department"
  const char* japanese_name;  // "所属"
  bool required;              // The column must be there, and no cell of it empty.
};

// A file whose header is understood.
struct ImportTable {
  int row_count = 0;              // Rows in the file, the header not counted.
  std::vector<CsvRecord> rows;    // Those that have as many cells as the header.
  std::map<std::string, int> at;  // ColumnSpec::name to position.
  std::vector<std::string> header;
  std::vector<ImportProblem> problems;

  bool Has(const std::string& column) const { return at.count(column) > 0; }
  // The cell without white space at its ends; empty when the file lacks the column.
  absl::string_view Cell(const CsvRecord& row, const std::string& column) const;
  // `problem` at that cell, with the column as the file calls it.
  void Add(const CsvRecord& row, const std::string& column, ImportProblem problem);
};

// Reads the header (names in English or Japanese, in any order) and checks the shape of the rows.
// Problems: EMPTY_FILE, MISSING_COLUMN, UNKNOWN_COLUMN, REPEATED_COLUMN, CELL_COUNT, REQUIRED.
ImportTable ReadTable(std::vector<CsvRecord> records, absl::Span<const ColumnSpec> columns);

// Whether two texts are the same but for spaces at the ends and for characters that Japanese
// Windows programs exchange when they save text: 〜 ～, − －, ‖ ∥, — ―, ¢ ￠, £ ￡, ¬ ￢.
bool SameText(absl::string_view one, absl::string_view other);

// Finds departments as files name them: by exact code, else by exact name.
class DepartmentNames {
 public:
  void Add(std::string code, std::string display_name);

  struct Found {
    std::string code;  // Empty when none, or more than one, is called that.
    bool ambiguous = false;
  };
  Found Find(absl::string_view text) const;
  // Empty when no department has the code.
  std::string NameOf(const std::string& code) const;

  // The name most like `text`, if one is like it: only ever a suggestion. Empty for the 201st
  // different text and later ones, so that a file of nonsense does not keep the server busy.
  std::string Nearest(absl::string_view text) const;

 private:
  std::string FindNearest(absl::string_view text) const;

  std::map<std::string, std::string> name_by_code_;
  std::multimap<std::string, std::string> code_by_name_;
  mutable std::map<std::string, std::string> nearest_;  // By what was asked.
};

// DEPARTMENT_NOT_FOUND or DEPARTMENT_AMBIGUOUS for `text`, which `names` does not settle.
ImportProblem UnknownDepartment(const DepartmentNames& names, absl::string_view text);

}  // namespace daicho::registry::domain
