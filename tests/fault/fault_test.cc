// Breaks everything that can break in a running suite, and takes PostgreSQL away for good, while
// people work; then compares what they were told with forms, ledger and audit log: nothing
// acknowledged lost, nothing twice.
#include "tests/fault/breakage.h"

#include <gtest/gtest.h>

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/fault/history.h"
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

void Report(const std::map<std::string, int>& faults, const History& history,
            const Comparison& comparison) {
  int all = 0;
  for (const auto& [kind, count] : faults) {
    std::cout << "  " << kind << " " << count << "\n";
    all += count;
  }
  std::cout << "faults " << all << ", acknowledged writes " << history.answers << ", forms "
            << history.created.size() << ", in the ledger " << comparison.in_ledger << ", lost "
            << comparison.lost << ", doubled " << comparison.doubled << ", ambiguous "
            << history.ambiguous << ", longest gap "
            << absl::FormatDuration(absl::Trunc(history.longest_gap, absl::Milliseconds(1)))
            << std::endl;
  EXPECT_EQ(comparison.lost, 0);
  EXPECT_EQ(comparison.doubled, 0);
}

TEST(BreakageTest, NothingAcknowledgedIsLostAndNothingHappensTwiceWhateverBreaks) {
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
  }
  ASSERT_TRUE(world.suite().Settle(absl::Minutes(2)));
  Report(breakage.counts(), history, Compare(world, history, seen));
}

TEST(FailoverTest, NothingAcknowledgedIsLostWhenPostgresqlIsTakenOverByItsStandby) {
  World world({.durable = true, .standby = true});
  History history;
  std::vector<SeenLog> seen;
  {
    People people(world, history, absl::GetFlag(FLAGS_people));
    const auto answers = [&] {
      const std::lock_guard<std::mutex> lock(history.mutex);
      return history.answers;
    };
    ASSERT_TRUE(Eventually([&] { return answers() >= 100; }));
    seen = SeeLog(world);
    const absl::Status taken_over = world.suite().FailOver();
    ASSERT_TRUE(taken_over.ok()) << taken_over;
    const int before = answers();
    EXPECT_TRUE(Eventually([&] { return answers() >= before + 100; }));
  }
  ASSERT_TRUE(world.suite().Settle(absl::Minutes(2)));
  Report({{"primary killed, standby promoted", 1}}, history, Compare(world, history, seen));
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  daicho::testing::own_mounts = daicho::testing::HaveOwnMounts();
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
