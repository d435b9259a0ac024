#include "services/approval/domain/form.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval::domain {
namespace {

constexpr absl::string_view kGovernedPrefix = "fields.";
// "absorbed_accounts[3].account".
constexpr absl::string_view kAbsorbedPrefix = "absorbed_accounts[";
constexpr absl::string_view kAbsorbedAccount = "].account";

// Everything an event shows before and after: the content, and where the form is.
Fields Shown(const Form& form) {
  if (form.state == State::kNone) return {};
  Fields shown = form.draft.content;
  shown["state"] = std::string(NameOf(form.state));
  if (const int step = CurrentStep(form); step >= 0) shown["current_step"] = absl::StrCat(step);
  if (form.reception) shown["reception"] = DisplayNumber(*form.reception);
  if (form.application) {
    shown["application.account"] = form.application->account;
    shown["application.conflict_reason"] = form.application->conflict_reason;
  }
  return shown;
}

Event EventOf(absl::string_view type, const Form& before, const Form& after) {
  Event event = {.type = std::string(type),
                 .resource = NameOf(after),
                 .department = after.department,
                 .reason = after.acts.back().comment,
                 .changes = Diff(Shown(before), Shown(after))};
  const std::string& account = after.application ? after.application->account : after.draft.account;
  if (!account.empty()) event.related.push_back(account);
  for (const auto& [path, value] : after.draft.content) {
    if (absl::StartsWith(path, kAbsorbedPrefix) && absl::EndsWith(path, kAbsorbedAccount)) {
      event.related.push_back(value);
    }
  }
  return event;
}

// Completes `after`: the state it leads to, its revision, time and act, and the event.
absl::StatusOr<Change> Done(const Form& before, Form after, Act act, absl::string_view event) {
  ASSIGN_OR_RETURN(after.state, NextState(before.state, act.kind, StateOf(after.steps)));
  after.revision = before.revision + 1;
  after.update_time = act.time;
  act.round = after.round;
  after.acts.push_back(std::move(act));
  Event announced = EventOf(event, before, after);
  return Change{.after = std::move(after), .events = {std::move(announced)}};
}

Act ActOf(ActKind kind, const Actor& actor, Role role, absl::string_view comment, absl::Time time) {
  return {.kind = kind,
          .actor = actor.person,
          .role = role,
          .time = time,
          .comment = std::string(comment)};
}

bool FitsStep(const Step& step, const Actor& actor) {
  switch (step.kind) {
    case StepKind::kHead:
    case StepKind::kVia:
      return actor.roles.count(Role::kDepartmentHead) > 0 && actor.department == step.department;
    case StepKind::kPrOffice:
      return actor.roles.count(Role::kPrOffice) > 0;
    case StepKind::kConcurrence:
    case StepKind::kCirculation:
      return false;
  }
  return false;
}

Role RoleAt(const Step& step) {
  return step.kind == StepKind::kPrOffice ? Role::kPrOffice : Role::kDepartmentHead;
}

// Whether `subject` wrote anything of the form or handed it in, in any round.
bool IsAuthor(const Form& form, const std::string& subject) {
  return std::any_of(form.acts.begin(), form.acts.end(), [&](const Act& act) {
    const bool wrote = act.kind == ActKind::kCreated || act.kind == ActKind::kUpdated ||
                       act.kind == ActKind::kSubmitted;
    return wrote && act.actor.subject == subject;
  });
}

bool HasAgreed(const Form& form, const std::string& subject) {
  return std::any_of(form.steps.begin(), form.steps.end(), [&](const Step& step) {
    return step.decider && step.decider->subject == subject;
  });
}

// Four eyes: U 3, M 5-(3), T 5-6.
absl::Status RefuseFourEyes(const Form& form) {
  return Refuse(absl::StatusCode::kPermissionDenied, "FOUR_EYES",
                {"Whoever drafted, changed or submitted a form, or has agreed to it at another "
                 "step, does not decide it; another decision maker has to.",
                 "起案・修正・提出した人や、別の段階で承認した人は決裁できません。"
                 "ほかの決裁権者が決裁してください。"},
                {{"form", NameOf(form)}});
}

absl::Status RefuseStep(const Step& step) {
  return Refuse(absl::StatusCode::kPermissionDenied, "NOT_YOUR_STEP",
                {absl::StrCat("The form is with ", step.department_display_name,
                              "; only a decision maker there can decide now."),
                 absl::StrCat("協議書は現在「", step.department_display_name,
                              "」にあります。その決裁権者だけが決裁できます。")},
                {{"department", step.department}, {"step", NameOf(step.kind)}});
}

// What a CHANGE does to the ledger's governed fields: never typed by the drafter.
std::vector<FieldChange> ChangesTo(const Fields& ledger, const Fields& content) {
  Fields governed;
  for (const auto& [path, value] : content) {
    if (absl::StartsWith(path, kGovernedPrefix)) governed.emplace(path, value);
  }
  return Diff(ledger, governed);
}

}  // namespace

std::string NameOf(const Form& form) { return absl::StrCat("forms/", form.id); }

int CurrentStep(const Form& form) {
  const bool in_route = form.state == State::kInRoute || form.state == State::kUnderReview;
  return in_route ? FirstOpenStep(form.steps) : -1;
}

