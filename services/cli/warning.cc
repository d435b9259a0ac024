#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/warning_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using WarningStub = v1::WarningService::Stub;

absl::string_view StateOf(const v1::ImpersonationWarning& warning) {
  if (warning.has_withdrawn_on()) return "取下げ";
  return warning.has_removed_on() ? "削除確認済" : "注意喚起中";
}

std::string ListText(const v1::ListWarningsResponse& list, int width) {
  Table table{{"状態", "種類", "正規URL", "所属", "開始日", "注意文", "注意喚起"}, {}};
  for (const v1::ImpersonationWarning& warning : list.warnings()) {
    table.rows.push_back({std::string(StateOf(warning)), warning.platform(),
                          warning.canonical_url(), warning.department(),
                          DayText(warning.starts_on()), warning.notice_ja(), warning.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> ListWarnings(Session& session, const Arguments& arguments) {
  v1::ListWarningsRequest request;
  request.set_show_withdrawn(arguments.Has("all"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&WarningStub::ListWarnings, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<v1::ImpersonationWarning> LoadWarning(Session& session, const std::string& text) {
  v1::GetWarningRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("warnings", text));
  return session.Read(&WarningStub::GetWarning, request);
}

absl::StatusOr<Exit> ShowWarning(Session& session, const v1::ImpersonationWarning& warning) {
  RETURN_IF_ERROR(session.Show(warning, [&](int) { return Render(LabelledFields(warning)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> GetWarning(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto warning, LoadWarning(session, arguments.operands[0]));
  return ShowWarning(session, warning);
}

absl::StatusOr<Exit> Create(Session& session, const Arguments& arguments) {
  v1::CreateWarningRequest request;
  request.set_url(arguments.operands[0]);
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  ASSIGN_OR_RETURN(*request.mutable_notice_ja(), RequiredFlag(arguments, "notice-ja"));
  request.set_notice(arguments.Get("notice"));
  request.set_evidence(arguments.Get("evidence"));
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "reported-on", session.Today()));
  *request.mutable_reported_on() = wire::ToDate(day);
  ASSIGN_OR_RETURN(const auto warning, session.Write(&WarningStub::CreateWarning, request));
  return ShowWarning(session, warning);
}

// Name and etag of a request about one warning.
template <typename Request>
absl::Status AddressWarning(Session& session, const std::string& text, Request* request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::ImpersonationWarning warning, LoadWarning(session, text));
    return warning.etag();
  };
  ASSIGN_OR_RETURN(*request->mutable_name(), FullName("warnings", text));
  ASSIGN_OR_RETURN(*request->mutable_etag(), session.EtagOr(read_etag));
  return absl::OkStatus();
}

absl::StatusOr<Exit> Update(Session& session, const Arguments& arguments) {
  v1::UpdateWarningRequest request;
  const auto take = [&](const std::string& flag, const std::string& field, std::string* text) {
    if (!arguments.Has(flag)) return;
    request.mutable_update_mask()->add_paths(field);
    *text = arguments.Get(flag);
  };
  take("notice-ja", "notice_ja", request.mutable_notice_ja());
  take("notice", "notice", request.mutable_notice());
  take("evidence", "evidence", request.mutable_evidence());
  if (arguments.Has("removed-on")) {
    request.mutable_update_mask()->add_paths("removed_on");
    if (!arguments.Get("removed-on").empty()) {
      ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "removed-on", session.Today()));
      *request.mutable_removed_on() = wire::ToDate(day);
    }
  }
  if (request.update_mask().paths().empty()) {
    return WrongCommandLine(
        "Give --notice-ja, --notice, --evidence or --removed-on.",
        "--notice-ja、--notice、--evidence、--removed-on のいずれかを指定してください。");
  }
  RETURN_IF_ERROR(AddressWarning(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto warning, session.Write(&WarningStub::UpdateWarning, request));
  return ShowWarning(session, warning);
}

absl::StatusOr<Exit> Withdraw(Session& session, const Arguments& arguments) {
  v1::WithdrawWarningRequest request;
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(AddressWarning(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto warning, session.Write(&WarningStub::WithdrawWarning, request));
  return ShowWarning(session, warning);
}

std::vector<Command> WarningChangingCommands() {
  const Flag notice_ja = {"notice-ja", "TEXT", "県民への注意文", "Warning to readers, in Japanese"};
  const Flag notice = {"notice", "TEXT", "英語の注意文", "The same in English"};
  const Flag evidence = {"evidence", "TEXT", "なりすましと判断した根拠(非公開)",
                         "What shows that it is an impersonation; not public"};
  return {{"warning create",
           "URL",
           "なりすましのアカウントやページについて注意喚起を始めます。",
           "Warns of an account or page that poses as the organisation.",
           {{"department", "DEPARTMENT", "かたられている所属", "Department it poses as"},
            {"account", "ACCOUNT", "かたられている公式アカウント", "Account it poses as"},
            notice_ja,
            notice,
            evidence,
            {"reported-on", "DATE", "報告を受けた日。既定は今日",
             "Day it was reported. Default: today"}},
           {"daicho warning create https://www.facebook.com/pref.fake --department=0101 "
            "--notice-ja=偽のページです。県から友達申請を送ることはありません。 --as pr-office"},
           Create},
          {"warning update",
           "WARNING",
           "注意文や根拠を改め、サービス側で削除されたことを記録します。空の値は項目を消します。",
           "Changes what a warning says, or records that the platform removed the impersonator. An "
           "empty value clears.",
           {notice_ja,
            notice,
            evidence,
            {"removed-on", "DATE", "削除された日。空にすると「再び公開中」",
             "Day it was removed. Empty: it is back"}},
           {"daicho warning update warnings/0197b1f0-… --removed-on=2026-11-22 --as pr-office",
            "daicho warning update 0197b1f0-… --removed-on= --as it-security"},
           Update},
          {"warning withdraw",
           "WARNING",
           "誤りだった注意喚起を取り下げます。記録は残ります。",
           "Takes a warning back that was a mistake. The record stays.",
           {{"reason", "TEXT", "誤りだった理由", "Why it was a mistake"}},
           {"daicho warning withdraw warnings/0197b1f0-… --reason=関係団体のページと判明 "
            "--as pr-office"},
           Withdraw}};
}

}  // namespace

Group WarningCommands() {
  Group group{"warning",
              "なりすましの注意喚起を調べる、登録する",
              "Public warnings about impersonators",
              {{"warning list",
                "",
                "出ている注意喚起を新しい順に一覧します。",
                "Lists warnings in force, newest first.",
                {{"all", "", "取り下げたものも含める", "Also those that were withdrawn"}},
                {"daicho warning list --as hirose", "daicho warning list --all --format=json"},
                ListWarnings},
               {"warning show",
                "WARNING",
                "一つの注意喚起を、非公開の項目も含めて表示します。",
                "Shows one warning, with what is not public about it.",
                {},
                {"daicho warning show warnings/0197b1f0-… --as pr-office",
                 "daicho warning show 0197b1f0-… --get=removed_on --as auditor"},
                GetWarning}}};
  for (Command& command : WarningChangingCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
