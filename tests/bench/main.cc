// daicho-bench: what the suite does in a second, beside the floor it stands on, in one run.
//
// Figures of two runs do not compare: only the ratios do. Floor and ours take turns.
#include <google/protobuf/arena.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/sha256.h"
#include "common/base/uuid.h"
#include "common/server/config.h"
#include "tests/bench/activity.h"
#include "tests/bench/audit.h"
#include "tests/bench/empty_server.h"
#include "tests/bench/forms.h"
#include "tests/bench/inactivity.h"
#include "tests/bench/list_floor.h"
#include "tests/bench/load.h"
#include "tests/bench/pgbench.h"
#include "tests/bench/print.h"
#include "tests/bench/rules.h"
#include "tests/bench/tables.h"
#include "tests/bench/write_floor.h"
#include "tests/e2e/world.h"

ABSL_FLAG(int, rounds, 3, "How often floor and ours take turns");
ABSL_FLAG(absl::Duration, measured, absl::Seconds(4), "How long each turn is measured");
ABSL_FLAG(std::string, only, "",
          "\"rules\", \"lookup\", \"list\", \"write\", \"decide\", \"inbox\", \"import\", "
          "\"inactivity\", "
          "\"activity\", \"audit\" or \"print\": measures this alone");
ABSL_FLAG(int, entries, 1'000'000, "Entries of the log in which proofs are measured");
ABSL_FLAG(int, accounts, 20'000, "Accounts in the ledger that is looked up and listed");

namespace daicho::bench {
namespace {

using approval::v1::FormService;
using registry::v1::LookupService;
using testing::Suite;
using testing::World;

constexpr int kChannels = 8;
constexpr int kMemoryAimMb = 40;

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// One connection each: gRPC shares those of channels with the same credentials.
Channels ChannelsTo(const std::function<std::shared_ptr<grpc::Channel>()>& make) {
  Channels channels;
  for (int i = 0; i < kChannels; ++i) channels.push_back(make());
  return channels;
}

Channels PlainChannelsTo(const std::string& address) {
  return ChannelsTo([&] {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  });
}

template <typename Service>
std::vector<std::shared_ptr<typename Service::Stub>> StubsOf(const Channels& channels) {
  std::vector<std::shared_ptr<typename Service::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(Service::NewStub(channel));
  return stubs;
}

// Handle of the n-th account: names alike in front, as those of one organisation are, and different
// behind. FillDirectory() makes the same.
std::string HandleOf(unsigned n) {
  return absl::StrCat("pref_", absl::BytesToHexString(Sha256(absl::StrCat(n))).substr(0, 10));
}

// Looks up known and unknown accounts in turn.
Start Lookups(const Channels& channels) {
  auto stubs = StubsOf<LookupService>(channels);
  auto turn = std::make_shared<std::atomic<unsigned>>(0);
  const unsigned accounts = absl::GetFlag(FLAGS_accounts);
  return [=](int slot, Done done) {
    struct Call {
      grpc::ClientContext context;
      registry::v1::LookupAccountRequest request;
      alignas(std::max_align_t) char block[2048];
      google::protobuf::Arena arena{block, sizeof(block)};  // As the server does.
      registry::v1::LookupAccountResponse* response =
          google::protobuf::Arena::CreateMessage<registry::v1::LookupAccountResponse>(&arena);
    };
    auto call = std::make_shared<Call>();
    call->request.set_url(absl::StrCat("https://x.com/", HandleOf((*turn)++ % (2 * accounts))));
    stubs[slot % kChannels]->async()->LookupAccount(
        &call->context, &call->request, call->response,
        [call, done = std::move(done)](const grpc::Status& status) { done(status); });
  };
}

Start CreateForms(World& world, const Channels& channels) {
  auto stubs = StubsOf<FormService>(channels);
  const std::string token = world.suite().Token(world.staff);
  const approval::v1::FormContent content = world.OpenContent("bench");
  return [=](int slot, Done done) {
    struct Call {
      grpc::ClientContext context;
      approval::v1::CreateFormRequest request;
      approval::v1::Form response;
    };
    auto call = std::make_shared<Call>();
    rpc::Address(call->context, absl::Now() + absl::Seconds(30), token);
    call->request.set_department(absl::StrCat("departments/", World::kSection));
    call->request.set_request_id(NewUuid(absl::Now()));
    *call->request.mutable_content() = content;
    stubs[slot % kChannels]->async()->CreateForm(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](const grpc::Status& status) { done(status); });
  };
}

// Straight into the tables: no import takes a million rows at once.
void FillDirectory(World& world) {
  const std::string count = absl::StrCat(absl::GetFlag(FLAGS_accounts));
  Execute(
      world.suite(), "registry",
      absl::StrCat("WITH next AS (UPDATE ledger_sequence SET value = value + ", count,
                   " RETURNING value - ", count,
                   " AS start)"
                   " INSERT INTO accounts (id, revision, change_sequence, state, condition,"
                   " department, platform, key, canonical_url, fields, origin_kind, origin_source,"
                   " organization_page_url, organization_page_seen_on, create_time, update_time)"
                   " SELECT gen_random_uuid(), 1, start + n, 'ACTIVE', 'NORMAL', '",
                   World::kOtherSection,
                   "', 'x', 'x::' || handle, 'https://x.com/' || handle,"
                   " jsonb_build_object('display_name', '観光だより ' || n - 1, 'handle', handle),"
                   " 'IMPORT', 'bench', 'https://www.example.jp/accounts', '2026-04-01', now(),"
                   " now() FROM next, generate_series(1, ",
                   count,
                   ") AS n, LATERAL (SELECT 'pref_' || left(encode(sha256(convert_to((n - "
                   "1)::text,"
                   " 'UTF8')), 'hex'), 10) AS handle) AS named; ANALYZE accounts"));
}

void PrintMemory(const Suite& suite, const char* when) {
  std::cout << absl::StrFormat("\nMemory of each server, %s (aim: at most %d MB)\n", when,
                               kMemoryAimMb)
            << absl::StrFormat("  %-10s %8s %8s\n", "server", "RSS MB", "PSS MB");
  for (const std::string& service : Suite::Services()) {
    const pid_t process = suite.Pid(service);
    std::cout << absl::StrFormat("  %-10s %8.1f %8.1f\n", service,
                                 MegabytesOf(process, "status", "VmRSS:"),
                                 MegabytesOf(process, "smaps_rollup", "Pss:"));
  }
  std::cout << std::flush;
}

struct Pair {
  Rate floor;
  Rate ours;
  double ratio = 0;
};

// Floor and ours in turns, either of them first as often: the median of each, and of the ratios
// within a round. A shared machine drifts more from round to round than within one.
Pair Compare(const std::function<Rate()>& floor, const std::function<Rate()>& ours) {
  std::vector<Rate> floors, own;
  std::vector<double> ratios;
  for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
    if (round % 2 == 0) floors.push_back(floor());
    own.push_back(ours());
    if (round % 2 == 1) floors.push_back(floor());
    ratios.push_back(own.back().per_second / floors.back().per_second);
  }
  return {Median(floors), Median(own), Median(ratios)};
}

void PrintHeading(const char* title) {
  std::cout << "\n"
            << title << "\n"
            << absl::StrFormat("  %-34s %9s %9s %6s %8s %15s %15s\n", "", "floor /s", "ours /s",
                               "ratio", "p50 ms", "p99 ms", "server CPU µs")
            << std::flush;
}

std::string CpuText(const Pair& pair) {
  const auto text = [](absl::Duration cpu) {
    return cpu == absl::ZeroDuration() ? std::string("-")
                                       : absl::StrFormat("%.0f", absl::ToDoubleMicroseconds(cpu));
  };
  return absl::StrCat(text(pair.floor.server_cpu), " → ", text(pair.ours.server_cpu));
}

std::string SlowestText(const Pair& pair) {
  const double ours = absl::ToDoubleMilliseconds(pair.ours.slowest_percent);
  if (pair.floor.slowest_percent == absl::ZeroDuration()) return absl::StrFormat("%.2f", ours);
  return absl::StrFormat("%.2f → %.2f", absl::ToDoubleMilliseconds(pair.floor.slowest_percent),
                         ours);
}

void Print(const std::string& what, const Pair& pair) {
  std::cout << absl::StrFormat("  %-34s %9.0f %9.0f %6.2f %8.2f %15s %15s\n", what,
                               pair.floor.per_second, pair.ours.per_second, pair.ratio,
                               absl::ToDoubleMilliseconds(pair.ours.median), SlowestText(pair),
                               CpuText(pair))
            << std::flush;
}

Load LoadOf(int under_way, pid_t server) {
  return {.under_way = under_way, .measured = absl::GetFlag(FLAGS_measured), .server = server};
}

// How long a process for lookups takes to hold the ledger, and how much memory.
void StartDirectory(World& world) {
  world.suite().Start("lookup");
  const auto memory = [&] { return MegabytesOf(world.suite().Pid("lookup"), "status", "VmRSS:"); };
  const double empty = memory();
  world.suite().Kill("lookup");
  FillDirectory(world);
  const absl::Time begin = absl::Now();
  world.suite().Start("lookup");
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const int accounts = absl::GetFlag(FLAGS_accounts);
  std::cout << absl::StrFormat(
      "\nDirectory of %d accounts: ready after %.1f s (aim: 10), %.0f MB, %.0f bytes an account "
      "(aim: 600)\n",
      accounts, seconds, memory(), (memory() - empty) * 1024 * 1024 / accounts);
}

void MeasureLookups(World& world, const std::string& folder) {
  const rpc::TlsFiles tls = world.suite().Tls("registry");
  const EmptyServer empty(tls, folder + "/empty.port");
  const EmptyServer plain({}, folder + "/plain.port");
  const Start floor = Lookups(ChannelsTo([&] {
    return rpc::MakeChannel(empty.address(), Suite::Uri("registry"), world.suite().Tls("cli"));
  }));
  const Start plain_floor = Lookups(PlainChannelsTo(plain.address()));
  StartDirectory(world);
  const Start ours = Lookups(ChannelsTo([&] { return world.suite().Channel("lookup"); }));
  PrintHeading("Lookup, against an empty call on the same API (aim: 0.9)");
  const auto drive = [](const Start& start, int under_way, pid_t server) {
    return [&start, under_way, server] { return Drive(LoadOf(under_way, server), start); };
  };
  const pid_t lookup = world.suite().Pid("lookup");
  for (const int under_way : {1, 64}) {
    Print(absl::StrCat(under_way, " under way, mTLS"),
          Compare(drive(floor, under_way, empty.pid()), drive(ours, under_way, lookup)));
  }
  Print("64 under way, floor in plain text",
        Compare(drive(plain_floor, 64, plain.pid()), drive(ours, 64, lookup)));
}

// Reads a page of a list again and again: the first one, or the one after it.
Start Lists(World& world, const Channels& channels, const ListCase& list) {
  auto stubs = StubsOf<registry::v1::AccountService>(channels);
  const std::string token = world.suite().Token(world.pr_office);
  registry::v1::ListAccountsRequest request;
  request.set_filter(list.filter);
  if (list.second_page) {
    registry::v1::ListAccountsResponse first;
    const auto context = world.suite().Context(&world.pr_office, absl::Minutes(1));
    const grpc::Status status = stubs[0]->ListAccounts(context.get(), request, &first);
    if (!status.ok() || first.next_page_token().empty()) {
      Fail(absl::StrCat("no second page: ", status.error_message()));
    }
    request.set_page_token(first.next_page_token());
  }
  return [=](int slot, Done done) {
    struct Call {
      grpc::ClientContext context;
      registry::v1::ListAccountsRequest request;
      registry::v1::ListAccountsResponse response;
    };
    auto call = std::make_shared<Call>();
    call->request = request;
    rpc::Address(call->context, absl::Now() + absl::Seconds(60), token);
    stubs[slot % kChannels]->async()->ListAccounts(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](const grpc::Status& status) { done(status); });
  };
}

