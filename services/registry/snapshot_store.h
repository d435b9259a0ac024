// The ledger as of one moment, page by page: a page is what fits in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/registry/domain/snapshot.h"

namespace daicho::registry::store {

// Where a list by id begins: before every UUID.
inline constexpr char kBeforeAll[] = "00000000-0000-0000-0000-000000000000";

// At most `limit` accounts after the UUID `after`, by id; without tombstones unless asked for.
absl::StatusOr<std::vector<domain::SnapshotAccount>> ListSnapshot(pg::Transaction& tx,
                                                                  bool include_closed,
                                                                  absl::string_view after,
                                                                  int limit);
absl::StatusOr<std::int64_t> CountSnapshot(pg::Transaction& tx, bool include_closed);

// At most `limit` accounts, tombstones too, that changed after `change`, in the order of their
// changes; and how many there are.
absl::StatusOr<std::vector<domain::SnapshotAccount>> ListChanged(pg::Transaction& tx,
                                                                 std::int64_t change, int limit);
absl::StatusOr<std::int64_t> CountChanged(pg::Transaction& tx, std::int64_t change);

}  // namespace daicho::registry::store