std::vector<std::string> ReadersOf(const Form& form) {
  std::vector<std::string> readers = {form.department};
  for (const Step& step : form.steps) readers.push_back(step.department);
  return readers;
}

absl::Status Allows(const Form& form, ActKind act) {
  return NextState(form.state, act, StateOf(form.steps)).status();
}

absl::Status MayDecide(const Form& form, const Actor& actor) {
  RETURN_IF_ERROR(Allows(form, ActKind::kAgreed));
  const Step& step = form.steps[static_cast<std::size_t>(CurrentStep(form))];
  if (!FitsStep(step, actor)) return RefuseStep(step);
  if (IsAuthor(form, actor.person.subject) || HasAgreed(form, actor.person.subject)) {
    return RefuseFourEyes(form);
  }
  return absl::OkStatus();
}

Change Create(std::string id, std::string department, Draft draft, const Actor& actor,
              absl::Time now) {
  Form form = {.id = std::move(id),
               .department = std::move(department),
               .draft = std::move(draft),
               .drafter = actor.person,
               .create_time = now};
  // The table always lets a form that does not exist be created.
  return *Done(Form{}, std::move(form),
               ActOf(ActKind::kCreated, actor, Role::kDepartmentStaff, "", now), "form.created");
}

absl::StatusOr<Change> Update(const Form& form, Draft draft, const Actor& actor, absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kUpdated));
  if (draft.action != form.draft.action) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACTION_IS_FIXED",
                  {"What a form asks for is fixed when it is created; withdraw it and draft a new "
                   "one.",
                   "協議区分は起案時に決まります。取り下げて新しく起案してください。"},
                  {{"action", NameOf(form.draft.action)}});
  }
  if (draft.account != form.draft.account) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACCOUNT_IS_FIXED",
                  {"The account a form is about is fixed when it is created; withdraw it and "
                   "draft a new one.",
                   "対象のアカウントは起案時に決まります。取り下げて新しく起案してください。"},
                  {{"account", form.draft.account}});
  }
  Form after = form;
  after.draft = std::move(draft);
  return Done(form, std::move(after),
              ActOf(ActKind::kUpdated, actor, Role::kDepartmentStaff, "", now), "form.updated");
}

absl::StatusOr<Change> Submit(const Form& form, Submission submission, const Actor& actor,
                              absl::string_view comment, absl::Time now) {
  Form after = form;
  after.round = form.round + 1;
  after.steps = std::move(submission.steps);
  if (form.draft.action == Action::kChange) {
    after.changes = ChangesTo(submission.ledger, form.draft.content);
  }
  return Done(form, std::move(after),
              ActOf(ActKind::kSubmitted, actor, Role::kDepartmentStaff, comment, now),
              "form.submitted");
}

absl::StatusOr<Change> Agree(const Form& form, const Actor& actor, absl::string_view comment,
                             absl::Time now) {
  RETURN_IF_ERROR(MayDecide(form, actor));
  Form after = form;
  const int current = CurrentStep(form);
  Step& step = after.steps[static_cast<std::size_t>(current)];
  step.decider = actor.person;
  step.decide_time = now;
  Act act = ActOf(ActKind::kAgreed, actor, RoleAt(step), comment, now);
  act.step = current;
  return Done(form, std::move(after), std::move(act), "form.agreed");
}

absl::StatusOr<Change> Return(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now) {
  RETURN_IF_ERROR(MayDecide(form, actor));
  if (absl::StripAsciiWhitespace(comment).empty()) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "COMMENT_REQUIRED",
                  {"Write in the comment what the drafter has to mend.",
                   "差し戻すときは、何を直せばよいかをコメントに書いてください。"});
  }
  const int current = CurrentStep(form);
  const Step& step = form.steps[static_cast<std::size_t>(current)];
  Act act = ActOf(ActKind::kReturned, actor, RoleAt(step), comment, now);
  act.step = current;
  return Done(form, form, std::move(act), "form.returned");
}

absl::StatusOr<Change> Withdraw(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now) {
  const Role role = actor.roles.count(Role::kDepartmentStaff) > 0 ? Role::kDepartmentStaff
                                                                  : Role::kDepartmentHead;
  return Done(form, form, ActOf(ActKind::kWithdrawn, actor, role, comment, now), "form.withdrawn");
}

absl::StatusOr<Change> RecordApplication(const Form& form, Application application,
                                         const Actor& actor) {
  const bool conflict = !application.conflict_reason.empty();
  Act act = ActOf(conflict ? ActKind::kConflicted : ActKind::kApplied, actor, Role::kSystem,
                  application.conflict_reason, application.time);
  Form after = form;
  after.application = std::move(application);
  return Done(form, std::move(after), std::move(act),
              conflict ? "form.conflicted" : "form.applied");
}

bool AwaitsReception(const Form& form) {
  return form.state == State::kUnderReview && !form.reception;
}

void Receive(Change& change, int number, absl::Time now) {
  const Form before = change.after;
  change.after.reception = Receive(number, now);
  Event event = EventOf("form.received", before, change.after);
  event.reason.clear();
  change.events.push_back(std::move(event));
}

}  // namespace daicho::approval::domain
