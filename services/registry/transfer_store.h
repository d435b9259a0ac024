// Finds people in the fields of accounts.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/transfer.h"

namespace daicho::registry::store {

// The roles that `people` still hold in live accounts, by person and account: at most `limit`.
absl::StatusOr<std::vector<domain::HeldRole>> FindHeldRoles(
    pg::Transaction& tx, const std::vector<domain::Transfer>& people, absl::CivilDay today,
    int limit);

}  // namespace daicho::registry::store
