#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/pg/pg.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/wait.h"

namespace daicho::pg {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Eventually;
using ::daicho::testing::Postgres;
using ::daicho::testing::Soon;

const Statement kInsert{"test_insert", "INSERT INTO t (id, value) VALUES ($1, $2)"};
const Statement kUpdate{"test_update", "UPDATE t SET value = $2 WHERE id = $1"};
const Statement kSelect{"test_select", "SELECT value FROM t WHERE id = $1"};
const Statement kCount{"test_count", "SELECT count(*) FROM t"};
const Statement kSleep{"test_sleep", "SELECT pg_sleep($1::float8)"};
const Statement kDie{"test_die", "SELECT pg_terminate_backend(pg_backend_pid())"};
const Statement kEcho{"test_echo", "SELECT $1::text"};
const Statement kSerializable{"test_serializable", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};
const Statement kReadOnly{"test_read_only", "SET TRANSACTION READ ONLY"};

constexpr char kTable[] =
    "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, value text NOT NULL)";

class TransactionTest : public ::testing::Test {
 protected:
  TransactionTest() { database_.Execute(kTable); }

  Database database_;
  Connection connection_ = database_.Connect();
};

TEST_F(TransactionTest, CommitsWhatWasDone) {
  Transaction tx = connection_.Begin(Soon());
  ASSERT_EQ(tx.Execute(kInsert, {1, "a"}).status(), absl::OkStatus());
  tx.Queue(kInsert, {2, "b"});

  ASSERT_EQ(tx.Commit(), absl::OkStatus());

  EXPECT_EQ(database_.Value("SELECT string_agg(value, '' ORDER BY id) FROM t"), "ab");
}

TEST_F(TransactionTest, RollsBackUnlessCommitted) {
  {
    Transaction tx = connection_.Begin(Soon());
    ASSERT_EQ(tx.Execute(kInsert, {1, "a"}).status(), absl::OkStatus());
    tx.Queue(kInsert, {2, "b"});
  }

  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
  Transaction next = connection_.Begin(Soon());
  EXPECT_EQ(next.Execute(kInsert, {1, "a"}).status(), absl::OkStatus());
}

TEST_F(TransactionTest, WhatIsQueuedTravelsWithTheNextStatement) {
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kInsert, {1, "a"});
  tx.Queue(kInsert, {2, "b"});

  const auto rows = tx.Execute(kCount, {});

  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[0].Int64(0), 2);
  EXPECT_EQ(connection_.round_trips(), 1);
}

TEST_F(TransactionTest, AWholeWriteIsOneRoundTrip) {
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kInsert, {1, "a"});
  tx.Queue(kInsert, {2, "b"});

  ASSERT_EQ(tx.Commit(), absl::OkStatus());

  EXPECT_EQ(connection_.round_trips(), 1);
}

TEST_F(TransactionTest, CountingRowsCostsOneMoreRoundTrip) {
  database_.Execute("INSERT INTO t VALUES (1, 'a')");
  Transaction tx = connection_.Begin(Soon());
  tx.QueueOne(kUpdate, {1, "b"}, EtagMismatch());
  tx.Queue(kInsert, {2, "c"});

  ASSERT_EQ(tx.Commit(), absl::OkStatus());

  EXPECT_EQ(connection_.round_trips(), 2);
  EXPECT_EQ(database_.Value("SELECT string_agg(value, '' ORDER BY id) FROM t"), "bc");
}

TEST_F(TransactionTest, AnEmptyTransactionCostsNothing) {
  Transaction tx = connection_.Begin(Soon());

  EXPECT_EQ(tx.Commit(), absl::OkStatus());

  EXPECT_EQ(connection_.round_trips(), 0);
}

