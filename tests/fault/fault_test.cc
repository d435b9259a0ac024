// Kills services and PostgreSQL with SIGKILL at random moments while people work, and compares what
// was acknowledged with forms, ledger and audit log: nothing lost, nothing twice.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/domain/merkle.h"
#include "tests/e2e/world.h"

ABSL_FLAG(int, kills, 40, "How many processes to kill");
ABSL_FLAG(int, seed, 0, "Seed of the random moments; 0 takes one from the clock and prints it");

namespace daicho::testing {
namespace {

using approval::v1::Form;

constexpr int kPeople = 4;

const pg::Statement kSelectForms{"fault_select_forms", R"sql(
  SELECT id, state
    FROM forms
)sql"};

const pg::Statement kSelectReceptionNumbers{"fault_select_reception_numbers", R"sql(
  SELECT reception_number
    FROM forms
   WHERE reception_number IS NOT NULL
   ORDER BY reception_number
)sql"};

const pg::Statement kSelectAccounts{"fault_select_accounts", R"sql(
  SELECT origin_form
    FROM accounts
)sql"};

const pg::Statement kSelectEntries{"fault_select_entries", R"sql(
  SELECT log_index, leaf
    FROM entries
   ORDER BY log_index
)sql"};

// What the clients were told.
struct Acknowledged {
  std::mutex mutex;
  std::set<std::string> created;  // Forms.
  std::set<std::string> submitted;
  std::map<std::string, int> agreed;  // Form to number of agreements.
  std::set<std::string> done;         // Forms agreed by the PR office.
  int answers = 0;
  absl::Duration longest_gap;
  std::vector<std::string> surprises;  // Refusals that should not have been.
};

// Whether to send the same request again: nothing was decided, or nobody knows.
bool Again(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kResourceExhausted:
      return true;
    case absl::StatusCode::kAborted:
      return daicho::ReasonOf(status) != "ETAG_MISMATCH";
    default:
      return false;
  }
}

// Sends one request, with one request_id, until it is answered.
absl::StatusOr<Form> Insist(Acknowledged& told,
                            const std::function<absl::StatusOr<Form>(const std::string&)>& send) {
  const std::string request_id = NewUuid(absl::Now());
  const absl::Time start = absl::Now();
  for (;;) {
    const absl::StatusOr<Form> form = send(request_id);
    const std::lock_guard<std::mutex> lock(told.mutex);
    if (form.ok()) {
      ++told.answers;
      told.longest_gap = std::max(told.longest_gap, absl::Now() - start);
      return form;
    }
    if (!Again(form.status())) {
      told.surprises.push_back(absl::StrCat(daicho::ReasonOf(form.status()), " ",
                                            std::string(form.status().ToString())));
      return form;
    }
  }
}

// One form from draft to the PR office's agreement.
absl::Status OneForm(World& world, Acknowledged& told) {
  const auto content = world.OpenContent(FreshHandle());
  auto form = Insist(told, [&](const std::string& id) { return world.Draft(content, id); });
  if (!form.ok()) return form.status();
  const std::string name = form->name();
  const auto note = [&](auto&& record) {
    const std::lock_guard<std::mutex> lock(told.mutex);
    record();
  };
  note([&] { told.created.insert(name); });
  form = Insist(told, [&](const std::string& id) { return world.Submit(*form, id); });
  if (!form.ok()) return form.status();
  note([&] { told.submitted.insert(name); });
  for (const Person* person : {&world.head, &world.via_head, &world.pr_office}) {
    form = Insist(told, [&](const std::string& id) { return world.Agree(*form, *person, id); });
    if (!form.ok()) return form.status();
    note([&] { ++told.agreed[name]; });
  }
  note([&] { told.done.insert(name); });
  return absl::OkStatus();
}

// Kills one of the five at a time and starts it again.
void KillAtRandom(World& world, int kills, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  const std::vector<std::string>& services = Suite::Services();
  for (int i = 0; i < kills; ++i) {
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(20, 400)(random)));
    const auto victim = std::uniform_int_distribution<std::size_t>(0, services.size())(random);
    if (victim == services.size()) {
      ASSERT_TRUE(world.suite().postgres().Kill9().ok());
      ASSERT_TRUE(world.suite().postgres().Restart().ok());
    } else {
      world.suite().Kill(services[victim]);
      world.suite().Start(services[victim]);
    }
  }
}

