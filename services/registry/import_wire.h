// What the answers to both imports have in common.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/registry/domain/import.h"
#include "services/registry/domain/import_table.h"

namespace daicho::registry::wire {

// Problems an answer names at most, so that it stays within a message.
inline constexpr int kMostProblems = 1000;

// INVALID_ARGUMENT (IMPORT_HAS_PROBLEMS), each conflict and each problem as a violation of
// `rows[LINE].COLUMN`; of many the first ten and how many more there are, as errors travel in small
// headers.
absl::Status RefuseProblems(const std::vector<domain::ImportProblem>& problems,
                            const std::vector<domain::ImportConflict>& conflicts = {});

// `Problem` is ImportProblem or DepartmentImportProblem.
template <typename Problem>
void SetProblem(const domain::ImportProblem& problem, Problem& out) {
  out.set_line(problem.line);
  out.set_column(problem.column);
  out.set_reason(problem.reason);
  out.set_message(problem.en);
  out.set_message_ja(problem.ja);
  out.set_suggestion(problem.suggestion);
  out.set_cell(problem.cell);
}

}  // namespace daicho::registry::wire
