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
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/reception.h"
#include "services/approval/domain/route.h"
#include "services/approval/domain/state.h"

namespace daicho::approval::domain {

// One thing done to a form.
struct Act {
  ActKind kind = ActKind::kCreated;
  Person actor;
  Role role = Role::kDepartmentStaff;  // In which the actor did it.
  absl::Time time;
  int round = 0;  // Submissions so far, this act included.
  int step = -1;  // Index in the round's route; -1 outside it.
  std::string comment;

  friend bool operator==(const Act&, const Act&) = default;
};

// What became of an agreed form in the ledger.
struct Application {
  std::string account;  // "accounts/…"; empty when an OPEN could not be taken.
  absl::Time time;
  std::string conflict_reason;  // Empty when the ledger took it.
  std::string conflict_message;

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
  int round = 0;                     // How often it was submitted.
  std::vector<Step> steps;           // Route of this round; empty before the first submission.
  std::vector<Act> acts;             // Oldest first, of every round.
  std::vector<FieldChange> changes;  // 変更前・変更後 as of the last submission; kChange alone.
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
  Fields ledger;            // kChange: the account's governed fields now, under "fields.".
};

// "forms/…"
std::string NameOf(const Form& form);

// Index of the step that has to act; -1 when the form is with nobody.
int CurrentStep(const Form& form);

// Departments whose people may read the form: its own and those of its route.
std::vector<std::string> ReadersOf(const Form& form);

// Whether `act` can be done to the form where it is: see NextState().
absl::Status Allows(const Form& form, ActKind act);

// Whether `actor` may decide the step the form is at, either way.
//
// FAILED_PRECONDITION (FORM_NOT_IN_ROUTE). PERMISSION_DENIED: NOT_YOUR_STEP when the step asks for
// another role or department; FOUR_EYES when the actor wrote or submitted the form, or has agreed
// to another step of this round. T 5-4, T 5-6: nobody confirms their own work.
absl::Status MayDecide(const Form& form, const Actor& actor);

// 起案. `id` is a new UUID.
Change Create(std::string id, std::string department, Draft draft, const Actor& actor,
              absl::Time now);

// Replaces the whole content. FAILED_PRECONDITION (FORM_NOT_WRITABLE, ACTION_IS_FIXED,
// ACCOUNT_IS_FIXED).
absl::StatusOr<Change> Update(const Form& form, Draft draft, const Actor& actor, absl::Time now);

// 提出: begins a new round of its route. FAILED_PRECONDITION (FORM_NOT_WRITABLE).
absl::StatusOr<Change> Submit(const Form& form, Submission submission, const Actor& actor,
                              absl::string_view comment, absl::Time now);

// 承認・同意 of the step the form is at. Refuses like MayDecide().
absl::StatusOr<Change> Agree(const Form& form, const Actor& actor, absl::string_view comment,
                             absl::Time now);

// 差戻し to the drafter. Refuses like MayDecide(), and with FAILED_PRECONDITION (COMMENT_REQUIRED).
absl::StatusOr<Change> Return(const Form& form, const Actor& actor, absl::string_view comment,
                              absl::Time now);

// 取下げ, final. FAILED_PRECONDITION (FORM_NOT_WITHDRAWABLE).
absl::StatusOr<Change> Withdraw(const Form& form, const Actor& actor, absl::string_view comment,
                                absl::Time now);

// The ledger answered: `application` says what. FAILED_PRECONDITION (FORM_NOT_AGREED).
absl::StatusOr<Change> RecordApplication(const Form& form, Application application,
                                         const Actor& actor);

// Whether the form is with the PR office for the first time, and so needs a number. A form that
// comes back after a return keeps the one it has.
bool AwaitsReception(const Form& form);

// 受付: gives the changed form its number. `number` is the next of ReceptionYear(now).
void Receive(Change& change, int number, absl::Time now);

}  // namespace daicho::approval::domain
