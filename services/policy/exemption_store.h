// Exemptions in PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/policy/domain/exemption.h"
#include "services/policy/domain/inactivity_report.h"

namespace daicho::policy::store {

// Refuses with NOT_FOUND (EXEMPTION_NOT_FOUND).
absl::StatusOr<domain::Exemption> GetExemption(pg::Transaction& tx, absl::string_view id);

// Stores one. Refuses with ALREADY_EXISTS (EXEMPTION_EXISTS) when one of the account holds on
// `today`. Whoever else grants one to it waits for the end of `tx`.
absl::Status InsertExemption(pg::Transaction& tx, const domain::Exemption& exemption,
                             absl::CivilDay today);

// Stores that it was revoked. Queues only; fails at the next statement with FAILED_PRECONDITION
// (EXEMPTION_ENDED) when somebody else has revoked it.
void SaveRevocation(pg::Transaction& tx, const domain::Exemption& exemption);

struct ExemptionQuery {
  std::string account;                     // UUID. Empty: all.
  std::optional<std::string> department;   // "departments/…". Unset: all.
  std::optional<absl::CivilDay> in_force;  // On this day.
  std::optional<std::string> before;       // Id of the last of the page before.
  int limit = 50;
};
// Newest first.
absl::StatusOr<std::vector<domain::Exemption>> ListExemptions(pg::Transaction& tx,
                                                              const ExemptionQuery& query);

// Those that hold on `day`, by account.
absl::StatusOr<domain::ExemptionsByAccount> LoadExemptions(pg::Transaction& tx, absl::CivilDay day);

// An account of which an exemption was granted or revoked since its findings were last looked at.
struct UncheckedExemption {
  std::string account;  // UUID.
  std::int64_t changed = 0;
};
absl::StatusOr<std::vector<UncheckedExemption>> ListUncheckedExemptions(pg::Transaction& tx,
                                                                        int limit);
// What changed meanwhile stays unchecked. Queues only.
void SetChecked(pg::Transaction& tx, const std::vector<UncheckedExemption>& unchecked);

}  // namespace daicho::policy::store
