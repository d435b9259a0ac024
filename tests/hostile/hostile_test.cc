// What hostile clients get from the real servers: refused, or bounded, and the next honest call is
// answered at once. The table in README.md says for each attack what holds it.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "absl/base/config.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "common/server/config.h"
#include "tests/e2e/world.h"
#include "tests/hostile/raw_client.h"
#include "tests/support/proxy.h"
#include "tests/support/wait.h"

ABSL_FLAG(int, connections, 10000, "How many connections to open and leave alone");

namespace daicho::testing {
namespace {

// AddressSanitizer keeps what was freed for a while, and something around each piece; and all of
// servers and attackers, which share a machine here, takes several times as long.
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
constexpr std::int64_t kRoom = 8;
constexpr int kSlower = 5;
#else
constexpr std::int64_t kRoom = 1;
constexpr int kSlower = 1;
#endif
// Of a machine that does other things as well. Alone, an honest call takes milliseconds.
constexpr absl::Duration kAtOnce = absl::Seconds(3 * kSlower);
constexpr char kListForms[] = "/daicho.approval.v1.FormService/ListForms";
constexpr char kGetGuideline[] = "/daicho.policy.v1.PolicyService/GetGuideline";
constexpr char kStreamActivity[] = "/daicho.registry.v1.FactService/StreamActivity";

std::int64_t Megabytes(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/statm"));
  std::int64_t size = 0;
  std::int64_t resident = 0;
  file >> size >> resident;
  return resident * getpagesize() >> 20;
}

// An honest call on a new connection, through another gateway than the attackers': an RPC of
// `service` that reads its database.
grpc::Status HonestCall(World& world, const std::string& service, absl::Duration timeout) {
  const auto channel = world.suite().Channel(service);
  const auto context = world.suite().Context(&world.pr_office, timeout);
  if (service == "approval") {
    approval::v1::ListFormsResponse forms;
    return approval::v1::FormService::NewStub(channel)->ListForms(context.get(), {}, &forms);
  }
  if (service == "policy") {
    policy::v1::Guideline guideline;
    return policy::v1::PolicyService::NewStub(channel)->GetGuideline(context.get(), {}, &guideline);
  }
  registry::v1::ListDepartmentsResponse departments;
  return registry::v1::DepartmentService::NewStub(channel)->ListDepartments(context.get(), {},
                                                                            &departments);
}

// While an attack goes on: the service answers at once, and has not grown by more than `megabytes`.
class Watch {
 public:
  Watch(World& world, std::string service)
      : world_(world), service_(std::move(service)), before_(Now()) {}

  void ExpectService(std::int64_t megabytes) {
    const absl::Time start = absl::Now();
    grpc::Status status;
    do {  // gRPC may have no thread for a call at the very moment; clients try again.
      status = HonestCall(world_, service_, start + kAtOnce - absl::Now());
    } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const std::int64_t grown = Grown();
    EXPECT_LE(grown, megabytes * kRoom);
    std::cout << "honest call "
              << absl::FormatDuration(absl::Trunc(absl::Now() - start, absl::Milliseconds(1)))
              << ", grown by " << grown << " MB" << std::endl;
  }

  // Megabytes since the watch began.
  std::int64_t Grown() const { return Now() - before_; }

 private:
  std::int64_t Now() const { return Megabytes(world_.suite().Pid(service_)); }

