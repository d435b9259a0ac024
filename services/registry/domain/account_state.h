// Where an account is in its life, and what is the matter with it (domain.md §3).
#pragma once

#include <optional>

#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

// Nothing leaves kClosed or kMerged.
enum class AccountState {
  kPreparing,  // Agreed, not open yet.
  kActive,     // Open.
  kClosing,    // Agreed to close; not yet shown to be gone.
  kClosed,     // Gone; kept as a tombstone for ever.
  kMerged,     // Merged into a successor; kept as a tombstone for ever.
};

inline constexpr AccountState kAllAccountStates[] = {AccountState::kPreparing,
                                                     AccountState::kActive, AccountState::kClosing,
                                                     AccountState::kClosed, AccountState::kMerged};

// Whether it is gone, and kept for ever.
inline bool IsTombstone(AccountState state) {
  return state == AccountState::kClosed || state == AccountState::kMerged;
}

// What is the matter with an account that is alive.
enum class Condition {
  kNormal,               // Nothing.
  kSuspendedByPlatform,  // 凍結.
  kSuspendedInternally,  // Suspended by the organisation on a threat. T 5-9-4.
  kCompromised,          // 乗っ取り: somebody else holds it.
};

inline constexpr Condition kAllConditions[] = {Condition::kNormal, Condition::kSuspendedByPlatform,
                                               Condition::kSuspendedInternally,
                                               Condition::kCompromised};

// As stored and announced: "ACTIVE", "SUSPENDED_BY_PLATFORM". Parsing gives nullopt for any other
// text.
absl::string_view ToText(AccountState state);
absl::string_view ToText(Condition condition);
std::optional<AccountState> ParseAccountState(absl::string_view text);
std::optional<Condition> ParseCondition(absl::string_view text);

}  // namespace daicho::registry::domain
