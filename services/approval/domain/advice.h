// 助言 about an account that exists, outside any form (T 5-3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/form.h"
#include "services/approval/domain/reroute.h"

namespace daicho::approval::domain {

enum class AdviceState {
  kNone,      // Not given yet; never stored.
  kOpen,      // Waits for an answer.
  kAnswered,  // Waits to be closed.
  kAccepted,
  kWithdrawn,
};
inline constexpr int kAdviceStateCount = 5;

enum class AdviceActKind {
  kCreated,
  kAnswered,
  kAccepted,
  kWithdrawn,
  kRerouted,  // A reorganisation gave it to another department.
};
inline constexpr int kAdviceActKindCount = 5;

// The last day to answer is at most this far ahead.
inline constexpr int kMostDaysToAnswer = 366;
inline constexpr int kMostFindings = 20;

// Names in storage and, behind the enum's prefix, on the wire: "CLOSE_OR_MERGE". The reverse is
// nullopt for a name that is none of them.
absl::string_view NameOf(AdviceState state);
absl::string_view NameOf(AdviceActKind kind);
std::optional<AdviceState> AdviceStateNamed(absl::string_view name);
std::optional<AdviceActKind> AdviceActKindNamed(absl::string_view name);

// State after `act` is done to advice in `from`. Refuses what the state does not allow:
// ADVICE_CLOSED, ADVICE_NOT_ANSWERED (nothing to accept), ADVICE_ALREADY_EXISTS (created), and
// ADVICE_NOT_FOUND of advice that was never given.
absl::StatusOr<AdviceState> NextAdviceState(AdviceState from, AdviceActKind act);

// Whether it still shows on the account.
bool IsOpen(AdviceState state);

struct AdviceAct {
  AdviceActKind kind = AdviceActKind::kCreated;
  Person actor;
  absl::Time time;
  std::string text;  // The advice, the answer, or the reason.
  std::string form;  // "forms/…" named with an answer; may be empty.

  friend bool operator==(const AdviceAct&, const AdviceAct&) = default;
};

struct Advice {
  std::string id;             // UUID.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  AdviceState state = AdviceState::kNone;
  AdviceKind kind = AdviceKind::kReconsider;
  std::string account;  // "accounts/…"
  std::string account_display_name;
  std::string department;  // "departments/…" that answers.
  std::string text;
  absl::CivilDay due_on;              // Last day to answer.
  std::vector<std::string> findings;  // Rules and findings that led to it.
  std::string form;                   // "forms/…" of the last answer; may be empty.
  std::vector<AdviceAct> acts;        // Oldest first.
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Advice&, const Advice&) = default;
};

// An act that has been decided but not stored. Its act is the last of `after.acts`.
struct AdviceChange {
  Advice after;
  Event event;
};

// What the ledger says of the account.
struct AdvisedAccount {
  std::string name;
  std::string display_name;
  std::string department;  // "departments/…"
  bool alive = false;
};

// What is advised.
struct AdviceDraft {
  AdviceKind kind = AdviceKind::kReconsider;
  std::string text;
  absl::CivilDay due_on;
  std::vector<std::string> findings;
};

// "advices/…"
std::string NameOf(const Advice& advice);

// Whether it waits for an answer and its last day has passed in Tokyo.
bool IsOverdue(const Advice& advice, absl::Time now);

// `id` is a new UUID. FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE); INVALID_ARGUMENT (INVALID_FIELD) of
// `due_on`: DUE_DATE_PAST, DUE_DATE_TOO_FAR.
absl::StatusOr<AdviceChange> Advise(std::string id, const AdvisedAccount& account,
                                    AdviceDraft draft, const Person& actor, absl::Time now);

// `form` is what follows from the answer, or null. Refuses as NextAdviceState() does, and with
// FAILED_PRECONDITION (FORM_NOT_ABOUT_ACCOUNT) unless the form changes, closes or absorbs the
// account.
absl::StatusOr<AdviceChange> Answer(const Advice& advice, absl::string_view text, const Form* form,
                                    const Person& actor, absl::Time now);

// `act` is kAccepted or kWithdrawn. Refuses as NextAdviceState() does.
absl::StatusOr<AdviceChange> Close(const Advice& advice, AdviceActKind act,
                                   absl::string_view reason, const Person& actor, absl::Time now);

// Gives open advice to the department that took over; nullopt when `successions`, which
// `reorganization` made, do not concern it.
std::optional<AdviceChange> RerouteAdvice(const Advice& advice,
                                          const std::vector<Succession>& successions,
                                          const std::string& reorganization, const Person& actor,
                                          absl::Time now);

// All advice about an account that is open.
struct OpenAdvice {
  int count = 0;
  std::optional<absl::CivilDay> earliest_due_on;  // Of what waits for an answer.
  std::vector<std::string> advices;               // "advices/…", newest first, at most five.
};
inline constexpr int kMostNamesShown = 5;

}  // namespace daicho::approval::domain
