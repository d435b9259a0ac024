#include "services/registry/warning_store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// ReadWarning() reads it after `id`, kSaveWarning binds it.
#define VERSION_COLUMNS                                                                         \
  "revision, url, key, canonical_url, platform, department, account, notice_ja, notice, "       \
  "evidence, reported_on, starts_on, removed_on, withdrawn_on, withdrawal_reason, created_by, " \
  "create_time, update_time"
#define VERSION_VALUES \
  "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19"

const pg::Statement kSelectWarning{"registry_select_warning", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM impersonation_warnings
   WHERE id = $1
)sql"};

const pg::Statement kFindWarned{"registry_find_warned", R"sql(
  SELECT key, id
    FROM impersonation_warnings
   WHERE key = ANY ($1::text[])
     AND withdrawn_on IS NULL
)sql"};

// Touches one row, or none when the version before is not the newest any more.
const pg::Statement kSaveWarning{"registry_save_warning", R"sql(
  WITH sequence AS (
    UPDATE ledger_sequence SET value = value + 1 RETURNING value
  ), saved AS (
    INSERT INTO impersonation_warnings (id, )sql" VERSION_COLUMNS R"sql(, change_sequence)
    VALUES ($1, )sql" VERSION_VALUES R"sql(, (SELECT value FROM sequence))
    ON CONFLICT (id) DO UPDATE
       SET ()sql" VERSION_COLUMNS R"sql(, change_sequence)
           = ROW ()sql" VERSION_VALUES R"sql(, EXCLUDED.change_sequence)
     WHERE impersonation_warnings.revision = EXCLUDED.revision - 1
    RETURNING id, )sql" VERSION_COLUMNS R"sql(, change_sequence
  )
  INSERT INTO warning_revisions (id, )sql" VERSION_COLUMNS R"sql(, change_sequence, actor, act)
  SELECT id, )sql" VERSION_COLUMNS R"sql(, change_sequence, $20, $21
    FROM saved
)sql"};

const pg::Statement kListWarnings{"registry_list_warnings", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM impersonation_warnings
   WHERE ($1::uuid IS NULL OR id < $1)
     AND ($2 OR withdrawn_on IS NULL)
   ORDER BY id DESC
   LIMIT $3
)sql"};

const pg::Statement kCountWarnings{"registry_count_warnings", R"sql(
  SELECT count(*)
    FROM impersonation_warnings
   WHERE ($1 OR withdrawn_on IS NULL)
)sql"};

const pg::Statement kChangedWarnings{"directory_changed_warnings", R"sql(
  SELECT change_sequence, id, key, canonical_url, platform, department, notice_ja, notice,
         reported_on, removed_on, withdrawn_on IS NULL
    FROM impersonation_warnings
   WHERE change_sequence > $1
   ORDER BY change_sequence
   LIMIT $2
)sql"};

const pg::Statement kWarningsAsOf{"directory_warnings_as_of", R"sql(
  SELECT change_sequence, id, key, canonical_url, platform, department, notice_ja, notice,
         reported_on, removed_on, withdrawn_on IS NULL
    FROM warning_revisions AS version
   WHERE key = $1
     AND revision = (SELECT max(revision)
                       FROM warning_revisions
                      WHERE id = version.id
                        AND change_sequence <= $2)
   ORDER BY change_sequence
)sql"};

domain::Warning ReadWarning(const pg::Row& row) {
  return {.id = row.Text(0),
          .revision = row.Int64(1),
          .url = row.Text(2),
          .identity = {.key = row.Text(3), .canonical_url = row.Text(4)},
          .platform = row.Text(5),
          .department = row.Text(6),
          .account = row.Text(7),
          .notice_ja = row.Text(8),
          .notice = row.Text(9),
          .evidence = row.Text(10),
          .reported_on = row.Day(11).value_or(absl::CivilDay()),
          .starts_on = row.Day(12).value_or(absl::CivilDay()),
          .removed_on = row.Day(13),
          .withdrawn_on = row.Day(14),
          .withdrawal_reason = row.Text(15),
          .created_by = row.Text(16),
          .create_time = row.Time(17).value_or(absl::InfinitePast()),
          .update_time = row.Time(18).value_or(absl::InfinitePast())};
}

