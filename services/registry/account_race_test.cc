// Several processes write the same accounts: one wins, the others are told so, nothing is lost.
//
// DAICHO_SEED=N repeats a run; each run prints its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/work/unit_of_work.h"
#include "services/registry/account_store.h"
#include "services/registry/domain/condition.h"
#include "services/registry/schema.h"
#include "services/registry/testing/account_fixture.h"
#include "services/registry/testing/ledger_rows.h"

namespace daicho::registry {
namespace {

constexpr int kInterleavings = 10'000;
constexpr int kProcesses = 4;
constexpr int kAccounts = 6;

const pg::Statement kSelectVersions{"race_select_versions", R"sql(
  SELECT id, revision, reason
    FROM account_revisions
   ORDER BY id, revision
)sql"};

const pg::Statement kSelectPayloads{"race_select_payloads", R"sql(
  SELECT payload
    FROM outbox
)sql"};

unsigned Seed() {
  unsigned seed = static_cast<unsigned>(absl::ToUnixNanos(absl::Now()) & 0x7fffffff);
  if (const char* given = std::getenv("DAICHO_SEED")) (void)absl::SimpleAtoi(given, &seed);
  std::cout << "DAICHO_SEED=" << seed << std::endl;
  return seed;
}

work::Outgoing Encode(const Event& event) {
  return {.event_id = NewUuid(absl::Now()),
          .destination = "audit",
          .subject = event.resource,
          .payload = event.reason};
}

// A version: account and revision.
using Version = std::pair<std::string, std::int64_t>;

// One process with a connection of its own, that changes one account at a time as handlers do.
class Process {
 public:
  explicit Process(pg::Connection connection) : connection_(std::move(connection)) {}

  // Loads the account and decides on a change known by `mark`.
  void Load(const std::string& account, const std::string& mark) {
    unit_.emplace(connection_.Begin(absl::Now() + absl::Minutes(1)), Encode);
    const auto loaded = store::GetAccount(unit_->tx(), account);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const absl::Time now = absl::Now();
    const auto change = domain::ReportCondition(
        *loaded,
        {.condition = domain::Condition::kCompromised, .since = TokyoDay(now), .reason = mark},
        domain::Reporter::kPrOffice, false, now);
    ASSERT_TRUE(change.ok() && change->has_value()) << change.status();
    change_ = **change;
    mark_ = mark;
  }

  // Stores it, and ends the transaction either way.
  void Save() {
    store::SaveAccount(unit_->tx(), *change_, {.actor = "users/somebody", .reason = mark_});
    outcome_ = unit_->Announce(change_->event);
    if (outcome_.ok()) outcome_ = unit_->Commit();
    unit_.reset();
  }

  Version version() const { return {change_->after.id, change_->after.revision}; }
  const std::string& mark() const { return mark_; }
  const absl::Status& outcome() const { return outcome_; }

 private:
  pg::Connection connection_;
  std::optional<work::UnitOfWork> unit_;
  std::optional<domain::Change> change_;
  std::string mark_;
  absl::Status outcome_;
};

class AccountRaceTest : public ::testing::Test {
 protected:
  AccountRaceTest() {
    testing::LedgerRows(database_).PutDepartment("0101", "広報課");
    std::vector<domain::Account> accounts;
    for (int i = 0; i < kAccounts; ++i) {
      const domain::ImportedAccount imported = {
          .department = "0101",
          .platform = "x",
          .identity = {absl::StrCat("x::race", i), absl::StrCat("https://x.com/race", i)}};
      accounts.push_back(domain::NewAccount(imported, NewUuid(absl::Now()), absl::Now()));
      ids_.push_back(accounts.back().id);
      newest_[ids_.back()] = 1;
    }
    pg::Connection connection = database_.Connect();
    pg::Transaction tx = connection.Begin(testing::Soon());
    EXPECT_TRUE(store::InsertImported(tx, accounts, {.actor = "users/somebody"}).ok());
    EXPECT_TRUE(tx.Commit().ok());
    for (int i = 0; i < kProcesses; ++i) {
      processes_.push_back(std::make_unique<Process>(database_.Connect()));
    }
  }

