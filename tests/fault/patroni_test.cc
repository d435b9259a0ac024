// PostgreSQL fails over under Patroni while people work; then what they were told is compared with
// forms, ledger and audit log, as in fault_test.
#include "tests/fault/patroni.h"

#include <gtest/gtest.h>

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"
#include "tests/fault/comparison.h"

ABSL_FLAG(int, rounds, 2, "How often the leader's PostgreSQL and the leader's node are killed");
ABSL_FLAG(int, people, 4, "How many work at the same time");

namespace daicho::testing {
namespace {

class PatroniTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Patroni::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
  }

  // Does something to the cluster, tells after how long people are answered again, and waits until
  // they have worked on and the cluster is whole.
  void After(
      const std::string& kind, const std::function<void()>& harm,
      const std::function<void()>& repair = [] {}) {
    ++faults_[kind];
    for (const SeenLog& log : SeeLog(*world_)) seen_.push_back(log);
    const absl::Time start = absl::Now();
    harm();
    const int before = history_.Answers();
    const absl::Time give_up = start + absl::Minutes(5);
    while (history_.Answers() < before + 20 && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_GE(history_.Answers(), before + 20) << "nobody is answered after: " << kind;
    std::cout << "  " << kind << ": 20 answers after "
              << absl::FormatDuration(absl::Trunc(absl::Now() - start, absl::Milliseconds(100)))
              << ", leader node" << cluster_->Leader() << std::endl;
    repair();
    const absl::Status whole = cluster_->WaitUntilWhole();
    ASSERT_TRUE(whole.ok()) << kind << ": " << whole;
  }

  std::unique_ptr<Patroni> cluster_;
  std::unique_ptr<World> world_;
  History history_;
  std::map<std::string, int> faults_;
  std::vector<SeenLog> seen_;
};

TEST_F(PatroniTest, NothingAcknowledgedIsLostWhateverNodeLeads) {
  world_ = std::make_unique<World>(
      Suite::Options{.hosts = cluster_->hosts(), .ports = cluster_->ports()});
  {
    People people(*world_, history_, absl::GetFlag(FLAGS_people));
    for (int i = 0; i < absl::GetFlag(FLAGS_rounds) && !HasFailure(); ++i) {
      After("leader's PostgreSQL killed", [&] { cluster_->KillPostgres(); });
      int killed = -1;
      After(
          "leader's node killed", [&] { killed = cluster_->KillNode(); },
          [&] { cluster_->StartNode(killed); });
    }
    After("lead handed over", [&] {
      const absl::Status handed_over = cluster_->SwitchOver();
      EXPECT_TRUE(handed_over.ok()) << handed_over;
    });
    After("etcd killed", [&] { cluster_->RestartEtcd(); });
  }
  Compare(*world_, faults_, history_, seen_);
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
