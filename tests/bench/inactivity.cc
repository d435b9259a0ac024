#include "tests/bench/inactivity.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/pg/pg.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"

namespace daicho::bench {
namespace {

using policy::v1::InactivityService;
using testing::Suite;
using testing::World;

constexpr double kAimSeconds = 10;
constexpr int kAimMegabytes = 300;
constexpr int kReported = 1'000'000;

[[noreturn]] void Stop(const std::string& why) {
  std::cerr << "bench: " << why << std::endl;
  std::exit(1);
}

// One account in a hundred is silent for more than a year; all were looked at yesterday.
void FillSilentLedger(Suite& suite) {
  auto connection =
      pg::Connection::Open(suite.Conninfo("registry"), absl::Now() + absl::Minutes(1));
  if (!connection.ok()) Stop(connection.status().ToString());
  suite.Kill("registry");
  const absl::Status made =
      connection->ExecuteScript(absl::StrCat(R"sql(
    INSERT INTO accounts (id, revision, change_sequence, state, condition, department, platform, key,
                          canonical_url, fields, facts, origin_kind, origin_source, opened_on,
                          create_time, update_time)
    SELECT ('0197b1f1-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
           (SELECT value FROM ledger_sequence) + n, 'ACTIVE', 'NORMAL', ')sql",
                                             World::kOtherSection, R"sql(', 'x', 'x:silent' || n,
           'https://x.com/silent' || n,
           jsonb_build_object('display_name', '観光だより ' || n, 'kind', 'KIND_OFFICIAL',
                              'purpose', repeat('観光の魅力を伝える。', 10)),
           '{"custody.password_rotated_on": "2026-04-01"}', 'IMPORT', 'bench', '2020-04-01',
           now(), now()
      FROM generate_series(1, )sql",
                                             kReported, R"sql() AS n;
    UPDATE ledger_sequence SET value = value + )sql",
                                             kReported, R"sql(;
    INSERT INTO account_activity (account, last_post_time, observe_time, source, posts_in_90_days)
    SELECT ('0197b1f1-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           now() - interval '1 day' - CASE WHEN n % 100 = 0 THEN interval '400 days'
                                           ELSE interval '1 hour' * (n % 5000) END,
           now() - interval '1 day', 'feed', CASE WHEN n % 100 = 0 THEN 0 ELSE 12 END
      FROM generate_series(1, )sql",
                                             kReported, ") AS n"),
                                absl::Now() + absl::Minutes(10));
  if (!made.ok()) Stop(made.ToString());
  for (const char* table : {"accounts", "account_activity"}) {
    (void)connection->ExecuteScript(absl::StrCat("VACUUM ANALYZE ", table),
                                    absl::Now() + absl::Minutes(5));
  }
  suite.Start("registry");
}

// Seconds of psql to read the same rows.
double ReadingSeconds(const Suite& suite) {
  const std::string command = absl::StrCat(
      DAICHO_PSQL,
      R"( --no-psqlrc --quiet --command="\copy (SELECT a.id, a.department, a.platform,)"
      R"( a.state, a.fields ->> 'display_name', a.canonical_url, a.opened_on, p.last_post_time,)"
      R"( p.observe_time, p.source FROM accounts a LEFT JOIN account_activity p ON p.account = a.id)"
      R"( ORDER BY a.id) TO '/dev/null'" ')",
      suite.Conninfo("registry"), "'");
  const absl::Time start = absl::Now();
  if (std::system(command.c_str()) != 0) Stop("psql failed");
  return absl::ToDoubleSeconds(absl::Now() - start);
}

struct Made {
  double seconds = 0;
  policy::v1::InactivityReport report;
};

Made ReportSeconds(World& world, absl::CivilDay as_of) {
  const auto context = world.suite().Context(&world.pr_office, absl::Minutes(5));
  policy::v1::CreateInactivityReportRequest request;
  *request.mutable_as_of() = wire::ToDate(as_of);
  Made made;
  const absl::Time start = absl::Now();
  const auto reader = InactivityService::NewStub(world.suite().Channel("policy"))
                          ->CreateInactivityReport(context.get(), request);
  policy::v1::CreateInactivityReportResponse part;
  while (reader->Read(&part)) made.report = part.report();
  const grpc::Status status = reader->Finish();
  made.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  if (!status.ok()) Stop(status.error_message());
  return made;
}

std::string PeakMegabytes(const Suite& suite, const std::string& service) {
  const std::string status =
      server::ReadFile(absl::StrCat("/proc/", suite.Pid(service), "/status")).value_or("");
  const std::size_t at = status.find("VmHWM:");
  return at == std::string::npos ? "?" : absl::StrCat(std::atoi(&status[at + 6]) / 1024);
}

double MedianOf(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace

void MeasureInactivity(World& world, int rounds) {
  Suite& suite = world.suite();
  FillSilentLedger(suite);
  std::cout << absl::StrFormat(
      "\nA report of a million accounts, stored, against psql reading the same rows (aim: %.0f s, "
      "%d MB)\n",
      kAimSeconds, kAimMegabytes);
  std::cout << "  registry, MB with its directory: " << PeakMegabytes(suite, "registry")
            << std::endl;
  std::vector<double> floor, ours;
  const absl::CivilDay today = TokyoDay(absl::Now());
  for (int round = rounds - 1; round >= 0; --round) {
    floor.push_back(ReadingSeconds(suite));
    const Made made = ReportSeconds(world, today - round);
    ours.push_back(made.seconds);
    std::cout << absl::StrFormat("  psql %5.2f s, ours %5.2f s, %d accounts\n", floor.back(),
                                 made.seconds, made.report.account_count())
              << std::flush;
    suite.Settle(absl::Minutes(10));
  }
  std::cout << absl::StrFormat("  medians: psql %.2f s, ours %.2f s, ratio %.2f\n", MedianOf(floor),
                               MedianOf(ours), MedianOf(floor) / MedianOf(ours))
            << "  MB at most: registry " << PeakMegabytes(suite, "registry") << ", policy "
            << PeakMegabytes(suite, "policy") << std::endl;
}

}  // namespace daicho::bench
