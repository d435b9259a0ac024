#include "services/approval/domain/form.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "services/approval/domain/act.h"

namespace daicho::approval::domain {
namespace {

constexpr absl::string_view kGovernedPrefix = "fields.";
constexpr absl::string_view kClosingPrefix = "closing.";
constexpr absl::string_view kAccountState = "state";
// "absorbed_accounts[3].account".
constexpr absl::string_view kAbsorbedPrefix = "absorbed_accounts[";
constexpr absl::string_view kAbsorbedAccount = "].account";

bool IsSettled(const Form& form) {
  return std::any_of(form.acts.begin(), form.acts.end(),
                     [](const Act& act) { return act.kind == ActKind::kSettled; });
}

// Who decided in the route, for whom, and when that was reviewed.
void AddSteps(const Form& form, Fields& shown) {
  for (std::size_t i = 0; i < form.steps.size(); ++i) {
    const Step& step = form.steps[i];
    const std::string path = absl::StrCat("steps[", i, "].");
    if (step.decider) shown[path + "decider"] = step.decider->subject;
    if (!step.deputy) continue;
    shown[path + "absent"] = step.deputy->absent.subject;
    if (step.deputy->reviewer != step.deputy->absent) {
      shown[path + "reviewer"] = step.deputy->reviewer.subject;
    }
    if (step.deputy->review_time) {
      shown[path + "review_time"] =
          absl::FormatTime(absl::RFC3339_sec, *step.deputy->review_time, absl::UTCTimeZone());
    }
  }
}

// Everything an event shows before and after: the content, and where the form is.
Fields Shown(const Form& form) {
  if (form.state == State::kNone) return {};
  Fields shown = form.draft.content;
  shown["state"] = std::string(NameOf(form.state));
  if (const int step = CurrentStep(form); step >= 0) shown["current_step"] = absl::StrCat(step);
  AddSteps(form, shown);
  if (form.reception) shown["reception"] = DisplayNumber(*form.reception);
  if (form.application) {
    shown["application.account"] = form.application->account;
    shown["application.conflict_reason"] = form.application->conflict_reason;
    if (IsSettled(form)) shown["application.settled"] = "true";
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

// By rule, so that the log proves what the guideline said when the act was done.
void AddFindings(const std::vector<Finding>& findings, Event& event) {
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    const std::string what = absl::StrCat(finding.guideline_version, " ", finding.rule_id, " ",
                                          NameOf(finding.severity), " ", finding.field);
    event.changes.push_back(
        {absl::StrCat("findings[", i, "]"), "", std::string(absl::StripAsciiWhitespace(what))});
  }
}

Fields GovernedOf(const Fields& fields) {
  Fields governed;
  for (const auto& [path, value] : fields) {
    if (absl::StartsWith(path, kGovernedPrefix)) governed.emplace(path, value);
  }
  return governed;
}

ActKind SubmissionOf(const Draft& draft) {
  return IsUrgent(draft) ? ActKind::kSubmittedUrgently : ActKind::kSubmitted;
}

}  // namespace

namespace internal {

absl::StatusOr<Change> Done(const Form& before, Form after, Act act, absl::string_view event) {
  ASSIGN_OR_RETURN(after.state, NextState(before.state, act.kind, StateOf(after.steps)));
  after.revision = before.revision + 1;
  after.update_time = act.time;
  act.round = after.round;
  after.acts.push_back(std::move(act));
  Event announced = EventOf(event, before, after);
  AddFindings(after.acts.back().findings, announced);
  return Change{.after = std::move(after), .events = {std::move(announced)}};
}

Act ActOf(ActKind kind, const Actor& actor, Role role, absl::string_view comment, absl::Time time) {
  return {.kind = kind,
          .actor = actor.person,
          .role = role,
          .time = time,
          .comment = std::string(comment)};
}

void Notes::Add(const std::string& path, const std::string& before, const std::string& after,
                absl::string_view why) {
  changes.push_back({path, before, after});
  Say(absl::StrCat(path, ": ", before, " → ", after, why));
}

void Notes::Say(absl::string_view what) {
  absl::StrAppend(&comment, comment.empty() ? "" : "; ", what);
}

Change Followed(const Form& before, Form after, Act act, absl::string_view event,
                std::vector<FieldChange> changes, std::vector<std::string> related) {
  after.revision = before.revision + 1;
  after.update_time = act.time;
  act.round = before.round;
  Event announced = {.type = std::string(event),
                     .resource = NameOf(after),
                     .related = std::move(related),
                     .department = after.department,
                     .reason = act.comment,
                     .changes = std::move(changes)};
  if (!after.draft.account.empty()) announced.related.push_back(after.draft.account);
  after.acts.push_back(std::move(act));
  return {.after = std::move(after), .events = {std::move(announced)}};
}

absl::Status RequireComment(absl::string_view comment) {
  if (!IsBlank(comment)) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "COMMENT_REQUIRED",
                {"Write in the comment why, and what has to be done.",
                 "理由と、何をすればよいかをコメントに書いてください。"});
}

Role WriterRoleOf(const Actor& actor) {
  for (const Role role : {Role::kDepartmentStaff, Role::kDepartmentHead, Role::kPrOffice}) {
    if (actor.roles.count(role) > 0) return role;
  }
  return Role::kItSecurity;
}

}  // namespace internal

std::string NameOf(const Form& form) { return absl::StrCat("forms/", form.id); }

bool IsUrgent(const Draft& draft) { return draft.content.count("urgent") > 0; }

std::string DeputyIn(const Fields& fields) {
  const auto subject_of = [&](absl::string_view who) {
    const auto found = fields.find(absl::StrCat("fields.decision_makers.", who, ".subject"));
    return found == fields.end() ? std::string() : found->second;
  };
  const std::string deputy = subject_of("deputy");
  return deputy == subject_of("head") || deputy == subject_of("team_leader") ? "" : deputy;
}

std::vector<int> CurrentSteps(const Form& form) {
  const bool in_route = form.state == State::kInRoute || form.state == State::kUnderReview;
  return in_route ? OpenSteps(form.steps) : std::vector<int>();
}

int CurrentStep(const Form& form) {
  const std::vector<int> steps = CurrentSteps(form);
  return steps.empty() ? -1 : steps.front();
}

const Act* UnansweredAdvice(const Form& form) {
  if (form.state != State::kAdvised) return nullptr;
  const auto found = std::find_if(form.acts.rbegin(), form.acts.rend(),
                                  [](const Act& act) { return act.kind == ActKind::kAdvised; });
  return found == form.acts.rend() ? nullptr : &*found;
}

bool IsWithDepartment(State state) {
  return state == State::kAdvised || state == State::kReturned || state == State::kPulledBack;
}

std::optional<absl::CivilDay> DueOn(const Form& form) {
  if (const Act* advice = UnansweredAdvice(form); advice != nullptr) return advice->advice->due_on;
  const bool decides = form.state == State::kInRoute || form.state == State::kUnderReview ||
                       (form.state == State::kConflict && !IsSettled(form));
  if (!decides && !IsWithDepartment(form.state)) return std::nullopt;
  // What keeps the form where it is does not give anybody more time.
  const auto moved = std::find_if(form.acts.rbegin(), form.acts.rend(), [](const Act& act) {
    return act.kind != ActKind::kUpdated && !IsBesideTheRoute(act.kind);
  });
  if (moved == form.acts.rend()) return std::nullopt;
  return TokyoDay(moved->time) + (decides ? kDaysToDecide : kDaysToMend);
}

std::vector<std::string> ReadersOf(const Form& form) {
  std::vector<std::string> readers = {form.department};
  for (const Step& step : form.steps) readers.push_back(step.department);
  return readers;
}

absl::Status Allows(const Form& form, ActKind act) {
  return NextState(form.state, act, StateOf(form.steps)).status();
}

absl::Status MayWrite(absl::string_view department, const Draft& draft, const Actor& actor) {
  const bool staff =
      actor.roles.count(Role::kDepartmentStaff) > 0 && actor.department == department;
  if (staff || IsUrgent(draft)) return absl::OkStatus();
  return Refuse(absl::StatusCode::kPermissionDenied, "NOT_YOUR_FORM",
                {"Only staff of the department write and submit its forms; the head, the PR office "
                 "and IT security do so with an urgent closing alone (`urgent`, reason SECURITY).",
                 "協議書の起案と提出は所属の担当者が行います。所属長、秘書課、スマート県庁推進課が"
                 "できるのは、セキュリティを理由とする緊急の廃止だけです。"},
                {{"department", department}});
}

absl::Status MaySubmit(const Form& form, const Actor& actor) {
  RETURN_IF_ERROR(Allows(form, SubmissionOf(form.draft)));
  RETURN_IF_ERROR(MayWrite(form.department, form.draft, actor));
  const bool head =
      actor.roles.count(Role::kDepartmentHead) > 0 && actor.department == form.department;
  if (!IsUrgent(form.draft) || head || actor.roles.count(Role::kPrOffice) > 0 ||
      actor.roles.count(Role::kItSecurity) > 0) {
    return absl::OkStatus();
  }
  return Refuse(absl::StatusCode::kPermissionDenied, "URGENT_NOT_YOURS",
                {"An urgent closing suspends the account at once; ask the head, the PR office or "
                 "IT security to submit it, or take `urgent` out of the form.",
                 "緊急の廃止は提出と同時にアカウントを停止します。所属長、秘書課または"
                 "スマート県庁推進課に提出を依頼するか、緊急の指定を外してください。"},
                {{"form", NameOf(form)}});
}

Change Create(std::string id, std::string department, Draft draft, const Actor& actor,
              absl::Time now) {
  Form form = {.id = std::move(id),
               .department = std::move(department),
               .draft = std::move(draft),
               .drafter = actor.person,
               .keeper = actor.person,
               .create_time = now};
  // The table always lets a form that does not exist be created.
  return *internal::Done(
      Form{}, std::move(form),
      internal::ActOf(ActKind::kCreated, actor, internal::WriterRoleOf(actor), "", now),
      "form.created");
}

absl::StatusOr<Change> Update(const Form& form, Draft draft, const Actor& actor, absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kUpdated));
  RETURN_IF_ERROR(MayWrite(form.department, form.draft, actor));
  RETURN_IF_ERROR(MayWrite(form.department, draft, actor));
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
  return internal::Done(
      form, std::move(after),
      internal::ActOf(ActKind::kUpdated, actor, internal::WriterRoleOf(actor), "", now),
      "form.updated");
}

