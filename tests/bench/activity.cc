#include "tests/bench/activity.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "tests/bench/load.h"
#include "tests/e2e/world.h"

namespace daicho::bench {
namespace {

using registry::v1::FactService;
using testing::Suite;
using testing::World;

constexpr double kAim = 0.6;
constexpr int kAccounts = 1'000'000;
constexpr int kBatch = 10'000;
constexpr char kSource[] = "feed";

// The n-th account of the ledger.
std::string IdOf(int n) { return absl::StrFormat("0197b1f0-0000-7000-8000-%012x", n + 1); }

// The n-th account that is reported on: all of them, in an order far from that of the ledger.
int Shuffled(int n) { return static_cast<int>(std::int64_t{n} * 611'953 % kAccounts); }

absl::Time Minutes(int minutes) { return absl::Now() + absl::Minutes(minutes); }

void MakeLedger(Suite& suite) {
  suite.Kill("registry");
  Execute(suite, "registry",
          absl::StrCat(R"sql(
    INSERT INTO accounts (id, revision, change_sequence, state, condition, department, platform, key,
                          canonical_url, fields, origin_kind, origin_source, create_time, update_time)
    SELECT ('0197b1f0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
           (SELECT value FROM ledger_sequence) + n, 'ACTIVE', 'NORMAL', ')sql",
                       World::kOtherSection, R"sql(', 'x', 'x:million' || n,
           'https://x.com/million' || n, '{"display_name": "観光だより"}', 'IMPORT', 'bench', now(),
           now()
      FROM generate_series(1, )sql",
                       kAccounts, R"sql() AS n;
    UPDATE ledger_sequence SET value = value + )sql",
                       kAccounts));
  Execute(suite, "registry", "VACUUM ANALYZE accounts");
  suite.Start("registry");
}

// Seconds of psql with everything as one transaction.
double FloorSeconds(const Suite& suite, const std::string& folder, absl::Time observed) {
  pg::CopyRows rows(4);
  for (int n = 0; n < kAccounts; ++n) {
    rows.Begin();
    rows.Uuid(IdOf(Shuffled(n)));
    rows.Time(observed - absl::Hours(n % 5000));
    rows.Time(observed);
    rows.Text(kSource);
  }
  const std::string data = folder + "/activity.copy";
  const std::string script = folder + "/activity.sql";
  std::ofstream(data, std::ios::binary) << std::move(rows).Take();
  std::ofstream(script) << R"sql(
BEGIN;
CREATE TEMPORARY TABLE batch (LIKE activity_batch) ON COMMIT DROP;
\copy batch (account, last_post_time, observe_time, source) FROM ')sql"
                        << data << R"sql(' (FORMAT binary)
INSERT INTO account_activity AS known (account, last_post_time, observe_time, source)
SELECT account, last_post_time, observe_time, source FROM batch ORDER BY account
ON CONFLICT (account) DO UPDATE
   SET last_post_time = EXCLUDED.last_post_time, observe_time = EXCLUDED.observe_time,
       source = EXCLUDED.source
 WHERE EXCLUDED.observe_time > known.observe_time;
COMMIT;
)sql";
  const std::string command =
      absl::StrCat(DAICHO_PSQL, " --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --file=", script, " '",
                   suite.Conninfo("registry"), "'");
  const absl::Time start = absl::Now();
  if (std::system(command.c_str()) != 0) Check(absl::InternalError("failed"), "psql");
  return absl::ToDoubleSeconds(absl::Now() - start);
}

std::vector<registry::v1::ReportActivityRequest> Batches(absl::Time observed) {
  std::vector<registry::v1::ReportActivityRequest> batches(kAccounts / kBatch);
  for (int n = 0; n < kAccounts; ++n) {
    auto& observation = *batches[n / kBatch].add_observations();
    observation.set_account(absl::StrCat("accounts/", IdOf(Shuffled(n))));
    *observation.mutable_last_post_time() = wire::ToTimestamp(observed - absl::Hours(n % 5000));
    *observation.mutable_observe_time() = wire::ToTimestamp(observed);
    observation.set_source(kSource);
  }
  for (auto& batch : batches) batch.set_request_id(NewUuid(absl::Now()));
  return batches;
}

double OurSeconds(Suite& suite, absl::Time observed) {
  const auto batches = Batches(observed);
  auto stub = FactService::NewStub(suite.Channel("registry", "collector"));
  grpc::ClientContext context;
  rpc::Address(context, Minutes(5));
  const absl::Time start = absl::Now();
  auto stream = stub->StreamActivity(&context);
  std::thread sender([&] {
    for (const auto& batch : batches) {
      if (!stream->Write(batch)) break;
    }
    stream->WritesDone();
  });
  int changed = 0;
  registry::v1::ReportActivityResponse answer;
  while (stream->Read(&answer)) changed += answer.changed_count();
  sender.join();
  const grpc::Status status = stream->Finish();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  if (!status.ok() || changed != kAccounts) {
    Check(absl::InternalError(absl::StrCat(status.error_message(), " changed ", changed)),
          "StreamActivity");
  }
  return seconds;
}

}  // namespace

void MeasureActivity(testing::Suite& suite, const std::string& folder, int rounds) {
  MakeLedger(suite);
  std::cout << absl::StrFormat(
      "\nOne million observations by StreamActivity, against psql's COPY and one sorted upsert "
      "(aim: %.1f)\n  %-34s %11s %11s %6s\n",
      kAim, "", "floor rows/s", "ours rows/s", "ratio");
  const auto resident = [&] { return MegabytesOf(suite.Pid("registry"), "status", "VmRSS:"); };
  const double before = resident();
  absl::Time observed = absl::Now() - absl::Hours(100);
  for (const bool first : {true, false}) {
    std::vector<double> floor, ours;
    const auto prepare = [&] {
      Execute(suite, "registry", first ? "TRUNCATE account_activity" : "VACUUM account_activity");
      Execute(suite, "registry", "CHECKPOINT");
      observed += absl::Minutes(1);
    };
    for (int round = 0; round < rounds; ++round) {
      prepare();
      floor.push_back(FloorSeconds(suite, folder, observed));
      prepare();
      ours.push_back(OurSeconds(suite, observed));
    }
    std::cout << absl::StrFormat("  %-34s %11.0f %11.0f %6.2f\n",
                                 first ? "the first time" : "again, each newer",
                                 kAccounts / Median(floor), kAccounts / Median(ours),
                                 Median(floor) / Median(ours))
              << std::flush;
  }
  std::cout << absl::StrFormat("  registry, MB resident: %.0f before, %.0f after\n", before,
                               resident())
            << std::flush;
}

}  // namespace daicho::bench