  World& world_;
  const std::string service_;
  const std::int64_t before_;
};

grpc::Status Import(World& world, std::size_t bytes) {
  registry::v1::ImportDepartmentsRequest request;
  request.set_content(std::string(bytes, 'x'));
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::ImportDepartmentsResponse response;
  const auto context = world.suite().Context(&world.admin, absl::Seconds(30));
  return registry::v1::DepartmentService::NewStub(world.suite().Channel("registry"))
      ->ImportDepartments(context.get(), request, &response);
}

TEST(SizeTest, AMessageOverSixteenMegabytesIsRefusedAndOneBelowIsRead) {
  World& world = World::Get();
  Watch watch(world, "registry");
  EXPECT_EQ(Import(world, (16 << 20) - 200).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Import(world, 16 << 20).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Import(world, 64 << 20).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  watch.ExpectService(128);
}

TEST(SizeTest, MetadataOfMoreThanEightKilobytesIsRefused) {
  World& world = World::Get();
  Watch watch(world, "approval");
  for (const std::size_t bytes : {std::size_t{9} << 10, std::size_t{1} << 20}) {
    const auto context = world.suite().Context(&world.staff);
    context->AddMetadata("x-large", std::string(bytes, 'x'));
    approval::v1::ListFormsResponse response;
    const grpc::Status status =
        approval::v1::FormService::NewStub(world.suite().Channel("approval"))
            ->ListForms(context.get(), {}, &response);
    EXPECT_FALSE(status.ok()) << bytes;
  }
  watch.ExpectService(32);
}

TEST(SizeTest, HeadersWithoutEndAreBounded) {
  World& world = World::Get();
  Watch watch(world, "approval");
  RawClient client(world.suite().Port("approval"));
  ASSERT_TRUE(client.Handshake(world.suite().Tls("console")) && client.Greet());
  ASSERT_TRUE(client.SendFrame(RawClient::kHeaders, 0, 1, Field(":method", "POST")));
  const std::string piece = Field("x-large", std::string(16000, 'x'));
  int sent = 0;
  while (sent < 200000 && client.SendFrame(RawClient::kContinuation, 0, 1, piece)) ++sent;
  std::cout << "cut off after " << sent << " pieces of 16 KB; ";
  EXPECT_LT(sent, 200000);
  EXPECT_TRUE(client.HungUpWithin(absl::Seconds(10)));
  watch.ExpectService(1800);
  EXPECT_TRUE(Eventually([&] { return watch.Grown() <= 500 * kRoom; }));
}

TEST(FloodTest, PingsEndTheConnection) {
  World& world = World::Get();
  Watch watch(world, "registry");
  RawClient client(world.suite().Port("registry"));
  ASSERT_TRUE(client.Handshake(world.suite().Tls("console")) && client.Greet());
  bool open = true;
  for (int i = 0; open && i < 100000; ++i) {
    open = client.SendFrame(RawClient::kPing, 0, 0, "12345678");
  }
  EXPECT_TRUE(!open || client.HungUpWithin(absl::Seconds(10)));
  watch.ExpectService(128);  // Of which the next flood takes nothing anew: the allocator keeps it.
}

TEST(FloodTest, SettingsAreBounded) {
  World& world = World::Get();
  Watch watch(world, "registry");
  RawClient client(world.suite().Port("registry"));
  ASSERT_TRUE(client.Handshake(world.suite().Tls("console")) && client.Greet());
  bool open = true;
  for (int i = 0; open && i < 200000; ++i) open = client.SendFrame(RawClient::kSettings, 0, 0, "");
  watch.ExpectService(64);
}

// CVE-2023-44487.
TEST(FloodTest, CallsThatAreTakenBackAtOnceAreBounded) {
  World& world = World::Get();
  Watch watch(world, "approval");
  const std::string token = world.suite().Token(world.staff);
  std::vector<std::thread> attackers;
  for (int i = 0; i < 4; ++i) {
    attackers.emplace_back([&] {
      RawClient client(world.suite().Port("approval"));
      if (!client.Handshake(world.suite().Tls("console")) || !client.Greet()) return;
      for (unsigned stream = 1; stream < 10000; stream += 2) {
        if (!client.Call(stream, kListForms, token, "") ||
            !client.SendFrame(RawClient::kReset, 0, stream, std::string(4, '\x08'))) {
          return;
        }
      }
    });
  }
  watch.ExpectService(256);
  for (std::thread& attacker : attackers) attacker.join();
  watch.ExpectService(256);
}

TEST(PatienceTest, HandshakesThatNeverEndAreCutOff) {
  World& world = World::Get();
  Watch watch(world, "registry");
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<RawClient>(world.suite().Port("registry")));
    // The head of a record that never comes.
    if (i % 2 == 0) clients.back()->Send(std::string("\x16\x03\x01\x02\x00", 5));
  }
  watch.ExpectService(64);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  for (const auto& client : clients) EXPECT_TRUE(client->HungUpWithin(deadline - absl::Now()));
}

TEST(PatienceTest, ReadersThatTakeNothingHoldNobodyUp) {
  World& world = World::Get();
  Watch watch(world, "policy");
  const std::string token = world.suite().Token(world.pr_office);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<RawClient>(world.suite().Port("policy")));
    ASSERT_TRUE(clients.back()->Handshake(world.suite().Tls("console")));
    ASSERT_TRUE(clients.back()->Greet(/*window=*/0));
    for (unsigned stream = 1; stream < 200; stream += 2) {
      ASSERT_TRUE(clients.back()->Call(stream, kGetGuideline, token, ""));
    }
  }
  absl::SleepFor(absl::Seconds(2));
  watch.ExpectService(128);
}

TEST(PatienceTest, StreamsThatNobodyFillsHoldNobodyUp) {
  World& world = World::Get();
  Watch watch(world, "registry");
  const std::string token = world.suite().Token(world.staff);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<RawClient>(world.suite().Port("registry")));
    ASSERT_TRUE(clients.back()->Handshake(world.suite().Tls("console")) && clients.back()->Greet());
    for (unsigned stream = 1; stream < 200; stream += 2) {
      ASSERT_TRUE(clients.back()->BeginCall(stream, kStreamActivity, token));
    }
  }
  absl::SleepFor(absl::Seconds(2));
  watch.ExpectService(128);
}

