#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

absl::string_view ToText(AccountState state) {
  switch (state) {
    case AccountState::kPreparing:
      return "PREPARING";
    case AccountState::kActive:
      return "ACTIVE";
    case AccountState::kClosing:
      return "CLOSING";
    case AccountState::kClosed:
      return "CLOSED";
    case AccountState::kMerged:
      return "MERGED";
  }
  return "";
}

absl::string_view ToText(Condition condition) {
  switch (condition) {
    case Condition::kNormal:
      return "NORMAL";
    case Condition::kSuspendedByPlatform:
      return "SUSPENDED_BY_PLATFORM";
    case Condition::kSuspendedInternally:
      return "SUSPENDED_INTERNALLY";
    case Condition::kCompromised:
      return "COMPROMISED";
  }
  return "";
}

std::optional<AccountState> ParseAccountState(absl::string_view text) {
  for (const AccountState state : kAllAccountStates) {
    if (ToText(state) == text) return state;
  }
  return std::nullopt;
}

std::optional<Condition> ParseCondition(absl::string_view text) {
  for (const Condition condition : kAllConditions) {
    if (ToText(condition) == text) return condition;
  }
  return std::nullopt;
}

}  // namespace daicho::registry::domain
