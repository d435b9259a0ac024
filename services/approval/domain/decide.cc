#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "services/approval/domain/act.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {
namespace {

const Step& StepAt(const Form& form, int step) {
  return form.steps[static_cast<std::size_t>(step)];
}

// By the department of the actor's token: who has moved away no longer fits.
bool FitsStep(const Step& step, const Actor& actor) {
  if (actor.department != StandsFor(step)) return false;
  switch (step.kind) {
    case StepKind::kHead:
    case StepKind::kVia:
    case StepKind::kConcurrence:
      return actor.roles.count(Role::kDepartmentHead) > 0;
    case StepKind::kPrOffice:
      return actor.roles.count(Role::kPrOffice) > 0;
    case StepKind::kCirculation:
      return false;
  }
  return false;
}

Role RoleAt(const Step& step) {
  return step.kind == StepKind::kPrOffice ? Role::kPrOffice : Role::kDepartmentHead;
}

bool IsSubmission(ActKind kind) {
  return kind == ActKind::kSubmitted || kind == ActKind::kSubmittedUrgently;
}

// Whether `subject` wrote anything of the form or handed it in, in any round.
bool IsAuthor(const Form& form, const std::string& subject) {
  return std::any_of(form.acts.begin(), form.acts.end(), [&](const Act& act) {
    const bool wrote =
        act.kind == ActKind::kCreated || act.kind == ActKind::kUpdated || IsSubmission(act.kind);
    return wrote && act.actor.subject == subject;
  });
}

// Whether `subject` did anything at another step of this round, be it taken back since, or decided
// this one.
bool HasActed(const Form& form, const std::string& subject, int step) {
  const auto at = [&](const Act& act) {
    return act.round == form.round && act.step >= 0 && act.step != step &&
           act.actor.subject == subject;
  };
  const std::optional<Person>& decider = StepAt(form, step).decider;
  return (decider && decider->subject == subject) ||
         std::any_of(form.acts.begin(), form.acts.end(), at);
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

// 代決: whom a form names as the deputy decides in place of the head alone. T 5-4.
absl::Status CheckInOwnName(const Form& form, const Step& step, const std::string& subject) {
  const bool deputy = subject == form.deputy || subject == DeputyIn(form.draft.content);
  if (step.kind != StepKind::kHead || !deputy) return absl::OkStatus();
  return Refuse(absl::StatusCode::kPermissionDenied, "DEPUTY_IN_OWN_NAME",
                {"The form, or the account it closes, names you as the head's deputy: agree as "
                 "deputy, with the reason, while an absence is recorded.",
                 "この協議書(廃止の場合は対象のアカウント)では、あなたは職務代理者です。"
                 "決裁権者の不在を記録したうえで、理由を付けて代決してください。"},
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

Act ActAt(const Form& form, int step, ActKind kind, const Actor& actor, absl::string_view comment,
          absl::Time now) {
  Act act = internal::ActOf(kind, actor, RoleAt(StepAt(form, step)), comment, now);
  act.step = step;
  return act;
}

Form WithDecision(const Form& form, int step, const Actor& actor, absl::Time now) {
  Form after = form;
  after.steps[static_cast<std::size_t>(step)].decider = actor.person;
  after.steps[static_cast<std::size_t>(step)].decide_time = now;
  return after;
}

// Whether an act since the last that `begins`, that one not included, `matches`.
template <typename Begins, typename Matches>
bool AnySince(const Form& form, Begins begins, Matches matches) {
  for (auto act = form.acts.rbegin(); act != form.acts.rend() && !begins(act->kind); ++act) {
    if (matches(act->kind)) return true;
  }
  return false;
}

// Says which reopened steps are another department's by now, as a reorganisation does.
void AddHeirs(const Form& before, Change& change) {
  for (std::size_t i = 0; i < before.steps.size(); ++i) {
    const Step& was = before.steps[i];
    const Step& is = change.after.steps[i];
    if (was.department == is.department) continue;
    change.events.front().changes.push_back(
        {absl::StrCat("steps[", i, "].department"),
         absl::StrCat(was.department, " ", was.department_display_name),
         absl::StrCat(is.department, " ", is.department_display_name)});
  }
}

absl::Status CheckDueOn(absl::CivilDay due_on, absl::Time now) {
  const absl::CivilDay today = TokyoDay(now);
  if (due_on <= today) {
    return RefuseFields({{"due_on", "DUE_DATE_PAST", "Leave the department a day at least.",
                          "回答期限は明日以降にしてください。"}});
  }
  if (due_on - today > kMostDaysToAnswerForm) {
    return RefuseFields({{"due_on", "DUE_DATE_TOO_FAR", "Set a day within a year.",
                          "回答期限は1年以内にしてください。"}});
  }
  return absl::OkStatus();
}

}  // namespace

bool internal::IsInvolved(const Form& form, const std::string& subject, int step) {
  return IsAuthor(form, subject) || HasActed(form, subject, step);
}

absl::StatusOr<int> MayDecide(const Form& form, ActKind act, const Actor& actor) {
  RETURN_IF_ERROR(Allows(form, act));
  const std::vector<int> open = CurrentSteps(form);
  const auto mine = std::find_if(open.begin(), open.end(),
                                 [&](int step) { return FitsStep(StepAt(form, step), actor); });
  if (mine == open.end()) return RefuseStep(StepAt(form, open.front()));
  if (internal::IsInvolved(form, actor.person.subject, *mine)) return RefuseFourEyes(form);
  return *mine;
}

absl::StatusOr<Change> Agree(const Form& form, const Actor& actor, absl::string_view comment,
                             absl::Time now, std::vector<Finding> findings) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kAgreed, actor));
  RETURN_IF_ERROR(CheckInOwnName(form, StepAt(form, step), actor.person.subject));
  Act act = ActAt(form, step, ActKind::kAgreed, actor, comment, now);
  act.findings = std::move(findings);
  return internal::Done(form, WithDecision(form, step, actor, now), std::move(act), "form.agreed");
}

