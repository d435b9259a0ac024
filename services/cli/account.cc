#include "services/cli/account.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/civil.h"
#include "common/base/event.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/import.h"
#include "services/cli/labels.h"
#include "services/cli/publish.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using AccountStub = v1::AccountService::Stub;

std::string ListText(const v1::ListAccountsResponse& list, int width) {
  Table table{{"所属", "種類", "アカウント名", "ユーザー名", "状態", "正規URL", "アカウント"}, {}};
  for (const v1::Account& account : list.accounts()) {
    table.rows.push_back({account.department(), account.fields().platform(),
                          account.fields().display_name(), account.fields().handle(),
                          EnumLabel(account.state()), account.canonical_url(), account.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

// `text` as a filter takes it literally.
std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

// What the short flags and --filter ask for together.
absl::StatusOr<std::string> FilterOf(const Arguments& arguments) {
  std::vector<std::string> parts;
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(const std::string name, FullName("departments", arguments.Get("department")));
    parts.push_back("department=" + Quoted(name));
  }
  if (arguments.Has("platform")) {
    parts.push_back("platform=" + Quoted(arguments.Get("platform")));
  }
  std::vector<std::string> states;
  for (const std::string& state : arguments.All("state")) {
    ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Account::State_descriptor(), state, "state"));
    states.push_back("state=" + v1::Account::State_Name(number));
  }
  if (!states.empty()) parts.push_back(absl::StrJoin(states, " OR "));
  // Alone, so that the server's word on where it is wrong fits what was typed.
  const std::string filter = arguments.Get("filter");
  if (parts.empty()) return filter;
  if (!absl::StripAsciiWhitespace(filter).empty()) parts.push_back("(" + filter + ")");
  return absl::StrJoin(parts, " ");
}

absl::StatusOr<Exit> ListAccounts(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::ListAccountsRequest request, ListRequest(arguments));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&AccountStub::ListAccounts, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ShowAccount(Session& session, const v1::Account& account) {
  RETURN_IF_ERROR(session.Show(account, [&](int) { return Render(LabelledFields(account)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> GetAccount(Session& session, const Arguments& arguments) {
  v1::GetAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  RETURN_IF_ERROR(SetAsOf(arguments, &request));
  ASSIGN_OR_RETURN(const v1::Account account, session.Read(&AccountStub::GetAccount, request));
  return ShowAccount(session, account);
}

// Fields that a revision changed against the one before it, as one line each.
std::string ChangesText(const v1::Account* before, const v1::Account& after) {
  std::string text;
  const Fields old = before == nullptr ? Fields{} : wire::Flatten(*before);
  for (const FieldChange& change : Diff(old, wire::Flatten(after))) {
    if (change.path == "etag" || change.path == "update_time") continue;
    absl::StrAppend(&text, text.empty() ? "" : "\n", change.path, ": ",
                    change.before.empty() ? "" : change.before + " → ", change.after);
  }
  return text;
}

std::string HistoryText(const v1::ListAccountRevisionsResponse& history) {
  std::string text;
  for (int i = 0; i < history.revisions_size(); ++i) {
    const v1::AccountRevision& revision = history.revisions(i);
    const bool first = i + 1 == history.revisions_size();
    const v1::Account* before = first ? nullptr : &history.revisions(i + 1).account();
    Details details = {{"日時", TimeText(revision.account().update_time())},
                       {"版", revision.account().etag()},
                       {"内容", revision.act()},
                       {"実行者", revision.actor()}};
    if (!revision.form().empty()) details.emplace_back("協議書", revision.form());
    if (!revision.reason().empty()) details.emplace_back("理由", revision.reason());
    // The first version is all new: `account get` shows what it says.
    if (!first) details.emplace_back("変更", ChangesText(before, revision.account()));
    absl::StrAppend(&text, i == 0 ? "" : "\n", Render(details));
  }
  return text;
}

absl::StatusOr<Exit> ShowAccountHistory(Session& session, const Arguments& arguments) {
  v1::ListAccountRevisionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto history,
                   session.ReadAll(&AccountStub::ListAccountRevisions, request));
  RETURN_IF_ERROR(session.Show(history, [&](int) { return HistoryText(history); }));
  return Exit::kOk;
}

// Who claims what, one row for each side.
std::string ConflictsText(const v1::ImportAccountsResponse& answer, int width) {
  if (answer.conflicts().empty()) return "";
  Table table{{"アカウント", "理由", "場所", "所属", "所属名", "アカウント名"}, {}};
  for (const v1::ImportConflict& conflict : answer.conflicts()) {
    for (const v1::ImportClaim& claim : conflict.claims()) {
      const bool first = &claim == &conflict.claims(0);
      table.rows.push_back(
          {first ? conflict.canonical_url() : "", first ? conflict.reason() : "",
           claim.line() == 0 ? absl::StrCat("台帳 ", claim.account()) : PlaceText(claim),
           claim.department(), claim.department_display_name(), claim.display_name()});
    }
  }
  return absl::StrCat("\n所属どうしの競合 Conflicts between departments: ", answer.conflicts_size(),
                      "\nどの所属のアカウントか確定し、ファイルを直すか協議で変更してください。\n"
                      "Settle whose each account is; mend the file, or change the ledger by a form."
                      "\n",
                      Render(table, width));
}

absl::StatusOr<Exit> ImportAccounts(Session& session, const Arguments& arguments) {
  v1::ImportAccountsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_content(), ReadWholeFile(arguments.operands[0]));
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const auto answer, SendImport(session, &AccountStub::ImportAccounts, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) {
    return absl::StrCat(ImportText(answer, 0, request.validate_only(), width),
                        ConflictsText(answer, width));
  }));
  const bool clean = answer.problems().empty() && answer.conflicts().empty();
  return clean ? Exit::kOk : Exit::kUsage;
}

absl::StatusOr<Exit> ConfirmOpening(Session& session, const Arguments& arguments) {
  v1::ConfirmOpeningRequest request;
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "opened-on", session.Today()));
  *request.mutable_opened_on() = wire::ToDate(day);
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&AccountStub::ConfirmOpening, request));
  return ShowAccount(session, account);
}

