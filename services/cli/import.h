// What an import answers, for people.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "services/cli/table.h"

namespace daicho::cli {

// Counts, and every problem with its line and column. `Answer` is an import's response.
template <typename Answer>
std::string ImportText(const Answer& answer, int updated_count, bool dry_run, int width) {
  std::string text = Render(Details{{dry_run ? "試行(変更なし) Dry run" : "取込み Imported",
                                     absl::StrCat(answer.row_count(), " 行 rows")},
                                    {"新規 New", absl::StrCat(answer.created_count())},
                                    {"更新 Updated", absl::StrCat(updated_count)},
                                    {"変更なし No change", absl::StrCat(answer.unchanged_count())},
                                    {"問題 Problems", absl::StrCat(answer.problems_size())}});
  if (answer.problems().empty()) return text;
  Table table{{"行", "列", "理由", "内容"}, {}};
  for (const auto& problem : answer.problems()) {
    std::string what = absl::StrCat(problem.message_ja(), " / ", problem.message());
    if constexpr (requires { problem.suggestion(); }) {
      if (!problem.suggestion().empty()) absl::StrAppend(&what, " → ", problem.suggestion());
    }
    table.rows.push_back({absl::StrCat(problem.line()), problem.column(), problem.reason(), what});
  }
  return absl::StrCat(text, "\n", Render(table, width));
}

}  // namespace daicho::cli
