#include "services/cli/form_act.h"

#include "absl/strings/numbers.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/cli/form_text.h"
#include "services/cli/labels.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using FormStub = v1::FormService::Stub;

// Sends `request` about the form named on the command line, guarded by its etag.
template <typename Request>
absl::StatusOr<Exit> Act(Session& session, const Arguments& arguments,
                         grpc::Status (FormStub::*method)(grpc::ClientContext*, const Request&,
                                                          v1::Form*),
                         Request request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, arguments.operands[0]));
    return form.etag();
  };
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("forms", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_etag(), session.EtagOr(read_etag));
  request.set_comment(arguments.Get("comment"));
  ASSIGN_OR_RETURN(const v1::Form after, session.Write(method, request));
  return ShowForm(session, after);
}

absl::StatusOr<Exit> Submit(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::SubmitForm, v1::SubmitFormRequest());
}

absl::StatusOr<Exit> Withdraw(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::WithdrawForm, v1::WithdrawFormRequest());
}

absl::StatusOr<Exit> PullBack(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::PullBackForm, v1::PullBackFormRequest());
}

absl::StatusOr<Exit> AnswerForm(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::AnswerForm, v1::AnswerFormRequest());
}

absl::StatusOr<Exit> Review(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::ReviewFormAfterwards,
             v1::ReviewFormAfterwardsRequest());
}

absl::StatusOr<Exit> Settle(Session& session, const Arguments& arguments) {
  return Act(session, arguments, &FormStub::SettleConflict, v1::SettleConflictRequest());
}

absl::StatusOr<Exit> Decide(Session& session, const Arguments& arguments) {
  const int given = static_cast<int>(arguments.Has("agree")) +
                    static_cast<int>(arguments.Has("deputy")) +
                    static_cast<int>(arguments.Has("return"));
  if (given != 1) {
    return WrongCommandLine("Give one of --agree, --deputy and --return.",
                            "--agree、--deputy、--return のいずれか一つを指定してください。");
  }
  v1::DecideFormRequest request;
  request.set_decision(arguments.Has("agree") ? v1::DecideFormRequest::DECISION_AGREE
                                              : v1::DecideFormRequest::DECISION_RETURN);
  if (arguments.Has("deputy")) {
    request.set_decision(v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY);
  }
  request.set_deputy_reason(arguments.Get("reason"));
  return Act(session, arguments, &FormStub::DecideForm, request);
}

absl::StatusOr<Exit> Return(Session& session, const Arguments& arguments) {
  v1::DecideFormRequest request;
  request.set_decision(v1::DecideFormRequest::DECISION_RETURN);
  if (arguments.Has("to")) {
    int step = 0;
    if (!absl::SimpleAtoi(arguments.Get("to"), &step) || step < 1) {
      return WrongCommandLine("--to is the number of a step, as form show has it: 1, 2, …",
                              "--to は form show の経路の番号(1、2 など)です。");
    }
    request.set_decision(v1::DecideFormRequest::DECISION_RETURN_TO_STEP);
    request.set_to_step(step - 1);
  }
  return Act(session, arguments, &FormStub::DecideForm, request);
}

absl::StatusOr<Exit> Reject(Session& session, const Arguments& arguments) {
  v1::DecideFormRequest request;
  request.set_decision(v1::DecideFormRequest::DECISION_REJECT);
  return Act(session, arguments, &FormStub::DecideForm, request);
}

absl::StatusOr<Exit> Advise(Session& session, const Arguments& arguments) {
  RETURN_IF_ERROR(RequiredFlag(arguments, "due").status());
  ASSIGN_OR_RETURN(const absl::CivilDay due_on, DayFlag(arguments, "due", session.Today()));
  ASSIGN_OR_RETURN(const std::string kind_name, RequiredFlag(arguments, "kind"));
  ASSIGN_OR_RETURN(const int kind,
                   ParseEnum(*v1::FormAdvice::Kind_descriptor(), kind_name, "kind"));
  v1::AdviseFormRequest request;
  request.set_kind(static_cast<v1::FormAdvice::Kind>(kind));
  *request.mutable_due_on() = wire::ToDate(due_on);
  return Act(session, arguments, &FormStub::AdviseForm, request);
}

const Flag kComment = {"comment", "TEXT", "コメント、理由", "Comment, or the reason"};