absl::StatusOr<Exit> RecordListing(Session& session, const Arguments& arguments) {
  v1::RecordListingRequest request;
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "seen-on", session.Today()));
  const auto see = [&](const std::string& flag, v1::PageSighting* page) {
    page->set_url(arguments.Get(flag));
    *page->mutable_seen_on() = wire::ToDate(day);
  };
  v1::Listing& listing = *request.mutable_listing();
  if (arguments.Has("organization-page")) {
    see("organization-page", listing.mutable_organization_page());
  }
  if (arguments.Has("section-page")) see("section-page", listing.mutable_section_page());
  if (!listing.has_organization_page() && !listing.has_section_page()) {
    return WrongCommandLine("Give --organization-page, --section-page, or both.",
                            "--organization-page か --section-page を指定してください。");
  }
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&AccountStub::RecordListing, request));
  return ShowAccount(session, account);
}

absl::StatusOr<Exit> ConfirmClosing(Session& session, const Arguments& arguments) {
  v1::ConfirmClosingRequest request;
  v1::ClosingEvidence& evidence = *request.mutable_evidence();
  ASSIGN_OR_RETURN(*evidence.mutable_removal(), RequiredFlag(arguments, "removal"));
  ASSIGN_OR_RETURN(*evidence.mutable_handle_protection(),
                   RequiredFlag(arguments, "handle-protection"));
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "unlisted-on", session.Today()));
  *evidence.mutable_unlisted_on() = wire::ToDate(day);
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&AccountStub::ConfirmClosing, request));
  return ShowAccount(session, account);
}

absl::StatusOr<Exit> ReportCondition(Session& session, const Arguments& arguments) {
  v1::ReportConditionRequest request;
  ASSIGN_OR_RETURN(const std::string condition, RequiredFlag(arguments, "condition"));
  ASSIGN_OR_RETURN(const int number,
                   ParseEnum(*v1::Account::Condition_descriptor(), condition, "condition"));
  request.set_condition(static_cast<v1::Account::Condition>(number));
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "since", session.Today()));
  *request.mutable_since() = wire::ToDate(day);
  if (arguments.Has("successor")) {
    ASSIGN_OR_RETURN(*request.mutable_successor(),
                     FullName("accounts", arguments.Get("successor")));
  }
  request.set_notice(arguments.Get("notice"));
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&AccountStub::ReportCondition, request));
  return ShowAccount(session, account);
}

