#include "services/registry/snapshot_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// Days as numbers, which are read in a tenth of the time that texts take.
#define SNAPSHOT_ROWS                                                                  \
  "SELECT a.id, a.department, a.platform, a.fields ->> 'kind', a.state, a.condition, " \
  "CASE WHEN a.fields ->> 'kind' = 'KIND_PERSONAL_EXCEPTION' THEN '' "                 \
  "ELSE a.fields ->> 'display_name' END, "                                             \
  "a.canonical_url, a.opened_on - DATE '1970-01-01', a.fields ->> 'term.last_day', "   \
  "a.fields ->> 'personal_exception.end_date', "                                       \
  "(posts.last_post_time AT TIME ZONE 'Asia/Tokyo')::date - DATE '1970-01-01', "       \
  "(posts.observe_time AT TIME ZONE 'Asia/Tokyo')::date - DATE '1970-01-01', "         \
  "posts.source, posts.posts_in_90_days, a.facts ->> 'verification.state', "           \
  "a.facts ->> 'verification.expires_on', a.facts ->> 'custody.attested_on', "         \
  "a.facts ->> 'custody.password_rotated_on', a.facts ->> 'watch.watched_on', "        \
  "a.organization_page_seen_on - DATE '1970-01-01', "                                  \
  "a.section_page_seen_on - DATE '1970-01-01', COALESCE(advice.open_count, 0), "       \
  "advice.earliest_due_on - DATE '1970-01-01', a.change_sequence "                     \
  "FROM accounts AS a "

// That the joined rows lie after $2, too, keeps each page from beginning at the first of them.
const pg::Statement kListSnapshot{"registry_list_snapshot", SNAPSHOT_ROWS R"sql(
    LEFT JOIN account_activity AS posts ON posts.account = a.id AND posts.account > $2
    LEFT JOIN account_open_advice AS advice ON advice.account = a.id AND advice.account > $2
   WHERE a.id > $2
     AND ($1 OR a.state IN ('PREPARING', 'ACTIVE', 'CLOSING'))
   ORDER BY a.id
   LIMIT $3
)sql"};

const pg::Statement kCountSnapshot{"registry_count_snapshot", R"sql(
  SELECT count(*)
    FROM accounts
   WHERE $1 OR state IN ('PREPARING', 'ACTIVE', 'CLOSING')
)sql"};

const pg::Statement kListChanged{"registry_list_changed", SNAPSHOT_ROWS R"sql(
    LEFT JOIN account_activity AS posts ON posts.account = a.id
    LEFT JOIN account_open_advice AS advice ON advice.account = a.id
   WHERE a.change_sequence > $1
   ORDER BY a.change_sequence
   LIMIT $2
)sql"};

const pg::Statement kCountChanged{"registry_count_changed", R"sql(
  SELECT count(*)
    FROM accounts
   WHERE change_sequence > $1
)sql"};

std::optional<absl::CivilDay> DayOf(const pg::Row& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return absl::CivilDay(1970, 1, 1) + row.Int64(column);
}

// The day in a text of a map.
std::optional<absl::CivilDay> TextDay(const pg::Row& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return ParseDay(row.Text(column));
}

absl::StatusOr<domain::SnapshotAccount> ReadSnapshotRow(const pg::Row& row) {
  const auto state = domain::ParseAccountState(row.Text(4));
  const auto condition = domain::ParseCondition(row.Text(5));
  if (!state || !condition) {
    return absl::InternalError(absl::StrCat("account ", row.Text(0), " is in an unknown state"));
  }
  domain::SnapshotAccount account{.id = row.Text(0),
                                  .department = row.Text(1),
                                  .platform = row.Text(2),
                                  .kind = row.Text(3),
                                  .state = *state,
                                  .condition = *condition,
                                  .display_name = row.Text(6),
                                  .url = row.Text(7),
                                  .opened_on = DayOf(row, 8),
                                  .term_last_day = Earlier(TextDay(row, 9), TextDay(row, 10)),
                                  .last_post_on = DayOf(row, 11),
                                  .observed_on = DayOf(row, 12),
                                  .activity_source = row.Text(13),
                                  .verification_state = row.Text(15),
                                  .verification_expires_on = TextDay(row, 16),
                                  .custody_attested_on = TextDay(row, 17),
                                  .password_rotated_on = TextDay(row, 18),
                                  .watched_on = TextDay(row, 19),
                                  .organization_page_seen_on = DayOf(row, 20),
                                  .section_page_seen_on = DayOf(row, 21),
                                  .open_advice_count = row.Int64(22),
                                  .open_advice_due_on = DayOf(row, 23),
                                  .change = row.Int64(24)};
  if (!row.IsNull(14)) account.posts_in_90_days = row.Int64(14);
  return account;
}

absl::StatusOr<std::vector<domain::SnapshotAccount>> ReadSnapshotRows(const pg::Result& rows) {
  std::vector<domain::SnapshotAccount> accounts;
  accounts.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(accounts.emplace_back(), ReadSnapshotRow(rows[i]));
  }
  return accounts;
}

}  // namespace

absl::StatusOr<std::vector<domain::SnapshotAccount>> ListSnapshot(pg::Transaction& tx,
                                                                  bool include_closed,
                                                                  absl::string_view after,
                                                                  int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListSnapshot, {include_closed, after, limit}));
  return ReadSnapshotRows(rows);
}

absl::StatusOr<std::int64_t> CountSnapshot(pg::Transaction& tx, bool include_closed) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kCountSnapshot, {include_closed}));
  return rows[0].Int64(0);
}

absl::StatusOr<std::vector<domain::SnapshotAccount>> ListChanged(pg::Transaction& tx,
                                                                 std::int64_t change, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListChanged, {change, limit}));
  return ReadSnapshotRows(rows);
}

absl::StatusOr<std::int64_t> CountChanged(pg::Transaction& tx, std::int64_t change) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kCountChanged, {change}));
  return rows[0].Int64(0);
}

}  // namespace daicho::registry::store
