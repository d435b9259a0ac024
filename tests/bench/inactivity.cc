#include "tests/bench/inactivity.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "tests/bench/load.h"

namespace daicho::bench {
namespace {

using policy::v1::InactivityService;
using testing::Suite;
using testing::World;

constexpr double kAimSeconds = 10;
constexpr int kAimMegabytes = 300;
constexpr int kReported = 1'000'000;

// All is in order, but that one account in a hundred is silent for more than a year; all were
// looked at yesterday.
void FillSilentLedger(const Suite& suite) {
  Execute(suite, "registry",
          absl::StrCat(R"sql(
    INSERT INTO accounts (id, revision, change_sequence, state, condition, department, platform, key,
                          canonical_url, fields, facts, origin_kind, origin_source, opened_on,
                          organization_page_url, organization_page_seen_on, section_page_url,
                          section_page_seen_on, create_time, update_time)
    SELECT ('0197b1f1-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
           (SELECT value FROM ledger_sequence) + n, 'ACTIVE', 'NORMAL', ')sql",
                       World::kOtherSection, R"sql(', 'x', 'x:silent' || n,
           'https://x.com/silent' || n,
           jsonb_build_object('display_name', '観光だより ' || n, 'kind', 'KIND_OFFICIAL',
                              'policy_published_on', current_date::text,
                              'purpose', repeat('観光の魅力を伝える。', 10)),
           jsonb_build_object('custody.password_rotated_on', current_date::text,
                              'custody.attested_on', current_date::text,
                              'profile.checked_on', current_date::text,
                              'profile.summary_present', 'true',
                              'profile.official_site_present', 'true',
                              'profile.images_present', 'true',
                              'verification.state', 'STATE_NOT_OFFERED'),
           'IMPORT', 'bench', '2020-04-01', 'https://www.pref.example/sns/', current_date,
           'https://www.pref.example/kanko/', current_date, now(), now()
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
                       kReported, ") AS n"));
  for (const char* table : {"accounts", "account_activity"}) {
    Execute(suite, "registry", absl::StrCat("VACUUM ANALYZE ", table));
  }
}

std::string OneValue(pg::Connection& connection, const std::string& sql) {
  const auto rows = connection.QueryOnce(sql, absl::Now() + absl::Minutes(1));
  if (!rows.ok()) Fail(rows.status().ToString());
  return (*rows)[0].Text(0);
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
  if (std::system(command.c_str()) != 0) Fail("psql failed");
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
  if (!status.ok()) Fail(status.error_message());
  return made;
}

// What the process held at most since ForgetPeaks(), in MB.
double PeakMegabytes(const Suite& suite, const std::string& service) {
  return MegabytesOf(suite.Pid(service), "status", "VmHWM:");
}

void ForgetPeaks(const Suite& suite) {
  for (const char* service : {"registry", "policy"}) {
    std::ofstream(absl::StrCat("/proc/", suite.Pid(service), "/clear_refs")) << "5";
  }
}

// Until neither has had anything to do for ten seconds: policy reads the whole ledger when it
// starts, and pauses when the registry is away.
void AwaitIdle(const Suite& suite) {
  const auto used = [&suite] { return CpuOf(suite.Pid("registry")) + CpuOf(suite.Pid("policy")); };
  const absl::Time start = absl::Now();
  absl::Duration before = used();
  for (int idle = 0; absl::Now() - start < absl::Minutes(20);) {
    absl::SleepFor(absl::Seconds(2));
    const absl::Duration now = used();
    idle = now - before < absl::Milliseconds(100) ? idle + 1 : 0;
    if (idle == 5) return;
    before = now;
  }
  Fail("the ledger is not read");
}

// The evaluator of findings takes the accounts for checked today, so that it does not begin now.
void SkipChecks(const Suite& suite) {
  pg::Connection registry = Connect(suite, "registry");
  Execute(suite, "policy",
          absl::StrCat("UPDATE finding_turn SET followed_change = ",
                       OneValue(registry, "SELECT value FROM ledger_sequence"),
                       ", checked_on = (now() AT TIME ZONE 'Asia/Tokyo')::date"));
}

// Every rule on every account, as under a new guideline, with all that is stored.
void MeasureChecks(const Suite& suite) {
  pg::Connection policy = Connect(suite, "policy");
  const std::string ended = "SELECT count(*) FROM finding_runs WHERE finish_time IS NOT NULL";
  for (const char* which : {"first, with 10,000 findings", "again, with nothing new"}) {
    const std::string before = OneValue(policy, ended);
    ForgetPeaks(suite);
    const absl::Time start = absl::Now();
    Execute(suite, "policy", "UPDATE finding_turn SET checked_on = NULL");
    while (OneValue(policy, ended) == before) {
      if (absl::Now() - start > absl::Minutes(20)) Fail("the accounts are not checked");
      absl::SleepFor(absl::Milliseconds(100));
    }
    const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
    std::cout << absl::StrFormat(
                     "  all rules on all accounts, %s: %.1f s, %.0f accounts a second; MB at most: "
                     "registry %.0f, policy %.0f\n",
                     which, seconds, kReported / seconds, PeakMegabytes(suite, "registry"),
                     PeakMegabytes(suite, "policy"))
              << std::flush;
  }
}

}  // namespace

void MeasureInactivity(World& world, int rounds) {
  Suite& suite = world.suite();
  suite.Kill("registry");
  suite.Kill("policy");
  FillSilentLedger(suite);
  SkipChecks(suite);
  suite.Start("registry");
  suite.Start("policy");
  std::cout << absl::StrFormat(
      "\nA report of a million accounts, stored, against psql reading the same rows (aim: %.0f s, "
      "%d MB)\n  registry with its directory: %.0f MB\n",
      kAimSeconds, kAimMegabytes, PeakMegabytes(suite, "registry"));
  suite.Kill("registry");
  suite.Configure("registry", "lookups_elsewhere: true\n");
  suite.Start("registry");
  const absl::Time started = absl::Now();
  AwaitIdle(suite);
  std::cout << absl::StrFormat("  policy has read the ledger after %.0f s\n",
                               absl::ToDoubleSeconds(absl::Now() - started))
            << std::flush;
  std::vector<double> floor, ours;
  double registry_most = 0, policy_most = 0;
  const absl::CivilDay today = TokyoDay(absl::Now());
  for (int round = rounds - 1; round >= 0; --round) {
    floor.push_back(ReadingSeconds(suite));
    ForgetPeaks(suite);
    const Made made = ReportSeconds(world, today - round);
    ours.push_back(made.seconds);
    registry_most = std::max(registry_most, PeakMegabytes(suite, "registry"));
    policy_most = std::max(policy_most, PeakMegabytes(suite, "policy"));
    std::cout << absl::StrFormat("  psql %5.2f s, ours %5.2f s, %d accounts\n", floor.back(),
                                 made.seconds, made.report.account_count())
              << std::flush;
    suite.Settle(absl::Minutes(10));
  }
  std::cout << absl::StrFormat(
      "  medians: psql %.2f s, ours %.2f s, ratio %.2f; MB at most: registry without directory "
      "%.0f, policy %.0f\n",
      Median(floor), Median(ours), Median(floor) / Median(ours), registry_most, policy_most);
  MeasureChecks(suite);
  suite.Kill("registry");
  suite.Configure("registry", "");
  suite.Start("registry");
}

}  // namespace daicho::bench
