#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/event.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/import.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using Stub = v1::AccountService::Stub;

std::string ListText(const v1::ListAccountsResponse& list, int width) {
  Table table{{"所属", "種類", "アカウント名", "ユーザー名", "状態", "正規URL", "アカウント"}, {}};
  for (const v1::Account& account : list.accounts()) {
    table.rows.push_back({account.department(), account.fields().platform(),
                          account.fields().display_name(), account.fields().handle(),
                          EnumLabel(account.state()), account.canonical_url(), account.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> List(Session& session, const Arguments& arguments) {
  v1::ListAccountsRequest request;
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  request.set_platform(arguments.Get("platform"));
  for (const std::string& state : arguments.All("state")) {
    ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Account::State_descriptor(), state, "state"));
    request.add_states(static_cast<v1::Account::State>(number));
  }
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&Stub::ListAccounts, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<v1::Account> Load(Session& session, const std::string& text) {
  v1::GetAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", text));
  return session.Read(&Stub::GetAccount, request);
}

absl::StatusOr<Exit> ShowAccount(Session& session, const v1::Account& account) {
  RETURN_IF_ERROR(session.Show(account, [&](int) { return Render(LabelledFields(account)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Get(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Account account, Load(session, arguments.operands[0]));
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
    if (!revision.reason().empty()) details.emplace_back("理由", revision.reason());
    // The first version is all new: `account get` shows what it says.
    if (!first) details.emplace_back("変更", ChangesText(before, revision.account()));
    absl::StrAppend(&text, i == 0 ? "" : "\n", Render(details));
  }
  return text;
}

absl::StatusOr<Exit> History(Session& session, const Arguments& arguments) {
  v1::ListAccountRevisionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto history, session.ReadAll(&Stub::ListAccountRevisions, request));
  RETURN_IF_ERROR(session.Show(history, [&](int) { return HistoryText(history); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Import(Session& session, const Arguments& arguments) {
  v1::ImportAccountsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_csv(), ReadWholeFile(arguments.operands[0]));
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const auto answer, session.Write(&Stub::ImportAccounts, request));
  RETURN_IF_ERROR(session.Show(
      answer, [&](int width) { return ImportText(answer, 0, request.validate_only(), width); }));
  return answer.problems().empty() ? Exit::kOk : Exit::kUsage;
}

// Name and etag of a request about one account.
template <typename Request>
absl::Status Address(Session& session, const std::string& text, Request* request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::Account account, Load(session, text));
    return account.etag();
  };
  ASSIGN_OR_RETURN(*request->mutable_name(), FullName("accounts", text));
  ASSIGN_OR_RETURN(*request->mutable_etag(), session.EtagOr(read_etag));
  return absl::OkStatus();
}

absl::StatusOr<Exit> ConfirmOpening(Session& session, const Arguments& arguments) {
  v1::ConfirmOpeningRequest request;
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "opened-on", session.Today()));
  *request.mutable_opened_on() = wire::ToDate(day);
  RETURN_IF_ERROR(Address(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&Stub::ConfirmOpening, request));
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
  RETURN_IF_ERROR(Address(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&Stub::RecordListing, request));
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
  RETURN_IF_ERROR(Address(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&Stub::ConfirmClosing, request));
  return ShowAccount(session, account);
}

std::vector<Command> ReadingCommands() {
  return {{"account list",
           "",
           "台帳のアカウントを一覧します。",
           "Lists accounts of the ledger.",
           {{"department", "DEPARTMENT", "この所属だけ", "Only this department"},
            {"platform", "ID", "この種類だけ", "Only this platform id"},
            {"state", "STATE", "この状態だけ(複数可)", "Only these states", true}},
           {"daicho account list --department=0303 --as pr-office",
            "daicho account list --platform=x --state=active --format=json"},
           List},
          {"account get",
           "ACCOUNT",
           "一つのアカウントを表示します。",
           "Shows one account.",
           {},
           {"daicho account get accounts/0197b1f0-… --as pr-office",
            "daicho account get 0197b1f0-… --get=state"},
           Get},
          {"account history",
           "ACCOUNT",
           "アカウントのすべての版と変更点を、新しい順に表示します。",
           "Shows every version of an account and what changed, newest first.",
           {},
           {"daicho account history accounts/0197b1f0-… --as auditor"},
           History}};
}

std::vector<Command> ChangingCommands() {
  return {{"account import",
           "FILE",
           "既存の台帳(CSV、UTF-8)を取り込みます。一行でも問題があれば何も取り込みません。",
           "Imports an existing ledger from CSV in UTF-8: all rows or none.",
           {{"dry-run", "", "何が起きるかだけを表示", "Only say what would happen"}},
           {"daicho account import accounts.csv --dry-run --as pr-office"},
           Import},
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
           ConfirmClosing}};
}

}  // namespace

Group AccountCommands() {
  Group group{"account", "台帳のアカウントを調べる、事実を報告する", "Accounts of the ledger",
              ReadingCommands()};
  for (Command& command : ChangingCommands()) group.commands.push_back(std::move(command));
  for (Command& command : ActivityCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
