#include "services/cli/department_plan.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"
#include "services/cli/transfer_file.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using DepartmentStub = v1::DepartmentService::Stub;
using Forms = approval::v1::FormService::Stub;

std::string Codes(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, absl::StripPrefix(name, "departments/"));
  });
}

std::string Code(const std::string& name) {
  return std::string(absl::StripPrefix(name, "departments/"));
}

// "before → after" where they differ, else what stays.
std::string Arrow(const std::string& before, const std::string& after) {
  if (before == after || before.empty()) return after;
  return absl::StrCat(before, " → ", after.empty() ? "なし" : after);
}

std::string EffectsText(const v1::ReorganizationEffects& effects, int width) {
  Table departments{{"所属", "変わること", "名称", "引継ぎ先", "上位", "経由"}, {}};
  for (const v1::DepartmentEffect& effect : effects.departments()) {
    const std::string changes =
        absl::StrJoin(effect.changes(), ", ", [](std::string* out, int change) {
          absl::StrAppend(out, EnumLabel(static_cast<v1::DepartmentEffect::Change>(change)));
        });
    departments.rows.push_back(
        {Code(effect.department()), changes,
         Arrow(effect.display_name_before(), effect.display_name()), Codes(effect.successors()),
         Arrow(Code(effect.parent_before()), Code(effect.parent())),
         Arrow(Code(effect.via_department_before()), Code(effect.via_department()))});
  }
  Table accounts{{"アカウント", "名称", "変更前", "変更後"}, {}};
  for (const v1::AccountMove& move : effects.accounts()) {
    accounts.rows.push_back(
        {move.account(), move.display_name(), Code(move.from()), Code(move.to())});
  }
  std::string text = absl::StrCat("\n所属 ", effects.departments_size(), " 件 departments\n",
                                  Render(departments, width));
  absl::StrAppend(&text, "\n所属が変わるアカウント ", effects.accounts_size(), " 件 accounts\n");
  if (!accounts.rows.empty()) absl::StrAppend(&text, Render(accounts, width));
  return text;
}

std::string ProblemsText(const v1::Reorganization& plan, int width) {
  Table table{{"手順", "項目", "理由", "内容"}, {}};
  for (const v1::ReorganizationProblem& problem : plan.problems()) {
    table.rows.push_back({problem.step() < 0 ? "全体" : absl::StrCat(problem.step()),
                          problem.field(), problem.reason(),
                          absl::StrCat(problem.message_ja(), " / ", problem.message())});
  }
  return absl::StrCat("\n問題 ", plan.problems_size(), " 件 problems\n", Render(table, width));
}

Details HeadOf(const v1::Reorganization& plan, bool dry_run) {
  Details details;
  if (dry_run) details.emplace_back("試行(変更なし)", "Dry run");
  if (!plan.name().empty()) details.emplace_back("組織改編", plan.name());
  if (!dry_run || plan.problems().empty()) {
    details.emplace_back("状態", EnumLabel(plan.state()));
  }
  details.emplace_back("施行日", DayText(plan.effective_on()));
  if (!plan.reason().empty()) details.emplace_back("名称", plan.reason());
  details.emplace_back("登録者", plan.actor());
  if (plan.has_settle_time()) details.emplace_back("処理日時", TimeText(plan.settle_time()));
  return details;
}

std::string PlanText(const v1::Reorganization& plan, bool dry_run, int width) {
  std::string text = Render(HeadOf(plan, dry_run));
  if (!plan.problems().empty()) absl::StrAppend(&text, ProblemsText(plan, width));
  if (plan.has_effects()) absl::StrAppend(&text, EffectsText(plan.effects(), width));
  return text;
}