absl::StatusOr<Change> Submit(const Form& form, Submission submission, const Actor& actor,
                              absl::string_view comment, absl::Time now) {
  RETURN_IF_ERROR(MaySubmit(form, actor));
  if (UnansweredAdvice(form) != nullptr) RETURN_IF_ERROR(internal::RequireComment(comment));
  Form after = form;
  after.round = form.round + 1;
  after.steps = std::move(submission.steps);
  if (form.draft.action == Action::kChange) {
    // Never typed by the drafter.
    after.changes = Diff(GovernedOf(submission.ledger), GovernedOf(form.draft.content));
  }
  after.deputy = DeputyIn(submission.ledger);
  Act act =
      internal::ActOf(SubmissionOf(form.draft), actor, internal::WriterRoleOf(actor), comment, now);
  act.findings = std::move(submission.findings);
  return internal::Done(form, std::move(after), std::move(act),
                        IsUrgent(form.draft) ? "form.submitted_urgently" : "form.submitted");
}

absl::StatusOr<Change> Withdraw(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now) {
  return internal::Done(
      form, form,
      internal::ActOf(ActKind::kWithdrawn, actor, internal::WriterRoleOf(actor), comment, now),
      "form.withdrawn");
}

absl::StatusOr<Change> RecordApplication(const Form& form, Application application,
                                         const Actor& actor) {
  const bool conflict = !application.conflict_reason.empty();
  Act act = internal::ActOf(conflict ? ActKind::kConflicted : ActKind::kApplied, actor,
                            Role::kSystem, application.conflict_reason, application.time);
  Form after = form;
  after.application = std::move(application);
  return internal::Done(form, std::move(after), std::move(act),
                        conflict ? "form.conflicted" : "form.applied");
}

