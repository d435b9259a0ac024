#include "tests/bench/write_floor.h"

#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/migrate.h"
#include "common/work/unit_of_work.h"
#include "services/approval/schema.h"
#include "tests/bench/pgbench.h"

namespace daicho::bench {
namespace {

// What CreateForm stores: the form, its first act, the event for the audit log, the kept answer.
constexpr char kNewest[] = R"sql(
  SELECT forms.department, forms.content, forms.drafter, forms.drafter_name, form_acts.role,
         outbox.subject, outbox.payload, request_log.request_hash, request_log.answer
    FROM forms
    JOIN form_acts ON form_acts.form_id = forms.id
    JOIN outbox ON outbox.subject = 'forms/' || forms.id
   CROSS JOIN request_log
   ORDER BY forms.id DESC, request_log.create_time DESC
   LIMIT 1
)sql";

constexpr char kScript[] = R"sql(
WITH form AS (
  INSERT INTO forms (id, revision, state, action, department, account, content, drafter,
                     drafter_name, round, changes, create_time, update_time)
  VALUES (gen_random_uuid(), 1, 'DRAFT', 'OPEN', $DEPARTMENT, NULL, $CONTENT, $DRAFTER,
          $NAME, 0, '[]', now(), now())
  RETURNING id
), act AS (
  INSERT INTO form_acts (form_id, position, kind, actor, actor_name, role, act_time, round, step,
                         comment)
  SELECT id, 0, 'CREATED', $DRAFTER, $NAME, $ROLE, now(), 0, NULL, '' FROM form
), sent AS (
  INSERT INTO outbox (event_id, destination, subject, payload)
  SELECT gen_random_uuid(), 'audit', $SUBJECT, $PAYLOAD FROM form
)
INSERT INTO request_log (actor, request_id, request_hash, answer)
SELECT $DRAFTER, gen_random_uuid(), $HASH, $ANSWER FROM form;
)sql";

std::string Literal(const pg::Row& row, int column) { return ScriptLiteral(row.Text(column)); }

std::string BytesLiteral(const pg::Row& row, int column) {
  return absl::StrCat("'\\x", absl::BytesToHexString(row.Bytes(column)), "'");
}

std::string ScriptFor(const pg::Row& row) {
  return absl::StrReplaceAll(kScript, {{"\n", " "},
                                       {"$DEPARTMENT", Literal(row, 0)},
                                       {"$CONTENT", Literal(row, 1)},
                                       {"$DRAFTER", Literal(row, 2)},
                                       {"$NAME", Literal(row, 3)},
                                       {"$ROLE", Literal(row, 4)},
                                       {"$SUBJECT", Literal(row, 5)},
                                       {"$PAYLOAD", BytesLiteral(row, 6)},
                                       {"$HASH", BytesLiteral(row, 7)},
                                       {"$ANSWER", BytesLiteral(row, 8)}});
}

absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

}  // namespace

absl::StatusOr<WriteFloor> WriteFloor::Prepare(pg::Connection& approval, const std::string& floor,
                                               const std::string& folder) {
  ASSIGN_OR_RETURN(const pg::Result newest, approval.QueryOnce(kNewest, Soon()));
  if (newest.size() != 1) return absl::NotFoundError("no form to take as a pattern");
  const std::string script = absl::StrCat(folder, "/create_form.sql");
  std::ofstream(script) << ScriptFor(newest[0]) << "\n";

  ASSIGN_OR_RETURN(pg::Connection connection, pg::Connection::Open(floor, Soon()));
  std::vector<pg::Migration> migrations = {work::WorkMigration()};
  const auto& schema = approval::Schema();
  migrations.insert(migrations.end(), schema.begin(), schema.end());
  RETURN_IF_ERROR(pg::Migrate(connection, migrations, Soon()));
  return WriteFloor(floor, script);
}

Rate WriteFloor::Drive(const Load& load) const {
  return RunPgbench(conninfo_, script_, "prepared", load);
}

}  // namespace daicho::bench
