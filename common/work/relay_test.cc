#include "common/work/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "tests/support/database.h"
#include "tests/support/wait.h"

namespace daicho::work {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Eventually;
using ::daicho::testing::Soon;
using ::testing::ElementsAre;

const pg::Statement kAddAnswer{"test_add_answer", "INSERT INTO answers (payload) VALUES ($1)"};

// Takes each event once, as an audit log does, and remembers the order.
class Receiver {
 public:
  // Stores a part of a batch before it fails, when `failing` says so.
  absl::Status Take(const std::vector<Outgoing>& batch, const std::function<bool()>& failing) {
    for (const Outgoing& outgoing : batch) {
      if (failing()) return absl::UnavailableError("not now");
      Store(outgoing);
    }
    // The answer is lost on its way.
    return failing() ? absl::UnavailableError("no answer") : absl::OkStatus();
  }

  void Store(const Outgoing& outgoing) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++deliveries_;
    if (inbox_.insert(outgoing.event_id).second) {
      by_subject_[outgoing.subject].push_back(outgoing.payload);
    }
  }

  int deliveries() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return deliveries_;
  }

  std::map<std::string, std::vector<std::string>> by_subject() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return by_subject_;
  }

 private:
  std::mutex mutex_;
  int deliveries_ = 0;
  std::set<std::string> inbox_;
  std::map<std::string, std::vector<std::string>> by_subject_;
};

// True about once in `n`.
std::function<bool()> OnceIn(int n) {
  return
      [n, mutex = std::make_shared<std::mutex>(), random = std::make_shared<std::mt19937>(4711)] {
        const std::lock_guard<std::mutex> lock(*mutex);
        return (*random)() % n == 0;
      };
}

bool Never() { return false; }

class RelayTest : public ::testing::Test {
 protected:
  RelayTest() { database_.Execute("CREATE TABLE answers (payload text NOT NULL)"); }

  void Send(const std::string& destination, const std::string& subject,
            const std::vector<std::string>& payloads) {
    ASSERT_EQ(work::Run(database_.pool(), Soon(), nullptr,
                        [&](UnitOfWork& unit) -> absl::Status {
                          for (const std::string& payload : payloads) {
                            RETURN_IF_ERROR(unit.Send({.event_id = NewUuid(absl::Now()),
                                                       .destination = destination,
                                                       .subject = subject,
                                                       .payload = payload}));
                          }
                          return absl::OkStatus();
                        }),
              absl::OkStatus());
  }

  bool Drained(const std::string& destination) {
    return database_.Value(absl::StrCat("SELECT count(*) FROM outbox WHERE destination = '",
                                        destination, "'")) == "0";
  }

  DeliverBatch To(Receiver& receiver, std::function<bool()> failing) {
    return [&receiver, failing](const std::vector<Outgoing>& batch, absl::Time) {
      return receiver.Take(batch, failing);
    };
  }

  Database database_;
};

TEST_F(RelayTest, DeliversInOrderAndRemoves) {
  Receiver receiver;
  Send("audit", "forms/1", {"a", "b", "c"});
  Send("other", "forms/1", {"x"});

  Relay relay(&database_.pool(), "audit", To(receiver, Never));

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  EXPECT_THAT(receiver.by_subject()["forms/1"], ElementsAre("a", "b", "c"));
  EXPECT_EQ(receiver.deliveries(), 3);
  EXPECT_FALSE(Drained("other"));
}

TEST_F(RelayTest, DeliversWhatComesLater) {
  Receiver receiver;
  Relay relay(&database_.pool(), "audit", To(receiver, Never));

  for (const char* payload : {"a", "b", "c"}) {
    Send("audit", "forms/1", {payload});
    relay.Wake();
    ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  }

  EXPECT_THAT(receiver.by_subject()["forms/1"], ElementsAre("a", "b", "c"));
}

TEST_F(RelayTest, LimitsABatchByRowsAndBytes) {
  std::mutex mutex;
  std::vector<size_t> sizes;
  Send("audit", "forms/1", std::vector<std::string>(600, "small"));
  Send("audit", "forms/1", std::vector<std::string>(3, std::string(1 << 20, 'x')));

  Relay relay(&database_.pool(), "audit", [&](const std::vector<Outgoing>& batch, absl::Time) {
    const std::lock_guard<std::mutex> lock(mutex);
    sizes.push_back(batch.size());
    return absl::OkStatus();
  });

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  EXPECT_THAT(sizes, ElementsAre(256, 256, 89, 2));
}

