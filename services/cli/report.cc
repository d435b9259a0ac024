// `daicho report`: inactivity reports, the audit commissioners' table, letters, exemptions.
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/paper/fonts.h"
#include "common/paper/html.h"
#include "common/paper/pdf.h"
#include "common/sheet/table.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/output_file.h"
#include "services/cli/progress.h"
#include "services/cli/report_document.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;
using InactivityStub = v1::InactivityService::Stub;

enum class FileFormat { kTable, kCsv, kXlsx, kHtml, kPdf, kJson };

absl::StatusOr<FileFormat> FormatOf(const Arguments& arguments) {
  static const auto* const formats = new std::map<std::string, FileFormat>{
      {"table", FileFormat::kTable}, {"csv", FileFormat::kCsv}, {"xlsx", FileFormat::kXlsx},
      {"html", FileFormat::kHtml},   {"pdf", FileFormat::kPdf}, {"json", FileFormat::kJson}};
  const auto found = formats->find(arguments.Get("format", "table"));
  if (found == formats->end()) {
    return WrongCommandLine("--format must be table, csv, xlsx, html, pdf or json.",
                            "--format は table、csv、xlsx、html、pdf、json のいずれかです。");
  }
  const bool binary = found->second == FileFormat::kXlsx || found->second == FileFormat::kPdf;
  if (!binary || arguments.Has("out")) return found->second;
  return WrongCommandLine("Name the file for xlsx and pdf with --out.",
                          "xlsx と pdf では --out でファイルを指定してください。");
}

// The day that --as-of or --monthly names, else today.
absl::StatusOr<absl::CivilDay> AsOf(const Session& session, const Arguments& arguments) {
  if (!arguments.Has("monthly")) return DayFlag(arguments, "as-of", session.Today());
  if (!arguments.Has("as-of")) return absl::CivilDay(absl::CivilMonth(session.Today()));
  return WrongCommandLine("Give either --as-of or --monthly.",
                          "--as-of か --monthly のどちらか一方を指定してください。");
}

std::string ReportName(absl::CivilDay as_of) {
  return absl::StrCat("inactivityReports/", FormatDay(as_of));
}

// The report for that day, which is made unless there is one.
absl::StatusOr<v1::InactivityReport> MakeReport(Session& session, absl::CivilDay as_of) {
  v1::GetInactivityReportRequest get;
  get.set_name(ReportName(as_of));
  auto known = session.Read(&InactivityStub::GetInactivityReport, get);
  if (known.ok() || !absl::IsNotFound(known.status())) return known;
  Progress progress(session.around(), "集計中 Counting");
  v1::CreateInactivityReportRequest request;
  *request.mutable_as_of() = wire::ToDate(as_of);
  v1::InactivityReport report;
  const std::function<void(const v1::CreateInactivityReportResponse&)> take =
      [&](const v1::CreateInactivityReportResponse& part) {
        progress.Set(static_cast<int>(part.done_count()), static_cast<int>(part.total_count()));
        report = part.report();
      };
  RETURN_IF_ERROR(session.ReadStream(&InactivityStub::CreateInactivityReport, request, take));
  progress.Finish(static_cast<int>(report.account_count()));
  return report;
}

absl::StatusOr<std::vector<v1::InactivityRow>> ReadRows(Session& session,
                                                        const v1::InactivityReport& report) {
  Progress progress(session.around(), "取得中 Reading");
  v1::ListInactivityReportRowsRequest request;
  request.set_name(report.name());
  std::vector<v1::InactivityRow> rows;
  RETURN_IF_ERROR(session.ReadPages(
      &InactivityStub::ListInactivityReportRows, request,
      [&](const v1::ListInactivityReportRowsResponse& page) {
        rows.insert(rows.end(), page.rows().begin(), page.rows().end());
        progress.Set(static_cast<int>(rows.size()), static_cast<int>(report.account_count()));
      }));
  return rows;
}

// The report that --compare names: of a day, or the one before.
absl::StatusOr<std::string> EarlierReport(const Arguments& arguments, const WholeReport& whole) {
  if (arguments.Get("compare") != "previous") {
    ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "compare", absl::CivilDay()));
    return ReportName(day);
  }
  if (whole.history.size() > 1) return whole.history[1].name();
  return Refuse(absl::StatusCode::kNotFound, "INACTIVITY_REPORT_NOT_FOUND",
                {"There is no report for a day before; leave --compare out.",
                 "これより前の日を基準日とする報告書はありません。--compare を外してください。"},
                {{"report", whole.report.name()}});
}

