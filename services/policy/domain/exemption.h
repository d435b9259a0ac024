// 特段の理由: why an account may be silent, until when (domain.md §5; T 5-9-3). Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"

namespace daicho::policy::domain {

// The last day of an exemption is at most so many years ahead.
inline constexpr int kMostExemptYears = 3;

struct Exemption {
  std::string id;            // UUID.
  std::string account;       // "accounts/…"
  std::string account_name;  // As it was called. May be empty.
  std::string department;    // "departments/…" that had it.
  std::string reason;
  absl::CivilDay end_date;  // Last day.
  std::string granted_by;
  absl::Time grant_time;
  std::string revoked_by;  // Empty while nobody ended it early.
  absl::Time revoke_time;
  std::string revoke_reason;

  friend bool operator==(const Exemption&, const Exemption&) = default;
};

// What the ledger says of the account.
struct ExemptedAccount {
  std::string name;
  std::string display_name;
  std::string department;
  bool alive = false;
};

struct ExemptionChange {
  Exemption after;
  Event event;
};

// Whether it holds on `today`.
bool InForce(const Exemption& exemption, absl::CivilDay today);

// `id` is a new UUID. FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE); INVALID_ARGUMENT (INVALID_FIELD) of
// `end_date`: DATE_PAST, DATE_TOO_FAR.
absl::StatusOr<ExemptionChange> Grant(std::string id, const ExemptedAccount& account,
                                      absl::string_view reason, absl::CivilDay end_date,
                                      absl::string_view actor, absl::Time now);

// FAILED_PRECONDITION (EXEMPTION_ENDED).
absl::StatusOr<ExemptionChange> Revoke(const Exemption& exemption, absl::string_view reason,
                                       absl::string_view actor, absl::Time now);

}  // namespace daicho::policy::domain
