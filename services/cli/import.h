// Imports, and what they answer, for people.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "services/cli/progress.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {

// Sends the file and shows how long it takes.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> SendImport(Session& session,
                                    grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                                    const Request& request) {
  Progress progress(session.around(), "取込み中 Importing");
  ASSIGN_OR_RETURN(Response answer, session.Write(method, request));
  progress.Finish(answer.row_count());
  return answer;
}

// Where in the file: the cell of a workbook, else the line. `Place` has both.
template <typename Place>
std::string PlaceText(const Place& place) {
  return place.cell().empty() ? absl::StrCat(place.line()) : place.cell();
}

// Counts, and every problem with where it is. `Answer` is an import's response.
template <typename Answer>
std::string ImportText(const Answer& answer, int updated_count, bool dry_run, int width) {
  std::string text = Render(Details{{dry_run ? "試行(変更なし) Dry run" : "取込み Imported",
                                     absl::StrCat(answer.row_count(), " 行 rows")},
                                    {"新規 New", absl::StrCat(answer.created_count())},
                                    {"更新 Updated", absl::StrCat(updated_count)},
                                    {"変更なし No change", absl::StrCat(answer.unchanged_count())},
                                    {"問題 Problems", absl::StrCat(answer.problems_size())}});
  if (answer.problems().empty()) return text;
  Table table{{"行・セル", "列", "理由", "内容"}, {}};
  for (const auto& problem : answer.problems()) {
    std::string what = absl::StrCat(problem.message_ja(), " / ", problem.message());
    if (!problem.suggestion().empty()) absl::StrAppend(&what, " → ", problem.suggestion());
    table.rows.push_back({PlaceText(problem), problem.column(), problem.reason(), what});
  }
  return absl::StrCat(text, "\n", Render(table, width));
}

}  // namespace daicho::cli
