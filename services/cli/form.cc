#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/content.h"
#include "services/cli/form_act.h"
#include "services/cli/form_text.h"
#include "services/cli/form_transfer.h"
#include "services/cli/labels.h"
#include "services/cli/policy_check.h"
#include "services/cli/session.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using FormStub = v1::FormService::Stub;

// What a draft starts from, and the department it is for when the ledger says so.
struct Start {
  v1::FormContent content;
  std::string department;
};

absl::StatusOr<Start> StartFromAccount(Session& session, const Arguments& arguments,
                                       v1::Form::Action action) {
  if (action == v1::Form::ACTION_UNSPECIFIED || action == v1::Form::ACTION_OPEN) {
    return WrongCommandLine("With --account, --action must be change, close or grant.",
                            "--account には --action=change、close、grant のいずれかが必要です。");
  }
  v1::DraftFromAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  request.set_action(action);
  for (const std::string& text : arguments.All("absorb")) {
    ASSIGN_OR_RETURN(*request.add_absorbed_accounts(), FullName("accounts", text));
  }
  ASSIGN_OR_RETURN(const auto draft, session.Read(&FormStub::DraftFromAccount, request));
  return Start{draft.content(), draft.department()};
}

absl::StatusOr<Start> StartOf(Session& session, const Arguments& arguments) {
  auto action = v1::Form::ACTION_UNSPECIFIED;
  if (arguments.Has("action")) {
    ASSIGN_OR_RETURN(const int number,
                     ParseEnum(*v1::Form::Action_descriptor(), arguments.Get("action"), "action"));
    action = static_cast<v1::Form::Action>(number);
  }
  if (arguments.Has("account")) {
    if (!arguments.Has("from")) return StartFromAccount(session, arguments, action);
    return WrongCommandLine("Give either --from or --account.",
                            "--from と --account は同時に指定できません。");
  }
  if (arguments.Has("absorb")) {
    return WrongCommandLine("--absorb goes with --account, the account to merge into.",
                            "--absorb は統合先の --account と一緒に指定してください。");
  }
  Start start;
  if (arguments.Has("from")) RETURN_IF_ERROR(ReadTextFile(arguments.Get("from"), &start.content));
  if (arguments.Has("action")) start.content.set_action(action);
  return start;
}

// `content` with --unset, --set and --attach applied, in this order.
absl::StatusOr<v1::FormContent> Edited(const v1::FormContent& content, const Arguments& arguments) {
  ASSIGN_OR_RETURN(v1::FormContent edited,
                   Edit(content, arguments.All("unset"), arguments.All("set")));
  for (const std::string& path : arguments.All("attach")) {
    ASSIGN_OR_RETURN(*edited.add_attachments(), Describe(path));
  }
  return edited;
}

absl::StatusOr<Exit> Draft(Session& session, const Arguments& arguments) {
  if (!arguments.Has("from") && !arguments.Has("account") && !arguments.Has("action")) {
    return WrongCommandLine("Give --from, or --account with --action, or --action=open and --set.",
                            "--from か、--account と --action か、--action=open と --set を"
                            "指定してください。");
  }
  ASSIGN_OR_RETURN(Start start, StartOf(session, arguments));
  v1::CreateFormRequest request;
  ASSIGN_OR_RETURN(*request.mutable_content(), Edited(start.content, arguments));
  request.set_department(start.department);
  if (start.department.empty() || arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(), session.DepartmentOr("department"));
  }
  ASSIGN_OR_RETURN(const v1::Form form, session.Write(&FormStub::CreateForm, request));
  return ShowForm(session, form);
}

absl::StatusOr<Exit> Update(Session& session, const Arguments& arguments) {
  if (!arguments.Has("from") && !arguments.Has("set") && !arguments.Has("unset") &&
      !arguments.Has("attach")) {
    return WrongCommandLine(
        "Nothing to change: give --from, --set, --unset or --attach.",
        "変更がありません。--from、--set、--unset、--attach を指定してください。");
  }
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, arguments.operands[0]));
  v1::FormContent content = form.content();
  if (arguments.Has("from")) {
    content.Clear();
    RETURN_IF_ERROR(ReadTextFile(arguments.Get("from"), &content));
  }
  v1::UpdateFormRequest request;
  request.set_name(form.name());
  ASSIGN_OR_RETURN(*request.mutable_etag(), session.EtagOr([&] { return form.etag(); }));
  ASSIGN_OR_RETURN(*request.mutable_content(), Edited(content, arguments));
  ASSIGN_OR_RETURN(const v1::Form updated, session.Write(&FormStub::UpdateForm, request));
  return ShowForm(session, updated);
}

absl::StatusOr<Exit> GetForm(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, arguments.operands[0]));
  return ShowForm(session, form);
}