absl::StatusOr<Change> AgreeAsDeputy(const Form& form, const Actor& actor,
                                     const std::vector<Absence>& absences, absl::string_view reason,
                                     absl::string_view comment, absl::Time now,
                                     std::vector<Finding> findings) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kAgreedAsDeputy, actor));
  if (IsBlank(reason)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "REASON_REQUIRED",
                  {"Say why you decide in place of the head.",
                   "代決する理由(決裁権者が不在の理由など)を書いてください。"});
  }
  ASSIGN_OR_RETURN(const Absence absence,
                   AbsenceFor(absences, StepAt(form, step).department, actor.person.subject, now));
  Form after = WithDecision(form, step, actor, now);
  after.steps[static_cast<std::size_t>(step)].deputy =
      Deputy{.absent = absence.person, .reviewer = absence.person, .reason = std::string(reason)};
  Act act = ActAt(form, step, ActKind::kAgreedAsDeputy, actor, comment, now);
  act.deputy_reason = std::string(reason);
  act.findings = std::move(findings);
  return internal::Done(form, std::move(after), std::move(act), "form.agreed_as_deputy");
}

absl::StatusOr<Change> ReviewAfterwards(const Form& form, const Actor& actor,
                                        absl::string_view comment, absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kReviewedAfterwards));
  bool any = false;
  int mine = -1;
  for (int i = 0; i < static_cast<int>(form.steps.size()); ++i) {
    const Step& step = StepAt(form, i);
    if (!step.deputy || step.deputy->review_time) continue;
    any = true;
    if (FitsStep(step, actor) && step.deputy->reviewer.subject == actor.person.subject) mine = i;
  }
  if (!any) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NOTHING_TO_REVIEW",
                  {"No deputy's decision on this form waits to be reviewed.",
                   "この協議書には後閲を待つ代決がありません。"},
                  {{"form", NameOf(form)}});
  }
  if (mine < 0) {
    return Refuse(absl::StatusCode::kPermissionDenied, "NOT_YOUR_REVIEW",
                  {"The head who was absent, or who took over from them, reviews what the deputy "
                   "decided; nobody else does.",
                   "後閲できるのは、代決のときに不在だった決裁権者本人(異動後は後任)だけです。"},
                  {{"form", NameOf(form)}});
  }
  if (internal::IsInvolved(form, actor.person.subject, mine)) return RefuseFourEyes(form);
  Form after = form;
  after.steps[static_cast<std::size_t>(mine)].deputy->review_time = now;
  return internal::Done(form, std::move(after),
                        ActAt(form, mine, ActKind::kReviewedAfterwards, actor, comment, now),
                        "form.reviewed_afterwards");
}

