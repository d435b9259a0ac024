// Breaks everything that can break in a running suite, and takes PostgreSQL away for good, while
// people work; then compares what they were told with forms, ledger and audit log: nothing
// acknowledged lost, nothing twice.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/fault/breakage.h"
#include "tests/fault/comparison.h"
#include "tests/support/wait.h"

ABSL_FLAG(int, faults, 60, "How many faults; the first of each kind in turn");
ABSL_FLAG(std::string, kinds, "", "Kinds of faults, with commas between; all when empty");
ABSL_FLAG(int, seed, 0, "Seed of what chance decides; 0 takes one from the clock and prints it");
ABSL_FLAG(int, people, 4, "How many work at the same time");

namespace daicho::testing {
namespace {

bool own_mounts = false;

unsigned Seed() {
  const int given = absl::GetFlag(FLAGS_seed);
  const auto seed =
      static_cast<unsigned>(given != 0 ? given : absl::ToUnixSeconds(absl::Now()) & 0x7fffffff);
  std::cout << "seed " << seed << std::endl;
  return seed;
}

TEST(FaultTest, NothingAcknowledgedIsLostAndNothingHappensTwiceWhateverBreaks) {
  std::vector<std::string> kinds = Breakage::Kinds();
  if (!absl::GetFlag(FLAGS_kinds).empty()) kinds = absl::StrSplit(absl::GetFlag(FLAGS_kinds), ',');
  World world({.durable = true,
               .disk_megabytes = own_mounts ? 1024 : 0,
               .proxied = true,
               .own_clocks = true});
  std::cout << "disk full: by " << (own_mounts ? "a disk of PostgreSQL's own" : "a limit on files")
            << std::endl;
  Breakage breakage(world, Seed());
  History history;
  std::vector<SeenLog> seen;
  {
    People people(world, history, absl::GetFlag(FLAGS_people));
    for (int i = 0; i < absl::GetFlag(FLAGS_faults) && !HasFailure(); ++i) {
      if (i < static_cast<int>(kinds.size())) {
        breakage.Inflict(kinds[static_cast<std::size_t>(i)]);
      } else {
        breakage.InflictAny(kinds);
      }
      for (const SeenLog& log : SeeLog(world)) seen.push_back(log);
    }
    breakage.FreeClocks();
  }
  Compare(world, breakage.counts(), history, seen);
}

std::ptrdiff_t OpenFiles(pid_t process) {
  const std::filesystem::directory_iterator files(absl::StrCat("/proc/", process, "/fd"));
  return std::distance(begin(files), end(files));
}

TEST(ClockTest, AServiceWhoseClockIsSetBackGoesOnAtOnceInItsPlace) {
  World world({.proxied = true, .own_clocks = true});
  const auto Opened = [&world](const std::string& handle) {
    return world.Agreed(world.OpenContent(handle)).ok();
  };
  ASSERT_TRUE(Opened("before_clock"));
  const Suite& suite = world.suite();
  const pid_t process = suite.Pid("approval");
  const std::ptrdiff_t files = OpenFiles(process);
  suite.SetClock("approval", absl::Hours(1));
  absl::SleepFor(absl::Milliseconds(500));
  suite.SetClock("approval", absl::ZeroDuration());
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(suite.LogOf("approval"), "the clock was set back; starting anew");
  }));
  EXPECT_TRUE(Eventually([&] { return Opened("after_clock"); }));
  EXPECT_TRUE(suite.Settle());
  EXPECT_EQ(suite.Pid("approval"), process);
  EXPECT_TRUE(suite.Running("approval"));
  EXPECT_LE(OpenFiles(process), files + 10) << "what the first had open went on to the second";
}

TEST(FailoverTest, NothingAcknowledgedIsLostWhenPostgresqlIsTakenOverByItsStandby) {
  World world({.durable = true, .standby = true});
  History history;
  std::vector<SeenLog> seen;
  {
    People people(world, history, absl::GetFlag(FLAGS_people));
    ASSERT_TRUE(Eventually([&] { return history.Answers() >= 100; }));
    seen = SeeLog(world);
    const absl::Status taken_over = world.suite().FailOver();
    ASSERT_TRUE(taken_over.ok()) << taken_over;
    const int before = history.Answers();
    EXPECT_TRUE(Eventually([&] { return history.Answers() >= before + 100; }));
  }
  Compare(world, {{"primary killed, standby promoted", 1}}, history, seen);
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  daicho::testing::own_mounts = daicho::testing::HaveOwnMounts();
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