pg::Result Select(World& world, const std::string& service, const pg::Statement& statement) {
  auto connection =
      pg::Connection::Open(world.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
  EXPECT_TRUE(connection.ok());
  pg::Transaction tx = connection->Begin(absl::Now() + absl::Minutes(1));
  auto rows = tx.Execute(statement, {});
  EXPECT_TRUE(rows.ok()) << rows.status();
  return *std::move(rows);
}

// The audit log: gapless, its root right, and how often each (type, resource) is in it.
std::map<std::pair<std::string, std::string>, int> CheckLog(World& world) {
  std::map<std::pair<std::string, std::string>, int> counts;
  const pg::Result rows = Select(world, "audit", kSelectEntries);
  audit::domain::Frontier frontier;
  for (int i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].Int64(0), i);
    event::v1::Event event;
    EXPECT_TRUE(event.ParseFromString(rows[i].Bytes(1)));
    ++counts[{event.type(), event.resource()}];
    (void)audit::domain::Append(frontier, audit::domain::LeafHash(rows[i].Bytes(1)));
  }
  auto stub = audit::v1::AuditService::NewStub(world.suite().Channel("audit"));
  audit::v1::TreeHead head;
  const auto context = world.suite().Context(&world.auditor);
  const grpc::Status status = stub->GetTreeHead(context.get(), {}, &head);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(head.tree_size(), frontier.size);
  EXPECT_EQ(head.root_hash(), audit::domain::BytesOf(audit::domain::RootOf(frontier)));
  return counts;
}

TEST(FaultTest, NothingAcknowledgedIsLostAndNothingHappensTwice) {
  World world({.durable = true});
  Acknowledged told;
  int seed = absl::GetFlag(FLAGS_seed);
  if (seed == 0) seed = static_cast<int>(absl::ToUnixSeconds(absl::Now()) & 0x7fffffff);
  std::cout << "seed " << seed << std::endl;

  std::atomic<bool> stop = false;
  std::vector<std::thread> people;
  for (int i = 0; i < kPeople; ++i) {
    people.emplace_back([&] {
      while (!stop) (void)OneForm(world, told);
    });
  }
  KillAtRandom(world, absl::GetFlag(FLAGS_kills), seed);
  stop = true;
  for (std::thread& person : people) person.join();
  ASSERT_TRUE(world.suite().Settle(absl::Minutes(2)));
  EXPECT_TRUE(told.surprises.empty()) << told.surprises.front();
  EXPECT_GT(told.done.size(), 0u);

  // Forms: exactly those that were acknowledged, all in the ledger.
  const pg::Result forms = Select(world, "approval", kSelectForms);
  std::map<std::string, std::string> state_of;
  for (int i = 0; i < forms.size(); ++i) {
    state_of[absl::StrCat("forms/", forms[i].Text(0))] = forms[i].Text(1);
  }
  int lost = 0;
  for (const std::string& name : told.created) lost += state_of.count(name) == 0;
  EXPECT_EQ(state_of.size(), told.created.size());
  for (const std::string& name : told.done) EXPECT_EQ(state_of[name], "APPLIED") << name;

  // Reception numbers: 1, 2, 3, …
  const pg::Result numbers = Select(world, "approval", kSelectReceptionNumbers);
  for (int i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i].Int64(0), i + 1);

  // Ledger: one account for each form agreed.
  const pg::Result accounts = Select(world, "registry", kSelectAccounts);
  std::set<std::string> origins;
  for (int i = 0; i < accounts.size(); ++i)
    origins.insert(absl::StrCat("forms/", accounts[i].Text(0)));
  EXPECT_EQ(static_cast<std::size_t>(accounts.size()), origins.size());
  EXPECT_EQ(origins, told.done);

  // Audit: one event for each act.
  int doubled = 0;
  auto counts = CheckLog(world);
  const auto expect_events = [&](const char* type, const std::string& name, int expected) {
    const int count = counts[{type, name}];
    EXPECT_EQ(count, expected) << type << " " << name;
    lost += count < expected;
    doubled += count > expected;
  };
  for (const std::string& name : told.created) expect_events("form.created", name, 1);
  for (const std::string& name : told.submitted) expect_events("form.submitted", name, 1);
  for (const auto& [name, agreed] : told.agreed) expect_events("form.agreed", name, agreed);
  for (const std::string& name : told.done) expect_events("form.applied", name, 1);

  std::cout << "kills " << absl::GetFlag(FLAGS_kills) << ", acknowledged answers " << told.answers
            << ", forms " << told.created.size() << ", in the ledger " << accounts.size()
            << ", lost " << lost << ", doubled " << doubled << ", longest gap "
            << absl::FormatDuration(absl::Trunc(told.longest_gap, absl::Milliseconds(1)))
            << std::endl;
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(doubled, 0);
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