absl::Status Compare(Session& session, const std::string& earlier, WholeReport* whole) {
  v1::CompareInactivityReportsRequest request;
  request.set_name(whole->report.name());
  request.set_earlier(earlier);
  whole->compared_with = request.earlier();
  return session.ReadPages(&InactivityStub::CompareInactivityReports, request,
                           [&](const v1::CompareInactivityReportsResponse& page) {
                             whole->moves.insert(whole->moves.end(), page.moves().begin(),
                                                 page.moves().end());
                           });
}

absl::Status ReadHistory(Session& session, WholeReport* whole) {
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&InactivityStub::ListInactivityReports,
                                                    v1::ListInactivityReportsRequest()));
  whole->history = HistoryOf(whole->report, {list.reports().begin(), list.reports().end()});
  return absl::OkStatus();
}

absl::StatusOr<WholeReport> Preview(Session& session, const Arguments& arguments,
                                    absl::CivilDay as_of) {
  v1::PreviewInactivityReportRequest request;
  *request.mutable_as_of() = wire::ToDate(as_of);
  if (arguments.Has("guideline")) {
    ASSIGN_OR_RETURN(*request.mutable_guideline_text(), ReadWholeFile(arguments.Get("guideline")));
  }
  WholeReport whole;
  const std::function<void(const v1::PreviewInactivityReportResponse&)> take =
      [&](const v1::PreviewInactivityReportResponse& part) {
        whole.rows.insert(whole.rows.end(), part.rows().begin(), part.rows().end());
        if (part.has_report()) whole.report = part.report();
      };
  RETURN_IF_ERROR(session.ReadStream(&InactivityStub::PreviewInactivityReport, request, take));
  return whole;
}

absl::StatusOr<WholeReport> ReadReport(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const absl::CivilDay as_of, AsOf(session, arguments));
  if (arguments.Has("what-if")) {
    if (!arguments.Has("compare")) return Preview(session, arguments, as_of);
    return WrongCommandLine("--compare is between reports; leave --what-if out.",
                            "--compare は報告書どうしの比較です。--what-if を外してください。");
  }
  if (arguments.Has("guideline")) {
    return WrongCommandLine("A draft guideline is tried with --what-if.",
                            "ガイドラインの案は --what-if とともに指定してください。");
  }
  WholeReport whole;
  ASSIGN_OR_RETURN(whole.report, MakeReport(session, as_of));
  ASSIGN_OR_RETURN(whole.rows, ReadRows(session, whole.report));
  RETURN_IF_ERROR(ReadHistory(session, &whole));
  if (arguments.Has("compare")) {
    ASSIGN_OR_RETURN(const std::string earlier, EarlierReport(arguments, whole));
    RETURN_IF_ERROR(Compare(session, earlier, &whole));
  }
  return whole;
}

absl::StatusOr<std::string> Pdf(const paper::Document& document) {
  ASSIGN_OR_RETURN(const paper::Fonts fonts, paper::Fonts::Load());
  return paper::RenderPdf(fonts, document);
}

// Report and rows in one message, for programs.
absl::StatusOr<std::string> JsonOf(const WholeReport& whole) {
  if (!whole.compared_with.empty()) {
    v1::CompareInactivityReportsResponse moves;
    for (const auto& move : whole.moves) *moves.add_moves() = move;
    return JsonText(moves);
  }
  v1::PreviewInactivityReportResponse all;
  *all.mutable_report() = whole.report;
  for (const auto& row : whole.rows) *all.add_rows() = row;
  return JsonText(all);
}

// What a table is made of: the changes when there is something to compare with, else all rows.
sheet::Table SheetOf(const WholeReport& whole) {
  return whole.compared_with.empty() ? RowTable(whole, Reader::kPeople)
                                     : MoveTable(whole, Reader::kPeople);
}

