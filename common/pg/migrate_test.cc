#include "common/pg/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"
#include "tests/support/database.h"

namespace daicho::pg {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Soon;

constexpr Migration kFirst{"0001_a", "CREATE TABLE a (n integer); INSERT INTO a VALUES (1);"};
constexpr Migration kSecond{"0002_b", "CREATE TABLE b (n integer); UPDATE a SET n = n + 1;"};

// A database without any tables.
class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() { database_.Execute("CREATE SCHEMA empty"); }

  Connection Connect() {
    auto connection =
        Connection::Open(database_.conninfo() + " options='-c search_path=empty'", Soon());
    EXPECT_EQ(connection.status(), absl::OkStatus());
    return *std::move(connection);
  }

  Database database_;
  Connection connection_ = Connect();
};

TEST_F(MigrateTest, AppliesEachStepOnce) {
  ASSERT_EQ(Migrate(connection_, {kFirst}, Soon()), absl::OkStatus());
  ASSERT_EQ(Migrate(connection_, {kFirst, kSecond}, Soon()), absl::OkStatus());
  ASSERT_EQ(Migrate(connection_, {kFirst, kSecond}, Soon()), absl::OkStatus());

  EXPECT_EQ(database_.Value("SELECT string_agg(n::text, ',') FROM empty.a"), "2");
  EXPECT_EQ(CheckSchema(connection_, {kFirst, kSecond}, Soon()), absl::OkStatus());
}

TEST_F(MigrateTest, MayRunSeveralTimesAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Connection connection = Connect();
      EXPECT_EQ(Migrate(connection, {kFirst, kSecond}, Soon()), absl::OkStatus());
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(database_.Value("SELECT string_agg(n::text, ',') FROM empty.a"), "2");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM empty.schema_migration"), "2");
}

TEST_F(MigrateTest, RefusesAStepThatWasAltered) {
  ASSERT_EQ(Migrate(connection_, {kFirst}, Soon()), absl::OkStatus());
  const Migration altered{"0001_a", "CREATE TABLE a (n bigint);"};

  EXPECT_EQ(Migrate(connection_, {altered, kSecond}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CheckSchema(connection_, {altered}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM empty.schema_migration"), "1");
}

TEST_F(MigrateTest, RefusesADatabaseThatIsAhead) {
  ASSERT_EQ(Migrate(connection_, {kFirst, kSecond}, Soon()), absl::OkStatus());

  EXPECT_EQ(Migrate(connection_, {kFirst}, Soon()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CheckSchema(connection_, {kFirst}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(MigrateTest, KeepsNothingOfAStepThatFails) {
  const Migration broken{"0002_b", "CREATE TABLE b (n integer); SELECT nonsense;"};

  const absl::Status status = Migrate(connection_, {kFirst, broken}, Soon());

  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(absl::StartsWith(status.message(), "0002_b: ")) << status;
  EXPECT_EQ(database_.Value("SELECT to_regclass('empty.b') IS NULL"), "t");
  ASSERT_EQ(Migrate(connection_, {kFirst, kSecond}, Soon()), absl::OkStatus());
}

TEST_F(MigrateTest, RefusesTwoStepsOfOneName) {
  const Migration again{"0001_a", kFirst.sql};

  EXPECT_EQ(Migrate(connection_, {kFirst, again}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(MigrateTest, AnEmptyOrOldDatabaseDoesNotPassTheCheck) {
  EXPECT_EQ(CheckSchema(connection_, {kFirst}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(Migrate(connection_, {kFirst}, Soon()), absl::OkStatus());
  EXPECT_EQ(CheckSchema(connection_, {kFirst, kSecond}, Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace daicho::pg