std::vector<domain::PublicWarning> ReadPublic(const pg::Result& rows) {
  std::vector<domain::PublicWarning> warnings;
  for (int i = 0; i < rows.size(); ++i) {
    const pg::Row row = rows[i];
    warnings.push_back({.change_sequence = row.Int64(0),
                        .id = row.Text(1),
                        .key = row.Text(2),
                        .url = row.Text(3),
                        .platform = row.Text(4),
                        .department = row.Text(5),
                        .notice_ja = row.Text(6),
                        .notice = row.Text(7),
                        .reported_on = row.Day(8).value_or(absl::CivilDay()),
                        .removed_on = row.Day(9),
                        .in_force = row.Bool(10)});
  }
  return warnings;
}

}  // namespace

absl::StatusOr<domain::Warning> GetWarning(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectWarning, {id}));
  if (rows.size() > 0) return ReadWarning(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "WARNING_NOT_FOUND",
                {"There is no such warning; look it up in the list.",
                 "その注意喚起はありません。一覧で確認してください。"},
                {{"warning", absl::StrCat("warnings/", id)}});
}

absl::StatusOr<std::vector<domain::WarnedKey>> FindWarned(pg::Transaction& tx,
                                                          const std::vector<std::string>& keys) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kFindWarned, {keys}));
  std::vector<domain::WarnedKey> warned;
  for (int i = 0; i < rows.size(); ++i) warned.push_back({rows[i].Text(0), rows[i].Text(1)});
  return warned;
}

void SaveWarning(pg::Transaction& tx, const domain::WarningChange& change,
                 const std::string& actor) {
  const domain::Warning& warning = change.after;
  tx.QueueOne(kSaveWarning,
              {warning.id,
               warning.revision,
               warning.url,
               warning.identity.key,
               warning.identity.canonical_url,
               warning.platform,
               warning.department,
               pg::NullIfEmpty(warning.account),
               warning.notice_ja,
               pg::NullIfEmpty(warning.notice),
               pg::NullIfEmpty(warning.evidence),
               warning.reported_on,
               warning.starts_on,
               warning.removed_on,
               warning.withdrawn_on,
               pg::NullIfEmpty(warning.withdrawal_reason),
               warning.created_by,
               warning.create_time,
               warning.update_time,
               actor,
               change.event.type},
              EtagMismatch());
}

absl::StatusOr<std::vector<domain::Warning>> ListWarnings(pg::Transaction& tx, bool withdrawn_too,
                                                          const std::string& before, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListWarnings, {pg::NullIfEmpty(before), withdrawn_too, limit}));
  std::vector<domain::Warning> warnings;
  for (int i = 0; i < rows.size(); ++i) warnings.push_back(ReadWarning(rows[i]));
  return warnings;
}

absl::StatusOr<int> CountWarnings(pg::Transaction& tx, bool withdrawn_too) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kCountWarnings, {withdrawn_too}));
  return static_cast<int>(rows[0].Int64(0));
}

absl::StatusOr<std::vector<domain::PublicWarning>> ReadChangedWarnings(pg::Transaction& tx,
                                                                       std::int64_t since,
                                                                       int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kChangedWarnings, {since, limit}));
  return ReadPublic(rows);
}

absl::StatusOr<std::vector<domain::PublicWarning>> ReadWarningsAsOf(pg::Transaction& tx,
                                                                    absl::string_view key,
                                                                    std::int64_t change) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kWarningsAsOf, {key, change}));
  return ReadPublic(rows);
}

}  // namespace daicho::registry::store

#undef VERSION_VALUES
#undef VERSION_COLUMNS