TEST_F(TransactionTest, AMissedRowLeavesNothingChanged) {
  {
    Transaction tx = connection_.Begin(Soon());
    tx.Queue(kInsert, {1, "a"});
    tx.QueueOne(kUpdate, {9, "b"}, EtagMismatch());
    tx.Queue(kInsert, {2, "c"});

    const absl::Status status = tx.Commit();

    EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
    EXPECT_EQ(tx.Commit(), status);
    EXPECT_FALSE(tx.outcome_unknown());
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
}

TEST_F(TransactionTest, AMissedRowShowsWithTheNextStatement) {
  Transaction tx = connection_.Begin(Soon());
  tx.QueueOne(kUpdate, {9, "b"}, EtagMismatch());

  EXPECT_EQ(ReasonOf(tx.Execute(kCount, {}).status()), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(tx.Execute(kCount, {}).status()), "ETAG_MISMATCH");
}

TEST_F(TransactionTest, AMissedRowCountsBeforeALaterError) {
  database_.Execute("INSERT INTO t VALUES (1, 'a')");
  Transaction tx = connection_.Begin(Soon());
  tx.QueueOne(kUpdate, {9, "b"}, EtagMismatch());
  tx.Queue(kInsert, {1, "taken"});

  EXPECT_EQ(ReasonOf(tx.Commit()), "ETAG_MISMATCH");
}

TEST_F(TransactionTest, AUniqueViolationNamesItsConstraintAndNoValues) {
  database_.Execute("INSERT INTO t VALUES (4711, 'a')");
  Transaction tx = connection_.Begin(Soon());

  const absl::Status status = tx.Execute(kInsert, {4711, "secret"}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(absl::EndsWith(status.message(), ": t_pkey")) << status;
  EXPECT_TRUE(absl::StartsWith(status.message(), "test_insert: ")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "4711")) << status;
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_TRUE(Violates(status, "t_pkey"));
  EXPECT_FALSE(Violates(status, "pkey"));
  EXPECT_FALSE(Violates(absl::OkStatus(), "t_pkey"));
}

TEST_F(TransactionTest, TheFirstErrorStays) {
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kInsert, {1, "a"});
  const absl::Status first = tx.Execute(kInsert, {1, "b"}).status();

  EXPECT_EQ(tx.Execute(kCount, {}).status(), first);
  EXPECT_EQ(tx.Commit(), first);
}

TEST_F(TransactionTest, AnErrorOfWhatWasQueuedKeepsCommitFromRunning) {
  database_.Execute("INSERT INTO t VALUES (1, 'a')");
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kInsert, {2, "b"});
  tx.Queue(kInsert, {1, "taken"});

  EXPECT_TRUE(Violates(tx.Commit(), "t_pkey"));

  EXPECT_FALSE(tx.outcome_unknown());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "1");
}

TEST_F(TransactionTest, AStatementSkippedAfterAnErrorCanBeUsedLater) {
  database_.Execute("INSERT INTO t VALUES (1, 'a')");
  {
    Transaction tx = connection_.Begin(Soon());
    tx.Queue(kInsert, {1, "taken"});
    EXPECT_FALSE(tx.Execute(kSelect, {1}).ok());  // Skipped, and not prepared either.
  }
  {
    Transaction tx = connection_.Begin(Soon());
    EXPECT_EQ(tx.Execute(kSelect, {1}).status(), absl::OkStatus());
    EXPECT_EQ(tx.Execute(kInsert, {2, "b"}).status(), absl::OkStatus());
  }
  // Rolled back, but prepared statements outlive their transaction.
  Transaction tx = connection_.Begin(Soon());
  EXPECT_EQ(tx.Execute(kSelect, {1}).status(), absl::OkStatus());
}

TEST_F(TransactionTest, OneConnectionHasOneTransactionAtATime) {
  Transaction first = connection_.Begin(Soon());
  ASSERT_EQ(first.Execute(kInsert, {1, "a"}).status(), absl::OkStatus());
  {
    Transaction second = connection_.Begin(Soon());
    EXPECT_EQ(second.Execute(kCount, {}).status().code(), absl::StatusCode::kInternal);
  }
  EXPECT_EQ(first.Commit(), absl::OkStatus());
}

TEST_F(TransactionTest, MoreThanTheSocketHoldsGoesBothWays) {
  const std::string large(1 << 20, 'x');
  Transaction tx = connection_.Begin(Soon());
  for (int i = 0; i < 20; ++i) tx.Queue(kEcho, {large});

  const auto rows = tx.Execute(kEcho, {large});

  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[0].Text(0), large);
}

