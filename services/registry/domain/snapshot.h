// The ledger as of one moment, as far as reports need it (domain.md §5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

// What reports say of an account. Days are in Tokyo.
struct SnapshotAccount {
  std::string id;          // UUID.
  std::string department;  // Code.
  std::string platform;
  std::string kind;  // "KIND_OFFICIAL". May be empty.
  AccountState state = AccountState::kActive;
  Condition condition = Condition::kNormal;
  std::string display_name;  // Empty for a person's own account (T 5-1).
  std::string url;           // Canonical. Empty while only planned.
  std::optional<absl::CivilDay> opened_on;
  // Of a fixed term, or of the exception for a person's own account: the earlier one.
  std::optional<absl::CivilDay> term_last_day;
  std::optional<absl::CivilDay> last_post_on;
  std::optional<absl::CivilDay> observed_on;
  std::string activity_source;
  std::optional<std::int64_t> posts_in_90_days;  // Unset: not counted.
  std::string verification_state;                // "STATE_VERIFIED". May be empty.
  std::optional<absl::CivilDay> verification_expires_on;
  std::optional<absl::CivilDay> custody_attested_on;
  std::optional<absl::CivilDay> password_rotated_on;
  std::optional<absl::CivilDay> watched_on;
  std::optional<absl::CivilDay> organization_page_seen_on;
  std::optional<absl::CivilDay> section_page_seen_on;
  std::int64_t open_advice_count = 0;
  std::optional<absl::CivilDay> open_advice_due_on;
  std::int64_t change = 0;  // Number of its last change.
};

}  // namespace daicho::registry::domain
