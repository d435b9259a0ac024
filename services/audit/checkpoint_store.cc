#include "services/audit/checkpoint_store.h"

#include <optional>

#include "common/base/status_macros.h"

namespace daicho::audit::store {
namespace {

const pg::Statement kLockCheckpoints{"audit_lock_checkpoints", R"sql(
  SELECT signed_note, served_note
    FROM checkpoints
     FOR UPDATE
)sql"};

const pg::Statement kSelectCheckpoints{"audit_select_checkpoints", R"sql(
  SELECT signed_note, served_note
    FROM checkpoints
)sql"};

const pg::Statement kReplaceCheckpoints{"audit_replace_checkpoints", R"sql(
  UPDATE checkpoints
     SET signed_note = $1, served_note = $2
)sql"};

const pg::Statement kSelectLeaves{"audit_select_leaves", R"sql(
  SELECT leaf
    FROM entries
   WHERE log_index >= $1
     AND log_index < $2
   ORDER BY log_index
)sql"};

const pg::Statement kSelectLeafHashes{"audit_select_leaf_hashes", R"sql(
  SELECT leaf_hash
    FROM entries
   WHERE log_index >= $1
     AND log_index < $2
   ORDER BY log_index
)sql"};

const pg::Statement kSelectLevelHashes{"audit_select_level_hashes", R"sql(
  SELECT hash
    FROM tree_nodes
   WHERE level = $1
     AND node_index >= $2
     AND node_index < $3
   ORDER BY node_index
)sql"};

absl::StatusOr<Checkpoints> FromRows(const absl::StatusOr<pg::Result>& rows) {
  if (!rows.ok()) return rows.status();
  if (rows->size() != 1) return absl::DataLossError("the row of checkpoints is missing");
  return Checkpoints{.signed_note = (*rows)[0].Text(0), .served_note = (*rows)[0].Text(1)};
}

}  // namespace

absl::StatusOr<Checkpoints> LockCheckpoints(pg::Transaction& tx) {
  return FromRows(tx.Execute(kLockCheckpoints, {}));
}

absl::StatusOr<Checkpoints> GetCheckpoints(pg::Transaction& tx) {
  return FromRows(tx.Execute(kSelectCheckpoints, {}));
}

void SaveCheckpoints(pg::Transaction& tx, const Checkpoints& checkpoints) {
  tx.Queue(kReplaceCheckpoints, {checkpoints.signed_note, checkpoints.served_note});
}

absl::StatusOr<std::vector<std::string>> GetLeaves(pg::Transaction& tx, std::int64_t begin,
                                                   std::int64_t end) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectLeaves, {begin, end}));
  std::vector<std::string> leaves;
  for (int i = 0; i < rows.size(); ++i) leaves.push_back(rows[i].Bytes(0));
  return leaves;
}

absl::StatusOr<std::vector<domain::Hash>> GetHashes(pg::Transaction& tx, int level,
                                                    std::int64_t begin, std::int64_t end) {
  const absl::StatusOr<pg::Result> rows = level == 0
                                              ? tx.Execute(kSelectLeafHashes, {begin, end})
                                              : tx.Execute(kSelectLevelHashes, {level, begin, end});
  if (!rows.ok()) return rows.status();
  std::vector<domain::Hash> hashes;
  for (int i = 0; i < rows->size(); ++i) {
    const std::optional<domain::Hash> hash = domain::HashFromBytes((*rows)[i].Bytes(0));
    if (!hash) return absl::DataLossError("a stored hash is not 32 bytes long");
    hashes.push_back(*hash);
  }
  return hashes;
}

}  // namespace daicho::audit::store
