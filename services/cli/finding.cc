// Standing findings: what the guideline has against accounts.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/finding_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;
using FindingStub = v1::FindingService::Stub;

// Why it may stand, where somebody said so.
std::string AcknowledgementText(const v1::StandingFinding& finding) {
  if (!finding.has_acknowledgement()) return "";
  return absl::StrCat(DayText(finding.acknowledgement().end_date()), "まで ",
                      finding.acknowledgement().reason());
}

std::string FindingText(const v1::StandingFinding& finding, int width) {
  Details details{
      {"指摘 Finding", finding.name()},
      {"規則 Rule", absl::StrCat(finding.rule_id(), "  (", finding.clause(), ")  ",
                                 EnumLabel(finding.severity()))},
      {"アカウント Account", absl::StrCat(finding.account_display_name(), " ", finding.account())},
      {"所属 Department", finding.department()},
      {"初めて確認 First seen", TimeText(finding.first_seen_time())},
      {"最後に確認 Last seen", TimeText(finding.last_seen_time())},
      {"解消 Mended", TimeText(finding.mended_time())},
      {"了承 Acknowledged", AcknowledgementText(finding)}};
  Table table{{"項目", "内容", "対処"}, {}};
  for (const v1::Finding& one : finding.findings()) {
    table.rows.push_back({one.field(), one.message_ja(), one.remedy_ja()});
  }
  return absl::StrCat(Render(details), "\n", Render(table, width));
}

