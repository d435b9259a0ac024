#include "services/cli/report_document.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"
#include "services/cli/labels.h"
#include "services/cli/report_chart.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;

constexpr int kMostRowsOnPaper = 20'000;
constexpr std::size_t kReportsInHistory = 12;

template <typename Enum>
std::string EnumText(Enum value, Reader reader) {
  const std::string label = EnumLabel(value);
  return reader == Reader::kPeople ? label : label.substr(label.rfind(' ') + 1);
}

// "候補" without the name that programs read.
template <typename Enum>
std::string Japanese(Enum value) {
  const std::string label = EnumLabel(value);
  return label.substr(0, label.find(' '));
}

std::string CodeOf(const std::string& department) {
  return std::string(absl::StripPrefix(department, "departments/"));
}

std::string WarekiText(const google::type::Date& date) {
  const auto day = wire::FromDate(date);
  return day ? WarekiDay(*day) : "";
}

std::map<std::string, std::string> NamesOf(const v1::InactivityReport& report) {
  std::map<std::string, std::string> names;
  for (const v1::DepartmentCount& department : report.departments()) {
    names[department.department()] = department.display_name();
  }
  return names;
}

std::string NameIn(const std::map<std::string, std::string>& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? CodeOf(name) : found->second;
}

std::string TitleOf(const v1::InactivityReport& report) {
  return absl::StrCat("休眠アカウント報告書", report.name().empty() ? "(試算)" : "");
}

// What a report is made of, so that it can be made again.
std::vector<std::pair<std::string, std::string>> Provenance(const v1::InactivityReport& report) {
  return {{"基準日", absl::StrCat(WarekiText(report.as_of()), " (", DayText(report.as_of()), ")")},
          {"ガイドライン", report.guideline_version()},
          {"台帳の変更番号", absl::StrCat(report.change_number())},
          {"台帳を読んだ日時", TimeText(report.snapshot_time())},
          {"作成者", report.creator()},
          {"アカウント数", absl::StrCat(report.account_count())}};
}

std::string EvidenceOf(const v1::InactivityRow& row) {
  if (!row.has_observed_on()) return "";
  return absl::StrCat(DayText(row.observed_on()), "\n", row.activity_source());
}

// Why it stands where it stands, beyond its base.
std::string RemarkOf(const v1::InactivityRow& row) {
  std::string remark;
  if (row.bucket() == v1::INACTIVITY_BUCKET_TERM_ENDED) {
    absl::StrAppend(&remark, "運用期間 ", DayText(row.term_last_day()), " まで。");
  }
  if (row.has_exempt_until()) {
    absl::StrAppend(&remark, "特段の理由(", DayText(row.exempt_until()),
                    " まで): ", row.exemption_reason(), "。");
  }
  if (row.open_advice_count() > 0) {
    absl::StrAppend(&remark, "助言 ", row.open_advice_count(), " 件。");
  }
  return remark;
}

std::string BaseText(const v1::InactivityRow& row) {
  if (!row.has_base_on()) return "不明";
  return absl::StrCat(DayText(row.base_on()), row.has_last_post_on() ? "" : " 開設");
}

paper::DataTable CountTable(const v1::InactivityReport& report) {
  paper::DataTable table{"", {{"区分", 3}, {"件数", 1, paper::Align::kEnd}}, {}};
  for (const v1::BucketCount& count : report.counts()) {
    table.rows.push_back({Japanese(count.bucket()), absl::StrCat(count.count())});
  }
  return table;
}

paper::DataTable AccountList(const WholeReport& whole) {
  const auto names = NamesOf(whole.report);
  // A day and its column's sides take 65 points of the page's 468.
  paper::DataTable table{"",
                         {{"所属", 80},
                          {"アカウント名・種類", 118},
                          {"区分", 62},
                          {"起算日・日数", 66},
                          {"確認", 66},
                          {"備考", 76}},
                         {}};
  for (const v1::InactivityRow& row : whole.rows) {
    if (row.bucket() == v1::INACTIVITY_BUCKET_ACTIVE) continue;
    if (static_cast<int>(table.rows.size()) == kMostRowsOnPaper) break;
    table.rows.push_back({NameIn(names, row.department()),
                          absl::StrCat(row.display_name().empty() ? row.url() : row.display_name(),
                                       "\n", row.platform()),
                          Japanese(row.bucket()),
                          row.has_base_on()
                              ? absl::StrCat(BaseText(row), "\n", row.days_silent(), "日")
                              : BaseText(row),
                          EvidenceOf(row), RemarkOf(row)});
  }
  return table;
}