// Open forms of the departments that change, as far as the caller may see them.
std::string OpenFormsText(Session& session, const v1::Reorganization& plan, int width) {
  Table table{{"協議書", "所属", "協議区分", "状態", "いまの段階"}, {}};
  std::set<std::string> departments, listed;
  for (const auto& effect : plan.effects().departments()) departments.insert(effect.department());
  for (const auto& move : plan.effects().accounts()) departments.insert(move.from());
  for (const std::string& department : departments) {
    approval::v1::ListFormsRequest request;
    request.set_department(department);
    using Form = approval::v1::Form;
    for (const auto state : {Form::STATE_DRAFT, Form::STATE_IN_ROUTE, Form::STATE_UNDER_REVIEW,
                             Form::STATE_ADVISED, Form::STATE_RETURNED, Form::STATE_PULLED_BACK}) {
      request.add_states(state);
    }
    const auto list = session.ReadAll(&Forms::ListForms, request);
    if (!list.ok()) {
      return absl::StrCat("\n手続き中の協議書は表示できません: ", JapaneseOf(list.status()),
                          " / open forms cannot be shown: ", std::string(list.status().message()),
                          "\n");
    }
    for (const Form& form : list->forms()) {
      if (!listed.insert(form.name()).second) continue;
      const bool with_step = form.current_step() >= 0 && form.current_step() < form.steps_size();
      table.rows.push_back(
          {form.name(), Code(form.department()), EnumLabel(form.content().action()),
           EnumLabel(form.state()),
           with_step ? form.steps(form.current_step()).department_display_name() : ""});
    }
  }
  return absl::StrCat("\n手続き中の協議書 ", table.rows.size(), " 件 open forms\n",
                      table.rows.empty() ? "" : Render(table, width));
}

absl::StatusOr<Exit> Reorganize(Session& session, const Arguments& arguments) {
  v1::ReorganizeDepartmentsRequest request;
  RETURN_IF_ERROR(ReadTextFile(arguments.operands[0], &request));
  const bool dry_run = arguments.Has("dry-run") || request.validate_only();
  request.set_validate_only(dry_run);
  ASSIGN_OR_RETURN(const auto plan, session.Write(&DepartmentStub::ReorganizeDepartments, request));
  RETURN_IF_ERROR(session.Show(plan, [&](int width) {
    return absl::StrCat(PlanText(plan, dry_run, width), dry_run && plan.problems().empty()
                                                            ? OpenFormsText(session, plan, width)
                                                            : "");
  }));
  return plan.problems().empty() ? Exit::kOk : Exit::kUsage;
}

absl::StatusOr<Exit> ListPlans(Session& session, const Arguments& arguments) {
  v1::ListReorganizationsRequest request;
  for (const std::string& state : arguments.All("state")) {
    ASSIGN_OR_RETURN(const int number,
                     ParseEnum(*v1::Reorganization::State_descriptor(), state, "state"));
    request.add_states(static_cast<v1::Reorganization::State>(number));
  }
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&DepartmentStub::ListReorganizations, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) {
    Table table{{"組織改編", "状態", "施行日", "名称", "登録者", "問題"}, {}};
    for (const v1::Reorganization& one : list.reorganizations()) {
      table.rows.push_back({one.name(), EnumLabel(one.state()), DayText(one.effective_on()),
                            one.reason(), one.actor(),
                            one.problems().empty() ? "" : one.problems(0).reason()});
    }
    return absl::StrCat(Render(table, width), list.reorganizations_size(), " 件\n");
  }));
  return Exit::kOk;
}

absl::StatusOr<v1::Reorganization> LoadPlan(Session& session, const std::string& text) {
  v1::GetReorganizationRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("reorganizations", text));
  return session.Read(&DepartmentStub::GetReorganization, request);
}