absl::StatusOr<std::string> Write(const WholeReport& whole, FileFormat format, int width) {
  switch (format) {
    case FileFormat::kTable:
      return ReportText(whole, width);
    case FileFormat::kCsv:
      return sheet::WriteCsvUtf8(SheetOf(whole));
    case FileFormat::kXlsx:
      return sheet::WriteXlsx(SheetOf(whole), wire::FromTimestamp(whole.report.snapshot_time()));
    case FileFormat::kHtml:
      return paper::RenderHtml(ReportDocument(whole));
    case FileFormat::kPdf:
      return Pdf(ReportDocument(whole));
    case FileFormat::kJson:
      return JsonOf(whole);
  }
  return absl::InternalError("no such format");
}

absl::StatusOr<Exit> HandOut(Session& session, const Arguments& arguments,
                             const std::string& bytes) {
  if (!arguments.Has("out")) {
    session.around().out << bytes;
    return Exit::kOk;
  }
  const std::string path = arguments.Get("out");
  RETURN_IF_ERROR(WriteOutput(path, bytes));
  session.around().out << Printable(path) << " に書き出しました / written\n";
  return Exit::kOk;
}

absl::StatusOr<Exit> Inactivity(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const FileFormat format, FormatOf(arguments));
  ASSIGN_OR_RETURN(const WholeReport whole, ReadReport(session, arguments));
  const int width = arguments.Has("out") ? 0 : session.around().terminal_width;
  ASSIGN_OR_RETURN(const std::string bytes, Write(whole, format, width));
  return HandOut(session, arguments, bytes);
}

std::string PostingText(const v1::PostingTable& posting, int width) {
  const sheet::Table counts = PostingSheet(posting);
  Table table{{}, counts.rows};
  for (const sheet::Column& column : counts.columns) table.headings.push_back(column.heading);
  return absl::StrCat(posting.report(), "\n", Render(table, width));
}

absl::StatusOr<Exit> Commissioners(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const FileFormat format, FormatOf(arguments));
  ASSIGN_OR_RETURN(const absl::CivilDay as_of, AsOf(session, arguments));
  ASSIGN_OR_RETURN(const v1::InactivityReport report, MakeReport(session, as_of));
  v1::GetPostingTableRequest request;
  request.set_report(report.name());
  ASSIGN_OR_RETURN(const v1::PostingTable posting,
                   session.Read(&InactivityStub::GetPostingTable, request));
  const absl::Time made = wire::FromTimestamp(report.snapshot_time());
  absl::StatusOr<std::string> bytes;
  switch (format) {
    case FileFormat::kTable:
      bytes = PostingText(posting, arguments.Has("out") ? 0 : session.around().terminal_width);
      break;
    case FileFormat::kCsv:
      bytes = sheet::WriteCsvUtf8(PostingSheet(posting));
      break;
    case FileFormat::kXlsx:
      bytes = sheet::WriteXlsx(PostingSheet(posting), made);
      break;
    case FileFormat::kHtml:
      bytes = paper::RenderHtml(PostingDocument(posting, report));
      break;
    case FileFormat::kPdf:
      bytes = Pdf(PostingDocument(posting, report));
      break;
    case FileFormat::kJson:
      bytes = JsonText(posting);
      break;
  }
  RETURN_IF_ERROR(bytes.status());
  return HandOut(session, arguments, *bytes);
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return Refuse(
      absl::StatusCode::kInvalidArgument, "CANNOT_MAKE_FOLDER",
      {absl::StrCat(path, " cannot be made a folder: ", error.message(), ". Name another place."),
       absl::StrCat(path, " をフォルダーとして作成できません(", error.message(),
                    ")。別の場所を指定してください。")});
}