absl::StatusOr<Exit> Timeline(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, arguments.operands[0]));
  RETURN_IF_ERROR(session.Show(form, [&](int width) { return TimelineText(form, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Preview(Session& session, const Arguments& arguments) {
  v1::PreviewRouteRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("forms", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto route, session.Read(&FormStub::PreviewRoute, request));
  RETURN_IF_ERROR(session.Show(route, [&](int width) { return PreviewText(route, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ListForms(Session& session, const Arguments& arguments) {
  v1::ListFormsRequest request;
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  for (const std::string& state : arguments.All("state")) {
    ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Form::State_descriptor(), state, "state"));
    request.add_states(static_cast<v1::Form::State>(number));
  }
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&FormStub::ListForms, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return FormListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Check(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, arguments.operands[0]));
  return CheckContent(session, form.content(), form.department());
}

const Flag kFrom = {"from", "FILE", "協議書の内容(text-format の FormContent)",
                    "Content of the form: FormContent in text format"};
const Flag kSet = {"set", "PATH=VALUE", "項目を設定(daicho help set)",
                   "Set a field; see daicho help set", true};
const Flag kUnset = {"unset", "PATH", "項目を空にする", "Clear a field", true};
const Flag kAttach = {"attach", "FILE", "添付の名前とSHA-256を記載(送るのは form attach)",
                      "Name a file with its SHA-256; form attach sends it", true};
const Flag kDepartment = {"department", "DEPARTMENT", "所属", "Department"};

std::vector<Command> WritingCommands() {
  return {{"form draft",
           "",
           "協議書を起案します。--account を付けると、台帳の内容が入った状態で始まります。",
           "Drafts a form. With --account it starts from what the ledger says.",
           {kFrom,
            {"account", "ACCOUNT", "対象アカウント(変更・廃止・利用申請)",
             "Account, to change it, close it or ask for its use"},
            {"action", "open|change|close|grant", "協議区分", "What the form asks for"},
            {"absorb", "ACCOUNT", "統合されるアカウント(変更。複数可)",
             "Account to merge into this one, with change", true},
            kSet,
            kUnset,
            kAttach,
            kDepartment},
           {"daicho form draft --from=open.textproto --attach=usage-policy.pdf --as hirose",
            "daicho form draft --from=open.textproto --set fields.handle=pref_event --get=name",
            "daicho form draft --account=accounts/0197b1f0-… --action=change "
            "--set fields.purpose=防災情報の発信",
            "daicho form draft --account=accounts/0197b1f0-… --action=change "
            "--absorb=accounts/0197b1f1-… --absorb=accounts/0197b1f2-… "
            "--set fields.handle=tocho_koho --set fields.url=https://x.com/tocho_koho",
            "daicho form draft --account=accounts/0197b1f0-… --action=close "
            "--set closing.reason=TERM_ENDED",
            "daicho form draft --account=accounts/0197b1f0-… --action=close --set urgent=true "
            "--set closing.reason=SECURITY --as it-security",
            "daicho form draft --account=accounts/0197b1f0-… --action=grant "
            "--set use.users[0].display_name=広瀬遥 --set use.purpose=観光情報の随時の発信"},
           Draft},
          {"form update",
           "FORM",
           "起案中、または差戻し・引戻し・助言で手元にある協議書を直します。",
           "Changes a form that is a draft, or was returned, pulled back or advised on.",
           {kFrom, kSet, kUnset, kAttach},
           {"daicho form update forms/0197b1f0-… --set effective_on=2026-12-01",
            "daicho form update 0197b1f0-… --unset fields.goals --set fields.notes=@notes.txt"},
           Update}};
}

std::vector<Command> ReadingCommands() {
  return {{"form show",
           "FORM",
           "協議書を表示します。",
           "Shows a form.",
           {},
           {"daicho form show forms/0197b1f0-…", "daicho form show 0197b1f0-… --get=state"},
           GetForm},
          {"form list",
           "",
           "協議書を新しい順に一覧します。",
           "Lists forms, newest first.",
           {kDepartment,
            {"state", "STATE", "この状態だけ(複数可)", "Only these states", true},
            {"account", "ACCOUNT", "このアカウントについてだけ", "Only forms about this account"}},
           {"daicho form list --state=under_review --as pr-office",
            "daicho form list --account=accounts/0197b1f0-…"},
           ListForms},
          {"form check",
           "FORM",
           "規程と照らし合わせます。「不可」の指摘があれば終了コード 3 です。",
           "Checks a form against the guideline. Exit status 3 when a finding blocks.",
           {},
           {"daicho form check forms/0197b1f0-…"},
           Check},
          {"form preview",
           "FORM",
           "いま提出したときの経路を表示します。何も変わりません。",
           "Shows the route the form would take if it were submitted now. Changes nothing.",
           {},
           {"daicho form preview forms/0197b1f0-…"},
           Preview},
          {"form timeline",
           "FORM",
           "誰がいつ何をしたか、いま誰の番かを表示します。",
           "Shows who did what when, and whose turn it is.",
           {},
           {"daicho form timeline forms/0197b1f0-…"},
           Timeline}};
}

}  // namespace

Group FormCommands() {
  Group group{"form", "協議書を起案する、提出する、決裁する", "Consultation forms", {}};
  for (const auto& commands :
       {WritingCommands(), AttachmentCommands(), ReadingCommands(), FormActCommands(),
        FormInboxCommands(), FormTransferCommands(), FormPrintCommands()}) {
    group.commands.insert(group.commands.end(), commands.begin(), commands.end());
  }
  return group;
}

}  // namespace daicho::cli
