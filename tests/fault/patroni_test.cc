// PostgreSQL fails over under Patroni while people work; then what they were told is compared with
// forms, ledger and audit log, as in fault_test.
#include "tests/fault/patroni.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"
#include "tests/fault/comparison.h"

ABSL_FLAG(int, rounds, 2, "How often the leader's PostgreSQL and the leader's node are killed");
ABSL_FLAG(int, people, 4, "How many work at the same time");

namespace daicho::testing {
namespace {

struct Fault {
  std::string kind;
  std::function<void(int leader)> harm;
  std::function<void(int leader)> repair = [](int) {};
  bool ends_lead = true;  // Whether another node has to lead afterwards.
};

class PatroniTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Patroni::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
  }

  // Does something to a whole cluster, tells after how long people are answered again, and repairs.
  void Inflict(const Fault& fault) {
    for (const SeenLog& log : SeeLog(*world_)) seen_.push_back(log);
    const absl::StatusOr<int> leader = cluster_->WaitUntilWhole();
    ASSERT_TRUE(leader.ok()) << "before " << fault.kind << ": " << leader.status();
    ++faults_[fault.kind];
    const absl::Time start = absl::Now();
    fault.harm(*leader);
    AwaitAnswers(fault.kind);
    const int leader_now = cluster_->Leader();
    std::cout << "  " << fault.kind << ": 20 answers after "
              << absl::FormatDuration(absl::Trunc(absl::Now() - start, absl::Milliseconds(100)))
              << ", leader node" << *leader << " before and node" << leader_now << " now"
              << std::endl;
    EXPECT_GE(leader_now, 0) << "nobody leads after: " << fault.kind;
    if (fault.ends_lead) EXPECT_NE(leader_now, *leader) << "nobody took over after: " << fault.kind;
    fault.repair(*leader);
  }

  void AwaitAnswers(const std::string& kind) {
    const int before = history_.Answers();
    const absl::Time give_up = absl::Now() + absl::Minutes(5);
    while (history_.Answers() < before + 20 && absl::Now() < give_up) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_GE(history_.Answers(), before + 20) << "nobody is answered after: " << kind;
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
      Inflict({.kind = "leader's PostgreSQL killed",
               .harm = [&](int leader) { cluster_->KillPostgres(leader); }});
      Inflict({.kind = "leader's node killed",
               .harm = [&](int leader) { cluster_->KillNode(leader); },
               .repair = [&](int leader) { cluster_->StartNode(leader); }});
    }
    Inflict({.kind = "lead handed over", .harm = [&](int leader) {
               const absl::Status handed_over = cluster_->SwitchOver(leader);
               EXPECT_TRUE(handed_over.ok()) << handed_over;
             }});
    Inflict(
        {.kind = "etcd killed", .harm = [&](int) { cluster_->RestartEtcd(); }, .ends_lead = false});
    const absl::StatusOr<int> leader = cluster_->WaitUntilWhole();
    EXPECT_TRUE(leader.ok()) << "in the end: " << leader.status();
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