absl::StatusOr<Exit> Letters(Session& session, const Arguments& arguments) {
  const std::string& folder = arguments.operands[0];
  ASSIGN_OR_RETURN(const absl::CivilDay as_of, AsOf(session, arguments));
  ASSIGN_OR_RETURN(const v1::InactivityReport report, MakeReport(session, as_of));
  ASSIGN_OR_RETURN(const auto rows, ReadRows(session, report));
  std::map<std::string, std::vector<v1::InactivityRow>> by_department;
  for (const v1::InactivityRow& row : rows) {
    if (IsForLetter(row.bucket())) by_department[row.department()].push_back(row);
  }
  RETURN_IF_ERROR(MakeFolder(folder));
  ASSIGN_OR_RETURN(const paper::Fonts fonts, paper::Fonts::Load());
  for (const v1::DepartmentCount& department : report.departments()) {
    const auto found = by_department.find(department.department());
    if (found == by_department.end()) continue;
    ASSIGN_OR_RETURN(const std::string pdf,
                     paper::RenderPdf(fonts, Letter(report, department, found->second)));
    const std::string code(absl::StripPrefix(department.department(), "departments/"));
    RETURN_IF_ERROR(WriteOutput(absl::StrCat(folder, "/", code, ".pdf"), pdf));
  }
  session.around().out << by_department.size() << " 所属の照会文を " << Printable(folder)
                       << " に書き出しました / letters written\n";
  return Exit::kOk;
}

absl::StatusOr<Exit> ListReports(Session& session, const Arguments&) {
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&InactivityStub::ListInactivityReports,
                                                    v1::ListInactivityReportsRequest()));
  RETURN_IF_ERROR(session.Show(list, [&](int width) {
    Table table{{"報告書", "ガイドライン", "件数", "候補", "作成者", "作成日時"}, {}};
    for (const v1::InactivityReport& report : list.reports()) {
      std::int64_t candidates = 0;
      for (const auto& count : report.counts()) {
        if (IsCandidate(count.bucket())) candidates += count.count();
      }
      table.rows.push_back({report.name(), report.guideline_version(),
                            absl::StrCat(report.account_count()), absl::StrCat(candidates),
                            report.creator(), TimeText(report.snapshot_time())});
    }
    return Render(table, width);
  }));
  return Exit::kOk;
}

std::string ExemptionText(const v1::Exemption& exemption) {
  Details details = {{"免除 Exemption", exemption.name()},
                     {"アカウント Account",
                      absl::StrCat(exemption.account_display_name(), " ", exemption.account())},
                     {"所属 Department", exemption.department()},
                     {"特段の理由 Reason", exemption.reason()},
                     {"最終日 Until", DayText(exemption.end_date())},
                     {"認めた人 Granted by", exemption.granted_by()}};
  if (!exemption.revoked_by().empty()) {
    details.emplace_back("取消し Revoked",
                         absl::StrCat(TimeText(exemption.revoke_time()), " ",
                                      exemption.revoked_by(), " ", exemption.revoke_reason()));
  }
  return Render(details);
}