std::string BucketOrNone(v1::InactivityBucket bucket, absl::string_view none) {
  return bucket == v1::INACTIVITY_BUCKET_UNSPECIFIED ? std::string(none) : Japanese(bucket);
}

void AddMoves(const WholeReport& whole, paper::Document& document) {
  if (whole.compared_with.empty()) return;
  const auto names = NamesOf(whole.report);
  document.blocks.push_back(paper::Heading{2, absl::StrCat("前回との比較 ", whole.compared_with)});
  paper::DataTable table{"区分が変わったアカウント",
                         {{"所属", 2}, {"アカウント名", 3}, {"前回", 1.5}, {"今回", 1.5}},
                         {}};
  for (const v1::InactivityMove& move : whole.moves) {
    table.rows.push_back({NameIn(names, move.department()), move.display_name(),
                          BucketOrNone(move.before(), "新規"), BucketOrNone(move.after(), "なし")});
  }
  document.blocks.push_back(std::move(table));
}

std::vector<std::string> PostingRow(const v1::PostingCounts& counts, const std::string& name) {
  std::vector<std::string> row = {name};
  for (const std::int64_t count :
       {counts.account_count(), counts.daily_count(), counts.weekly_count(),
        counts.more_than_monthly_count(), counts.monthly_or_less_count(),
        counts.silent_a_year_count(), counts.never_posted_count(), counts.unknown_count(),
        counts.without_rotation_count(), counts.without_watch_count()}) {
    row.push_back(absl::StrCat(count));
  }
  return row;
}

}  // namespace

std::vector<v1::InactivityReport> HistoryOf(const v1::InactivityReport& report,
                                            const std::vector<v1::InactivityReport>& reports) {
  const auto as_of = wire::FromDate(report.as_of());
  const absl::Time made = wire::FromTimestamp(report.snapshot_time());
  std::vector<v1::InactivityReport> history;
  for (const v1::InactivityReport& one : reports) {
    if (history.size() == kReportsInHistory) break;
    const bool before = wire::FromDate(one.as_of()) <= as_of;
    if (before && wire::FromTimestamp(one.snapshot_time()) <= made) history.push_back(one);
  }
  return history;
}

bool IsCandidate(v1::InactivityBucket bucket) {
  return bucket == v1::INACTIVITY_BUCKET_CANDIDATE ||
         bucket == v1::INACTIVITY_BUCKET_NEVER_POSTED || bucket == v1::INACTIVITY_BUCKET_TERM_ENDED;
}

bool IsForLetter(v1::InactivityBucket bucket) {
  return IsCandidate(bucket) || bucket == v1::INACTIVITY_BUCKET_NOTICE ||
         bucket == v1::INACTIVITY_BUCKET_WARNING || bucket == v1::INACTIVITY_BUCKET_NEEDS_CHECK;
}

sheet::Table RowTable(const WholeReport& whole, Reader reader) {
  const auto names = NamesOf(whole.report);
  sheet::Table table{"inactivity",
                     {{"基準日", "as_of"},
                      {"ガイドライン", "guideline_version"},
                      {"所属", "department"},
                      {"所属名", "department_name"},
                      {"アカウント", "account"},
                      {"アカウント名", "account_name"},
                      {"種類", "platform"},
                      {"URL", "url"},
                      {"状態", "state"},
                      {"区分", "bucket"},
                      {"起算日", "base_on"},
                      {"日数", "days_silent"},
                      {"区分の初日", "due_on"},
                      {"最終投稿日", "last_post_on"},
                      {"開設日", "opened_on"},
                      {"確認日", "observed_on"},
                      {"確認方法", "activity_source"},
                      {"運用期間の最終日", "term_last_day"},
                      {"免除の最終日", "exempt_until"},
                      {"特段の理由", "exemption_reason"},
                      {"未完了の助言", "open_advice_count"},
                      {"投稿頻度", "frequency"},
                      {"パスワード変更(1年以内)", "password_rotated"},
                      {"なりすまし確認(1年以内)", "watched"}},
                     {}};
  const std::string as_of = DayText(whole.report.as_of());
  const auto yes = [&](bool value) -> std::string {
    if (reader == Reader::kPrograms) return value ? "true" : "false";
    return value ? "あり" : "なし";
  };
  for (const v1::InactivityRow& row : whole.rows) {
    table.rows.push_back({as_of,
                          whole.report.guideline_version(),
                          CodeOf(row.department()),
                          NameIn(names, row.department()),
                          row.account(),
                          row.display_name(),
                          row.platform(),
                          row.url(),
                          EnumText(row.state(), reader),
                          EnumText(row.bucket(), reader),
                          DayText(row.base_on()),
                          row.has_base_on() ? absl::StrCat(row.days_silent()) : "",
                          DayText(row.due_on()),
                          DayText(row.last_post_on()),
                          DayText(row.opened_on()),
                          DayText(row.observed_on()),
                          row.activity_source(),
                          DayText(row.term_last_day()),
                          DayText(row.exempt_until()),
                          row.exemption_reason(),
                          absl::StrCat(row.open_advice_count()),
                          EnumText(row.frequency(), reader),
                          yes(row.password_rotated()),
                          yes(row.watched())});
  }
  return table;
}

