#include "services/registry/reorganization_wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/department_wire.h"

namespace daicho::registry::wire {
namespace {

constexpr std::size_t kMostViolations = 10;
constexpr std::size_t kMostSuccessions = 200;  // As many entries as a list of a request may have.

// What is no name of a department is none that exists: the plan says so, with its step.
std::string CodeOf(const std::string& name) {
  return std::string(absl::StripPrefix(name, "departments/"));
}

std::string NameOf(const std::string& code) {
  return code.empty() ? "" : absl::StrCat("departments/", code);
}

domain::DepartmentKind KindOf(v1::Department::Kind kind) {
  const std::string name = v1::Department::Kind_Name(kind);
  return domain::ParseDepartmentKind(absl::StripPrefix(name, "KIND_"))
      .value_or(domain::DepartmentKind::kPrefecturalOffice);
}

domain::CreateStep FromProto(const v1::CreateDepartment& step) {
  return {.department = {.code = CodeOf(step.department()),
                         .display_name = step.display_name(),
                         .kana = step.kana(),
                         .kind = KindOf(step.kind()),
                         .parent = CodeOf(step.parent()),
                         .via = CodeOf(step.via_department()),
                         .page_url = step.page_url(),
                         .contact_desk = step.contact_desk(),
                         .local_government_code = step.local_government_code()}};
}

domain::RenameStep FromProto(const v1::RenameDepartment& step) {
  return {.department = CodeOf(step.department()),
          .new_code = CodeOf(step.new_department()),
          .display_name = step.display_name(),
          .kana = step.kana()};
}

domain::MergeStep FromProto(const v1::MergeDepartments& step) {
  domain::MergeStep merge{.into = CodeOf(step.into())};
  for (const std::string& name : step.departments()) merge.departments.push_back(CodeOf(name));
  return merge;
}

domain::SplitStep FromProto(const v1::SplitDepartment& step) {
  domain::SplitStep split{.department = CodeOf(step.department()),
                          .main_successor = CodeOf(step.main_successor())};
  for (const std::string& name : step.into()) split.into.push_back(CodeOf(name));
  for (const v1::AccountAssignment& assignment : step.assignments()) {
    split.assignments.push_back(
        {.account = std::string(absl::StripPrefix(assignment.account(), "accounts/")),
         .department = CodeOf(assignment.department())});
  }
  return split;
}

domain::AbolishStep FromProto(const v1::AbolishDepartment& step) {
  return {.department = CodeOf(step.department()), .successor = CodeOf(step.successor())};
}

domain::MoveStep FromProto(const v1::MoveDepartment& step) {
  domain::MoveStep move{.department = CodeOf(step.department())};
  if (step.to_top() || !step.parent().empty()) move.parent = CodeOf(step.parent());
  if (step.without_via() || !step.via_department().empty()) {
    move.via = CodeOf(step.via_department());
  }
  return move;
}

domain::ReorganizationStep FromProto(const v1::ReorganizationStep& step) {
  switch (step.step_case()) {
    case v1::ReorganizationStep::kCreate:
      return FromProto(step.create());
    case v1::ReorganizationStep::kRename:
      return FromProto(step.rename());
    case v1::ReorganizationStep::kMerge:
      return FromProto(step.merge());
    case v1::ReorganizationStep::kSplit:
      return FromProto(step.split());
    case v1::ReorganizationStep::kAbolish:
      return FromProto(step.abolish());
    case v1::ReorganizationStep::kMove:
      return FromProto(step.move());
    case v1::ReorganizationStep::STEP_NOT_SET:
      break;
  }
  return std::monostate();
}

void SetEffect(const domain::DepartmentChange& change, v1::DepartmentEffect& out) {
  using Effect = v1::DepartmentEffect;
  const domain::Department before = change.before.value_or(domain::Department());
  const domain::Department& after = change.after;
  const auto add = [&out](bool changed, Effect::Change what) {
    if (changed) out.add_changes(what);
  };
  add(!change.before, Effect::CHANGE_CREATED);
  add(after.valid_until && !before.valid_until, Effect::CHANGE_ENDED);
  add(change.before && (before.display_name != after.display_name || before.kana != after.kana),
      Effect::CHANGE_RENAMED);
  add(change.before && before.parent != after.parent, Effect::CHANGE_PARENT);
  add(change.before && before.via != after.via, Effect::CHANGE_VIA);
  out.set_department(NameOf(after.code));
  out.set_display_name_before(before.display_name);
  out.set_display_name(after.display_name);
  for (const std::string& successor : after.successors) out.add_successors(NameOf(successor));
  out.set_parent_before(NameOf(before.parent));
  out.set_parent(NameOf(after.parent));
  out.set_via_department_before(NameOf(before.via));
  out.set_via_department(NameOf(after.via));
}

void SetMove(const domain::AccountMove& move, v1::AccountMove& out) {
  const auto name = move.before.fields.find("display_name");
  out.set_account(absl::StrCat("accounts/", move.before.id));
  if (name != move.before.fields.end()) out.set_display_name(name->second);
  out.set_from(NameOf(move.before.department));
  out.set_to(NameOf(move.to));
}

void SetProblem(const domain::ReorganizationProblem& problem, v1::ReorganizationProblem& out) {
  out.set_step(problem.step);
  out.set_field(problem.field);
  out.set_reason(problem.reason);
  out.set_message(problem.en);
  out.set_message_ja(problem.ja);
}

v1::Reorganization::State ToProto(domain::ReorganizationState state) {
  switch (state) {
    case domain::ReorganizationState::kScheduled:
      return v1::Reorganization::STATE_SCHEDULED;
    case domain::ReorganizationState::kInEffect:
      return v1::Reorganization::STATE_IN_EFFECT;
    case domain::ReorganizationState::kCancelled:
      return v1::Reorganization::STATE_CANCELLED;
    case domain::ReorganizationState::kFailed:
      return v1::Reorganization::STATE_FAILED;
  }
  return v1::Reorganization::STATE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<std::string> ParseReorganizationName(const std::string& name) {
  return daicho::wire::ParseUuidName("reorganizations", name, "name");
}

domain::Reorganization Parse(const v1::ReorganizeDepartmentsRequest& request) {
  v1::Reorganization asked;
  *asked.mutable_steps() = request.steps();
  return {.effective_on = daicho::wire::FromDate(request.effective_on()).value_or(absl::CivilDay()),
          .reason = request.reason(),
          .steps = daicho::wire::Flatten(asked)};
}

absl::StatusOr<std::vector<domain::ReorganizationStep>> StepsOf(
    const domain::Reorganization& reorganization) {
  v1::Reorganization asked;
  RETURN_IF_ERROR(daicho::wire::Unflatten(reorganization.steps, &asked));
  std::vector<domain::ReorganizationStep> steps;
  for (const v1::ReorganizationStep& step : asked.steps()) steps.push_back(FromProto(step));
  return steps;
}

Fields OutcomeOf(const domain::ReorganizationPlan& plan) {
  v1::Reorganization outcome;
  for (const domain::DepartmentChange& change : plan.departments) {
    SetEffect(change, *outcome.mutable_effects()->add_departments());
  }
  for (const domain::AccountMove& move : plan.accounts) {
    SetMove(move, *outcome.mutable_effects()->add_accounts());
  }
  for (const domain::ReorganizationProblem& problem : plan.problems) {
    SetProblem(problem, *outcome.add_problems());
  }
  if (!plan.problems.empty()) outcome.clear_effects();
  return daicho::wire::Flatten(outcome);
}

absl::StatusOr<v1::Reorganization> ToProto(const domain::Reorganization& reorganization) {
  v1::Reorganization out;
  Fields fields = reorganization.steps;
  fields.insert(reorganization.outcome.begin(), reorganization.outcome.end());
  RETURN_IF_ERROR(daicho::wire::Unflatten(fields, &out));
  if (!reorganization.id.empty()) {
    out.set_name(domain::NameOf(reorganization));
    out.set_etag(daicho::wire::EtagOf(reorganization.revision));
  }
  out.set_state(ToProto(reorganization.state));
  *out.mutable_effective_on() = daicho::wire::ToDate(reorganization.effective_on);
  out.set_reason(reorganization.reason);
  out.set_actor(reorganization.actor);
  *out.mutable_create_time() = daicho::wire::ToTimestamp(reorganization.create_time);
  if (reorganization.settle_time) {
    *out.mutable_settle_time() = daicho::wire::ToTimestamp(*reorganization.settle_time);
  }
  return out;
}

absl::StatusOr<v1::Reorganization> ToSummary(const domain::Reorganization& reorganization) {
  ASSIGN_OR_RETURN(v1::Reorganization out, ToProto(reorganization));
  out.clear_steps();
  out.clear_effects();
  return out;
}

absl::Status RefuseProblems(const std::vector<domain::ReorganizationProblem>& problems) {
  std::vector<Violation> violations;
  for (const domain::ReorganizationProblem& problem : problems) {
    if (violations.size() == kMostViolations) {
      const std::size_t more = problems.size() - kMostViolations;
      violations.push_back(
          {.field = "steps",
           .reason = "MORE_PROBLEMS",
           .en = absl::StrCat(more, " more; validate_only lists them."),
           .ja = absl::StrCat("ほかに", more, "件あります。事前確認で一覧できます。")});
      break;
    }
    violations.push_back(
        {.field = problem.field, .reason = problem.reason, .en = problem.en, .ja = problem.ja});
  }
  return RefuseFields(violations, "REORGANIZATION_HAS_PROBLEMS");
}

std::vector<approval::v1::RerouteFormsRequest> ToReroutes(
    const domain::Reorganization& reorganization,
    const std::vector<domain::Succession>& successions) {
  std::vector<approval::v1::RerouteFormsRequest> reroutes;
  for (std::size_t i = 0; i < successions.size(); ++i) {
    if (i % kMostSuccessions == 0) {
      reroutes.emplace_back().set_reorganization(domain::NameOf(reorganization));
    }
    approval::v1::DepartmentSuccession& out = *reroutes.back().add_successions();
    out.set_department(NameOf(successions[i].department));
    out.set_successor(NameOf(successions[i].successor));
    out.set_successor_display_name(successions[i].successor_display_name);
    if (!successions[i].account.empty()) {
      out.set_account(absl::StrCat("accounts/", successions[i].account));
    }
  }
  return reroutes;
}

}  // namespace daicho::registry::wire
