// Reads what changed in the ledger, as far as the public may ask about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/registry/domain/directory_snapshot.h"
#include "services/registry/domain/lookup.h"

namespace daicho::registry::store {

// The last change seen of each table; 0 before the first.
struct DirectoryCursor {
  std::int64_t accounts = 0;
  std::int64_t departments = 0;
  std::int64_t warnings = 0;

  friend bool operator==(const DirectoryCursor&, const DirectoryCursor&) = default;
};

struct DirectoryChanges {
  std::vector<domain::LookupEntry> accounts;
  std::vector<domain::FormerHolding> former;  // Of these accounts, all they ever had.
  std::vector<domain::PublicDepartment> departments;
  std::vector<domain::PublicWarning> warnings;
  DirectoryCursor next;
  bool complete = false;  // Nothing was left over for another call.
};

// What changed since `since`, oldest first, at most a few thousand rows, as of one moment. Each
// account and department appears as it is now, whatever became of it in between.
absl::StatusOr<DirectoryChanges> ReadDirectoryChanges(pg::Transaction& tx,
                                                      const DirectoryCursor& since);

// What a lookup of `key` needs to know as of change number `change` of the ledger: who had it, who
// follows them, their departments.
absl::StatusOr<DirectoryChanges> ReadDirectoryAsOf(pg::Transaction& tx, const std::string& key,
                                                   std::int64_t change);

}  // namespace daicho::registry::store