std::string OverdueText(const v1::ListOverdueClosingsResponse& list, int width) {
  Table table{{"超過日数", "廃止年月日", "所属", "種類", "アカウント名", "廃止理由", "状況",
               "正規URL", "アカウント"},
              {}};
  for (const v1::OverdueClosing& closing : list.closings()) {
    table.rows.push_back({absl::StrCat(closing.days_overdue()), DayText(closing.effective_on()),
                          closing.department(), closing.platform(), closing.display_name(),
                          EnumLabel(closing.reason()), EnumLabel(closing.condition()),
                          closing.canonical_url(), closing.account()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> OverdueClosings(Session& session, const Arguments& arguments) {
  v1::ListOverdueClosingsRequest request;
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  request.set_platform(arguments.Get("platform"));
  int days = 0;
  if (arguments.Has("min-days") && !absl::SimpleAtoi(arguments.Get("min-days"), &days)) {
    return WrongCommandLine("--min-days must be a number of days.",
                            "--min-days は日数(数字)で指定してください。");
  }
  request.set_min_days_overdue(days);
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&AccountStub::ListOverdueClosings, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return OverdueText(list, width); }));
  return Exit::kOk;
}

Flag AsOfFlagHelp() {
  return {"as-of", "MOMENT", "この日の終わり、またはこの日時の台帳を読む",
          "Read the ledger as of the end of this day, or of this instant"};
}

std::vector<Command> ReadingCommands() {
  return {
      {"account list",
       "",
       "台帳のアカウントを一覧します。語だけを書くと、名称・ユーザー名・URL・目的・所属名から探しま"
       "す"
       "(全角半角・大文字小文字・かなの違いは無視)。",
       "Lists accounts of the ledger. A word alone is looked for in names, handle, URL, purpose "
       "and department; width, case and kana do not count.",
       ListFlags(),
       {"daicho account list --department=0303 --as pr-office",
        "daicho account list --platform=x --state=active --format=json",
        "daicho account list --filter='防災 department:0300 listed=false'",
        "daicho account list --filter='last_post_time<2025-12-01' --order-by=last_post_time",
        "daicho account list --as-of=2026-03-31 --order-by='update_time desc'"},
       ListAccounts},
      {"account get",
       "ACCOUNT",
       "一つのアカウントを表示します。",
       "Shows one account.",
       {AsOfFlagHelp()},
       {"daicho account get accounts/0197b1f0-… --as pr-office",
        "daicho account get 0197b1f0-… --as-of=2026-03-31 --as auditor",
        "daicho account get 0197b1f0-… --get=state"},
       GetAccount},
      {"account history",
       "ACCOUNT",
       "アカウントのすべての版と変更点を、誰がどの協議書で変えたかとともに、新しい順に表示します。",
       "Shows every version of an account, newest first: what changed, who by, which form.",
       {},
       {"daicho account history accounts/0197b1f0-… --as auditor"},
       ShowAccountHistory},
      {"account overdue-closings",
       "",
       "廃止年月日を過ぎても廃止の証拠がないアカウントを、超過の長い順に一覧します。",
       "Lists accounts past the day they were to close on and not shown to be gone.",
       {{"department", "DEPARTMENT", "この所属だけ", "Only this department"},
        {"platform", "ID", "この種類だけ", "Only this platform id"},
        {"min-days", "DAYS", "超過がこの日数以上", "Overdue for at least so many days"}},
       {"daicho account overdue-closings --as pr-office",
        "daicho account overdue-closings --min-days=30 --format=json"},
       OverdueClosings}};
}

std::vector<Command> AccountChangingCommands() {
  return {{"account import",
           "FILE",
           "既存の台帳(CSV: UTF-8・CP932、または XLSX)を取り込みます。"
           "一行でも問題があれば何も取り込みません。",
           "Imports an existing ledger (CSV in UTF-8 or CP932, or XLSX): all rows or none.",
           {{"dry-run", "", "何が起きるかだけを表示", "Only say what would happen"}},
           {"daicho account import 台帳.xlsx --dry-run --as pr-office",
            "daicho account import accounts.csv --as pr-office"},
           ImportAccounts},
          {"account confirm-opening",
           "ACCOUNT",
           "開設されたことを報告します。",
           "Reports that an agreed account is open.",
           {{"opened-on", "DATE", "開設日。既定は今日", "First day. Default: today"}},
           {"daicho account confirm-opening accounts/0197b1f0-… --opened-on=2026-12-01"},
           ConfirmOpening},
          {"account record-listing",
           "ACCOUNT",
           "公式ページに掲載されていることを記録します。",
           "Records that an official page links to the account.",
           {{"organization-page", "URL", "公式アカウント一覧のページ", "The organisation's list"},
            {"section-page", "URL", "所属のページ", "The section's page"},
            {"seen-on", "DATE", "確認日。既定は今日", "Day seen. Default: today"}},
           {"daicho account record-listing accounts/0197b1f0-… "
            "--organization-page=https://www.pref.example.lg.jp/sns/ --as pr-office"},
           RecordListing},
          {"account confirm-closing",
           "ACCOUNT",
           "廃止が済んだことを証拠とともに記録します。",
           "Records what shows that a closing account is gone.",
           {{"removal", "TEXT", "どのように削除されたか", "How it was removed"},
            {"unlisted-on", "DATE", "掲載をやめた日。既定は今日",
             "Day the pages stopped showing it. Default: today"},
            {"handle-protection", "TEXT", "ユーザー名を第三者に取られない手当て",
             "What keeps the handle from others"}},
           {"daicho account confirm-closing accounts/0197b1f0-… --removal=退会手続き済み "
            "--handle-protection=休眠アカウントとして保持 --as pr-office"},
           ConfirmClosing},
          {"account report-condition",
           "ACCOUNT",
           "凍結・緊急停止・乗っ取り、または正常に戻ったことを報告します。",
           "Reports that an account is suspended or compromised, or in order again.",
           {{"condition", "CONDITION",
             "normal、suspended_by_platform(凍結)、suspended_internally(緊急停止)、"
             "compromised(乗っ取り)",
             "normal, suspended_by_platform, suspended_internally or compromised"},
            {"since", "DATE", "その状況になった日。既定は今日", "First day of it. Default: today"},
            {"reason", "TEXT", "何が起きたか。normal では、解消したと分かる根拠",
             "What happened; with normal, what shows that it is over"},
            {"successor", "ACCOUNT", "代わりのアカウント(compromised のとき)",
             "Account that stands in, with compromised"},
            {"notice", "TEXT", "照会した人に示すお知らせ", "Notice to readers, shown by lookups"}},
           {"daicho account report-condition accounts/0197b1f0-… "
            "--condition=suspended_by_platform --reason=夜間に凍結された "
            "--notice=災害情報は県ホームページをご覧ください。",
            "daicho account report-condition accounts/0197b1f0-… --condition=compromised "
            "--since=2026-11-20 --reason=第三者による投稿 --successor=accounts/0197b1f1-…",
            "daicho account report-condition accounts/0197b1f0-… --condition=normal "
            "--reason=凍結解除の通知を受領 --as pr-office"},
           ReportCondition}};
}

}  // namespace