void MeasureLists(World& world, const std::string& folder) {
  Suite& suite = world.suite();
  Check(FillLedger(suite, absl::GetFlag(FLAGS_accounts)), "cannot fill the ledger");
  const Channels channels = ChannelsTo([&] { return suite.Channel("registry"); });
  PrintHeading("ListAccounts, 50 a page, against pgbench with its statements (aim: 0.33)");
  for (const ListCase& list : ListCases()) {
    const auto floor = PrepareListFloor(suite, list, folder);
    Check(floor.status(), "no floor for a list");
    const Start ours = Lists(world, channels, list);
    for (const int under_way : {1, 8}) {
      Print(absl::StrCat(list.name, ", ", under_way, " under way"),
            Compare(
                [&] {
                  return RunPgbench(floor->conninfo, floor->script, "extended",
                                    LoadOf(under_way, 0));
                },
                [&] {
                  const Rate rate = Drive(LoadOf(under_way, suite.Pid("registry")), ours);
                  suite.Settle(absl::Minutes(5));
                  return rate;
                }));
    }
  }
}

void MeasureWrites(World& world, const std::string& folder) {
  Suite& suite = world.suite();
  suite.Kill("audit");  // So that the pattern's event stays in the outbox to be read.
  const auto pattern = world.Draft(world.OpenContent("bench"));
  auto approval = pg::Connection::Open(suite.Conninfo("approval"), absl::Now() + absl::Seconds(10));
  if (!pattern.ok() || !approval.ok()) {
    Fail(absl::StrCat(pattern.status().ToString(), approval.status().ToString()));
  }
  (void)approval->ExecuteScript("CREATE DATABASE bench_floor", absl::Now() + absl::Seconds(10));
  const auto floor =
      WriteFloor::Prepare(*approval, suite.postgres().conninfo() + " dbname=bench_floor", folder);
  Check(floor.status(), "no floor for writes");
  suite.Start("audit");
  suite.Settle();

  const Start ours = CreateForms(world, ChannelsTo([&] { return suite.Channel("approval"); }));
  PrintHeading("CreateForm, against pgbench with its statements as one (aim: 0.25 at 64)");
  for (const int under_way : {1, 16, 64}) {
    Print(absl::StrCat(under_way, " under way"),
          Compare([&] { return floor->Drive(LoadOf(under_way, 0)); },
                  [&] {
                    const Rate rate = Drive(LoadOf(under_way, suite.Pid("approval")), ours);
                    suite.Settle(absl::Minutes(5));  // The floor is measured undisturbed.
                    return rate;
                  }));
  }
}