std::vector<Command> DecidingCommands() {
  return {{"form decide",
           "FORM",
           "承認・同意するか、代決するか、理由を付けて起案者に差し戻します。",
           "Agrees, in one's own name or as a deputy, or returns the form with a reason.",
           {{"agree", "", "承認・同意", "Agree"},
            {"deputy", "", "代決(不在が記録されている間)", "Agree for a head who is away"},
            {"reason", "TEXT", "代決の理由", "Why the head cannot decide, with --deputy"},
            {"return", "", "起案者への差戻し", "Return to the drafter"},
            kComment},
           {"daicho form decide forms/0197b1f0-… --agree",
            "daicho form decide forms/0197b1f0-… --deputy --reason=課長が出張中のため",
            "daicho form decide forms/0197b1f0-… --return --comment=目的を具体的に"},
           Decide},
          {"form return",
           "FORM",
           "起案者または前の段階に差し戻します。",
           "Returns the form to the drafter or to an earlier step.",
           {{"to", "STEP", "差戻し先の段階の番号(省略時は起案者)",
             "Number of the step; the drafter when left out"},
            kComment},
           {"daicho form return forms/0197b1f0-… --comment=目的を具体的に",
            "daicho form return forms/0197b1f0-… --to=1 --comment=所属で再確認を"},
           Return},
          {"form reject",
           "FORM",
           "却下します。元には戻せません。直せば済むときは助言か差戻しにしてください。",
           "Rejects a form for good. Advise or return what can be mended.",
           {kComment},
           {"daicho form reject forms/0197b1f0-… --comment=目的が公務に当たらないため"},
           Reject},
          {"form advise",
           "FORM",
           "助言します。所属が期限までに回答します。",
           "Advises on a form; its department answers by the day.",
           {{"kind", "reconsider|improve|close_or_merge", "再検討、改善、廃止・統合",
             "What the department is asked to do"},
            {"due", "DATE", "回答期限", "Last day to answer"},
            kComment},
           {"daicho form advise forms/0197b1f0-… --kind=close_or_merge --due=2026-12-10 "
            "--comment=既存のアカウントへの統合を検討してください"},
           Advise},
          {"form review-afterwards",
           "FORM",
           "代決された協議書を後閲します。",
           "Reads what a deputy decided (後閲).",
           {kComment},
           {"daicho form review-afterwards forms/0197b1f0-… --as hirose-head"},
           Review},
          {"form settle",
           "FORM",
           "台帳と不一致になった協議書について、今後の対応を記録します。",
           "Records what follows from a form that met a conflict with the ledger.",
           {kComment},
           {"daicho form settle forms/0197b1f0-… --comment=新しい協議書を起案してもらう"},
           Settle}};
}

std::vector<Command> HoldingCommands() {
  return {
      {"form submit",
       "FORM",
       "提出します。経路が決まり、最初の承認者に回ります。助言への対応なら --comment が回答です。",
       "Hands a form in: its route is fixed and it goes to the first step. Upon advice, "
       "--comment is the answer.",
       {kComment},
       {"daicho form submit forms/0197b1f0-… --as hirose"},
       Submit},
      {"form pull-back",
       "FORM",
       "次の人が処理する前に引き戻します。",
       "Takes a form back to work on it, while nobody has acted on it yet.",
       {kComment},
       {"daicho form pull-back forms/0197b1f0-… --comment=URLの誤り"},
       PullBack},
      {"form answer",
       "FORM",
       "助言に回答します。内容を直したときは form submit で回答します。",
       "Answers advice. A form that was changed is submitted instead.",
       {kComment},
       {"daicho form answer forms/0197b1f0-… --comment=祭典に限るため統合は行いません"},
       AnswerForm},
      {"form withdraw",
       "FORM",
       "同意される前に取り下げます。元には戻せません。",
       "Takes a form back for good, before it is agreed.",
       {kComment},
       {"daicho form withdraw forms/0197b1f0-… --comment=計画変更のため"},
       Withdraw}};
}

}  // namespace

absl::StatusOr<v1::Form> LoadForm(Session& session, const std::string& text) {
  v1::GetFormRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("forms", text));
  return session.Read(&FormStub::GetForm, request);
}

absl::StatusOr<Exit> ShowForm(Session& session, const v1::Form& form) {
  RETURN_IF_ERROR(session.Show(form, [&](int width) { return FormText(form, width); }));
  return Exit::kOk;
}

std::vector<Command> FormActCommands() {
  std::vector<Command> commands = HoldingCommands();
  const std::vector<Command> deciding = DecidingCommands();
  commands.insert(commands.end(), deciding.begin(), deciding.end());
  return commands;
}

}  // namespace daicho::cli
