// Every statement about checkpoints and tiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::store {

// Signed notes; empty when there is none yet.
struct Checkpoints {
  std::string signed_note;  // Signed last.
  std::string served_note;  // With the cosignatures it has.
};

// LockCheckpoints() waits for others that sign, until they commit.
absl::StatusOr<Checkpoints> LockCheckpoints(pg::Transaction& tx);
absl::StatusOr<Checkpoints> GetCheckpoints(pg::Transaction& tx);
void SaveCheckpoints(pg::Transaction& tx, const Checkpoints& checkpoints);

// Leaves of entries [begin, end), and hashes of that many complete subtrees of a level; fewer when
// the log does not have them.
absl::StatusOr<std::vector<std::string>> GetLeaves(pg::Transaction& tx, std::int64_t begin,
                                                   std::int64_t end);
absl::StatusOr<std::vector<domain::Hash>> GetHashes(pg::Transaction& tx, int level,
                                                    std::int64_t begin, std::int64_t end);

}  // namespace daicho::audit::store
