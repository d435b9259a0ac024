// What may become of an account: the one table of its life (domain.md §3).
//
// README.md shows it; account_life_test.cc prints it and says when the two differ.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/refusal.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

// What can be done to an account that exists.
enum class Act {
  kChange,                     // An agreed CHANGE form.
  kTakeOver,                   // An agreed CHANGE form that merges others into this one.
  kClose,                      // An agreed CLOSE form; a second one corrects the first.
  kBeAbsorbed,                 // An agreed CHANGE form that merges this one into another.
  kConfirmOpening,             // It is open on its platform.
  kRecordListing,              // A page was seen to link to it.
  kConfirmClosing,             // It is gone.
  kConfirmMerging,             // It is gone, and its successor has taken over.
  kReportNormal,               // Nothing is the matter with it any more.
  kReportSuspendedByPlatform,  // 凍結.
  kReportSuspendedInternally,  // Suspended by the organisation on a threat. T 5-9-4.
  kReportCompromised,          // 乗っ取り.
  kReportFact,                 // Profile, custody, verification, a goal's sample, a grant.
};

inline constexpr Act kAllActs[] = {Act::kChange,
                                   Act::kTakeOver,
                                   Act::kClose,
                                   Act::kBeAbsorbed,
                                   Act::kConfirmOpening,
                                   Act::kRecordListing,
                                   Act::kConfirmClosing,
                                   Act::kConfirmMerging,
                                   Act::kReportNormal,
                                   Act::kReportSuspendedByPlatform,
                                   Act::kReportSuspendedInternally,
                                   Act::kReportCompromised,
                                   Act::kReportFact};

// Where an account stands. A tombstone keeps the condition in which it was closed.
struct Standing {
  AccountState state = AccountState::kPreparing;
  Condition condition = Condition::kNormal;

  friend bool operator==(const Standing&, const Standing&) = default;
};

// The act that reports `condition`.
Act ReportOf(Condition condition);

// Where an account that stands at `standing` stands after `act`. FAILED_PRECONDITION:
// ACCOUNT_NOT_ALIVE, ACCOUNT_NOT_PREPARING, ACCOUNT_NOT_CLOSING, ACCOUNT_IS_CLOSING,
// ACCOUNT_NOT_IN_ORDER, CONDITION_ALREADY_NORMAL, CONDITION_GRAVER.
absl::StatusOr<Standing> NextStanding(const Standing& standing, Act act);

// What NextStanding() says with that reason.
Message MessageOfLife(absl::string_view reason);

}  // namespace daicho::registry::domain
