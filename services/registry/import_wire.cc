#include "services/registry/import_wire.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::registry::wire {
namespace {

constexpr std::size_t kMostViolations = 10;

// Where in the file: "rows[12].url", "B12: " in front of what is said about a workbook.
Violation ViolationOf(int line, const std::string& column, const std::string& cell,
                      const std::string& reason, const std::string& en, const std::string& ja) {
  const std::string where = cell.empty() ? "" : absl::StrCat(cell, ": ");
  return {.field = absl::StrCat("rows[", line, "]", column.empty() ? "" : ".", column),
          .reason = reason,
          .en = absl::StrCat(where, en),
          .ja = absl::StrCat(where, ja)};
}

}  // namespace

absl::Status RefuseProblems(const std::vector<domain::ImportProblem>& problems,
                            const std::vector<domain::ImportConflict>& conflicts) {
  std::vector<Violation> violations;
  for (const domain::ImportConflict& conflict : conflicts) {
    if (violations.size() == kMostViolations) break;
    const domain::ImportClaim& claim = conflict.claims.front();
    violations.push_back(ViolationOf(claim.line, "department", claim.cell, conflict.reason,
                                     conflict.en, conflict.ja));
  }
  for (const domain::ImportProblem& problem : problems) {
    if (violations.size() == kMostViolations) break;
    violations.push_back(ViolationOf(problem.line, problem.column, problem.cell, problem.reason,
                                     problem.en, problem.ja));
  }
  if (const std::size_t all = problems.size() + conflicts.size(); all > violations.size()) {
    const std::size_t more = all - violations.size();
    violations.push_back(
        {.field = "rows",
         .reason = "MORE_PROBLEMS",
         .en = absl::StrCat(more, " more; validate_only lists them."),
         .ja = absl::StrCat("ほかに", more, "件あります。事前確認で一覧できます。")});
  }
  return RefuseFields(violations, "IMPORT_HAS_PROBLEMS");
}

}  // namespace daicho::registry::wire