absl::StatusOr<v1::Account> LoadAccount(Session& session, const std::string& text) {
  v1::GetAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", text));
  return session.Read(&AccountStub::GetAccount, request);
}

absl::StatusOr<v1::ListAccountsRequest> ListRequest(const Arguments& arguments) {
  v1::ListAccountsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_filter(), FilterOf(arguments));
  request.set_order_by(arguments.Get("order-by"));
  RETURN_IF_ERROR(SetAsOf(arguments, &request));
  return request;
}

std::vector<Flag> ListFlags() {
  return {{"department", "DEPARTMENT", "この所属だけ", "Only this department"},
          {"platform", "ID", "この種類だけ", "Only this platform id"},
          {"state", "STATE", "この状態だけ(複数可)", "Only these states", true},
          {"filter", "FILTER",
           "絞込み条件。項目: department platform state condition verification kind "
           "operator_type handle display_name url opened_on create_time update_time "
           "last_post_time listed",
           "Which accounts, as AIP-160 writes it; OR binds tighter than AND"},
          {"order-by", "FIELD",
           "並び順: department display_name last_post_time update_time。降順は「 desc」",
           "Order; \"FIELD desc\" for the reverse"},
          AsOfFlagHelp()};
}

Group AccountCommands() {
  Group group{"account", "台帳のアカウントを調べる、事実を報告する", "Accounts of the ledger",
              ReadingCommands()};
  group.commands.push_back(ExportCommand());
  for (Command& command : AccountChangingCommands()) group.commands.push_back(std::move(command));
  group.commands.push_back(PublishCommand());
  for (Command& command : ActivityCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
