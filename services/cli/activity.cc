// Reporting posts that were seen, from a file.
#include "services/cli/activity.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/civil.h"
#include "common/base/csv.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using FactStub = v1::FactService::Stub;

constexpr int kRowsAtOnce = 10'000;

struct Column {
  const char* name;
  const char* ja;
};
constexpr Column kColumns[] = {{"account", "アカウント"},
                               {"last_post_time", "最終投稿日時"},
                               {"observe_time", "確認日時"},
                               {"source", "確認方法"}};
constexpr Column kPosts = {"posts_in_90_days", "90日間の投稿数"};

absl::Status Unreadable(int line, absl::string_view en, absl::string_view ja) {
  return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
                {absl::StrCat("Line ", line, ": ", en), absl::StrCat(line, "行目: ", ja)});
}

// Where the column stands; -1 when it does not.
int PositionIn(const CsvRecord& header, const Column& column) {
  const auto found =
      std::find_if(header.cells.begin(), header.cells.end(), [&](const std::string& cell) {
        const absl::string_view name = absl::StripAsciiWhitespace(cell);
        return name == column.name || name == column.ja;
      });
  return found == header.cells.end() ? -1 : static_cast<int>(found - header.cells.begin());
}

// Where each of kColumns stands.
absl::StatusOr<std::vector<int>> PositionsIn(const CsvRecord& header) {
  std::vector<int> positions;
  for (const Column& column : kColumns) {
    const int position = PositionIn(header, column);
    if (position < 0) {
      return Unreadable(header.line, absl::StrCat("the column ", column.name, " is missing."),
                        absl::StrCat("「", column.ja, "」の列がありません。"));
    }
    positions.push_back(position);
  }
  return positions;
}

absl::Status WrongTime(int line, absl::string_view text) {
  return Unreadable(line, absl::StrCat("\"", text, "\" is no time like 2026-11-22 08:30."),
                    absl::StrCat("「", text, "」は 2026-11-22 08:30 の形の日時ではありません。"));
}

}  // namespace

std::optional<absl::Time> ParseMoment(absl::string_view text) {
  const absl::TimeZone tokyo = absl::FixedTimeZone(9 * 60 * 60);
  absl::Time time;
  std::string ignored;
  for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"}) {
    if (absl::ParseTime(format, text, tokyo, &time, &ignored)) return time;
  }
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored)) return time;
  return std::nullopt;
}

absl::StatusOr<std::vector<v1::ReportActivityRequest>> ReadActivityFile(absl::string_view csv) {
  ASSIGN_OR_RETURN(const std::vector<CsvRecord> records, ReadCsv(csv));
  if (records.size() < 2) {
    return Unreadable(1, "the file has no rows below its header.", "見出しの下に行がありません。");
  }
  ASSIGN_OR_RETURN(const std::vector<int> at, PositionsIn(records[0]));
  const int posts_at = PositionIn(records[0], kPosts);
  std::vector<v1::ReportActivityRequest> batches;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const CsvRecord& record = records[i];
    if (record.cells.size() != records[0].cells.size()) {
      return Unreadable(record.line, "has another number of cells than the header.",
                        "見出しと列の数が違います。");
    }
    if ((i - 1) % kRowsAtOnce == 0) batches.emplace_back();
    v1::Observation& observation = *batches.back().add_observations();
    ASSIGN_OR_RETURN(*observation.mutable_account(), FullName("accounts", record.cells[at[0]]));
    for (const int column : {1, 2}) {
      const std::string& text = record.cells[at[column]];
      if (text.empty() && column == 1) continue;
      const auto time = ParseMoment(text);
      if (!time) return WrongTime(record.line, text);
      (column == 1 ? *observation.mutable_last_post_time() : *observation.mutable_observe_time()) =
          wire::ToTimestamp(*time);
    }
    observation.set_source(record.cells[at[3]]);
    if (posts_at < 0 || record.cells[posts_at].empty()) continue;
    int posts = 0;
    if (!absl::SimpleAtoi(record.cells[posts_at], &posts)) {
      return Unreadable(record.line, "posts_in_90_days is no number.",
                        "「90日間の投稿数」が数字ではありません。");
    }
    observation.set_posts_in_90_days(posts);
  }
  return batches;
}

namespace {

absl::StatusOr<Exit> ReportActivity(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string csv, ReadWholeFile(arguments.operands[0]));
  ASSIGN_OR_RETURN(const std::vector<v1::ReportActivityRequest> batches, ReadActivityFile(csv));
  v1::ReportActivityResponse all;
  for (std::size_t part = 0; part < batches.size(); ++part) {
    ASSIGN_OR_RETURN(const auto answer, session.Write(&FactStub::ReportActivity, batches[part],
                                                      static_cast<int>(part)));
    if (part == 0) all.set_request_id(answer.request_id());
    all.set_observation_count(all.observation_count() + answer.observation_count());
    all.set_changed_count(all.changed_count() + answer.changed_count());
  }
  RETURN_IF_ERROR(session.Show(all, [&](int) {
    return Render(Details{
        {"報告 Reported", absl::StrCat(all.observation_count(), " 行 rows")},
        {"更新 Changed", absl::StrCat(all.changed_count())},
        {"変更なし No change", absl::StrCat(all.observation_count() - all.changed_count())}});
  }));
  return Exit::kOk;
}

}  // namespace

std::vector<Command> ActivityCommands() {
  return {{"account report-activity",
           "FILE",
           "確認した投稿状況(CSV、UTF-8)を報告します。列: アカウント、最終投稿日時(投稿がなければ"
           "空欄)"
           "、確認日時、確認方法、あれば90日間の投稿数。1万行ずつまとめて、すべて報告するか何も報告"
           "しないかです。",
           "Reports posts that were seen, from CSV in UTF-8: account, last_post_time (empty: never "
           "posted), observe_time, source and, if counted, posts_in_90_days. Ten thousand rows at "
           "a time, all or none.",
           {},
           {"daicho account report-activity activity.csv --as pr-office",
            "daicho account report-activity activity.csv --as pr-office --get=changed_count"},
           ReportActivity}};
}

}  // namespace daicho::cli
