// What each service's role may do in PostgreSQL, tried on every table and column the catalogue has.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/pg/pg.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using ::testing::IsSupersetOf;

constexpr char kDenied[] = "42501";

// What holds the present state of something, and may be updated. All else is inserted and read.
const std::map<std::string, std::set<std::string>>& Updatable() {
  static const auto* const tables = new std::map<std::string, std::set<std::string>>{
      {"audit", {"outbox", "relay_lease", "tree_head", "checkpoints"}},
      {"registry",
       {"outbox", "relay_lease", "ledger_sequence", "departments", "accounts", "account_activity",
        "account_grants", "impersonation_warnings", "incidents", "reorganizations",
        "account_open_advice"}},
      {"policy",
       {"outbox", "relay_lease", "inactivity_exemptions", "inactivity_exempted_accounts",
        "inactivity_report_turn", "ledger_departments", "checked_accounts", "standing_findings",
        "finding_runs", "finding_turn"}},
      {"approval",
       {"outbox", "relay_lease", "forms", "form_steps", "absences", "reception_counters",
        "attachments", "advices", "advice_reports"}},
  };
  return *tables;
}

// What the relay has delivered.
const std::set<std::string>& Deletable() {
  static const auto* const tables = new std::set<std::string>{"outbox"};
  return *tables;
}

// Of the tables that only migrations write.
const std::set<std::string>& Readable() {
  static const auto* const tables = new std::set<std::string>{"schema_migration"};
  return *tables;
}

// What a registry that answers lookups alone reads.
const std::map<std::string, std::set<std::string>>& LookupReads() {
  static const auto* const columns = new std::map<std::string, std::set<std::string>>{
      {"departments",
       {"change_sequence", "code", "display_name", "contact_desk", "parent_code", "valid_until",
        "successor_codes"}},
      {"impersonation_warnings",
       {"change_sequence", "id", "key", "canonical_url", "platform", "department", "notice_ja",
        "notice", "reported_on", "removed_on", "withdrawn_on"}},
  };
  return *columns;
}
const std::set<std::string>& LookupReadsWhole() {
  static const auto* const tables =
      new std::set<std::string>{"public_accounts", "account_former_keys", "schema_migration"};
  return *tables;
}

// Nobody may, or what a view computes is no column to write to.
bool IsRefused(const std::string& state) { return state == kDenied || state == "0A000"; }

// One session of a role.
class Role {
 public:
  Role(const std::string& service, const std::string& role)
      : connection_(*pg::Connection::Open(World::Get().suite().Conninfo(service, role), Soon())) {}

  // Tries a statement and takes it back. The server's SQLSTATE; "" when it went through.
  std::string Try(const std::string& sql) {
    const absl::Status begun = connection_.ExecuteScript("BEGIN", Soon());
    if (!begun.ok()) return std::string(begun.message());
    const std::string state = StateOf(connection_.ExecuteScript(sql, Soon()));
    EXPECT_TRUE(connection_.ExecuteScript("ROLLBACK", Soon()).ok()) << sql;
    return state;
  }

  // The same for what cannot be taken back.
  std::string TryForGood(const std::string& sql) {
    return StateOf(connection_.ExecuteScript(sql, Soon()));
  }

  // Every table and view of the service, with its columns.
  std::map<std::string, std::vector<std::string>> Tables() {
    const auto rows = connection_.QueryOnce(R"sql(
      SELECT relname, attname
        FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
       WHERE relnamespace = 'public'::regnamespace
         AND relkind IN ('r', 'p', 'v', 'm', 'f')
       ORDER BY relname, attnum
    )sql",
                                            Soon());
    std::map<std::string, std::vector<std::string>> tables;
    for (int i = 0; rows.ok() && i < rows->size(); ++i) {
      tables[(*rows)[i].Text(0)].push_back((*rows)[i].Text(1));
    }
    return tables;
  }

 private:
  static absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

  // Messages end with "(42501)", and perhaps a constraint.
  static std::string StateOf(const absl::Status& status) {
    if (status.ok()) return "";
    const std::string text(status.message());
    const auto at = text.rfind('(');
    return at == std::string::npos || at + 6 > text.size() ? text : text.substr(at + 1, 5);
  }

  pg::Connection connection_;
};

bool Has(const std::set<std::string>& names, const std::string& name) {
  return names.count(name) > 0;
}

