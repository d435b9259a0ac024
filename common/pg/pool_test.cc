#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
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

const Statement kPid{"test_pid", "SELECT pg_backend_pid()"};
const Statement kLock{"test_lock", "SELECT id FROM schema_turn WHERE id = 1 FOR UPDATE NOWAIT"};

std::int64_t Pid(Connection& connection) {
  Transaction tx = connection.Begin(Soon());
  const auto rows = tx.Execute(kPid, {});
  EXPECT_EQ(rows.status(), absl::OkStatus());
  return rows.ok() ? (*rows)[0].Int64(0) : 0;
}

void EndSession(const Database& database, std::int64_t pid) {
  database.Execute(absl::StrCat("SELECT pg_terminate_backend(", pid, ", 30000)"));
}

// A server that lets everybody wait: it listens and never accepts.
class SilentServer {
 public:
  SilentServer() {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    sockaddr_un address{.sun_family = AF_UNIX};
    const std::string path = folder_ + "/.s.PGSQL.5432";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
  }
  ~SilentServer() {
    close(socket_);
    std::filesystem::remove_all(folder_);
  }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_ = "/tmp/daicho-silent-XXXXXX";
  int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST(PoolTest, UsesAConnectionAgain) {
  Database database;
  Pool pool({.conninfo = database.conninfo()});
  std::int64_t first = 0;
  {
    auto lease = pool.Acquire(Soon());
    ASSERT_EQ(lease.status(), absl::OkStatus());
    first = Pid(**lease);
  }

  auto lease = pool.Acquire(Soon());

  ASSERT_EQ(lease.status(), absl::OkStatus());
  EXPECT_EQ(Pid(**lease), first);
}

TEST(PoolTest, ThrowsAwayAConnectionTheServerEndedMeanwhile) {
  Database database;
  Pool pool({.conninfo = database.conninfo()});
  std::int64_t first = 0;
  {
    auto lease = pool.Acquire(Soon());
    ASSERT_EQ(lease.status(), absl::OkStatus());
    first = Pid(**lease);
  }
  EndSession(database, first);

  auto lease = pool.Acquire(Soon());

  ASSERT_EQ(lease.status(), absl::OkStatus());
  EXPECT_NE(Pid(**lease), first);
}

TEST(PoolTest, RecoversAfterAPassedDeadline) {
  Database database;
  Pool pool({.conninfo = database.conninfo(), .size = 1});
  {
    auto lease = pool.Acquire(Soon());
    ASSERT_EQ(lease.status(), absl::OkStatus());
    EXPECT_EQ((*lease)
                  ->ExecuteScript("SELECT pg_sleep(3600)", absl::Now() + absl::Milliseconds(50))
                  .code(),
              absl::StatusCode::kDeadlineExceeded);
  }

  auto lease = pool.Acquire(Soon());

  ASSERT_EQ(lease.status(), absl::OkStatus());
  EXPECT_GT(Pid(**lease), 0);
}

TEST(PoolTest, RecoversAfterTheServerWasKilled) {
  auto postgres = Postgres::Start({});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  Pool pool({.conninfo = (*postgres)->conninfo() + " dbname=postgres", .size = 2});
  {
    auto one = pool.Acquire(Soon());
    auto two = pool.Acquire(Soon());
    ASSERT_TRUE(one.ok() && two.ok());
  }
  ASSERT_EQ((*postgres)->Kill9(), absl::OkStatus());
  EXPECT_EQ(pool.Acquire(Soon()).status().code(), absl::StatusCode::kUnavailable);

  ASSERT_EQ((*postgres)->Restart(), absl::OkStatus());

  auto one = pool.Acquire(Soon());
  auto two = pool.Acquire(Soon());
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_GT(Pid(**one), 0);
  EXPECT_GT(Pid(**two), 0);
}

TEST(PoolTest, SaysSoWhenAllConnectionsStayBusy) {
  Database database;
  Pool pool({.conninfo = database.conninfo(), .size = 1});
  auto lease = pool.Acquire(Soon());
  ASSERT_EQ(lease.status(), absl::OkStatus());

  EXPECT_EQ(pool.Acquire(absl::Now() + absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(PoolTest, ServesThoseWhoWaitInTheirOrder) {
  Database database;
  Pool pool({.conninfo = database.conninfo(), .size = 1});
  std::optional<Pool::Lease> held;
  {
    auto lease = pool.Acquire(Soon());
    ASSERT_EQ(lease.status(), absl::OkStatus());
    held.emplace(*std::move(lease));
  }
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto lease = pool.Acquire(Soon());
      EXPECT_EQ(lease.status(), absl::OkStatus());
      const std::lock_guard<std::mutex> lock(mutex);
      order.push_back(i);
    });
    ASSERT_TRUE(Eventually([&] { return pool.waiting() == i + 1; }));
  }

  held.reset();
  for (std::thread& thread : threads) thread.join();

  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(PoolTest, ARolledBackTransactionHoldsNoLocksWhileItsConnectionLiesIdle) {
  Database database;
  Pool pool({.conninfo = database.conninfo()});
  {
    auto lease = pool.Acquire(Soon());
    ASSERT_EQ(lease.status(), absl::OkStatus());
    Transaction tx = (*lease)->Begin(Soon());
    ASSERT_EQ(tx.Execute(kLock, {}).status(), absl::OkStatus());
  }
  Connection other = database.Connect();

  EXPECT_TRUE(Eventually([&] { return other.Begin(Soon()).Execute(kLock, {}).ok(); }));
}

TEST(ConnectTest, GivesUpOnAServerThatDoesNotAnswer) {
  const SilentServer silent;

  const absl::Status status =
      Connection::Open("host=" + silent.folder(), absl::Now() + absl::Milliseconds(100)).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(ConnectTest, GoesOnToTheNextHostWhenOneDoesNotAnswer) {
  const SilentServer silent;
  auto postgres = Postgres::Start({});
  ASSERT_EQ(postgres.status(), absl::OkStatus());
  const std::string own = (*postgres)->conninfo();
  const std::string folder = own.substr(5, own.find(' ') - 5);

  const auto connection =
      Connection::Open(absl::StrCat("host=", silent.folder(), ",", folder,
                                    " user=postgres dbname=postgres connect_timeout=1"),
                       Soon());

  EXPECT_EQ(connection.status(), absl::OkStatus());
}

TEST(ConnectTest, ADatabaseThatIsAwayIsUnavailable) {
  EXPECT_EQ(Connection::Open("host=/nonexistent", Soon()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(ConnectTest, AConnectionStringThatCannotBeReadIsNotRepeated) {
  const absl::Status status = Connection::Open("password=hush host", Soon()).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("hush")));
}

}  // namespace
}  // namespace daicho::pg