std::string ListText(const v1::ListFindingsResponse& list, int width) {
  Table table{{"重さ", "規則", "所属", "アカウント", "確認", "内容", "指摘"}, {}};
  for (const v1::StandingFinding& finding : list.findings()) {
    std::string what = finding.findings().empty() ? "" : finding.findings(0).message_ja();
    if (finding.findings_size() > 1) absl::StrAppend(&what, " ほか", finding.findings_size() - 1);
    if (finding.has_mended_time()) {
      absl::StrAppend(&what, " 解消 ", TimeText(finding.mended_time()));
    }
    table.rows.push_back({EnumLabel(finding.severity()), finding.rule_id(), finding.department(),
                          finding.account_display_name(), TimeText(finding.first_seen_time()), what,
                          finding.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

// A row for each rule and severity and, where they are told apart, each department.
Table SummaryTable(const v1::SummarizeFindingsResponse& summary, bool by_department) {
  std::map<std::vector<std::string>, std::array<std::int64_t, 4>> rows;
  for (const v1::FindingCount& count : summary.counts()) {
    std::vector<std::string> key = {count.rule_id(), EnumLabel(count.severity())};
    if (by_department) {
      key.push_back(absl::StrCat(count.department(), " ", count.department_display_name()));
    }
    std::array<std::int64_t, 4>& row = rows[key];
    row[0] += count.standing_count();
    row[1] += count.acknowledged_count();
    row[2] += count.new_count();
    row[3] += count.mended_count();
  }
  Table table{{"規則", "重さ"}, {}};
  if (by_department) table.headings.emplace_back("所属");
  for (const char* heading : {"指摘中", "うち了承", "新規", "解消"}) {
    table.headings.emplace_back(heading);
  }
  for (const auto& [key, counts] : rows) {
    table.rows.push_back(key);
    for (const std::int64_t count : counts) table.rows.back().push_back(absl::StrCat(count));
  }
  return table;
}

std::string SummaryText(const v1::SummarizeFindingsResponse& summary, bool by_department,
                        int width) {
  const std::string text =
      Render(Details{{"規程 Guideline", summary.guideline_version()},
                     {"最後の一斉点検 Last run", TimeText(summary.since_time())},
                     {"点検したアカウント Accounts", absl::StrCat(summary.account_count())}});
  return absl::StrCat(text, "\n", Render(SummaryTable(summary, by_department), width));
}

// Sets the department of a request, with --department and --subtree.
template <typename Request>
absl::Status SetDepartment(const Arguments& arguments, Request* request) {
  if (!arguments.Has("department")) return absl::OkStatus();
  ASSIGN_OR_RETURN(*request->mutable_department(),
                   FullName("departments", arguments.Get("department")));
  request->set_include_subtree(arguments.Has("subtree"));
  return absl::OkStatus();
}

absl::StatusOr<v1::ListFindingsRequest::View> ViewOf(const Arguments& arguments) {
  const int asked = arguments.Has("all") + arguments.Has("acknowledged") + arguments.Has("mended");
  if (asked > 1) {
    return WrongCommandLine("Give one of --all, --acknowledged and --mended.",
                            "--all、--acknowledged、--mended は一つだけ指定してください。");
  }
  if (arguments.Has("all")) return v1::ListFindingsRequest::VIEW_STANDING;
  if (arguments.Has("acknowledged")) return v1::ListFindingsRequest::VIEW_ACKNOWLEDGED;
  if (arguments.Has("mended")) return v1::ListFindingsRequest::VIEW_MENDED;
  return v1::ListFindingsRequest::VIEW_UNSPECIFIED;
}

// From --since, or from the last run on with --new.
absl::Status SetSince(Session& session, const Arguments& arguments,
                      v1::ListFindingsRequest* request) {
  if (arguments.Has("new")) {
    ASSIGN_OR_RETURN(const auto summary,
                     session.Read(&FindingStub::SummarizeFindings, v1::SummarizeFindingsRequest()));
    if (summary.has_since_time()) *request->mutable_since_time() = summary.since_time();
    return absl::OkStatus();
  }
  if (!arguments.Has("since")) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "since", session.Today()));
  *request->mutable_since_time() = wire::ToTimestamp(StartOfTokyoDay(day));
  return absl::OkStatus();
}

absl::StatusOr<Exit> ListFindings(Session& session, const Arguments& arguments) {
  v1::ListFindingsRequest request;
  ASSIGN_OR_RETURN(const v1::ListFindingsRequest::View view, ViewOf(arguments));
  request.set_view(view);
  request.set_rule_id(arguments.Get("rule"));
  if (arguments.Has("severity")) {
    ASSIGN_OR_RETURN(const int number,
                     ParseEnum(*v1::Severity_descriptor(), arguments.Get("severity"), "severity"));
    request.set_severity(static_cast<v1::Severity>(number));
  }
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  RETURN_IF_ERROR(SetDepartment(arguments, &request));
  RETURN_IF_ERROR(SetSince(session, arguments, &request));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&FindingStub::ListFindings, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Summarize(Session& session, const Arguments& arguments) {
  v1::SummarizeFindingsRequest request;
  RETURN_IF_ERROR(SetDepartment(arguments, &request));
  ASSIGN_OR_RETURN(const auto summary, session.Read(&FindingStub::SummarizeFindings, request));
  const bool by_department = arguments.Has("by-department");
  RETURN_IF_ERROR(
      session.Show(summary, [&](int width) { return SummaryText(summary, by_department, width); }));
  return Exit::kOk;
}

absl::StatusOr<v1::StandingFinding> Load(Session& session, const std::string& text) {
  v1::GetFindingRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("findings", text));
  return session.Read(&FindingStub::GetFinding, request);
}

absl::StatusOr<Exit> ShowFinding(Session& session, const v1::StandingFinding& finding) {
  RETURN_IF_ERROR(session.Show(finding, [&](int width) { return FindingText(finding, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> GetFinding(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto finding, Load(session, arguments.operands[0]));
  return ShowFinding(session, finding);
}

absl::StatusOr<Exit> Acknowledge(Session& session, const Arguments& arguments) {
  v1::AcknowledgeFindingRequest request;
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(RequiredFlag(arguments, "until").status());
  ASSIGN_OR_RETURN(const absl::CivilDay until, DayFlag(arguments, "until", session.Today()));
  *request.mutable_end_date() = wire::ToDate(until);
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("findings", arguments.operands[0]));
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::StandingFinding finding, Load(session, arguments.operands[0]));
    return finding.etag();
  };
  ASSIGN_OR_RETURN(*request.mutable_etag(), session.EtagOr(read_etag));
  ASSIGN_OR_RETURN(const auto finding, session.Write(&FindingStub::AcknowledgeFinding, request));
  return ShowFinding(session, finding);
}

const std::vector<Flag>& DepartmentFlags() {
  static const auto* const flags =
      new std::vector<Flag>{{"department", "DEPARTMENT", "この所属だけ", "Only of this department"},
                            {"subtree", "", "下位の所属も含める", "With the departments under it"}};
  return *flags;
}

}  // namespace

Group FindingCommands() {
  std::vector<Flag> list_flags = {
      {"rule", "RULE", "この規則だけ", "Only of this rule"},
      {"severity", "block|warn|info", "この重さだけ", "Only of this severity"},
      {"account", "ACCOUNT", "このアカウントだけ", "Only of this account"},
      {"all", "", "了承したものも含める", "Acknowledged ones too"},
      {"acknowledged", "", "了承したものだけ", "Only acknowledged ones"},
      {"mended", "", "解消したものだけ", "Only mended ones"},
      {"new", "", "最後の一斉点検から後のものだけ", "Only since the last run over all accounts"},
      {"since", "DATE", "この日から後のものだけ", "Only since this day"}};
  list_flags.insert(list_flags.end(), DepartmentFlags().begin(), DepartmentFlags().end());
  std::vector<Flag> summary_flags = DepartmentFlags();
  summary_flags.push_back(
      {"by-department", "", "所属ごとに分けて数える", "Count each department by itself"});
  return {"finding",
          "アカウントについての指摘を見る、了承する",
          "What the guideline has against accounts",
          {{"finding list",
            "",
            "解消も了承もされていない指摘を、新しい順に一覧します。",
            "Lists findings that are neither mended nor acknowledged, newest first.",
            list_flags,
            {"daicho finding list --severity=block --as pr-office",
             "daicho finding list --new --department=0101 --subtree --as pr-office",
             "daicho finding list --mended --since=2026-11-01 --as hirose"},
            ListFindings},
           {"finding summary",
            "",
            "規則・重さごとに指摘を数え、最後の一斉点検からの新規と解消を示します。",
            "Counts findings by rule and severity, and what is new and was mended.",
            summary_flags,
            {"daicho finding summary --as pr-office",
             "daicho finding summary --by-department --department=0101 --subtree --as pr-office"},
            Summarize},
           {"finding show",
            "FINDING",
            "一つの指摘を、直し方とともに表示します。",
            "Shows one finding and how to mend it.",
            {},
            {"daicho finding show findings/0197b1f0-…"},
            GetFinding},
           {"finding acknowledge",
            "FINDING",
            "指摘を理由と期限を付けて了承します。期限を過ぎると再び一覧に出ます。",
            "Takes note of a finding until a day; afterwards it comes back.",
            {{"reason", "TEXT", "理由", "Why"},
             {"until", "DATE", "最終日(366日以内)", "Last day, at most 366 days ahead"}},
            {"daicho finding acknowledge findings/0197b1f0-… --reason=改修の契約済み "
             "--until=2027-03-31 --as pr-office"},
            Acknowledge}}};
}

}  // namespace daicho::cli