sheet::Table MoveTable(const WholeReport& whole, Reader reader) {
  const auto names = NamesOf(whole.report);
  sheet::Table table{"moves",
                     {{"所属", "department"},
                      {"所属名", "department_name"},
                      {"アカウント", "account"},
                      {"アカウント名", "account_name"},
                      {"種類", "platform"},
                      {"前回", "before"},
                      {"今回", "after"},
                      {"日数", "days_silent"}},
                     {}};
  for (const v1::InactivityMove& move : whole.moves) {
    table.rows.push_back({CodeOf(move.department()), NameIn(names, move.department()),
                          move.account(), move.display_name(), move.platform(),
                          EnumText(move.before(), reader), EnumText(move.after(), reader),
                          absl::StrCat(move.days_silent())});
  }
  return table;
}

sheet::Table PostingSheet(const v1::PostingTable& posting) {
  sheet::Table table{"posting",
                     {{"種類", "platform"},
                      {"アカウント数", "account_count"},
                      {"毎日", "daily_count"},
                      {"週1回以上", "weekly_count"},
                      {"月1回を超える", "more_than_monthly_count"},
                      {"月1回以下", "monthly_or_less_count"},
                      {"1年以上投稿なし", "silent_a_year_count"},
                      {"一度も投稿なし", "never_posted_count"},
                      {"不明", "unknown_count"},
                      {"パスワード変更なし", "without_rotation_count"},
                      {"なりすまし確認なし", "without_watch_count"}},
                     {}};
  for (const v1::PostingCounts& platform : posting.platforms()) {
    table.rows.push_back(PostingRow(platform, platform.platform()));
  }
  table.rows.push_back(PostingRow(posting.total(), "合計"));
  return table;
}

std::string ReportText(const WholeReport& whole, int width) {
  Details details = {
      {"報告書 Report", whole.report.name().empty() ? "試算 Preview" : whole.report.name()}};
  for (const auto& [label, value] : Provenance(whole.report)) details.emplace_back(label, value);
  Table counts{{"区分", "件数"}, {}};
  for (const v1::BucketCount& count : whole.report.counts()) {
    counts.rows.push_back({EnumLabel(count.bucket()), absl::StrCat(count.count())});
  }
  std::string text = absl::StrCat(Render(details), "\n", Render(counts, width));
  Table candidates{{"所属", "アカウント名", "種類", "区分", "起算日", "日数", "備考"}, {}};
  const auto names = NamesOf(whole.report);
  for (const v1::InactivityRow& row : whole.rows) {
    if (!IsCandidate(row.bucket())) continue;
    candidates.rows.push_back({NameIn(names, row.department()), row.display_name(), row.platform(),
                               EnumLabel(row.bucket()), BaseText(row),
                               absl::StrCat(row.days_silent()), RemarkOf(row)});
  }
  if (!candidates.rows.empty()) absl::StrAppend(&text, "\n", Render(candidates, width));
  if (whole.compared_with.empty()) return text;
  Table moves{{"所属", "アカウント名", "前回", "今回"}, {}};
  for (const v1::InactivityMove& move : whole.moves) {
    moves.rows.push_back({NameIn(names, move.department()), move.display_name(),
                          BucketOrNone(move.before(), "新規"), BucketOrNone(move.after(), "なし")});
  }
  absl::StrAppend(&text, "\n前回との比較 Compared with ", whole.compared_with, ": ",
                  whole.moves.size(), "\n", Render(moves, width));
  return text;
}