TEST_F(TransactionTest, APassedDeadlineEndsTheWaitAndTheStatement) {
  const std::string running =
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep($1%' AND state = 'active'"
      " AND pid <> pg_backend_pid()";
  Transaction tx = connection_.Begin(absl::Now() + absl::Milliseconds(200));

  const absl::Status status = tx.Execute(kSleep, {"3600"}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(connection_.usable());
  EXPECT_FALSE(tx.outcome_unknown());
  EXPECT_TRUE(Eventually([&] { return database_.Value(running) == "0"; }));
}

TEST_F(TransactionTest, ADeadlineThatHasPassedSendsNothing) {
  Transaction tx = connection_.Begin(absl::Now() - absl::Seconds(1));
  tx.Queue(kInsert, {1, "a"});

  EXPECT_EQ(tx.Commit().code(), absl::StatusCode::kDeadlineExceeded);

  EXPECT_TRUE(connection_.usable());
  EXPECT_FALSE(tx.outcome_unknown());
}

TEST_F(TransactionTest, AConnectionTheServerEndsIsUnavailable) {
  Transaction tx = connection_.Begin(Soon());

  EXPECT_EQ(tx.Execute(kDie, {}).status().code(), absl::StatusCode::kUnavailable);

  EXPECT_FALSE(connection_.usable());
  EXPECT_EQ(tx.Commit().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(tx.outcome_unknown());
}

TEST_F(TransactionTest, AServerThatHasBecomeAStandbyIsLeft) {
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kReadOnly, {});

  EXPECT_EQ(tx.Execute(kInsert, {1, "a"}).status().code(), absl::StatusCode::kUnavailable);

  EXPECT_FALSE(connection_.usable());
}

TEST_F(TransactionTest, ASerializationFailureIsAborted) {
  database_.Execute("INSERT INTO t VALUES (1, 'a')");
  Connection other = database_.Connect();
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kSerializable, {});
  ASSERT_EQ(tx.Execute(kSelect, {1}).status(), absl::OkStatus());
  Transaction quicker = other.Begin(Soon());
  quicker.Queue(kUpdate, {1, "b"});
  ASSERT_EQ(quicker.Commit(), absl::OkStatus());

  const absl::Status status = tx.Execute(kUpdate, {1, "c"}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), "");
}

TEST_F(TransactionTest, AScriptThatEndsItsTransactionIsAnError) {
  Transaction tx = connection_.Begin(Soon());

  EXPECT_EQ(tx.ExecuteScript("INSERT INTO t VALUES (1, 'a'); ROLLBACK;").code(),
            absl::StatusCode::kInternal);
}

TEST_F(TransactionTest, AScriptRunsInItsTransaction) {
  {
    Transaction tx = connection_.Begin(Soon());
    tx.Queue(kInsert, {1, "a"});
    ASSERT_EQ(tx.ExecuteScript("INSERT INTO t VALUES (2, 'b'); UPDATE t SET value = 'c';"),
              absl::OkStatus());
    const auto rows = tx.Execute(kSelect, {1});
    ASSERT_EQ(rows.status(), absl::OkStatus());
    EXPECT_EQ((*rows)[0].Text(0), "c");
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
}

TEST_F(TransactionTest, ErrorsOutsideTransactionsLeaveTheConnectionUsable) {
  EXPECT_EQ(connection_.ExecuteScript("SELECT nonsense", Soon()).code(),
            absl::StatusCode::kInternal);
  const auto rows = connection_.QueryOnce("SELECT 1; SELECT 2", Soon());
  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[0].Int64(0), 2);
}

// A commit that waits for a standby that never answers.
TEST(CommitTest, AnUnansweredCommitIsUnknownAndMayHaveHappened) {
  auto postgres = Postgres::Start({.settings = {"synchronous_standby_names=nobody"}});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  const std::string conninfo = (*postgres)->conninfo() + " dbname=postgres";
  auto local = Connection::Open(conninfo + " options='-c synchronous_commit=local'", Soon());
  ASSERT_EQ(local.status(), absl::OkStatus());
  ASSERT_EQ(local->ExecuteScript(kTable, Soon()), absl::OkStatus());
  auto connection = Connection::Open(conninfo, Soon());
  ASSERT_EQ(connection.status(), absl::OkStatus());

  Transaction tx = connection->Begin(absl::Now() + absl::Milliseconds(300));
  tx.Queue(kInsert, {1, "a"});
  const absl::Status status = tx.Commit();

  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(tx.outcome_unknown());
  EXPECT_TRUE(Eventually([&] {
    const auto rows = local->QueryOnce("SELECT count(*) FROM t", Soon());
    return rows.ok() && (*rows)[0].Int64(0) == 1;
  }));
}

}  // namespace
}  // namespace daicho::pg