  // Takes note of how `process` fared. Loses unless its change follows the newest version.
  void Settle(const Process& process) {
    const auto [account, revision] = process.version();
    if (process.outcome().ok()) {
      EXPECT_EQ(revision, newest_[account] + 1) << "a version was overwritten";
      newest_[account] = revision;
      acknowledged_[process.mark()] = process.version();
      return;
    }
    EXPECT_EQ(process.outcome().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(daicho::ReasonOf(process.outcome()), "ETAG_MISMATCH") << process.outcome();
    ++refused_;
  }

  // All processes load and save in the order of `steps`: each stands there twice.
  void RunInOrder(const std::vector<int>& steps, const std::vector<std::string>& accounts) {
    std::set<int> loaded;
    for (const int i : steps) {
      Process& process = *processes_[i];
      if (loaded.insert(i).second) {
        process.Load(accounts[i], NextMark());
        continue;
      }
      const auto [account, revision] = process.version();
      const bool wins = revision == newest_[account] + 1;
      process.Save();
      EXPECT_EQ(process.outcome().ok(), wins) << process.outcome();
      Settle(process);
    }
  }

  // All processes load, and then save at once.
  void RunAtOnce(int count, const std::vector<std::string>& accounts) {
    std::set<std::string> contested;
    for (int i = 0; i < count; ++i) {
      processes_[i]->Load(accounts[i], NextMark());
      contested.insert(accounts[i]);
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { processes_[i]->Save(); });
    for (std::thread& thread : threads) thread.join();
    const std::size_t before = acknowledged_.size();
    for (int i = 0; i < count; ++i) Settle(*processes_[i]);
    EXPECT_EQ(acknowledged_.size() - before, contested.size()) << "one wins each account";
  }

  std::string NextMark() { return absl::StrCat("write ", ++marks_); }

  pg::Result Select(const pg::Statement& statement) {
    pg::Connection connection = database_.Connect();
    pg::Transaction tx = connection.Begin(absl::Now() + absl::Minutes(1));
    auto rows = tx.Execute(statement, {});
    EXPECT_TRUE(rows.ok()) << rows.status();
    return *std::move(rows);
  }

  testing::Database database_{Schema()};
  std::vector<std::string> ids_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::map<std::string, std::int64_t> newest_;   // Revision of each account.
  std::map<std::string, Version> acknowledged_;  // By mark.
  int refused_ = 0;
  int marks_ = 0;
};

TEST_F(AccountRaceTest, OneWriterWinsAndTheOthersAreToldInTenThousandInterleavings) {
  std::mt19937 random(Seed());
  const auto pick = [&](int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random);
  };
  const int first_sequence = std::stoi(database_.Value("SELECT value FROM ledger_sequence"));

  for (int i = 0; i < kInterleavings && !HasFailure(); ++i) {
    const int count = pick(0, 4) > 0 ? 2 : pick(3, kProcesses);
    std::vector<std::string> accounts;
    std::vector<int> steps;
    // Mostly the same account, sometimes another.
    const int account = pick(0, kAccounts - 1);
    for (int j = 0; j < count; ++j) {
      accounts.push_back(ids_[pick(0, 3) > 0 ? account : pick(0, kAccounts - 1)]);
      steps.insert(steps.end(), {j, j});
    }
    std::shuffle(steps.begin(), steps.end(), random);
    if (pick(0, 3) == 0) {
      RunAtOnce(count, accounts);
    } else {
      RunInOrder(steps, accounts);
    }
  }

