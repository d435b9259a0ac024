// Public warnings about accounts and pages that pose as the organisation (domain.md §3.2, §7).
// Pure: no clock, no I/O, no protobuf.
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
#include "services/registry/domain/account.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/import.h"

namespace daicho::registry::domain {

struct Warning {
  std::string id;             // UUID, lower case.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  std::string url;            // As reported.
  Identity identity;
  std::string platform;    // Platform id; "other" for a page of its own.
  std::string department;  // Code of the one it poses as.
  std::string account;     // UUID of the one it poses as. Empty when there is none.
  std::string notice_ja;   // To readers.
  std::string notice;      // In English. May be empty.
  std::string evidence;    // Not public. May be empty.
  absl::CivilDay reported_on;
  absl::CivilDay starts_on;
  std::optional<absl::CivilDay> removed_on;    // By the platform; nullopt while it is there.
  std::optional<absl::CivilDay> withdrawn_on;  // nullopt while in force.
  std::string withdrawal_reason;               // With `withdrawn_on`.
  std::string created_by;                      // "users/…". Not public.
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Warning&, const Warning&) = default;
};

// What the public may know of a warning.
struct PublicWarning {
  std::int64_t change_sequence = 0;  // Place among all changes of the ledger.
  std::string id;                    // UUID.
  std::string key;                   // Of the impersonator: "x::pref_fake".
  std::string url;                   // Canonical.
  std::string platform;              // Platform id.
  std::string department;            // Code of the one it poses as.
  std::string notice_ja;
  std::string notice;  // May be empty.
  absl::CivilDay reported_on;
  std::optional<absl::CivilDay> removed_on;
  bool in_force = false;

  friend bool operator==(const PublicWarning&, const PublicWarning&) = default;
};

// What to change in a warning; nullopt leaves it as it is.
struct WarningEdit {
  std::optional<std::string> notice_ja;
  std::optional<std::string> notice;
  std::optional<std::string> evidence;
  std::optional<std::optional<absl::CivilDay>> removed_on;  // nullopt inside: it is back.
};

// A warning in force on an identity.
struct WarnedKey {
  std::string key;
  std::string warning;  // UUID.
};

// A change that is decided but not stored.
struct WarningChange {
  Warning after;
  Event event;
};

// What the ledger has found out about what a warning is to name.
struct WarningClaim {
  CanonicalUrl url;
  std::vector<KnownAccount> known;  // Whom the ledger knows by that identity.
  std::string in_force;             // UUID of a warning on it. Empty when there is none.
};

// What `url` identifies: an account, or a page of a host no platform has. Refuses as Canonicalize
// does, naming the field `url`.
absl::StatusOr<CanonicalUrl> IdentifyImpersonator(const PlatformTable& platforms,
                                                  absl::string_view url);

// FAILED_PRECONDITION (WARNING_WITHDRAWN) once it has been taken back.
absl::Status CheckInForce(const Warning& warning);

// Puts `asked` on the list: the fields people give, and `created_by`. A live account of the ledger,
// or what one was called before, is never warned of.
// FAILED_PRECONDITION: ACCOUNT_IS_OFFICIAL, DATE_IN_FUTURE. ALREADY_EXISTS: WARNING_EXISTS.
absl::StatusOr<WarningChange> Warn(const Warning& asked, const WarningClaim& claim, std::string id,
                                   absl::Time now);

// nullopt when `edit` says nothing new. FAILED_PRECONDITION: WARNING_WITHDRAWN, DATE_IN_FUTURE,
// DATE_TOO_EARLY (removed before it was reported).
absl::StatusOr<std::optional<WarningChange>> ChangeWarning(const Warning& warning,
                                                           const WarningEdit& edit, absl::Time now);

// FAILED_PRECONDITION: WARNING_WITHDRAWN.
absl::StatusOr<WarningChange> Withdraw(const Warning& warning, const std::string& reason,
                                       absl::Time now);

}  // namespace daicho::registry::domain
