#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/pg/pg.h"
#include "tests/support/database.h"
#include "tests/support/wait.h"

namespace daicho::pg {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Eventually;
using ::daicho::testing::Soon;

const Statement kCopy{"copy_test_copy", "COPY t (id, seen, note) FROM STDIN (FORMAT binary)"};
const Statement kCopyNowhere{"copy_test_nowhere", "COPY nowhere FROM STDIN (FORMAT binary)"};
const Statement kNoCopy{"copy_test_no_copy", "SELECT 1"};
const Statement kInsertNote{"copy_test_insert", "INSERT INTO t (id, note) VALUES ($1, $2)"};

constexpr char kId[] = "0197b1f0-0000-7000-8000-0000000000ab";

CopyRows OneRow(absl::string_view note = "晴れ") {
  CopyRows rows(3);
  rows.Begin();
  rows.Uuid(kId);
  rows.Time(absl::FromUnixMicros(1'795'303'800'123'456));
  rows.Text(note);
  return rows;
}

class CopyTest : public ::testing::Test {
 protected:
  CopyTest() {
    database_.Execute(
        "CREATE TABLE t (id uuid CONSTRAINT t_pkey PRIMARY KEY, seen timestamptz, note text)");
  }

  Database database_;
  Connection connection_ = database_.Connect();
};

TEST_F(CopyTest, StoresValuesAsTheyAre) {
  CopyRows rows = OneRow();
  rows.Begin();
  rows.Uuid("0197b1f0-0000-7000-8000-0000000000ac");
  rows.Time(std::nullopt);
  rows.Text("");
  Transaction tx = connection_.Begin(Soon());
  ASSERT_EQ(tx.CopyIn(kCopy, std::move(rows)), absl::OkStatus());
  ASSERT_EQ(tx.Commit(), absl::OkStatus());

  EXPECT_EQ(database_.Value("SELECT string_agg(concat_ws('|', id, seen AT TIME ZONE 'UTC', note), "
                            "',' ORDER BY id) FROM t"),
            absl::StrCat(kId, "|2026-11-21 23:30:00.123456|晴れ,",
                         "0197b1f0-0000-7000-8000-0000000000ac|"));
}

TEST_F(CopyTest, NoRowsAreNoRows) {
  Transaction tx = connection_.Begin(Soon());
  ASSERT_EQ(tx.CopyIn(kCopy, CopyRows(3)), absl::OkStatus());
  ASSERT_EQ(tx.Commit(), absl::OkStatus());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
}

TEST_F(CopyTest, WhatIsQueuedComesFirstAndStatementsMayFollow) {
  Transaction tx = connection_.Begin(Soon());
  tx.Queue(kInsertNote, {"0197b1f0-0000-7000-8000-0000000000ad", "before"});
  ASSERT_EQ(tx.CopyIn(kCopy, OneRow()), absl::OkStatus());
  ASSERT_EQ(tx.Execute(kInsertNote, {"0197b1f0-0000-7000-8000-0000000000ae", "after"}).status(),
            absl::OkStatus());
  ASSERT_EQ(tx.Commit(), absl::OkStatus());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "3");
}

TEST_F(CopyTest, ManyRowsPassThrough) {
  CopyRows rows(3);
  for (int i = 0; i < 20'000; ++i) {
    rows.Begin();
    rows.Uuid(absl::StrCat("0197b1f0-0000-7000-8000-", 100'000'000'000 + i));
    rows.Time(absl::UnixEpoch());
    rows.Text(std::string(500, 'x'));
  }
  Transaction tx = connection_.Begin(Soon());
  ASSERT_EQ(tx.CopyIn(kCopy, std::move(rows)), absl::OkStatus());
  ASSERT_EQ(tx.Commit(), absl::OkStatus());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t WHERE length(note) = 500"), "20000");
}

TEST_F(CopyTest, ARowTwiceIsAUniqueViolationAndTheConnectionStaysUsable) {
  database_.Execute(absl::StrCat("INSERT INTO t (id) VALUES ('", kId, "')"));
  {
    Transaction tx = connection_.Begin(Soon());
    const absl::Status status = tx.CopyIn(kCopy, OneRow());
    EXPECT_TRUE(Violates(status, "t_pkey")) << status;
    EXPECT_EQ(tx.Commit(), status);
  }
  Transaction next = connection_.Begin(Soon());
  EXPECT_EQ(next.Execute(kInsertNote, {"0197b1f0-0000-7000-8000-0000000000ae", "x"}).status(),
            absl::OkStatus());
}

TEST_F(CopyTest, RowsThatDoNotFitAreAFault) {
  CopyRows rows(2);
  rows.Begin();
  rows.Uuid(kId);
  rows.Text("x");
  Transaction tx = connection_.Begin(Soon());
  EXPECT_EQ(tx.CopyIn(kCopy, std::move(rows)).code(), absl::StatusCode::kInternal);
}

TEST_F(CopyTest, AStatementThatTakesNoRowsIsAFault) {
  {
    Transaction tx = connection_.Begin(Soon());
    EXPECT_EQ(tx.CopyIn(kCopyNowhere, OneRow()).code(), absl::StatusCode::kInternal);
  }
  {
    Transaction tx = connection_.Begin(Soon());
    EXPECT_EQ(tx.CopyIn(kNoCopy, OneRow()).code(), absl::StatusCode::kInternal);
  }
  Transaction next = connection_.Begin(Soon());
  EXPECT_EQ(next.CopyIn(kCopy, OneRow()), absl::OkStatus());
}

TEST_F(CopyTest, AServerThatHangsUpIsUnavailable) {
  Transaction tx = connection_.Begin(Soon());
  ASSERT_EQ(tx.CopyIn(kCopy, OneRow()), absl::OkStatus());
  database_.Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE state = 'idle in transaction' AND datname = current_database()");
  CopyRows rows(3);
  for (int i = 0; i < 20'000; ++i) {
    rows.Begin();
    rows.Uuid(absl::StrCat("0197b1f0-0000-7000-8000-", 100'000'000'000 + i));
    rows.Time(absl::UnixEpoch());
    rows.Text(std::string(500, 'x'));
  }
  EXPECT_EQ(tx.CopyIn(kCopy, std::move(rows)).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(connection_.usable());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
}

TEST_F(CopyTest, AServerThatDoesNotAnswerIsLeftAtTheDeadline) {
  Connection other = database_.Connect();
  ASSERT_EQ(other.ExecuteScript("BEGIN; LOCK TABLE t", Soon()), absl::OkStatus());
  {
    Transaction tx = connection_.Begin(absl::Now() + absl::Milliseconds(200));
    EXPECT_EQ(tx.CopyIn(kCopy, OneRow()).code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_FALSE(connection_.usable());
  EXPECT_TRUE(Eventually([&] {
    return database_.Value(
               "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' "
               "AND state = 'active'") == "0";
  }));
}

}  // namespace
}  // namespace daicho::pg