TEST(PatienceTest, WritersThatStopInTheMiddleAreBounded) {
  World& world = World::Get();
  Watch watch(world, "registry");
  auto proxy = std::make_unique<Proxy>(absl::StrCat(world.suite().Port("registry")));
  proxy->Set({.stalls_after = 12 << 20});
  const std::string address = absl::StrCat("127.0.0.1:", proxy->port());
  std::vector<std::thread> attackers;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  registry::v1::ImportDepartmentsRequest request;
  request.set_content(std::string(15 << 20, 'x'));
  request.set_request_id(NewUuid(absl::Now()));
  std::atomic<int> ended = 0;
  for (int i = 0; i < 60; ++i) {
    contexts.push_back(world.suite().Context(&world.admin, absl::Minutes(1)));
    attackers.emplace_back([&, context = contexts.back().get()] {
      registry::v1::ImportDepartmentsResponse response;
      (void)registry::v1::DepartmentService::NewStub(
          rpc::MakeChannel(address, Suite::Uri("registry"), world.suite().Tls("console")))
          ->ImportDepartments(context, request, &response);
      ++ended;
    });
  }
  ASSERT_TRUE(Eventually([&] { return watch.Grown() > 250; }));
  absl::SleepFor(absl::Seconds(5));
  watch.ExpectService(1000);
  EXPECT_EQ(ended, 0);
  for (const auto& context : contexts) context->TryCancel();
  proxy.reset();  // A call whose bytes are held up may outlive its end, but not its connection.
  for (std::thread& attacker : attackers) attacker.join();
}

// Raises what this process may open to what the machine allows.
int RaiseFiles() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
}

TEST(PatienceTest, IdleConnectionsHoldNobodyUp) {
  World& world = World::Get();
  Watch watch(world, "registry");
  const int wanted = std::min(absl::GetFlag(FLAGS_connections), RaiseFiles() - 1000);
  std::vector<std::unique_ptr<RawClient>> clients(static_cast<std::size_t>(wanted));
  std::atomic<std::size_t> next = 0;
  std::atomic<int> open = 0;
  const absl::Time start = absl::Now();
  std::vector<std::thread> attackers;
  for (int i = 0; i < 4; ++i) {
    attackers.emplace_back([&] {
      for (std::size_t mine = next++; mine < clients.size(); mine = next++) {
        clients[mine] = std::make_unique<RawClient>(world.suite().Port("registry"));
        open += clients[mine]->Handshake(world.suite().Tls("console")) && clients[mine]->Greet();
      }
    });
  }
  for (std::thread& attacker : attackers) attacker.join();
  std::cout << open << " of " << wanted << " opened in " << absl::Now() - start << std::endl;
  watch.ExpectService(700);
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return HonestCall(world, "registry", kAtOnce).ok(); }));
}

TEST(PatienceTest, WhenNoMoreConnectionsFitThoseThatFollowAreServedAgain) {
  World& world = World::Get();
  const pid_t process = world.suite().Pid("registry");
  rlimit before{};
  prlimit(process, RLIMIT_NOFILE, nullptr, &before);
  const rlimit few{200, before.rlim_max};
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 400; ++i) {
      clients.push_back(std::make_unique<RawClient>(world.suite().Port("registry")));
    }
    absl::SleepFor(absl::Seconds(1));
  }
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &before, nullptr), 0);
  EXPECT_TRUE(Eventually([&] { return HonestCall(world, "registry", kAtOnce).ok(); }));
}

std::set<std::string> TestsOfThisProgram() {
  std::set<std::string> names;
  const auto& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    if (std::string(suite.name()) == "TableTest") continue;
    for (int j = 0; j < suite.total_test_count(); ++j) {
      names.insert(absl::StrCat(suite.name(), ".", suite.GetTestInfo(j)->name()));
    }
  }
  return names;
}

// Whether `name` ("InputTest.NulIsRefusedByName") is a test of another program.
bool IsTestElsewhere(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '.');
  for (const char* file : {"tests/e2e/input_test.cc", "tests/e2e/access_test.cc",
                           "common/rpc/token_test.cc", "common/rpc/admit_test.cc",
                           "common/rpc/channel_test.cc", "common/rpc/read_stream_test.cc"}) {
    const std::string text = server::ReadFile(file).value_or("");
    if (absl::StrContains(text, absl::StrCat("(", parts[0], ", ", parts[1], ")"))) return true;
  }
  return false;
}

TEST(TableTest, NamesEveryAttackAndATestThatThereIs) {
  std::set<std::string> untold = TestsOfThisProgram();
  const std::set<std::string> mine = untold;
  int rows = 0;
  for (absl::string_view line :
       absl::StrSplit(server::ReadFile("tests/hostile/README.md").value(), '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 5 || !absl::StrContains(cells[3], '.')) continue;
    ++rows;
    for (absl::string_view cell : absl::StrSplit(cells[3], ' ', absl::SkipWhitespace())) {
      const std::string name(absl::StripSuffix(absl::StripPrefix(cell, "`"), "`"));
      EXPECT_TRUE(mine.count(name) > 0 || IsTestElsewhere(name)) << "no such test: " << name;
      untold.erase(name);
    }
  }
  EXPECT_GE(rows, 20);
  EXPECT_THAT(untold, ::testing::IsEmpty());
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
