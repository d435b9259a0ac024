// What was seen of accounts' posts, in PostgreSQL.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/registry/domain/activity.h"

namespace daicho::registry::store {

// Brings a batch in front of the table: what the functions below work on until the end of `tx`.
// `observations` are NewestOfEach().
absl::Status PutBatch(pg::Transaction& tx, const std::vector<domain::Observation>& observations);

// An account of the batch that cannot be taken.
struct Stranger {
  std::string account;  // UUID.
  bool exists = false;  // Of another department.
};

// Accounts of the batch that are not in the ledger, or not `department`'s unless that is empty; the
// first hundred.
absl::StatusOr<std::vector<Stranger>> FindStrangers(pg::Transaction& tx,
                                                    absl::string_view department);

// Stores what is newer than what is known (domain::IsNewer), and says of how many accounts.
absl::StatusOr<int> SaveBatch(pg::Transaction& tx);

}  // namespace daicho::registry::store
