// 様式第1号 協議書: the consultation form and everything that can be done to it. T 5-3.
//
// Pure: each act takes the form as it was and gives the form as it is to be, with what to announce.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/absence.h"
#include "services/approval/domain/finding.h"
#include "services/approval/domain/reception.h"
#include "services/approval/domain/route.h"
#include "services/approval/domain/state.h"

namespace daicho::approval::domain {

// 助言 on a form. T 5-3.
struct FormAdvice {
  AdviceKind kind = AdviceKind::kReconsider;
  absl::CivilDay due_on;  // Last day to answer.

  friend bool operator==(const FormAdvice&, const FormAdvice&) = default;
};

// Days in which a decider is to decide, and a department to mend what came back to it. Nothing
// happens when they have passed, but that the form is overdue.
inline constexpr int kDaysToDecide = 14;
inline constexpr int kDaysToMend = 30;
// Days after the last one to answer or to mend from which a form may lapse, unless configured.
inline constexpr int kDaysOfGrace = 30;
// The last day to answer advice is at most this far ahead.
inline constexpr int kMostDaysToAnswerForm = 366;

// One thing done to a form.
struct Act {
  ActKind kind = ActKind::kCreated;
  Person actor;
  Role role = Role::kDepartmentStaff;  // In which the actor did it.
  absl::Time time;
  int round = 0;  // Submissions so far, this act included.
  int step = -1;  // Index in the round's route; -1 outside it.
  std::string comment;
  std::string deputy_reason;         // kAgreedAsDeputy: why the head could not.
  std::optional<FormAdvice> advice;  // kAdvised; the comment says what.
  int to_step = -1;                  // kReturnedToStep: where it went.
  std::vector<Finding> findings;     // What the guideline said: of submissions, and of the PR
                                     // office's agreement, whose comment answers its warnings.

  friend bool operator==(const Act&, const Act&) = default;
};

// One field of a form that the ledger could not take, three times; empty when unset.
struct Difference {
  std::string path;       // "fields.purpose", "closing.reason"; "state" of the account.
  std::string agreed_on;  // As the ledger had it when the form was submitted. kChange alone.
  std::string ledger;     // As the ledger had it when it refused the form.
  std::string wanted;     // As the form wanted it.

  friend bool operator==(const Difference&, const Difference&) = default;
};

// What became of an agreed form in the ledger.
struct Application {
  std::string account;  // "accounts/…"; empty when an OPEN could not be taken.
  absl::Time time;
  std::string conflict_reason;  // Empty when the ledger took it.
  std::string conflict_message;
  std::vector<Difference> differences;  // Of a conflict, by path.

  friend bool operator==(const Application&, const Application&) = default;
};

// What a drafter writes.
struct Draft {
  Action action = Action::kOpen;
  std::string account;  // "accounts/…"; empty if, and only if, kOpen.
  Fields content;       // The whole form, `action` and `account` included.

  friend bool operator==(const Draft&, const Draft&) = default;
};

struct Form {
  std::string id;             // UUID in lower case.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  State state = State::kNone;
  std::string department;  // "departments/…" that submits it.
  Draft draft;
  Person drafter;
  Person keeper;  // 担当: who minds it at its department; the drafter, or who took over from them.
  int round = 0;                     // How often it was submitted.
  std::vector<Step> steps;           // Route of this round; empty before the first submission.
  std::vector<Act> acts;             // Oldest first, of every round.
  std::vector<FieldChange> changes;  // 変更前・変更後 as of the last submission; kChange alone.
  std::string deputy;  // Whom the ledger named as the head's deputy at the last submission:
                       // "users/…". kChange and kClose.
  std::optional<Reception> reception;
  std::optional<Application> application;  // Set in kApplied and kConflict.
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Form&, const Form&) = default;
};

// Who wants to do something.
struct Actor {
  Person person;
  std::set<Role> roles;
  std::string department;  // "departments/…"; may be empty.
};

// An act that has been decided but not stored. Its act is the last of `after.acts`.
struct Change {
  Form after;
  std::vector<Event> events;
};