TEST_F(RelayTest, ABatchThatKeepsFailingShrinksToTheRowThatIsToBlame) {
  std::mutex mutex;
  std::vector<std::string> delivered;
  std::atomic<bool> mended = false;
  Send("audit", "forms/1", {"a", "b", "c", "poison", "e"});

  Relay relay(&database_.pool(), "audit",
              [&](const std::vector<Outgoing>& batch, absl::Time) -> absl::Status {
                for (const Outgoing& outgoing : batch) {
                  if (outgoing.payload == "poison" && !mended) return absl::InternalError("no");
                }
                const std::lock_guard<std::mutex> lock(mutex);
                for (const Outgoing& outgoing : batch) delivered.push_back(outgoing.payload);
                return absl::OkStatus();
              });

  // The pauses until then would take minutes.
  ASSERT_TRUE(Eventually([&] {
    database_.Execute("UPDATE outbox SET next_attempt_time = now()");
    return database_.Value("SELECT convert_from(payload, 'UTF8') FROM outbox ORDER BY position") ==
           "poison";
  }));
  mended = true;
  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  EXPECT_THAT(delivered, ElementsAre("a", "b", "c", "poison", "e"));
}

TEST_F(RelayTest, EachEventTakesEffectOnceThoughDeliveriesFailAndTwoRelaysRun) {
  Receiver receiver;
  const auto failing = OnceIn(100);
  Relay one(&database_.pool(), "audit", To(receiver, failing));
  Relay two(&database_.pool(), "audit", To(receiver, failing));
  std::vector<std::string> numbers;
  for (int i = 0; i < 60; ++i) {
    numbers.push_back(absl::StrCat(i));
    for (const char* subject : {"forms/1", "forms/2", "accounts/1"}) {
      Send("audit", subject, {numbers.back()});
    }
  }

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));

  EXPECT_GE(receiver.deliveries(), 180);
  const auto found = receiver.by_subject();
  EXPECT_EQ(found.size(), 3u);
  for (const auto& [subject, payloads] : found) EXPECT_EQ(payloads, numbers) << subject;
}

TEST_F(RelayTest, OneRelayWorksAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<bool> together = false;
  std::atomic<int> rows = 0;
  const DeliverBatch deliver = [&](const std::vector<Outgoing>& batch, absl::Time) {
    if (++inside > 1) together = true;
    rows += static_cast<int>(batch.size());
    --inside;
    return absl::OkStatus();
  };
  Relay one(&database_.pool(), "audit", deliver);
  Relay two(&database_.pool(), "audit", deliver);
  for (int i = 0; i < 100; ++i) {
    Send("audit", "forms/1", {absl::StrCat(i)});
    one.Wake();
    two.Wake();
  }

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));

  EXPECT_FALSE(together);
  EXPECT_EQ(rows, 100);
}

TEST_F(RelayTest, TriesAgainWithGrowingPauses) {
  std::mutex mutex;
  std::vector<absl::Time> attempts;
  Send("audit", "forms/1", {"a"});

  Relay relay(&database_.pool(), "audit", [&](const std::vector<Outgoing>&, absl::Time) {
    const std::lock_guard<std::mutex> lock(mutex);
    attempts.push_back(absl::Now());
    return attempts.size() < 4 ? absl::UnavailableError("not now") : absl::OkStatus();
  });

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  ASSERT_EQ(attempts.size(), 4u);
  EXPECT_GE(attempts[1] - attempts[0], absl::Milliseconds(90));
  EXPECT_GE(attempts[2] - attempts[1], absl::Milliseconds(190));
  EXPECT_GE(attempts[3] - attempts[2], absl::Milliseconds(390));
}

TEST_F(RelayTest, WhatADeliveryDoesCommitsWithTheRowsRemoval) {
  Send("registry", "forms/1", {"a", "b"});
  std::atomic<int> calls = 0;

  Relay relay(&database_.pool(), "registry", nullptr,
              [&](const Outgoing& row, UnitOfWork& unit, absl::Time) -> absl::Status {
                unit.tx().Queue(kAddAnswer, {row.payload});
                // What failed deliveries did must not stay.
                return ++calls % 2 == 1 ? absl::UnavailableError("not now") : absl::OkStatus();
              });

  ASSERT_TRUE(Eventually([&] { return Drained("registry"); }));
  EXPECT_EQ(database_.Value("SELECT string_agg(payload, '') FROM answers"), "ab");
  EXPECT_EQ(calls, 4);
}