// That nothing of the table's own can be altered, by whatever statement.
void ExpectShapeIsFixed(Role& role, const std::string& table, const std::string& column) {
  for (const char* statement :
       {"TRUNCATE $t", "DROP TABLE $t", "ALTER TABLE $t ADD COLUMN mine integer",
        "ALTER TABLE $t DROP COLUMN $c", "ALTER TABLE $t DISABLE TRIGGER ALL",
        "ALTER TABLE $t RENAME TO mine", "CREATE INDEX mine ON $t ($c)",
        "CREATE TRIGGER mine BEFORE INSERT ON $t EXECUTE FUNCTION "
        "suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON INSERT TO $t DO INSTEAD NOTHING", "COMMENT ON TABLE $t IS 'mine'",
        "COPY $t TO '/tmp/mine'", "COPY $t FROM '/etc/passwd'", "COPY $t FROM PROGRAM 'true'",
        "COPY $t TO PROGRAM 'true'"}) {
    const std::string sql = absl::StrReplaceAll(statement, {{"$t", table}, {"$c", column}});
    const std::string state = role.Try(sql);
    // A view is no table: 42809. It is the owner who is told so, or nobody.
    EXPECT_TRUE(state == kDenied || state == "42809") << sql << ": " << state;
  }
}

class RightsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(RightsTest, EveryTableIsInsertedAndReadAndNoMoreUnlessItIsListed) {
  Role role(GetParam(), GetParam() + "_app");
  const std::set<std::string>& updatable = Updatable().at(GetParam());
  const auto tables = role.Tables();
  std::set<std::string> names;
  for (const auto& [table, columns] : tables) {
    names.insert(table);
    ExpectShapeIsFixed(role, table, columns[0]);
    const bool written = !Has(Readable(), table) && table != "schema_turn";
    EXPECT_EQ(role.Try(absl::StrCat("SELECT FROM ", table)), table == "schema_turn" ? kDenied : "");
    EXPECT_EQ(role.Try(absl::StrCat("INSERT INTO ", table, " (", columns[0], ") SELECT ",
                                    columns[0], " FROM ", table, " WHERE false")),
              written ? "" : kDenied)
        << table;
    EXPECT_EQ(role.Try(absl::StrCat("DELETE FROM ", table)), Has(Deletable(), table) ? "" : kDenied)
        << table;
    for (const std::string& column : columns) {
      const std::string state =
          role.Try(absl::StrCat("UPDATE ", table, " SET ", column, " = DEFAULT WHERE false"));
      EXPECT_TRUE(Has(updatable, table) ? state.empty() : IsRefused(state))
          << table << "." << column << ": " << state
          << "; a table that may be updated stands in deploy/db/grant.sql and here";
    }
  }
  EXPECT_THAT(names, IsSupersetOf(updatable));
}

TEST_P(RightsTest, NothingIsMadeOutsideItsTables) {
  Role role(GetParam(), GetParam() + "_app");
  for (const char* sql :
       {"CREATE TABLE mine ()", "CREATE SCHEMA mine", "CREATE VIEW mine AS SELECT 1",
        "CREATE SEQUENCE mine", "CREATE TYPE mine AS (a integer)",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE c AS '/tmp/mine'",
        "CREATE EXTENSION dblink", "CREATE EXTENSION file_fdw", "CREATE LANGUAGE mine HANDLER mine",
        "CREATE ROLE mine", "CREATE SERVER mine FOREIGN DATA WRAPPER mine",
        "CREATE PUBLICATION mine",
        "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION mine()"}) {
    const std::string state = role.Try(sql);
    EXPECT_TRUE(state == kDenied || state == "42704" || state == "42883") << sql << ": " << state;
  }
  EXPECT_EQ(role.Try("CREATE TEMPORARY TABLE mine ()"), GetParam() == "registry" ? "" : kDenied);
  EXPECT_EQ(role.TryForGood("CREATE DATABASE mine"), kDenied);
  EXPECT_EQ(role.TryForGood("ALTER SYSTEM SET fsync = off"), kDenied);
  EXPECT_EQ(role.TryForGood("CREATE TABLESPACE mine LOCATION '/tmp'"), kDenied);
}