// Floor and ours in turns, on the database of approval.
void MeasureForms(World& world, const char* heading, const absl::StatusOr<FormsFloor>& floor,
                  const Start& ours) {
  Check(floor.status(), "no floor for forms");
  Suite& suite = world.suite();
  PrintHeading(heading);
  for (const int under_way : {1, 16}) {
    Print(absl::StrCat(under_way, " under way"),
          Compare(
              [&] {
                return RunPgbench(floor->conninfo, floor->script, "prepared", LoadOf(under_way, 0));
              },
              [&] {
                const Rate rate = Drive(LoadOf(under_way, suite.Pid("approval")), ours);
                suite.Settle(absl::Minutes(5));
                return rate;
              }));
  }
}

void MeasureDecisions(World& world, const std::string& folder) {
  const auto floor = PrepareDecisions(world, folder);
  MeasureForms(world, "DecideForm, against pgbench with its statements", floor,
               Decisions(world, ChannelsTo([&] { return world.suite().Channel("approval"); })));
}

void MeasureInbox(World& world, const std::string& folder) {
  constexpr int kFiled = 100'000, kWaiting = 500;
  const auto floor = PrepareInbox(world, kFiled, kWaiting, folder);
  MeasureForms(world, "ListInbox of the PR office, 100,000 forms on file (aim: 0.33)", floor,
               Inboxes(world, ChannelsTo([&] { return world.suite().Channel("approval"); })));
}