paper::Document ReportDocument(const WholeReport& whole) {
  const v1::InactivityReport& report = whole.report;
  paper::Document document{
      .title = TitleOf(report),
      .header = absl::StrCat(TitleOf(report), " 基準日 ", DayText(report.as_of())),
      .notice = report.name().empty() ? "試算" : "",
      .created = wire::FromTimestamp(report.snapshot_time()),
      .blocks = {}};
  document.blocks.push_back(paper::Heading{1, document.title});
  paper::FieldTable provenance{"作成の根拠", {}};
  for (const auto& [label, value] : Provenance(report)) {
    provenance.fields.push_back({label, value, {}});
  }
  document.blocks.push_back(std::move(provenance));
  document.blocks.push_back(paper::Heading{2, "区分別の件数"});
  document.blocks.push_back(CountTable(report));
  document.blocks.push_back(paper::Heading{2, "所属別の状況"});
  paper::Drawing silence = SilenceByDepartment(report);
  if (silence.lines.empty()) {
    document.blocks.push_back(paper::Paragraph{"注意・警告・候補のアカウントはありません。"});
  } else {
    document.blocks.push_back(std::move(silence));
  }
  if (whole.history.size() > 1) {
    document.blocks.push_back(paper::Heading{2, "推移"});
    document.blocks.push_back(LadderOverTime(whole.history));
  }
  AddMoves(whole, document);
  document.blocks.push_back(paper::Heading{2, "対象アカウント"});
  paper::DataTable accounts = AccountList(whole);
  if (static_cast<int>(accounts.rows.size()) == kMostRowsOnPaper) {
    document.blocks.push_back(paper::Paragraph{
        "件数が多いため、一部だけを載せています。全件はCSVまたはXLSXで確認してください。"});
  }
  document.blocks.push_back(std::move(accounts));
  return document;
}

paper::Document PostingDocument(const v1::PostingTable& posting,
                                const v1::InactivityReport& report) {
  paper::Document document{.title = "公式アカウントの投稿状況(監査委員)",
                           .header = absl::StrCat("基準日 ", DayText(report.as_of())),
                           .notice = "",
                           .created = wire::FromTimestamp(report.snapshot_time()),
                           .blocks = {}};
  document.blocks.push_back(paper::Heading{1, document.title});
  document.blocks.push_back(paper::Paragraph{
      absl::StrCat(WarekiText(report.as_of()),
                   "現在。投稿頻度は確認日までの90日間の投稿数による。"
                   "パスワード変更となりすまし確認は、1年以内に行ったものを「あり」とする。")});
  const sheet::Table counts = PostingSheet(posting);
  paper::DataTable table{"サービス別の件数", {}, counts.rows};
  for (const sheet::Column& column : counts.columns) {
    const bool first = table.columns.empty();
    table.columns.push_back(
        {column.heading, first ? 2.0 : 1.0, first ? paper::Align::kStart : paper::Align::kEnd});
  }
  document.blocks.push_back(std::move(table));
  return document;
}

paper::Document Letter(const v1::InactivityReport& report, const v1::DepartmentCount& department,
                       const std::vector<v1::InactivityRow>& rows) {
  paper::Document document{
      .title = "公式アカウントの運用状況について(照会)",
      .header = absl::StrCat(report.name(), " ", CodeOf(department.department())),
      .notice = "",
      .created = wire::FromTimestamp(report.snapshot_time()),
      .blocks = {}};
  const absl::CivilDay written = TokyoDay(document.created);
  document.blocks.push_back(paper::Paragraph{WarekiDay(written), paper::Align::kEnd});
  document.blocks.push_back(paper::Paragraph{absl::StrCat(department.display_name(), "長 様")});
  document.blocks.push_back(paper::Paragraph{"秘書課(広報戦略担当)", paper::Align::kEnd});
  document.blocks.push_back(paper::Heading{1, document.title});
  document.blocks.push_back(paper::Paragraph{absl::StrCat(
      WarekiText(report.as_of()),
      "を基準日として公式アカウントの投稿状況を確認したところ、貴所属の"
      "次のアカウントについて照会します。候補となったアカウントは、",
      WarekiText(report.answer_due_on()),
      "までに、(1) 廃止の協議書の提出、(2) 他のアカウントへの統合、(3) 投稿の再開、"
      "(4) 特段の理由の申出のいずれかを回答してください。注意・警告のアカウントは投稿の計画を、"
      "要確認のアカウントは最新の投稿状況を報告してください。")});
  document.blocks.push_back(paper::Heading{2, "対象アカウント"});
  paper::DataTable table{"",
                         {{"アカウント名", 3},
                          {"種類", 1.7},
                          {"区分", 1.6},
                          {"起算日", 2},
                          {"日数", 1, paper::Align::kEnd},
                          {"備考", 2.6}},
                         {}};
  for (const v1::InactivityRow& row : rows) {
    table.rows.push_back({row.display_name().empty() ? row.url() : row.display_name(),
                          row.platform(), Japanese(row.bucket()), BaseText(row),
                          row.has_base_on() ? absl::StrCat(row.days_silent()) : "", RemarkOf(row)});
  }
  document.blocks.push_back(std::move(table));
  document.blocks.push_back(paper::Paragraph{absl::StrCat(
      "根拠: ", report.guideline_version(), " (台帳の変更番号 ", report.change_number(), ")")});
  return document;
}

}  // namespace daicho::cli
