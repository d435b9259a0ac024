// Reorganisations in PostgreSQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/reorganization.h"

namespace daicho::registry::store {

// Refuses with NOT_FOUND (REORGANIZATION_NOT_FOUND). Loaded for a change, it stays as it is until
// the end of `tx`, as whoever puts it into effect locks the ledger first.
absl::StatusOr<domain::Reorganization> GetReorganization(pg::Transaction& tx, absl::string_view id);

// The scheduled reorganisation whose day has come on `today`, the earliest first; nullopt when none
// is due.
absl::StatusOr<std::optional<domain::Reorganization>> FindDue(pg::Transaction& tx,
                                                              absl::CivilDay today);

// Stores a new one, or its next version. With the next Execute() or Commit() of `tx`, refuses with
// ABORTED (ETAG_MISMATCH) when somebody else stored one meanwhile.
void SaveReorganization(pg::Transaction& tx, const domain::Reorganization& reorganization);

// At most `limit` that are older than the id `before` (empty: all), newest first. No `states`: all.
absl::StatusOr<std::vector<domain::Reorganization>> ListReorganizations(
    pg::Transaction& tx, const std::vector<domain::ReorganizationState>& states,
    const std::string& before, int limit);

}  // namespace daicho::registry::store
