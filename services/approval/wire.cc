#include "services/approval/wire.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "common/wire/fields.h"
#include "services/approval/domain/requirement.h"

namespace daicho::approval::wire {
namespace {

using daicho::wire::Flatten;
using daicho::wire::ToTimestamp;

constexpr std::size_t kSha256Bytes = 32;

Violation Required(absl::string_view field) {
  return {std::string(field), "REQUIRED", "Fill it in.", "入力してください。"};
}

Violation NotApplicable(absl::string_view field, absl::string_view action) {
  return {std::string(field), "NOT_APPLICABLE",
          absl::StrCat("Leave it out: a form of this kind (", action, ") does not have it."),
          "この協議区分では使いません。空にしてください。"};
}

bool IsAccountName(const std::string& name) {
  return daicho::wire::ParseUuidName("accounts", name, "account").ok();
}

std::optional<domain::Action> ActionOf(v1::Form::Action action) {
  return domain::ActionNamed(absl::StripPrefix(v1::Form::Action_Name(action), "ACTION_"));
}

// Which account the form is about: a draft about one says so from the start.
void CheckAccount(const v1::FormContent& content, domain::Action action,
                  std::vector<Violation>& violations) {
  if (action == domain::Action::kOpen) return;
  if (content.account().empty()) {
    violations.push_back(Required("content.account"));
  } else if (!IsAccountName(content.account())) {
    violations.push_back(InvalidName("content.account", "accounts/UUID"));
  }
  if (action != domain::Action::kGrant && content.account_etag().empty()) {
    violations.push_back(Required("content.account_etag"));
  }
}

void CheckClosing(const v1::FormContent& content, domain::Action action,
                  std::vector<Violation>& violations) {
  if (content.closing().has_evidence()) {
    violations.push_back(NotApplicable("content.closing.evidence", "CLOSE"));
  }
  // The guideline and the deciders look at the form's own day: a second one would pass them by.
  if (content.closing().has_effective_on()) {
    violations.push_back({"content.closing.effective_on", "NOT_APPLICABLE",
                          "Leave it out; the day is that in content.effective_on.",
                          "空にしてください。日付は content.effective_on に記入します。"});
  }
  if (action != domain::Action::kClose) return;
  const std::string& successor = content.closing().successor();
  if (!successor.empty() && !IsAccountName(successor)) {
    violations.push_back(InvalidName("content.closing.successor", "accounts/UUID"));
  }
  // T 5-9-4: only a threat does not wait for a decision.
  if (content.urgent() && content.closing().reason() != registry::v1::Closing::REASON_SECURITY) {
    violations.push_back({"content.urgent", "NOT_APPLICABLE",
                          "Only a closing for security (closing.reason SECURITY) is urgent.",
                          "緊急の廃止は、廃止理由がセキュリティの場合に限ります。"});
  }
}

// 利用申請: each person once.
void CheckUse(const v1::FormContent& content, std::vector<Violation>& violations) {
  std::set<std::string> seen;
  for (int i = 0; i < content.use().users_size(); ++i) {
    const registry::v1::Person& user = content.use().users(i);
    const std::string field = absl::StrCat("content.use.users[", i, "]");
    if (IsBlank(user.display_name())) violations.push_back(Required(field + ".display_name"));
    if (!user.subject().empty() && !IsUserName(user.subject())) {
      violations.push_back(InvalidName(field + ".subject", "users/NAME"));
    }
    const std::string& key = user.subject().empty() ? user.display_name() : user.subject();
    if (!key.empty() && !seen.insert(key).second) {
      violations.push_back({field, "NAMED_TWICE", "The person is named before; leave them out.",
                            "同じ人が重複しています。一つだけにしてください。"});
    }
  }
}

// Accounts merged into the form's own: each another one, named once. T 5-9-3.
void CheckAbsorbed(const v1::FormContent& content, std::vector<Violation>& violations) {
  std::set<std::string> seen = {content.account()};
  for (int i = 0; i < content.absorbed_accounts_size(); ++i) {
    const std::string& name = content.absorbed_accounts(i).account();
    const std::string field = absl::StrCat("content.absorbed_accounts[", i, "].account");
    if (!IsAccountName(name)) {
      violations.push_back(InvalidName(field, "accounts/UUID"));
    } else if (name == content.account()) {
      violations.push_back({field, "ABSORBS_ITSELF",
                            "An account cannot be merged into itself; leave it out.",
                            "統合先のアカウント自身は指定できません。外してください。"});
    } else if (!seen.insert(name).second) {
      violations.push_back({field, "ABSORBED_TWICE", "The account is named before; leave it out.",
                            "同じアカウントが重複しています。一つだけにしてください。"});
    }
  }
}

void CheckAttachments(const v1::FormContent& content, std::vector<Violation>& violations) {
  for (int i = 0; i < content.attachments_size(); ++i) {
    if (content.attachments(i).sha256().size() == kSha256Bytes) continue;
    violations.push_back({absl::StrCat("content.attachments[", i, "].sha256"), "INVALID_HASH",
                          "Give the 32 bytes of the file's SHA-256.",
                          "ファイルのSHA-256(32バイト)を指定してください。"});
  }
}

// Both enums share their names behind the prefix.
v1::Form::State ToProto(domain::State state) {
  v1::Form::State out = v1::Form::STATE_UNSPECIFIED;
  v1::Form::State_Parse(absl::StrCat("STATE_", NameOf(state)), &out);
  return out;
}

v1::RouteStep::Kind ToProto(domain::StepKind kind) {
  v1::RouteStep::Kind out = v1::RouteStep::KIND_UNSPECIFIED;
  v1::RouteStep::Kind_Parse(absl::StrCat("KIND_", NameOf(kind)), &out);
  return out;
}

v1::FormAct::Kind ToProto(domain::ActKind kind) {
  v1::FormAct::Kind out = v1::FormAct::KIND_UNSPECIFIED;
  v1::FormAct::Kind_Parse(absl::StrCat("KIND_", NameOf(kind)), &out);
  return out;
}

access::v1::Role ToProto(domain::Role role) {
  access::v1::Role out = access::v1::ROLE_UNSPECIFIED;
  access::v1::Role_Parse(absl::StrCat("ROLE_", NameOf(role)), &out);
  return out;
}

std::optional<domain::State> FromProto(v1::Form::State state) {
  const std::string name = v1::Form::State_Name(state);
  return domain::StateNamed(absl::string_view(name).substr(absl::string_view("STATE_").size()));
}

void ToProto(const domain::Step& step, v1::RouteStep* out) {
  out->set_kind(ToProto(step.kind));
  out->set_department(step.department);
  out->set_department_display_name(step.department_display_name);
  if (step.decider) SetPerson(*step.decider, out->mutable_decider());
  if (step.decide_time) *out->mutable_decide_time() = ToTimestamp(*step.decide_time);
  for (const domain::RuleCited& rule : step.asked_by) {
    v1::RuleCited* added = out->add_asked_by();
    added->set_rule_id(rule.rule_id);
    added->set_clause(rule.clause);
  }
  out->set_heir(step.heir);
  out->set_heir_display_name(step.heir_display_name);
  if (!step.deputy) return;
  SetPerson(step.deputy->absent, out->mutable_absent());
  SetPerson(step.deputy->reviewer, out->mutable_reviewer());
  out->set_deputy_reason(step.deputy->reason);
  if (step.deputy->review_time) {
    *out->mutable_review_time() = ToTimestamp(*step.deputy->review_time);
  }
}

void ToProto(const domain::FormAdvice& advice, v1::FormAdvice* out) {
  v1::FormAdvice::Kind kind = v1::FormAdvice::KIND_UNSPECIFIED;
  v1::FormAdvice::Kind_Parse(absl::StrCat("KIND_", NameOf(advice.kind)), &kind);
  out->set_kind(kind);
  *out->mutable_due_on() = daicho::wire::ToDate(advice.due_on);
}

void ToProto(const domain::Finding& finding, v1::FormFinding* out) {
  out->set_rule_id(finding.rule_id);
  out->set_clause(finding.clause);
  v1::FormFinding::Severity severity = v1::FormFinding::SEVERITY_UNSPECIFIED;
  v1::FormFinding::Severity_Parse(absl::StrCat("SEVERITY_", NameOf(finding.severity)), &severity);
  out->set_severity(severity);
  out->set_field(finding.field);
  out->set_message(finding.message);
  out->set_message_ja(finding.message_ja);
  out->mutable_facts()->insert(finding.facts.begin(), finding.facts.end());
  out->set_guideline_version(finding.guideline_version);
}

void ToProto(const domain::Act& act, v1::FormAct* out) {
  out->set_kind(ToProto(act.kind));
  SetPerson(act.actor, out->mutable_actor());
  out->set_role(ToProto(act.role));
  *out->mutable_act_time() = ToTimestamp(act.time);
  out->set_step(act.step);
  out->set_comment(act.comment);
  out->set_deputy_reason(act.deputy_reason);
  if (act.advice) ToProto(*act.advice, out->mutable_advice());
  if (act.to_step >= 0) out->set_to_step(act.to_step);
  for (const domain::Finding& finding : act.findings) ToProto(finding, out->add_findings());
}

void ToProto(const domain::Reception& reception, v1::Reception* out) {
  out->set_fiscal_year(reception.fiscal_year);
  out->set_number(reception.number);
  out->set_display_number(DisplayNumber(reception));
  *out->mutable_received_on() = daicho::wire::ToDate(reception.received_on);
}

void ToProto(const domain::Application& application, v1::Application* out) {
  out->set_account(application.account);
  *out->mutable_apply_time() = ToTimestamp(application.time);
  out->set_conflict_reason(application.conflict_reason);
  out->set_conflict_message(application.conflict_message);
  for (const domain::Difference& difference : application.differences) {
    v1::Difference* added = out->add_differences();
    added->set_field(difference.path);
    added->set_agreed_on(difference.agreed_on);
    added->set_ledger(difference.ledger);
    added->set_wanted(difference.wanted);
  }
}

registry::v1::ApplyFormRequest::Action ToApplyAction(domain::Action action) {
  switch (action) {
    case domain::Action::kOpen:
      return registry::v1::ApplyFormRequest::ACTION_OPEN;
    case domain::Action::kChange:
      return registry::v1::ApplyFormRequest::ACTION_CHANGE;
    case domain::Action::kClose:
      return registry::v1::ApplyFormRequest::ACTION_CLOSE;
    case domain::Action::kGrant:
      return registry::v1::ApplyFormRequest::ACTION_GRANT;
  }
  return registry::v1::ApplyFormRequest::ACTION_UNSPECIFIED;
}

domain::DepartmentKind KindOf(registry::v1::Department::Kind kind) {
  using registry::v1::Department;
  if (kind == Department::KIND_EDUCATION_BOARD) return domain::DepartmentKind::kEducationBoard;
  if (kind == Department::KIND_COMMISSIONED_BODY) return domain::DepartmentKind::kCommissionedBody;
  if (kind == Department::KIND_AFFILIATED_BODY) return domain::DepartmentKind::kAffiliatedBody;
  if (kind == Department::KIND_OUT_OF_SCOPE) return domain::DepartmentKind::kOutOfScope;
  return domain::DepartmentKind::kPrefecturalOffice;
}

Decision DecisionOf(v1::DecideFormRequest::Decision decision) {
  if (decision == v1::DecideFormRequest::DECISION_RETURN) return Decision::kReturn;
  if (decision == v1::DecideFormRequest::DECISION_RETURN_TO_STEP) return Decision::kReturnToStep;
  if (decision == v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY) return Decision::kAgreeAsDeputy;
  if (decision == v1::DecideFormRequest::DECISION_REJECT) return Decision::kReject;
  return Decision::kAgree;
}

// A severity this server does not know weighs as much as the heaviest it does.
domain::Severity SeverityOf(policy::v1::Severity severity) {
  if (severity == policy::v1::SEVERITY_INFO) return domain::Severity::kInfo;
  if (severity == policy::v1::SEVERITY_WARN) return domain::Severity::kWarn;
  return domain::Severity::kBlock;
}

// Why, as the ledger keeps it with what the form does.
std::string ReasonOf(const v1::FormContent& content) {
  if (content.has_closing()) return content.closing().reason_detail();
  if (content.has_use()) return content.use().purpose();
  return content.change_reason();
}

// Requests that carry `name` and `etag`.
template <typename Request>
absl::StatusOr<Target> TargetOf(const Request& request) {
  Target target;
  ASSIGN_OR_RETURN(target.id, ParseName(request.name()));
  ASSIGN_OR_RETURN(target.revision, daicho::wire::ParseEtag(request.etag()));
  return target;
}

// The filters all lists of forms have.
template <typename Request>
ListCommand Filters(const Request& request, std::vector<Violation>& violations) {
  ListCommand command = {.department = request.department()};
  if (!command.department.empty() &&
      !daicho::wire::ParseDepartmentName(command.department, "department").ok()) {
    violations.push_back(InvalidName("department", "departments/CODE"));
  }
  for (int i = 0; i < request.states_size(); ++i) {
    const auto state = request.states(i) == v1::Form::STATE_UNSPECIFIED
                           ? std::nullopt
                           : FromProto(request.states(i));
    if (state) {
      command.states.push_back(*state);
    } else {
      violations.push_back({absl::StrCat("states[", i, "]"), "UNKNOWN_VALUE",
                            "Name a state a form can be in.", "協議書の状態を指定してください。"});
    }
  }
  return command;
}

}  // namespace

Violation InvalidName(absl::string_view field, absl::string_view form) {
  return {std::string(field), "INVALID_NAME", absl::StrCat("Write it as ", form, "."),
          absl::StrCat(form, " の形で指定してください。")};
}

bool IsUserName(absl::string_view name) {
  return absl::StartsWith(name, "users/") && name.size() > sizeof("users/") - 1;
}

void SetPerson(const domain::Person& person, registry::v1::Person* out) {
  out->set_subject(person.subject);
  out->set_display_name(person.display_name);
}

absl::StatusOr<std::string> ParseName(const std::string& name) {
  return daicho::wire::ParseUuidName("forms", name, "name");
}

absl::Status ParseAccountName(const std::string& name, const std::string& field) {
  return daicho::wire::ParseUuidName("accounts", name, field).status();
}

absl::StatusOr<domain::Draft> Parse(const v1::FormContent& content) {
  const std::optional<domain::Action> action = ActionOf(content.action());
  if (!action) return RefuseFields({Required("content.action")});
  domain::Draft draft = {
      .action = *action, .account = content.account(), .content = Flatten(content)};
  std::vector<Violation> violations;
  CheckAccount(content, *action, violations);
  for (const std::string& path : domain::FilledInVain(draft)) {
    violations.push_back(NotApplicable(absl::StrCat("content.", path), NameOf(*action)));
  }
  CheckClosing(content, *action, violations);
  CheckUse(content, violations);
  CheckAbsorbed(content, violations);
  CheckAttachments(content, violations);
  if (!violations.empty()) return RefuseFields(violations);
  return draft;
}

absl::StatusOr<UpdateCommand> Parse(const v1::UpdateFormRequest& request) {
  UpdateCommand command;
  ASSIGN_OR_RETURN(command.target, TargetOf(request));
  ASSIGN_OR_RETURN(command.draft, Parse(request.content()));
  return command;
}

absl::StatusOr<Target> Parse(const v1::SubmitFormRequest& request) { return TargetOf(request); }

absl::StatusOr<DecideCommand> Parse(const v1::DecideFormRequest& request) {
  DecideCommand command;
  ASSIGN_OR_RETURN(command.target, TargetOf(request));
  command.decision = DecisionOf(request.decision());
  command.comment = request.comment();
  command.deputy_reason = request.deputy_reason();
  if (command.decision == Decision::kReturnToStep) command.to_step = request.to_step();
  if (command.decision != Decision::kReturnToStep && request.to_step() != 0) {
    return RefuseFields(
        {{"to_step", "NOT_APPLICABLE", "A step is named only to return the form to it.",
          "段階を指定するのは、段階への差戻しのときだけです。"}});
  }
  if (command.decision != Decision::kAgreeAsDeputy && !request.deputy_reason().empty()) {
    return RefuseFields({{"deputy_reason", "NOT_APPLICABLE",
                          "The reason of an absence is given only to decide as deputy.",
                          "不在の理由を書くのは、代決のときだけです。"}});
  }
  return command;
}

absl::StatusOr<Target> Parse(const v1::WithdrawFormRequest& request) { return TargetOf(request); }

absl::StatusOr<Target> Parse(const v1::ReviewFormAfterwardsRequest& request) {
  return TargetOf(request);
}
absl::StatusOr<Target> Parse(const v1::PullBackFormRequest& request) { return TargetOf(request); }
absl::StatusOr<Target> Parse(const v1::AnswerFormRequest& request) { return TargetOf(request); }
absl::StatusOr<Target> Parse(const v1::SettleConflictRequest& request) { return TargetOf(request); }

absl::StatusOr<AdviseCommand> Parse(const v1::AdviseFormRequest& request) {
  AdviseCommand command = {.comment = request.comment()};
  ASSIGN_OR_RETURN(command.target, TargetOf(request));
  const std::string name = v1::FormAdvice::Kind_Name(request.kind());
  const auto kind = domain::AdviceKindNamed(absl::StripPrefix(name, "KIND_"));
  const auto due_on = daicho::wire::FromDate(request.due_on());
  if (!kind || !due_on) return RefuseFields({Required(kind ? "due_on" : "kind")});
  command.advice = {*kind, *due_on};
  return command;
}

absl::StatusOr<domain::Absence> Parse(const v1::RecordAbsenceRequest& request) {
  std::vector<Violation> violations;
  if (!daicho::wire::ParseDepartmentName(request.department(), "department").ok()) {
    violations.push_back(InvalidName("department", "departments/CODE"));
  }
  if (!IsUserName(request.person())) {
    violations.push_back(InvalidName("person", "users/NAME"));
  }
  if (!violations.empty()) return RefuseFields(violations);
  // Both days are required and exist: the call would not be here otherwise.
  return domain::Absence{
      .department = request.department(),
      .person = {request.person(), request.person_display_name()},
      .reason = request.reason(),
      .from_on = daicho::wire::FromDate(request.from_on()).value_or(absl::CivilDay()),
      .until_on = daicho::wire::FromDate(request.until_on()).value_or(absl::CivilDay())};
}

absl::StatusOr<std::string> Parse(const v1::EndAbsenceRequest& request) {
  return daicho::wire::ParseUuidName("absences", request.name(), "name");
}

absl::StatusOr<std::string> Parse(const v1::ListAbsencesRequest& request) {
  if (!request.department().empty() &&
      !daicho::wire::ParseDepartmentName(request.department(), "department").ok()) {
    return RefuseFields({InvalidName("department", "departments/CODE")});
  }
  return request.department();
}

absl::StatusOr<ListCommand> Parse(const v1::ListFormsRequest& request) {
  std::vector<Violation> violations;
  ListCommand command = Filters(request, violations);
  command.account = request.account();
  if (!command.account.empty() && !IsAccountName(command.account)) {
    violations.push_back(InvalidName("account", "accounts/UUID"));
  }
  if (!violations.empty()) return RefuseFields(violations);
  return command;
}

absl::StatusOr<ListCommand> Parse(const v1::ListInboxRequest& request) {
  std::vector<Violation> violations;
  ListCommand command = Filters(request, violations);
  for (int i = 0; i < request.actions_size(); ++i) {
    if (const auto action = ActionOf(request.actions(i))) {
      command.actions.push_back(*action);
    } else {
      violations.push_back({absl::StrCat("actions[", i, "]"), "UNKNOWN_VALUE",
                            "Name what a form can ask for.", "協議区分を指定してください。"});
    }
  }
  if (!violations.empty()) return RefuseFields(violations);
  return command;
}

absl::StatusOr<v1::FormContent> ContentOf(const domain::Form& form) {
  v1::FormContent content;
  RETURN_IF_ERROR(daicho::wire::Unflatten(form.draft.content, &content));
  return content;
}

absl::StatusOr<v1::Form> ToProto(const domain::Form& form) {
  v1::Form out;
  out.set_name(NameOf(form));
  out.set_etag(daicho::wire::EtagOf(form.revision));
  out.set_state(ToProto(form.state));
  out.set_department(form.department);
  ASSIGN_OR_RETURN(*out.mutable_content(), ContentOf(form));
  SetPerson(form.drafter, out.mutable_drafter());
  SetPerson(form.keeper, out.mutable_keeper());
  for (const domain::Step& step : form.steps) ToProto(step, out.add_steps());
  out.set_current_step(CurrentStep(form));
  for (const int step : CurrentSteps(form)) out.add_current_steps(step);
  if (const auto due_on = DueOn(form)) *out.mutable_due_on() = daicho::wire::ToDate(*due_on);
  if (const domain::Act* advice = UnansweredAdvice(form); advice != nullptr) {
    ToProto(*advice->advice, out.mutable_advice());
    out.mutable_advice()->set_text(advice->comment);
  }
  for (const domain::Act& act : form.acts) ToProto(act, out.add_acts());
  if (form.reception) ToProto(*form.reception, out.mutable_reception());
  if (form.application) ToProto(*form.application, out.mutable_application());
  for (const FieldChange& change : form.changes) {
    v1::Change* added = out.add_changes();
    added->set_field(change.path);
    added->set_before(change.before);
    added->set_after(change.after);
  }
  *out.mutable_create_time() = ToTimestamp(form.create_time);
  *out.mutable_update_time() = ToTimestamp(form.update_time);
  return out;
}

v1::Absence ToProto(const domain::Absence& absence) {
  v1::Absence out;
  out.set_name(NameOf(absence));
  out.set_department(absence.department);
  SetPerson(absence.person, out.mutable_person());
  out.set_reason(absence.reason);
  *out.mutable_from_on() = daicho::wire::ToDate(absence.from_on);
  *out.mutable_until_on() = daicho::wire::ToDate(absence.until_on);
  SetPerson(absence.recorder, out.mutable_recorder());
  *out.mutable_record_time() = ToTimestamp(absence.record_time);
  if (absence.end_time) *out.mutable_end_time() = ToTimestamp(*absence.end_time);
  return out;
}

v1::PreviewRouteResponse ToProto(const std::vector<domain::Step>& steps) {
  v1::PreviewRouteResponse out;
  for (const domain::Step& step : steps) ToProto(step, out.add_steps());
  return out;
}

registry::v1::ApplyFormRequest ToSuspendRequest(const domain::Form& form,
                                                const std::string& request_id) {
  registry::v1::ApplyFormRequest request;
  request.set_form(NameOf(form));
  request.set_action(registry::v1::ApplyFormRequest::ACTION_SUSPEND);
  request.set_department(form.department);
  request.set_account(form.draft.account);
  const auto detail = form.draft.content.find("closing.reason_detail");
  request.set_reason(detail == form.draft.content.end() ? "緊急の廃止の協議(T 5-9-4)"
                                                        : detail->second);
  request.set_agreed_by(form.acts.back().actor.subject);
  request.set_request_id(request_id);
  return request;
}

Fields LedgerOf(const registry::v1::Account& account) {
  Fields ledger = Flatten(account.fields(), "fields");
  ledger.merge(Flatten(account.closing(), "closing"));
  ledger.merge(Flatten(account.activity(), "activity"));
  ledger["state"] = registry::v1::Account::State_Name(account.state());
  return ledger;
}

absl::StatusOr<registry::v1::ApplyFormRequest> ToApplyRequest(const domain::Form& form,
                                                              const std::string& request_id) {
  ASSIGN_OR_RETURN(v1::FormContent content, ContentOf(form));
  registry::v1::ApplyFormRequest request;
  request.set_reason(ReasonOf(content));
  request.set_form(NameOf(form));
  request.set_action(ToApplyAction(form.draft.action));
  request.set_department(form.department);
  request.set_account(content.account());
  request.set_account_etag(content.account_etag());
  if (content.has_fields()) request.mutable_fields()->Swap(content.mutable_fields());
  if (content.has_closing()) request.mutable_closing()->Swap(content.mutable_closing());
  if (content.has_use()) request.mutable_use()->Swap(content.mutable_use());
  if (content.has_effective_on()) *request.mutable_effective_on() = content.effective_on();
  request.mutable_absorbed_accounts()->Swap(content.mutable_absorbed_accounts());
  if (form.reception) request.set_reception_number(DisplayNumber(*form.reception));
  if (form.state == domain::State::kAgreed) {
    const auto last =
        std::find_if(form.steps.rbegin(), form.steps.rend(),
                     [](const domain::Step& step) { return step.decider.has_value(); });
    request.set_agreed_by(last->decider->subject);
    *request.mutable_agree_time() = ToTimestamp(*last->decide_time);
  }
  request.set_request_id(request_id);
  return request;
}

domain::Application ToApplication(const registry::v1::ApplyFormResponse& response,
                                  absl::Time time) {
  domain::Application application = {.account = response.account(), .time = time};
  if (response.outcome() == registry::v1::ApplyFormResponse::OUTCOME_APPLIED) return application;
  application.conflict_reason =
      response.conflict_reason().empty() ? "UNSPECIFIED" : response.conflict_reason();
  application.conflict_message = response.conflict_message();
  for (int i = 1; i < response.conflicts_size(); ++i) {
    absl::StrAppend(&application.conflict_message, "\n", response.conflicts(i).message());
  }
  return application;
}

domain::Department FromProto(const registry::v1::Department& department) {
  return {.name = department.name(),
          .display_name = department.display_name(),
          .kind = KindOf(department.kind()),
          .via_department = department.via_department()};
}

domain::Finding FromProto(const policy::v1::Finding& finding) {
  return {.rule_id = finding.rule_id(),
          .clause = finding.clause(),
          .severity = SeverityOf(finding.severity()),
          .field = finding.field(),
          .message = finding.message(),
          .message_ja = finding.message_ja(),
          .remedy = finding.remedy(),
          .remedy_ja = finding.remedy_ja(),
          .facts = {finding.facts().begin(), finding.facts().end()},
          .guideline_version = finding.guideline_version(),
          .concurrence = {finding.concurrence().begin(), finding.concurrence().end()}};
}

}  // namespace daicho::approval::wire
