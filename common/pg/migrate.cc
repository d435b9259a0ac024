#include "common/pg/migrate.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace daicho::pg {
namespace {

// The row that migrations take turns on.
constexpr char kCreateTables[] = R"sql(
  BEGIN;
  CREATE TABLE IF NOT EXISTS schema_turn (
    id integer CONSTRAINT schema_turn_pkey PRIMARY KEY
  );
  INSERT INTO schema_turn (id) VALUES (1) ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS schema_migration (
    name       text        CONSTRAINT schema_migration_pkey PRIMARY KEY,
    checksum   bytea       NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now()
  );
  COMMIT;
)sql";

const Statement kTakeTurn{"migrate_take_turn", R"sql(
  SELECT id
    FROM schema_turn
   WHERE id = 1
     FOR UPDATE
)sql"};

const Statement kHasTables{"migrate_has_tables", R"sql(
  SELECT to_regclass('schema_migration') IS NOT NULL
)sql"};

const Statement kSelectApplied{"migrate_select_applied", R"sql(
  SELECT name, checksum
    FROM schema_migration
)sql"};

const Statement kInsertApplied{"migrate_insert_applied", R"sql(
  INSERT INTO schema_migration (name, checksum)
  VALUES ($1, $2)
)sql"};

using Applied = std::map<std::string, std::string>;  // Name to checksum.

std::string Checksum(const Migration& migration) { return Sha256(migration.sql); }

absl::StatusOr<Applied> ReadApplied(Transaction& tx) {
  ASSIGN_OR_RETURN(const Result rows, tx.Execute(kSelectApplied, {}));
  Applied applied;
  for (int i = 0; i < rows.size(); ++i) applied[rows[i].Text(0)] = rows[i].Bytes(1);
  return applied;
}

// Whether what the database has is what this binary knows, as far as the database has come.
absl::Status CheckApplied(const Applied& applied, const std::vector<Migration>& migrations) {
  std::set<std::string> known;
  for (const Migration& migration : migrations) {
    const std::string name(migration.name);
    if (!known.insert(name).second) {
      return absl::FailedPreconditionError(absl::StrCat("two schema steps are called ", name));
    }
    const auto found = applied.find(name);
    if (found != applied.end() && found->second != Checksum(migration)) {
      return absl::FailedPreconditionError(
          absl::StrCat("schema step ", name, " has been altered since it was applied"));
    }
  }
  for (const auto& [name, checksum] : applied) {
    if (known.count(name) > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the database has schema step ", name, ", which this program does not know"));
  }
  return absl::OkStatus();
}

// CREATE TABLE IF NOT EXISTS of two sessions at once can fail for one of them with a violation of
// the catalogue's own keys. Once more, and the table is there.
absl::Status CreateTables(Connection& connection, absl::Time deadline) {
  absl::Status created;
  for (int attempt = 0; attempt < 3; ++attempt) {
    created = connection.ExecuteScript(kCreateTables, deadline);
    if (created.ok() || !connection.usable()) return created;
    RETURN_IF_ERROR(connection.ExecuteScript("ROLLBACK", deadline));
  }
  return created;
}

// Applies the first step that is missing. False when none is.
absl::StatusOr<bool> ApplyNext(Connection& connection, const std::vector<Migration>& migrations,
                               absl::Time deadline) {
  Transaction tx = connection.Begin(deadline);
  tx.Queue(kTakeTurn, {});
  ASSIGN_OR_RETURN(const Applied applied, ReadApplied(tx));
  RETURN_IF_ERROR(CheckApplied(applied, migrations));
  for (const Migration& migration : migrations) {
    if (applied.count(std::string(migration.name)) > 0) continue;
    if (const absl::Status done = tx.ExecuteScript(std::string(migration.sql)); !done.ok()) {
      return absl::Status(done.code(), absl::StrCat(migration.name, ": ", done.message()));
    }
    const std::string checksum = Checksum(migration);
    tx.Queue(kInsertApplied, {migration.name, Bytes{checksum}});
    RETURN_IF_ERROR(tx.Commit());
    return true;
  }
  return false;
}

}  // namespace

absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations,
                     absl::Time deadline) {
  RETURN_IF_ERROR(CreateTables(connection, deadline));
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, ApplyNext(connection, migrations, deadline));
  }
  return absl::OkStatus();
}

absl::Status CheckSchema(Connection& connection, const std::vector<Migration>& migrations,
                         absl::Time deadline) {
  Transaction tx = connection.Begin(deadline);
  ASSIGN_OR_RETURN(const Result tables, tx.Execute(kHasTables, {}));
  if (!tables[0].Bool(0)) {
    return absl::FailedPreconditionError("the database has no schema yet: run `migrate` first");
  }
  ASSIGN_OR_RETURN(const Applied applied, ReadApplied(tx));
  RETURN_IF_ERROR(CheckApplied(applied, migrations));
  for (const Migration& migration : migrations) {
    if (applied.count(std::string(migration.name)) > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the database lacks schema step ", migration.name, ": run `migrate` first"));
  }
  return absl::OkStatus();
}

}  // namespace daicho::pg
