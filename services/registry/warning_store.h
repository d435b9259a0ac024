// Warnings in PostgreSQL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/registry/domain/warning.h"

namespace daicho::registry::store {

// Refuses with NOT_FOUND (WARNING_NOT_FOUND).
absl::StatusOr<domain::Warning> GetWarning(pg::Transaction& tx, absl::string_view id);

// Which of these identities have a warning in force.
absl::StatusOr<std::vector<domain::WarnedKey>> FindWarned(pg::Transaction& tx,
                                                          const std::vector<std::string>& keys);

// Stores `change` as the next version, made by `actor`. With the next Execute() or Commit() of
// `tx`, refuses with ABORTED (ETAG_MISMATCH) when somebody else stored one meanwhile.
void SaveWarning(pg::Transaction& tx, const domain::WarningChange& change,
                 const std::string& actor);

// At most `limit` warnings older than the one at `before` (all when empty), newest first; those in
// force, and the withdrawn ones too when asked to.
absl::StatusOr<std::vector<domain::Warning>> ListWarnings(pg::Transaction& tx, bool withdrawn_too,
                                                          const std::string& before, int limit);
absl::StatusOr<int> CountWarnings(pg::Transaction& tx, bool withdrawn_too);

// At most `limit` warnings that changed after the change `since`, oldest change first, each as it
// is now. 0 is before the first change.
absl::StatusOr<std::vector<domain::PublicWarning>> ReadChangedWarnings(pg::Transaction& tx,
                                                                       std::int64_t since,
                                                                       int limit);

// The warnings about `key` as they were after change number `change` of the ledger.
absl::StatusOr<std::vector<domain::PublicWarning>> ReadWarningsAsOf(pg::Transaction& tx,
                                                                    absl::string_view key,
                                                                    std::int64_t change);

}  // namespace daicho::registry::store