absl::StatusOr<Exit> ShowExemption(Session& session, const v1::Exemption& exemption) {
  RETURN_IF_ERROR(session.Show(exemption, [&](int) { return ExemptionText(exemption); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Exempt(Session& session, const Arguments& arguments) {
  v1::GrantExemptionRequest request;
  ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(RequiredFlag(arguments, "until").status());
  ASSIGN_OR_RETURN(const absl::CivilDay until, DayFlag(arguments, "until", session.Today()));
  *request.mutable_end_date() = wire::ToDate(until);
  ASSIGN_OR_RETURN(const auto exemption, session.Write(&InactivityStub::GrantExemption, request));
  return ShowExemption(session, exemption);
}

absl::StatusOr<Exit> EndExemption(Session& session, const Arguments& arguments) {
  v1::RevokeExemptionRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("exemptions", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  ASSIGN_OR_RETURN(const auto exemption, session.Write(&InactivityStub::RevokeExemption, request));
  return ShowExemption(session, exemption);
}

absl::StatusOr<Exit> ListExemptions(Session& session, const Arguments& arguments) {
  v1::ListExemptionsRequest request;
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  request.set_in_force(arguments.Has("in-force"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&InactivityStub::ListExemptions, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) {
    Table table{{"最終日", "アカウント", "所属", "特段の理由", "取消し", "免除"}, {}};
    for (const v1::Exemption& exemption : list.exemptions()) {
      table.rows.push_back({DayText(exemption.end_date()), exemption.account_display_name(),
                            exemption.department(), exemption.reason(),
                            TimeText(exemption.revoke_time()), exemption.name()});
    }
    return Render(table, width);
  }));
  return Exit::kOk;
}

std::vector<Flag> DayFlags() {
  return {{"as-of", "DATE", "基準日。既定は今日", "The day. Default: today"},
          {"monthly", "", "今月1日を基準日とする。定期実行用",
           "The first of this month: for what runs by itself"}};
}

std::vector<Flag> FileFlags() {
  std::vector<Flag> flags = DayFlags();
  flags.push_back({"format", "table|csv|xlsx|html|pdf|json",
                   "形式。csv は UTF-8(BOM付き)。既定は table",
                   "What to write; csv is UTF-8 with BOM. Default: table"});
  flags.push_back({"out", "FILE", "書き出すファイル。xlsx と pdf では必須",
                   "File to write, whole or not at all; xlsx and pdf need it"});
  return flags;
}

Command InactivityCommand() {
  Command command{
      "report inactivity",
      "",
      "休眠アカウントの報告書を表示します。基準日の報告書がなければ作成し、あれば同じものを表示"
      "します。作成時に、候補のアカウントには廃止・統合の助言を一度だけ出します。",
      "Shows the report about silent accounts for a day, which is made unless there is one. When "
      "it "
      "is made, each candidate's department is advised once to close or merge it.",
      FileFlags(),
      {"daicho report inactivity --as-of=2026-11-21 --as pr-office",
       "daicho report inactivity --as-of=2026-11-21 --format=pdf --out=report.pdf --as pr-office",
       "daicho report inactivity --as-of=2026-11-21 --compare=2026-10-21 --as pr-office",
       "daicho report inactivity --monthly --compare=previous --as pr-office",
       "daicho report inactivity --what-if --as-of=2027-03-31 --guideline=draft.textproto "
       "--as pr-office"},
      Inactivity};
  command.flags.push_back({"what-if", "", "試算(将来の日も可)。何も保存せず、助言も出さない",
                           "Only try, for days to come too: nothing is stored, nobody advised"});
  command.flags.push_back(
      {"guideline", "FILE", "試算に使うガイドラインの案", "Draft guideline to try"});
  command.flags.push_back({"compare", "DATE|previous",
                           "この基準日の報告書、又は前回の報告書と比べる",
                           "Compare with the report for this day, or the one before"});
  return command;
}

}  // namespace

Group ReportCommands() {
  return {
      "report",
      "休眠アカウント、監査委員、照会文、免除",
      "Silent accounts, audit commissioners, letters, exemptions",
      {InactivityCommand(),
       {"report commissioners",
        "",
        "監査委員の表を表示します。サービス別の投稿頻度と、管理が行き届かない件数です。",
        "The audit commissioners' table: how often accounts post, by platform, and which lack "
        "care.",
        FileFlags(),
        {"daicho report commissioners --as-of=2026-11-21 --as pr-office"},
        Commissioners},
       {"report letters",
        "DIR",
        "所属ごとの照会文(PDF)をフォルダーに書き出します。",
        "Writes a letter (PDF) for each department with accounts to ask about.",
        DayFlags(),
        {"daicho report letters letters --as-of=2026-11-21 --as pr-office"},
        Letters},
       {"report list",
        "",
        "報告書を新しい順に表示します。",
        "Lists reports, newest first.",
        {},
        {"daicho report list --as pr-office"},
        ListReports},
       {"report exempt",
        "ACCOUNT",
        "特段の理由により、期限を決めて休眠の判定から除きます。",
        "Exempts an account for a special reason until a last day.",
        {{"until", "DATE", "最終日(3年以内)", "Last day, within three years"},
         {"reason", "TEXT", "特段の理由", "Why"}},
        {"daicho report exempt accounts/0197b1f0-… --until=2027-03-31 --reason=災害時のみ使用 "
         "--as pr-office"},
        Exempt},
       {"report end-exemption",
        "EXEMPTION",
        "免除を期限前に終わらせます。",
        "Ends an exemption before its last day.",
        {{"reason", "TEXT", "理由", "Why"}},
        {"daicho report end-exemption exemptions/0197b1f0-… --reason=投稿を再開 --as pr-office"},
        EndExemption},
       {"report exemptions",
        "",
        "免除を新しい順に表示します。",
        "Lists exemptions, newest first.",
        {{"account", "ACCOUNT", "このアカウントだけ", "Only this account"},
         {"in-force", "", "有効なものだけ", "Only those in force"}},
        {"daicho report exemptions --in-force --as pr-office"},
        ListExemptions}}};
}

}  // namespace daicho::cli