TEST_F(RelayTest, ADeliveryMayAnnounceAndSend) {
  Send("registry", "forms/1", {"a"});
  const Encoder encoder = [](const Event& event) {
    return Outgoing{.event_id = NewUuid(absl::Now()),
                    .destination = "audit",
                    .subject = event.resource,
                    .payload = event.type};
  };

  Relay relay(&database_.pool(), "registry", encoder,
              [](const Outgoing& row, UnitOfWork& unit, absl::Time) {
                return unit.Announce({.type = "form.applied", .resource = row.subject});
              });

  ASSERT_TRUE(Eventually([&] { return Drained("registry"); }));
  EXPECT_EQ(database_.Value("SELECT convert_from(payload, 'UTF8') FROM outbox"), "form.applied");
}

TEST_F(RelayTest, AFailingRowHoldsUpItsSubjectAlone) {
  Receiver receiver;
  std::atomic<bool> mended = false;
  Send("registry", "forms/1", {"stuck", "after"});
  Send("registry", "forms/2", {"free"});

  Relay relay(&database_.pool(), "registry", nullptr,
              [&](const Outgoing& row, UnitOfWork&, absl::Time) -> absl::Status {
                if (row.payload == "stuck" && !mended) return absl::UnavailableError("not now");
                receiver.Store(row);
                return absl::OkStatus();
              });

  ASSERT_TRUE(Eventually([&] { return receiver.by_subject().count("forms/2") == 1; }));
  ASSERT_TRUE(Eventually(
      [&] { return database_.Value("SELECT max(attempt_count) >= 3 FROM outbox") == "t"; }));
  EXPECT_EQ(receiver.by_subject().count("forms/1"), 0u);
  mended = true;
  ASSERT_TRUE(Eventually([&] { return Drained("registry"); }));
  EXPECT_THAT(receiver.by_subject()["forms/1"], ElementsAre("stuck", "after"));
}

TEST_F(RelayTest, AFailedBatchWaitsForTheOldestRow) {
  Receiver receiver;
  std::atomic<bool> mended = false;
  Send("audit", "forms/1", {"a"});
  Relay relay(&database_.pool(), "audit", To(receiver, [&] { return !mended; }));
  ASSERT_TRUE(
      Eventually([&] { return database_.Value("SELECT attempt_count > 0 FROM outbox") == "t"; }));

  Send("audit", "forms/1", {"b"});
  relay.Wake();
  mended = true;

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  EXPECT_THAT(receiver.by_subject()["forms/1"], ElementsAre("a", "b"));
}

TEST_F(RelayTest, GoesOnAfterItsConnectionWasLost) {
  Receiver receiver;
  std::atomic<bool> cut = false;
  Send("audit", "forms/1", {"a"});

  Relay relay(&database_.pool(), "audit",
              [&](const std::vector<Outgoing>& batch, absl::Time) -> absl::Status {
                for (const Outgoing& outgoing : batch) receiver.Store(outgoing);
                if (!cut.exchange(true)) {
                  database_.Execute(
                      "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
                }
                return absl::OkStatus();
              });

  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  EXPECT_EQ(receiver.deliveries(), 2);
  EXPECT_THAT(receiver.by_subject()["forms/1"], ElementsAre("a"));
}

TEST_F(RelayTest, AnIdleRelayTakesNoLocks) {
  Receiver receiver;
  Send("audit", "forms/1", {"a"});
  Relay relay(&database_.pool(), "audit", To(receiver, Never));
  ASSERT_TRUE(Eventually([&] { return Drained("audit"); }));
  const std::string last_locked_by = "SELECT xmax FROM relay_lease";
  const std::string before = database_.Value(last_locked_by);

  // Three more looks at an empty outbox.
  const absl::Time until = absl::Now() + absl::Milliseconds(700);
  ASSERT_TRUE(Eventually([&] { return absl::Now() >= until; }));

  EXPECT_EQ(database_.Value(last_locked_by), before);
}

}  // namespace
}  // namespace daicho::work