absl::StatusOr<Exit> GetPlan(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto plan, LoadPlan(session, arguments.operands[0]));
  RETURN_IF_ERROR(
      session.Show(plan, [&](int width) { return PlanText(plan, /*dry_run=*/false, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Cancel(Session& session, const Arguments& arguments) {
  v1::CancelReorganizationRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("reorganizations", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_etag(), session.EtagOr([&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const auto plan, LoadPlan(session, arguments.operands[0]));
    return plan.etag();
  }));
  request.set_reason(arguments.Get("reason"));
  ASSIGN_OR_RETURN(const auto plan, session.Write(&DepartmentStub::CancelReorganization, request));
  RETURN_IF_ERROR(session.Show(plan, [&](int) { return Render(HeadOf(plan, /*dry_run=*/false)); }));
  return Exit::kOk;
}

// One person of a sweep; empty texts are not given.
absl::Status AddPerson(const TransferRow& row, v1::SweepTransfersRequest& request) {
  v1::TransferredPerson& person = *request.add_people();
  if (!row.subject.empty()) {
    ASSIGN_OR_RETURN(*person.mutable_subject(), FullName("users", row.subject));
  }
  person.set_display_name(row.name);
  if (!row.left.empty()) {
    ASSIGN_OR_RETURN(*person.mutable_department_left(), FullName("departments", row.left));
  }
  if (!row.joined.empty()) {
    ASSIGN_OR_RETURN(*person.mutable_department_joined(), FullName("departments", row.joined));
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Sweep(Session& session, const Arguments& arguments) {
  std::vector<TransferRow> rows;
  if (!arguments.operands.empty()) {
    ASSIGN_OR_RETURN(rows, ReadTransferFile(arguments.operands[0]));
  } else {
    rows.push_back({arguments.Get("subject"), arguments.Get("name"), arguments.Get("left"),
                    arguments.Get("joined"), "", ""});
  }
  v1::SweepTransfersRequest request;
  for (const TransferRow& row : rows) RETURN_IF_ERROR(AddPerson(row, request));
  ASSIGN_OR_RETURN(const auto answer, session.Read(&DepartmentStub::SweepTransfers, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) {
    Table table{{"職員", "役割", "アカウント", "名称", "種類", "所属", "確認"}, {}};
    for (const v1::TransferFinding& finding : answer.findings()) {
      const v1::TransferredPerson& person = request.people(finding.person());
      const bool named = !finding.display_name().empty();
      table.rows.push_back({absl::StrCat(named ? finding.display_name() : person.display_name(),
                                         person.subject().empty() ? "" : " " + person.subject()),
                            EnumLabel(finding.role()), finding.account(),
                            finding.account_display_name(), finding.platform(),
                            Code(finding.department()),
                            finding.by_name_only() ? "氏名のみ一致" : ""});
    }
    return absl::StrCat(Render(table, width), answer.findings_size(), " 件\n");
  }));
  return Exit::kOk;
}

}  // namespace

std::vector<Command> ReorganizationCommands() {
  return {
      {"department reorganize",
       "FILE",
       "組織改編を登録します(text-format の "
       "ReorganizeDepartmentsRequest)。施行日が今日までなら直ちに、"
       "未来ならその日に、すべての手順をまとめて行います。",
       "Reorganises departments: ReorganizeDepartmentsRequest in text format. All steps or none, "
       "at "
       "once or when the day comes.",
       {{"dry-run", "", "何が変わるか、どの協議書に関わるかだけを表示",
         "Only say what would move, and which open forms it concerns"}},
       {"daicho department reorganize deploy/sample/reorganization.textproto --dry-run --as "
        "pr-office",
        "daicho department reorganize reiwa9.textproto --as admin"},
       Reorganize},
      {"department reorganizations",
       "",
       "組織改編を新しい順に一覧します。",
       "Lists reorganisations, newest first.",
       {{"state", "STATE", "この状態だけ(複数可)", "Only these states", true}},
       {"daicho department reorganizations --state=scheduled"},
       ListPlans},
      {"department reorganization",
       "REORGANIZATION",
       "一つの組織改編を、動いた所属とアカウントとともに表示します。",
       "Shows one reorganisation with what it moves.",
       {},
       {"daicho department reorganization reorganizations/0197b1f0-…"},
       GetPlan},
      {"department cancel-reorganization",
       "REORGANIZATION",
       "施行日前の組織改編を取り消します。",
       "Calls a scheduled reorganisation off.",
       {{"reason", "TEXT", "理由", "Why"}},
       {"daicho department cancel-reorganization reorganizations/0197b1f0-… --reason=延期 --as "
        "admin"},
       Cancel},
      {"department sweep",
       "[FILE]",
       "異動した職員が運用責任者・運用担当者・決裁権者のままのアカウントを一覧します。FILE は"
       "「ID,氏名,異動元,異動先」のCSV(UTF-8)です。form transfer のファイルも使えます。",
       "Lists the accounts in which people who were transferred still hold a role. FILE is CSV: "
       "subject,name,left,joined; that of form transfer will do.",
       {{"subject", "USER", "職員のID", "Whom, by id"},
        {"name", "NAME", "氏名", "Whom, by name"},
        {"left", "DEPARTMENT", "異動元の所属", "Department left"},
        {"joined", "DEPARTMENT", "異動先の所属", "Department joined"}},
       {"daicho department sweep --subject=hirose --left=0201 --joined=0101 --as pr-office",
        "daicho department sweep ido.csv --as pr-office --format=json"},
       Sweep}};
}

}  // namespace daicho::cli