// What peers said about a form when it was submitted.
struct Submission {
  std::vector<Step> steps;  // DeriveRoute().
  Fields ledger;  // What the ledger has of the account a kChange or a kClose is about, as in
                  // RefuseIncomplete().
  std::vector<Finding> findings;  // Of the guideline.
};

// "forms/…"
std::string NameOf(const Form& form);

// 即時停止: a closing for security that takes effect before it is decided. T 5-9-4.
bool IsUrgent(const Draft& draft);

// Whom an account's fields name as the deputy of its head, and as nothing else that decides:
// "users/…"; empty when they name nobody by user name. T 5-4.
std::string DeputyIn(const Fields& fields);

// Indexes of the steps that have to act, in order; empty when the form is with no decider. Several
// when they concur in parallel.
std::vector<int> CurrentSteps(const Form& form);

// The first of them; -1 when there is none.
int CurrentStep(const Form& form);

// The advice the form's department has to answer; null when it has none to. The act's comment says
// what is advised.
const Act* UnansweredAdvice(const Form& form);

// Whether the form is with its department, which has to do something about it.
bool IsWithDepartment(State state);

// Last day, in Tokyo, for whoever it is with: kDaysToDecide after it came to a decider or met a
// conflict that is not settled, that of the advice, kDaysToMend after it came back. nullopt of
// drafts and of what is decided.
std::optional<absl::CivilDay> DueOn(const Form& form);

// Departments whose people may read the form: its own and those of its route.
std::vector<std::string> ReadersOf(const Form& form);

// Whether `act` can be done to the form where it is: see NextState().
absl::Status Allows(const Form& form, ActKind act);

// The step of the form `actor` may do `act` at: kAgreed, kAgreedAsDeputy, kReturned,
// kReturnedToStep, kAdvised or kRejected.
//
// FAILED_PRECONDITION: as NextState() refuses. PERMISSION_DENIED: NOT_YOUR_STEP when every step
// asks for another role or department, by the actor's token of now: who has moved away has lost
// the step; FOUR_EYES when the actor wrote or submitted the form, or has acted at another step of
// this round. T 5-4, T 5-6: nobody confirms their own work.
absl::StatusOr<int> MayDecide(const Form& form, ActKind act, const Actor& actor);

// Whether `actor` may write `draft` for `department`. PERMISSION_DENIED (NOT_YOUR_FORM) unless they
// are its staff or, with an urgent closing, whoever the RPC let in.
absl::Status MayWrite(absl::string_view department, const Draft& draft, const Actor& actor);

// Whether `actor` may submit the form: besides as MayWrite(), PERMISSION_DENIED (URGENT_NOT_YOURS)
// of an urgent closing unless they are the head of its department, of the PR office or of IT
// security: staff may not suspend. T 5-9-4. FAILED_PRECONDITION (FORM_NOT_WRITABLE).
absl::Status MaySubmit(const Form& form, const Actor& actor);

// 起案. `id` is a new UUID.
Change Create(std::string id, std::string department, Draft draft, const Actor& actor,
              absl::Time now);

// Replaces the whole content. Refuses like MayWrite(), and with FAILED_PRECONDITION
// (FORM_NOT_WRITABLE, ACTION_IS_FIXED, ACCOUNT_IS_FIXED).
absl::StatusOr<Change> Update(const Form& form, Draft draft, const Actor& actor, absl::Time now);

// 提出: begins a new round of its route. Of a form with advice, the comment is the answer. Refuses
// like MaySubmit(), and with FAILED_PRECONDITION (with advice, COMMENT_REQUIRED).
absl::StatusOr<Change> Submit(const Form& form, Submission submission, const Actor& actor,
                              absl::string_view comment, absl::Time now);

// 承認・同意 of the step the form is at; `findings` are what the guideline said before. Refuses
// like MayDecide(), and with PERMISSION_DENIED (DEPUTY_IN_OWN_NAME) whom the form, or the
// account it changes or closes, names by user name as the deputy of its head.
absl::StatusOr<Change> Agree(const Form& form, const Actor& actor, absl::string_view comment,
                             absl::Time now, std::vector<Finding> findings = {});