absl::StatusOr<Change> Return(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kReturned, actor));
  RETURN_IF_ERROR(internal::RequireComment(comment));
  return internal::Done(form, form, ActAt(form, step, ActKind::kReturned, actor, comment, now),
                        "form.returned");
}

absl::StatusOr<Change> ReturnToStep(const Form& form, const Actor& actor, int to_step,
                                    absl::string_view comment, absl::Time now) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kReturnedToStep, actor));
  RETURN_IF_ERROR(internal::RequireComment(comment));
  // Desks that concur in parallel are no step before each other.
  const bool earlier = to_step >= 0 && to_step < step && StepAt(form, to_step).decider &&
                       (StepAt(form, to_step).kind != StepKind::kConcurrence ||
                        StepAt(form, step).kind != StepKind::kConcurrence);
  if (!earlier) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "STEP_NOT_EARLIER",
                  {"Return the form to a step that has agreed before yours, or to the drafter.",
                   "差戻し先は、自分より前に承認した段階か起案者を指定してください。"},
                  {{"step", absl::StrCat(to_step)}});
  }
  Form after = form;
  ReopenFrom(after.steps, to_step);
  Act act = ActAt(form, step, ActKind::kReturnedToStep, actor, comment, now);
  act.to_step = to_step;
  ASSIGN_OR_RETURN(Change change,
                   internal::Done(form, std::move(after), std::move(act), "form.returned_to_step"));
  AddHeirs(form, change);
  return change;
}

absl::StatusOr<Change> PullBack(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kPulledBack));
  const bool acted =
      AnySince(form, IsSubmission, [](ActKind kind) { return !IsBesideTheRoute(kind); });
  // What the table says of a form whose route has gone on.
  if (acted) return RefuseLike(State::kUnderReview, ActKind::kPulledBack, form.state);
  return internal::Done(
      form, form,
      internal::ActOf(ActKind::kPulledBack, actor, internal::WriterRoleOf(actor), comment, now),
      "form.pulled_back");
}

absl::StatusOr<Change> Advise(const Form& form, const Actor& actor, const FormAdvice& advice,
                              absl::string_view comment, absl::Time now) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kAdvised, actor));
  RETURN_IF_ERROR(internal::RequireComment(comment));
  RETURN_IF_ERROR(CheckDueOn(advice.due_on, now));
  Act act = ActAt(form, step, ActKind::kAdvised, actor, comment, now);
  act.advice = advice;
  return internal::Done(form, form, std::move(act), "form.advised");
}

absl::StatusOr<Change> Answer(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kAnswered));
  RETURN_IF_ERROR(internal::RequireComment(comment));
  const bool changed = AnySince(
      form, [](ActKind kind) { return kind == ActKind::kAdvised; },
      [](ActKind kind) { return kind == ActKind::kUpdated; });
  if (changed) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "FORM_CHANGED",
                  {"The form was changed since the advice, so that its deciders have not seen it; "
                   "submit it again, with the answer as comment.",
                   "助言の後に内容が変更されており、変更後の内容は決裁を受けていません。"
                   "回答をコメントに書いて、再度提出してください。"},
                  {{"form", NameOf(form)}});
  }
  return internal::Done(
      form, form,
      internal::ActOf(ActKind::kAnswered, actor, internal::WriterRoleOf(actor), comment, now),
      "form.answered");
}

absl::StatusOr<Change> Reject(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now) {
  ASSIGN_OR_RETURN(const int step, MayDecide(form, ActKind::kRejected, actor));
  RETURN_IF_ERROR(internal::RequireComment(comment));
  return internal::Done(form, form, ActAt(form, step, ActKind::kRejected, actor, comment, now),
                        "form.rejected");
}

absl::StatusOr<Change> Expire(const Form& form, const Actor& actor, int days_of_grace,
                              absl::Time now) {
  RETURN_IF_ERROR(Allows(form, ActKind::kExpired));
  const std::optional<absl::CivilDay> due_on = DueOn(form);
  if (!due_on || TokyoDay(now) <= *due_on + days_of_grace) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NOT_LAPSED_YET",
                  {"The department still has time to answer.", "所属の対応期限が過ぎていません。"},
                  {{"form", NameOf(form)}});
  }
  const Role role = actor.roles.count(Role::kPrOffice) > 0 ? Role::kPrOffice : Role::kSystem;
  return internal::Done(form, form, internal::ActOf(ActKind::kExpired, actor, role, "", now),
                        "form.expired");
}

}  // namespace daicho::approval::domain
