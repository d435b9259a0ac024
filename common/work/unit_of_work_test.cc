#include "common/work/unit_of_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "tests/support/database.h"

namespace daicho::work {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Soon;

constexpr char kActor[] = "users/hirose";

const pg::Statement kReadTotal{"test_read_total", "SELECT sum(n) FROM numbers"};
const pg::Statement kAddNumber{"test_add_number", "INSERT INTO numbers (n) VALUES ($1)"};
const pg::Statement kSetNumber{"test_set_number", "UPDATE numbers SET n = $2 WHERE n = $1"};
const pg::Statement kSerializable{"test_serializable",
                                  "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};
const pg::Statement kEndSession{"test_end_session",
                                "SELECT pg_terminate_backend(pg_backend_pid())"};

Outgoing Encode(const Event& event) {
  return {.event_id = NewUuid(absl::Now()),
          .destination = "audit",
          .subject = event.resource,
          .payload = event.type};
}

class UnitOfWorkTest : public ::testing::Test {
 protected:
  UnitOfWorkTest() { database_.Execute("CREATE TABLE numbers (n bigint NOT NULL)"); }

  absl::Status RunIt(const std::function<absl::Status(UnitOfWork&)>& body) {
    return work::Run(database_.pool(), Soon(), Encode, body);
  }

  absl::Status Keep(const std::string& request_id, const std::string& hash,
                    const std::string& answer) {
    return RunIt([&](UnitOfWork& unit) {
      unit.KeepAnswer(kActor, request_id, hash, answer);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::optional<std::string>> Earlier(const std::string& actor,
                                                     const std::string& request_id,
                                                     const std::string& hash) {
    auto connection = database_.pool().Acquire(Soon());
    RETURN_IF_ERROR(connection.status());
    pg::Transaction tx = (*connection)->Begin(Soon());
    return EarlierAnswer(tx, actor, request_id, hash);
  }

  Database database_;
  const std::string request_ = NewUuid(absl::Now());
};

TEST_F(UnitOfWorkTest, EventsCommitWithTheChange) {
  ASSERT_EQ(RunIt([](UnitOfWork& unit) {
              unit.tx().Queue(kAddNumber, {1});
              return unit.Announce({.type = "form.submitted", .resource = "forms/1"});
            }),
            absl::OkStatus());

  EXPECT_EQ(database_.Value("SELECT destination || ' ' || subject || ' ' ||"
                            " convert_from(payload, 'UTF8') FROM outbox"),
            "audit forms/1 form.submitted");
}

TEST_F(UnitOfWorkTest, ARefusalLeavesNeitherChangeNorEvent) {
  const absl::Status status = RunIt([](UnitOfWork& unit) {
    unit.tx().Queue(kAddNumber, {1});
    EXPECT_EQ(unit.Announce({.type = "form.submitted", .resource = "forms/1"}), absl::OkStatus());
    return EtagMismatch();
  });

  EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox"), "0");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM numbers"), "0");
}

TEST_F(UnitOfWorkTest, AMessageNeedsAnIdAndADestination) {
  EXPECT_EQ(RunIt([](UnitOfWork& unit) {
              return unit.Send({.event_id = "1", .destination = "audit"});
            }).code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(RunIt([this](UnitOfWork& unit) { return unit.Send({.event_id = request_}); }).code(),
            absl::StatusCode::kInternal);
}

TEST_F(UnitOfWorkTest, AnswersAreFoundByTheirRequest) {
  const std::string answer("\0\xff answer", 9);
  ASSERT_EQ(Keep(request_, "hash", answer), absl::OkStatus());

  const auto repeat = Earlier(kActor, request_, "hash");
  const auto other_request = Earlier(kActor, NewUuid(absl::Now()), "hash");
  const auto other_actor = Earlier("users/abe", request_, "other");

  ASSERT_TRUE(repeat.ok() && other_request.ok() && other_actor.ok());
  EXPECT_EQ(*repeat, answer);
  EXPECT_EQ(*other_request, std::nullopt);
  EXPECT_EQ(*other_actor, std::nullopt);
}

TEST_F(UnitOfWorkTest, ARequestIdWithAnotherRequestIsRefused) {
  ASSERT_EQ(Keep(request_, "hash", "answer"), absl::OkStatus());

  const absl::Status status = Earlier(kActor, request_, "other").status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
}

TEST_F(UnitOfWorkTest, AnAnswerIsKeptOnce) {
  ASSERT_EQ(Keep(request_, "hash", "first"), absl::OkStatus());

  const absl::Status status = RunIt([this](UnitOfWork& unit) {
    unit.tx().Queue(kAddNumber, {1});
    unit.KeepAnswer(kActor, request_, "hash", "second");
    return absl::OkStatus();
  });

  EXPECT_TRUE(pg::Violates(status, "request_log_pkey")) << status;
  EXPECT_EQ(database_.Value("SELECT count(*) FROM numbers"), "0");
  EXPECT_EQ(Earlier(kActor, request_, "hash").value(), "first");
}

// Reads the sum and adds it as a number: two at once would add the same one, were they not run
// again.
TEST_F(UnitOfWorkTest, RunsAgainAfterASerializationFailure) {
  database_.Execute("INSERT INTO numbers VALUES (1)");
  std::atomic<int> runs = 0;
  const auto double_it = [&] {
    EXPECT_EQ(RunIt([&](UnitOfWork& unit) -> absl::Status {
                ++runs;
                unit.tx().Queue(kSerializable, {});
                ASSIGN_OR_RETURN(const pg::Result sum, unit.tx().Execute(kReadTotal, {}));
                unit.tx().Queue(kAddNumber, {sum[0].Int64(0)});
                return absl::OkStatus();
              }),
              absl::OkStatus());
  };
  std::thread other([&] {
    for (int i = 0; i < 10; ++i) double_it();
  });
  for (int i = 0; i < 10; ++i) double_it();
  other.join();

  EXPECT_EQ(database_.Value("SELECT sum(n) FROM numbers"), absl::StrCat(1 << 20));
  EXPECT_GE(runs, 20);
}

TEST_F(UnitOfWorkTest, RunsAgainAfterAConflictItLost) {
  database_.Execute("INSERT INTO numbers VALUES (1)");
  int runs = 0;

  const absl::Status status = RunIt([&](UnitOfWork& unit) -> absl::Status {
    unit.tx().Queue(kSerializable, {});
    ASSIGN_OR_RETURN(const pg::Result sum, unit.tx().Execute(kReadTotal, {}));
    if (++runs == 1) database_.Execute("UPDATE numbers SET n = 7");
    unit.tx().QueueOne(kSetNumber, {sum[0].Int64(0), 100}, EtagMismatch());
    return absl::OkStatus();
  });

  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(database_.Value("SELECT n FROM numbers"), "100");
}

TEST_F(UnitOfWorkTest, GivesUpAfterSixRuns) {
  int runs = 0;

  const absl::Status status = RunIt([&](UnitOfWork&) {
    ++runs;
    return absl::AbortedError("a fault that does not go away");
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(runs, 6);
}

TEST_F(UnitOfWorkTest, ARefusalIsNotRunAgain) {
  int runs = 0;

  EXPECT_EQ(ReasonOf(RunIt([&](UnitOfWork&) {
              ++runs;
              return EtagMismatch();
            })),
            "ETAG_MISMATCH");

  EXPECT_EQ(runs, 1);
}

TEST_F(UnitOfWorkTest, RunsAgainWhenItsConnectionWasLostBeforeTheCommit) {
  int runs = 0;

  const absl::Status status = RunIt([&](UnitOfWork& unit) -> absl::Status {
    if (++runs == 1) RETURN_IF_ERROR(unit.tx().Execute(kEndSession, {}).status());
    unit.tx().Queue(kAddNumber, {1});
    return absl::OkStatus();
  });

  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM numbers"), "1");
}

TEST_F(UnitOfWorkTest, IsNotRunAgainWhenTheCommitMayHaveHappened) {
  int runs = 0;

  const absl::Status status = RunIt([&](UnitOfWork& unit) {
    ++runs;
    unit.tx().Queue(kAddNumber, {1});
    unit.tx().Queue(kEndSession, {});  // Ends the session in the round trip that has the COMMIT.
    return absl::OkStatus();
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(runs, 1);
}

TEST_F(UnitOfWorkTest, ADatabaseThatIsAwayIsUnavailable) {
  pg::Pool pool({.conninfo = "host=/nonexistent"});

  EXPECT_EQ(work::Run(pool, Soon(), nullptr, [](UnitOfWork&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(UnitOfWorkTest, StatementsFitTheSchema) {
  database_.Execute("CREATE TABLE answers (payload text NOT NULL)");  // Of the relay's tests.

  EXPECT_EQ(testing::PrepareAll(database_.conninfo()), absl::OkStatus());
}

}  // namespace
}  // namespace daicho::work
