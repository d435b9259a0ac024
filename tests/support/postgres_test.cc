#include "tests/support/postgres.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/support/database.h"

namespace daicho::testing {
namespace {

std::string FolderOf(const Postgres& postgres) {
  const std::string conninfo = postgres.conninfo();
  return conninfo.substr(5, conninfo.find(' ') - 5);
}

TEST(PostgresTest, KeepsWhatWasCommittedOverAKill) {
  auto postgres = Postgres::Start({.durable = true});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  const std::string conninfo = (*postgres)->conninfo() + " dbname=postgres";
  auto before = pg::Connection::Open(conninfo, Soon());
  ASSERT_EQ(before.status(), absl::OkStatus());
  ASSERT_EQ(before->ExecuteScript("CREATE TABLE t AS SELECT 42 AS n", Soon()), absl::OkStatus());

  ASSERT_EQ((*postgres)->Kill9(), absl::OkStatus());
  EXPECT_FALSE(pg::Connection::Open(conninfo, Soon()).ok());
  ASSERT_EQ((*postgres)->Restart(), absl::OkStatus());

  auto after = pg::Connection::Open(conninfo, Soon());
  ASSERT_EQ(after.status(), absl::OkStatus());
  const auto rows = after->QueryOnce("SELECT n FROM t", Soon());
  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[0].Int64(0), 42);
}

TEST(PostgresTest, WritesNothingWhileItsDiskIsFull) {
  auto postgres = Postgres::Start({.durable = true});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  const std::string conninfo = (*postgres)->conninfo() + " dbname=postgres";
  const auto write = [&](const std::string& table) {
    auto connection = pg::Connection::Open(conninfo, Soon());
    return !connection.ok()
               ? connection.status()
               : connection->ExecuteScript(
                     absl::StrCat("CREATE TABLE ", table, " AS SELECT generate_series(1, 10000)"),
                     Soon());
  };
  (*postgres)->FillDisk();
  EXPECT_FALSE(write("one").ok());
  ASSERT_EQ((*postgres)->FreeDisk(), absl::OkStatus());
  EXPECT_EQ(write("two"), absl::OkStatus());
}

TEST(PostgresTest, LeavesNothingBehind) {
  auto postgres = Postgres::Start({});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  const std::string folder = FolderOf(**postgres);
  ASSERT_TRUE(std::filesystem::exists(folder));

  EXPECT_EQ((*postgres)->Stop(), absl::OkStatus());

  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(DatabaseTest, EachTestHasItsOwn) {
  const Database one;
  const Database two;

  one.Execute("INSERT INTO relay_lease (destination) VALUES ('audit')");

  EXPECT_EQ(one.Value("SELECT count(*) FROM relay_lease"), "1");
  EXPECT_EQ(two.Value("SELECT count(*) FROM relay_lease"), "0");
}

TEST(DatabaseTest, HasTheSchemaItIsGiven) {
  const Database database({pg::Migration{"0001_t", "CREATE TABLE t (n integer);"}});

  EXPECT_EQ(database.Value("SELECT count(*) FROM t"), "0");
  EXPECT_EQ(database.Value("SELECT string_agg(name, ',' ORDER BY name) FROM schema_migration"),
            "0001_t,0001_work");
}

TEST(DatabaseTest, IsDroppedAfterTheTest) {
  std::string name;
  {
    const Database database;
    name = database.Value("SELECT current_database()");
  }
  const Database other;

  EXPECT_EQ(
      other.Value(absl::StrCat("SELECT count(*) FROM pg_database WHERE datname = '", name, "'")),
      "0");
}

TEST(PrepareAllTest, AcceptsTheStatementsOfThisProgram) {
  const Database database;

  EXPECT_EQ(PrepareAll(database.conninfo()), absl::OkStatus());
}

TEST(PrepareAllTest, NamesTheStatementThatDoesNotFit) {
  const Database database;
  database.Execute("ALTER TABLE schema_migration DROP COLUMN checksum");

  const absl::Status status = PrepareAll(database.conninfo());

  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("migrate_insert_applied"));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("migrate_select_applied"));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("migrate_take")));
}

}  // namespace
}  // namespace daicho::testing