  // Every version follows the one before it, and holds what its writer was told it does.
  std::map<std::string, Version> stored;
  std::map<std::string, std::int64_t> newest;
  const pg::Result versions = Select(kSelectVersions);
  for (int i = 0; i < versions.size(); ++i) {
    const Version version = {versions[i].Text(0), versions[i].Int64(1)};
    EXPECT_EQ(version.second, newest[version.first] + 1) << "a gap before it";
    newest[version.first] = version.second;
    if (version.second == 1) continue;
    EXPECT_TRUE(stored.emplace(versions[i].Text(2), version).second) << "stored twice";
  }
  EXPECT_EQ(stored, acknowledged_);
  EXPECT_EQ(newest, newest_);
  // Each is announced once, and has one place in the ledger's sequence.
  std::multiset<std::string> announced;
  const pg::Result payloads = Select(kSelectPayloads);
  for (int i = 0; i < payloads.size(); ++i) announced.insert(payloads[i].Bytes(0));
  EXPECT_EQ(announced.size(), acknowledged_.size());
  for (const auto& [mark, version] : acknowledged_) EXPECT_EQ(announced.count(mark), 1u) << mark;
  EXPECT_EQ(std::stoi(database_.Value("SELECT value FROM ledger_sequence")),
            first_sequence + static_cast<int>(acknowledged_.size()));
  EXPECT_GT(refused_, 0);
  std::cout << kInterleavings << " interleavings, " << acknowledged_.size() << " writes, "
            << refused_ << " refused" << std::endl;
}

// Two registries on one database, as when one is being replaced by another.
class TwoServersTest : public AccountTest {
 protected:
  // Reports conditions of `name` to `server` until `count` were taken.
  void Write(testing::Server& server, const std::string& name, int count, const std::string& mark) {
    Accounts stub(server.ChannelOf());
    for (int taken = 0; taken < count;) {
      v1::GetAccountRequest get;
      get.set_name(name);
      v1::Account account;
      grpc::ClientContext reading;
      server.SignIn(reading, kPrOffice.subject, kPrOffice.roles, kPrOffice.department);
      ASSERT_TRUE(stub.GetAccount(&reading, get, &account).ok());
      v1::ReportConditionRequest request = ConditionOf(account, v1::Account::CONDITION_COMPROMISED);
      request.set_reason(absl::StrCat(mark, taken));
      grpc::ClientContext writing;
      server.SignIn(writing, kPrOffice.subject, kPrOffice.roles, kPrOffice.department);
      const grpc::Status status = stub.ReportCondition(&writing, request, &account);
      if (status.ok()) {
        ++taken;
      } else {
        ASSERT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
        ASSERT_EQ(ReasonOf(status), "ETAG_MISMATCH");
      }
    }
  }

  pg::Pool other_pool_{{.conninfo = database_.conninfo(), .size = 4}};
  testing::Server other_{
      {.service = "registry",
       .grpc_services = {"daicho.registry.v1.AccountService"},
       .pool = &other_pool_,
       .clock = &clock_,
       .build = [](const rpc::Env& env) {
         auto platforms = wire::LoadPlatforms("services/registry/platforms");
         std::vector<std::unique_ptr<grpc::Service>> services;
         services.push_back(std::make_unique<AccountServiceImpl>(
             env, std::make_shared<const domain::PlatformTable>(*std::move(platforms))));
         return services;
       }}};
};

TEST_F(TwoServersTest, KeepEveryAcknowledgedWriteOnce) {
  constexpr int kWrites = 100;
  const v1::Account account = Active("gakushu");
  std::thread here([&] { Write(server_, account.name(), kWrites, "here "); });
  std::thread there([&] { Write(other_, account.name(), kWrites, "there "); });
  here.join();
  there.join();

  EXPECT_EQ(Get(account.name()).etag(), absl::StrCat("\"", 2 + 2 * kWrites, "\""));
  EXPECT_EQ(database_.Value("SELECT count(DISTINCT reason) FROM account_revisions"
                            " WHERE act = 'account.condition_reported'"),
            absl::StrCat(2 * kWrites));
  EXPECT_EQ(EventCount("account.condition_reported"), 2 * kWrites);
}

}  // namespace
}  // namespace daicho::registry
