#include "services/registry/import_wire.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::registry::wire {
namespace {

constexpr std::size_t kMostViolations = 10;

}  // namespace

absl::Status RefuseProblems(const std::vector<domain::ImportProblem>& problems) {
  std::vector<Violation> violations;
  for (const domain::ImportProblem& problem : problems) {
    if (violations.size() == kMostViolations) {
      const std::size_t more = problems.size() - kMostViolations;
      violations.push_back(
          {.field = "rows",
           .reason = "MORE_PROBLEMS",
           .en = absl::StrCat(more, " more; validate_only lists them."),
           .ja = absl::StrCat("ほかに", more, "件あります。事前確認で一覧できます。")});
      break;
    }
    std::string field = absl::StrCat("rows[", problem.line, "]");
    if (!problem.column.empty()) absl::StrAppend(&field, ".", problem.column);
    violations.push_back(
        {.field = std::move(field), .reason = problem.reason, .en = problem.en, .ja = problem.ja});
  }
  return RefuseFields(violations, "IMPORT_HAS_PROBLEMS");
}

}  // namespace daicho::registry::wire