TEST_P(RightsTest, NobodyElseIsReached) {
  Role role(GetParam(), GetParam() + "_app");
  const std::string other = GetParam() == "audit" ? "registry" : "audit";
  for (const std::string& sql :
       {std::string("SET ROLE postgres"), absl::StrCat("SET ROLE ", GetParam(), "_owner"),
        absl::StrCat("SET ROLE ", other, "_app"), std::string("SET SESSION AUTHORIZATION postgres"),
        absl::StrCat("ALTER ROLE ", GetParam(), "_app SUPERUSER"),
        absl::StrCat("GRANT ", GetParam(), "_owner TO ", GetParam(), "_app"),
        std::string("SET session_replication_role = replica"),
        std::string("SELECT pg_read_file('/etc/passwd')"),
        std::string("SELECT pg_read_binary_file('PG_VERSION')"),
        std::string("SELECT pg_ls_dir('.')"), std::string("SELECT pg_stat_file('PG_VERSION')"),
        std::string("SELECT lo_import('/etc/passwd')"), std::string("SELECT pg_reload_conf()"),
        std::string("SELECT pg_switch_wal()"), std::string("SELECT rolpassword FROM pg_authid"),
        std::string("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'postgres'")}) {
    World::Get();
    Role watched(GetParam(), "postgres");
    EXPECT_EQ(role.Try(sql), kDenied) << sql;
  }
  for (const std::string database : {"daicho_audit", "daicho_registry", "daicho_policy",
                                     "daicho_approval", "postgres", "template1"}) {
    if (database == absl::StrCat("daicho_", GetParam())) continue;
    const auto connection = pg::Connection::Open(
        absl::StrCat(World::Get().suite().Conninfo(GetParam(), GetParam() + "_app"),
                     " dbname=", database),
        absl::Now() + absl::Seconds(10));
    EXPECT_THAT(std::string(connection.status().message()),
                ::testing::HasSubstr("permission denied"))
        << database;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryService, RightsTest, ::testing::ValuesIn(Suite::Services()),
                         [](const auto& info) { return info.param; });

TEST(RedactionRightsTest, TheLogRedactsByItsFunctionAlone) {
  Role role("audit", "audit_app");
  EXPECT_EQ(role.Try("SELECT redact_bodies('users/nobody', '{}')"), "");
  EXPECT_EQ(role.Try("DELETE FROM entry_bodies WHERE person = 'users/nobody'"), kDenied);
  for (const char* change : {"DROP FUNCTION redact_bodies(text, bytea[])",
                             "ALTER FUNCTION redact_bodies(text, bytea[]) SECURITY INVOKER"}) {
    EXPECT_EQ(role.Try(change), kDenied) << change;
  }
}

TEST(LookupRightsTest, ALookupReadsWhatItAnswersAndNothingElse) {
  Role role("registry", "lookup_app");
  for (const auto& [table, columns] : role.Tables()) {
    ExpectShapeIsFixed(role, table, columns[0]);
    const auto listed = LookupReads().find(table);
    for (const std::string& column : columns) {
      const bool reads = Has(LookupReadsWhole(), table) ||
                         (listed != LookupReads().end() && Has(listed->second, column));
      EXPECT_EQ(role.Try(absl::StrCat("SELECT ", column, " FROM ", table)), reads ? "" : kDenied)
          << table << "." << column;
      for (const std::string& change :
           {absl::StrCat("UPDATE ", table, " SET ", column, " = DEFAULT WHERE false"),
            absl::StrCat("INSERT INTO ", table, " (", column,
                         ") OVERRIDING SYSTEM VALUE SELECT NULL WHERE false")}) {
        EXPECT_TRUE(IsRefused(role.Try(change))) << change;
      }
    }
    EXPECT_EQ(role.Try(absl::StrCat("DELETE FROM ", table)), kDenied) << table;
  }
  EXPECT_EQ(role.Try("CREATE TEMPORARY TABLE mine ()"), kDenied);
}

TEST(LookupRightsTest, ARegistryThatLeavesLookupsToOthersAnswersNone) {
  Suite& suite = World::Get().suite();
  const auto restart = [&](const std::string& further) {
    suite.Kill("registry");
    suite.Configure("registry", further);
    suite.Start("registry");
  };
  restart("lookups_elsewhere: true\n");
  suite.Start("lookup");
  const auto code = [&](const std::string& service) {
    registry::v1::LookupAccountRequest request;
    request.set_url("https://x.com/nobody");
    registry::v1::LookupAccountResponse response;
    const auto context = suite.Context(nullptr);
    return registry::v1::LookupService::NewStub(suite.Channel(service))
        ->LookupAccount(context.get(), request, &response)
        .error_code();
  };
  EXPECT_EQ(code("registry"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(code("lookup"), grpc::StatusCode::OK);
  suite.Kill("lookup");
  restart("");
  EXPECT_EQ(code("registry"), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace daicho::testing