std::vector<Difference> DifferencesOf(const Form& form, const Fields& ledger) {
  const Fields& wanted = form.draft.content;
  Fields agreed_on = form.draft.action == Action::kChange ? wanted : Fields();
  for (const FieldChange& change : form.changes) agreed_on[change.path] = change.before;
  const auto at = [](const Fields& fields, const std::string& path) {
    const auto found = fields.find(path);
    return found == fields.end() ? std::string() : found->second;
  };
  const bool governs = form.draft.action == Action::kOpen || form.draft.action == Action::kChange;
  const absl::string_view part = governs ? kGovernedPrefix : kClosingPrefix;
  std::set<std::string> paths;
  for (const Fields* fields : {&ledger, &wanted}) {
    for (const auto& [path, value] : *fields) {
      if (absl::StartsWith(path, part) || path == kAccountState) paths.insert(path);
    }
  }
  std::vector<Difference> differences;
  for (const std::string& path : paths) {
    Difference one = {path, at(agreed_on, path), at(ledger, path), at(wanted, path)};
    const bool same = one.wanted == one.ledger &&
                      (one.agreed_on == one.ledger || form.draft.action != Action::kChange);
    if (!same) differences.push_back(std::move(one));
  }
  return differences;
}

absl::StatusOr<Change> Settle(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kSettled));
  if (IsSettled(form)) return RefuseLike(State::kApplied, ActKind::kSettled, form.state);
  RETURN_IF_ERROR(internal::RequireComment(comment));
  return internal::Done(form, form,
                        internal::ActOf(ActKind::kSettled, actor, Role::kPrOffice, comment, now),
                        "form.settled");
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