int Run() {
  if (absl::GetFlag(FLAGS_only) == "rules") return MeasureRules(absl::GetFlag(FLAGS_rounds));
  std::string folder = "/tmp/daicho-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  // As who runs a ledger of a million accounts sets it.
  World world({.durable = true, .settings = {"shared_buffers=256MB"}});
  PrintMemory(world.suite(), "idle");
  const auto wanted = [](absl::string_view what) {
    return absl::GetFlag(FLAGS_only).empty() || absl::GetFlag(FLAGS_only) == what;
  };
  // Of those that would follow the ledger that is filled, on the same processors.
  const auto without = [&](const std::vector<std::string>& others,
                           const std::function<void()>& measure) {
    for (const std::string& service : others) world.suite().Kill(service);
    measure();
    for (const std::string& service : others) world.suite().Start(service);
  };
  if (wanted("lookup")) without({"registry", "policy"}, [&] { MeasureLookups(world, folder); });
  if (wanted("list")) without({"policy"}, [&] { MeasureLists(world, folder); });
  if (wanted("write")) MeasureWrites(world, folder);
  if (wanted("decide")) MeasureDecisions(world, folder);
  if (wanted("inbox")) MeasureInbox(world, folder);
  if (wanted("import")) MeasureTables(world);
  if (wanted("rules")) MeasureRules(absl::GetFlag(FLAGS_rounds));
  if (wanted("audit")) {
    MeasureAudit(world.suite(), folder, absl::GetFlag(FLAGS_rounds), absl::GetFlag(FLAGS_entries));
  }
  if (wanted("print")) MeasurePrinting(world);
  // These leave a million accounts behind.
  if (wanted("inactivity")) MeasureInactivity(world, absl::GetFlag(FLAGS_rounds));
  if (wanted("activity")) {
    without({"policy"},
            [&] { MeasureActivity(world.suite(), folder, absl::GetFlag(FLAGS_rounds)); });
  }
  PrintMemory(world.suite(), "after the load");
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace daicho::bench

int main(int argc, char** argv) {
  if (argc == 6 && std::string(argv[1]) == "serve-empty") {
    return daicho::bench::ServeEmpty({argv[3], argv[4], argv[5]}, argv[2]);
  }
  absl::ParseCommandLine(argc, argv);
  return daicho::bench::Run();
}
