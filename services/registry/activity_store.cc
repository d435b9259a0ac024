#include "services/registry/activity_store.h"

#include <utility>

#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// Once a session. The session's own table hides the empty one that gives it its shape.
const pg::Statement kMakeBatch{"registry_make_activity_batch", R"sql(
  CREATE TEMPORARY TABLE IF NOT EXISTS activity_batch (LIKE public.activity_batch)
      ON COMMIT DELETE ROWS
)sql"};

const pg::Statement kCopyBatch{"registry_copy_activity_batch", R"sql(
  COPY activity_batch (account, last_post_time, observe_time, source, posts_in_90_days)
  FROM STDIN (FORMAT binary)
)sql"};

const pg::Statement kFindStrangers{"registry_find_activity_strangers", R"sql(
  SELECT batch.account, accounts.id IS NOT NULL
    FROM activity_batch AS batch
    LEFT JOIN accounts ON accounts.id = batch.account
   WHERE accounts.id IS NULL
      OR ($1 <> '' AND accounts.department <> $1)
   LIMIT 100
)sql"};

// Rows come in the order of their ids, in which the batch was written.
const pg::Statement kSaveBatch{"registry_save_activity_batch", R"sql(
  INSERT INTO account_activity AS known (account, last_post_time, observe_time, source,
                                         posts_in_90_days)
  SELECT account, last_post_time, observe_time, source, posts_in_90_days
    FROM activity_batch
  ON CONFLICT (account) DO UPDATE
     SET last_post_time = EXCLUDED.last_post_time,
         observe_time = EXCLUDED.observe_time,
         source = EXCLUDED.source,
         posts_in_90_days = EXCLUDED.posts_in_90_days
   WHERE (EXCLUDED.observe_time, COALESCE(EXCLUDED.last_post_time, '-infinity'),
          EXCLUDED.source COLLATE "C", COALESCE(EXCLUDED.posts_in_90_days, -1))
         > (known.observe_time, COALESCE(known.last_post_time, '-infinity'),
            known.source COLLATE "C", COALESCE(known.posts_in_90_days, -1))
)sql"};

}  // namespace

absl::Status PutBatch(pg::Transaction& tx, const std::vector<domain::Observation>& observations) {
  pg::CopyRows rows(5);
  for (const domain::Observation& observation : observations) {
    rows.Begin();
    rows.Uuid(observation.account);
    rows.Time(observation.activity.last_post_time);
    rows.Time(observation.activity.observe_time);
    rows.Text(observation.activity.source);
    rows.Int(observation.activity.posts_in_90_days);
  }
  tx.Queue(kMakeBatch, {});
  return tx.CopyIn(kCopyBatch, std::move(rows));
}

absl::StatusOr<std::vector<Stranger>> FindStrangers(pg::Transaction& tx,
                                                    absl::string_view department) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kFindStrangers, {department}));
  std::vector<Stranger> strangers;
  for (int i = 0; i < rows.size(); ++i) {
    strangers.push_back({.account = rows[i].Text(0), .exists = rows[i].Bool(1)});
  }
  return strangers;
}

absl::StatusOr<int> SaveBatch(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result saved, tx.Execute(kSaveBatch, {}));
  return static_cast<int>(saved.rows_affected());
}

}  // namespace daicho::registry::store