// 代決: the same for a head who is absent; `absences` are those of the departments the form is
// with. Refuses like MayDecide() and AbsenceFor(), and with FAILED_PRECONDITION (REASON_REQUIRED).
absl::StatusOr<Change> AgreeAsDeputy(const Form& form, const Actor& actor,
                                     const std::vector<Absence>& absences, absl::string_view reason,
                                     absl::string_view comment, absl::Time now,
                                     std::vector<Finding> findings = {});

// 後閲 of what a deputy agreed to in this round, by the step's reviewer; the form stays where it
// is. FAILED_PRECONDITION (NOTHING_TO_REVIEW), PERMISSION_DENIED (NOT_YOUR_REVIEW, FOUR_EYES).
absl::StatusOr<Change> ReviewAfterwards(const Form& form, const Actor& actor,
                                        absl::string_view comment, absl::Time now);

// 差戻し to the drafter. Refuses like MayDecide(), and with FAILED_PRECONDITION (COMMENT_REQUIRED).
absl::StatusOr<Change> Return(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now);

// 差戻し to an earlier step, which decides again, and so do those after it. Refuses like Return(),
// and with FAILED_PRECONDITION (STEP_NOT_EARLIER) unless `to_step` has agreed and comes before.
absl::StatusOr<Change> ReturnToStep(const Form& form, const Actor& actor, int to_step,
                                    absl::string_view comment, absl::Time now);

// 引戻し by the department. FAILED_PRECONDITION (FORM_NOT_IN_ROUTE, NEXT_HAS_ACTED).
absl::StatusOr<Change> PullBack(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now);

// 助言 of the PR office; no decision. Refuses like Return(); INVALID_ARGUMENT (INVALID_FIELD) of
// `due_on`: DUE_DATE_PAST, DUE_DATE_TOO_FAR.
absl::StatusOr<Change> Advise(const Form& form, const Actor& actor, const FormAdvice& advice,
                              absl::string_view comment, absl::Time now);

// The department's answer to advice: the form goes back to the PR office as it was advised on. One
// that was changed since takes its whole route again: FAILED_PRECONDITION (FORM_CHANGED). Also
// FORM_NOT_ADVISED, COMMENT_REQUIRED.
absl::StatusOr<Change> Answer(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now);

// 却下, final. Refuses like Return().
absl::StatusOr<Change> Reject(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now);

// The form lapses: its department was advised or had it returned, and did nothing until
// `days_of_grace` after the last day. FAILED_PRECONDITION (FORM_NOT_WAITED_FOR, NOT_LAPSED_YET).
absl::StatusOr<Change> Expire(const Form& form, const Actor& actor, int days_of_grace,
                              absl::Time now);

// 取下げ, final. FAILED_PRECONDITION (FORM_NOT_WITHDRAWABLE).
absl::StatusOr<Change> Withdraw(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now);

// The ledger answered: `application` says what. FAILED_PRECONDITION (FORM_NOT_AGREED).
absl::StatusOr<Change> RecordApplication(const Form& form, Application application,
                                         const Actor& actor);

// Where what the form was agreed on, what the ledger says now and what the form wanted are not all
// the same, by path, in the part of the account that the form is about. `ledger` has the account's
// "fields.", "closing." and "state"; empty when there is no account.
std::vector<Difference> DifferencesOf(const Form& form, const Fields& ledger);

// The PR office has looked into a conflict; `comment` says what follows. FAILED_PRECONDITION
// (NO_CONFLICT_TO_SETTLE, COMMENT_REQUIRED).
absl::StatusOr<Change> Settle(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now);

// Whether the form is with the PR office for the first time, and so needs a number. A form that
// comes back after a return keeps the one it has.
bool AwaitsReception(const Form& form);

// 受付: gives the changed form its number. `number` is the next of ReceptionYear(now).
void Receive(Change& change, int number, absl::Time now);

}  // namespace daicho::approval::domain
