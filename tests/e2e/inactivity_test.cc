// A report about silent accounts across the real services, one of which is killed in the middle
// (domain.md §5).
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "tests/e2e/world.h"
#include "tests/support/wait.h"

namespace daicho::testing {
namespace {

using policy::v1::InactivityService;

// More than goes to the database at a time, so that a run can be met half-way.
constexpr int kAccounts = 25'000;

class InactivityTest : public ::testing::Test {
 protected:
  using Response = policy::v1::CreateInactivityReportResponse;

  std::string Value(const std::string& service, const std::string& sql) {
    auto connection = pg::Connection::Open(world_.suite().Conninfo(service), Deadline());
    const auto rows = connection->QueryOnce(sql, Deadline());
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && rows->size() > 0 ? (*rows)[0].Text(0) : "";
  }

  static absl::Time Deadline() { return absl::Now() + absl::Minutes(2); }

  // Asks for today's report; `half_way` is called once, in the middle of a run.
  grpc::Status Create(Response* last, std::function<void()> half_way = nullptr) {
    const auto context = world_.suite().Context(&world_.pr_office, absl::Minutes(2));
    const auto reader = InactivityService::NewStub(world_.suite().Channel("policy"))
                            ->CreateInactivityReport(context.get(), {});
    while (reader->Read(last)) {
      if (half_way && last->done_count() < last->total_count()) std::exchange(half_way, nullptr)();
    }
    return reader->Finish();
  }

  World world_{Suite::Options{}};
};

TEST_F(InactivityTest, SurvivesBeingKilledHalfWayAdvisesOnceAndIsTheSameForAll) {
  Suite& suite = world_.suite();
  Value("registry",
        absl::StrCat(
            "WITH next AS (UPDATE ledger_sequence SET value = value + ", kAccounts,
            " RETURNING value - ", kAccounts, " AS start), made AS (",
            "INSERT INTO accounts (id, revision, change_sequence, state, condition, department,"
            " platform, key, canonical_url, fields, origin_kind, origin_source, create_time,"
            " update_time) SELECT gen_random_uuid(), 1, start + n, 'ACTIVE', 'NORMAL', '",
            World::kSection,
            "', 'x', 'x::i' || n, 'https://x.com/i' || n, '{}', 'IMPORT', 'test',"
            " now(), now() FROM next, generate_series(1, ",
            kAccounts,
            ") AS n RETURNING 1)"
            " SELECT count(*) FROM made"));
  Value("registry",
        "INSERT INTO account_activity (account, last_post_time, observe_time, source)"
        " SELECT id, now() - interval '400 days', now(), 'feed' FROM accounts"
        " WHERE key IN ('x::i7', 'x::i8', 'x::i9')");

  Response last;
  bool met = false;
  EXPECT_FALSE(Create(&last, [&] {
                 met = true;
                 suite.Kill("policy");
               }).ok());
  EXPECT_TRUE(met);
  suite.Start("policy");
  EXPECT_EQ(Value("policy", "SELECT count(*) FROM inactivity_report_days"), "0");

  // A second process takes part, and several ask at once.
  suite.StartAnother("policy");
  std::vector<Response> answers(4);
  std::vector<std::thread> threads;
  for (Response& answer : answers) {
    threads.emplace_back([&] { EXPECT_TRUE(Create(&answer).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  int made = 0;
  for (const Response& answer : answers) {
    made += answer.existed() ? 0 : 1;
    EXPECT_EQ(answer.report().SerializeAsString(), answers[0].report().SerializeAsString());
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(answers[0].report().account_count(), kAccounts);
  EXPECT_EQ(Value("policy", "SELECT count(*) FROM inactivity_report_rows"),
            absl::StrCat(kAccounts));

  EXPECT_TRUE(suite.Settle());
  EXPECT_EQ(Value("approval", "SELECT count(*) FROM advices"), "3");
  EXPECT_EQ(Value("registry", "SELECT sum(open_count) FROM account_open_advice"), "3");
  const std::string silent =
      absl::StrCat("accounts/", Value("registry", "SELECT id FROM accounts WHERE key = 'x::i7'"));
  const auto account = world_.GetAccount(silent);
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->open_advice().count(), 1);
  EXPECT_EQ(Value("audit",
                  "SELECT count(*) FROM entries WHERE"
                  " position('inactivity_report.created'::bytea IN leaf) > 0"),
            "1");
}

}  // namespace
}  // namespace daicho::testing
