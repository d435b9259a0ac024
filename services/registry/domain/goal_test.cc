#include "services/registry/domain/goal.h"

#include <gtest/gtest.h>

#include <limits>

#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Account WithGoals() {
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .revision = 1,
          .state = AccountState::kActive,
          .department = "5002",
          .platform = "x",
          .fields = {{"goals[0].metric", "フォロワー数"},
                     {"goals[0].target", "2000"},
                     {"goals[1].period", "令和8年度末"},
                     {"goals[2].metric", "リーチ数"},
                     {"goals[3].metric", "フォロワー数"},
                     {"goals[3].target", "9"}}};
}

std::string ReasonFor(const Account& account, const GoalSample& sample) {
  const auto change = RecordGoalSample(account, sample, kNow);
  return change.ok() ? "" : ReasonOf(change.status());
}

GoalSample Sample(const std::string& metric = "フォロワー数", std::int64_t value = 1500,
                  absl::CivilDay day = absl::CivilDay(2026, 11, 22)) {
  return {.id = "0197b1f0-0000-7000-8000-00000000000a",
          .metric = metric,
          .value = value,
          .sampled_on = day,
          .recorded_by = "users/hirose"};
}

TEST(TargetOfTest, IsThatOfTheFirstGoalWithTheMetric) {
  EXPECT_EQ(TargetOf(WithGoals().fields, "フォロワー数"), 2000);
  EXPECT_EQ(TargetOf(WithGoals().fields, "リーチ数"), 0) << "a goal without a number";
  EXPECT_EQ(TargetOf(WithGoals().fields, "いいね"), std::nullopt);
  EXPECT_EQ(TargetOf({}, "フォロワー数"), std::nullopt);
}

TEST(AchievedPercentTest, RoundsDownAndNeverOverflows) {
  EXPECT_EQ(AchievedPercent(0, 2000), 0);
  EXPECT_EQ(AchievedPercent(1599, 2000), 79);
  EXPECT_EQ(AchievedPercent(1600, 2000), 80);
  EXPECT_EQ(AchievedPercent(4000, 2000), 200);
  EXPECT_EQ(AchievedPercent(kMost, kMost), 100);
  EXPECT_EQ(AchievedPercent(kMost, 1), kMost);
  EXPECT_EQ(AchievedPercent(5, 0), 0);
  EXPECT_EQ(AchievedPercent(5, -1), 0);
}

TEST(RecordGoalSampleTest, TakesASampleOfAGoal) {
  const auto change = RecordGoalSample(WithGoals(), Sample(), kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->sample.account, WithGoals().id);
  EXPECT_EQ(change->sample.record_time, kNow);
  EXPECT_EQ(change->event.type, "account.goal_sampled");
  EXPECT_EQ(change->event.resource, "accounts/" + WithGoals().id);
}

TEST(RecordGoalSampleTest, WhatIsNoGoalIsRefused) {
  EXPECT_EQ(ReasonFor(WithGoals(), Sample("いいね")), "METRIC_NOT_A_GOAL");
}

TEST(RecordGoalSampleTest, NothingIsLessThanNothing) {
  EXPECT_EQ(ReasonFor(WithGoals(), Sample("フォロワー数", 0)), "");
  EXPECT_EQ(ReasonFor(WithGoals(), Sample("フォロワー数", -1)), "INVALID_FIELD");
}

TEST(RecordGoalSampleTest, TodayIsTheLastDay) {
  EXPECT_EQ(ReasonFor(WithGoals(), Sample("フォロワー数", 1, absl::CivilDay(2026, 11, 22))), "");
  EXPECT_EQ(ReasonFor(WithGoals(), Sample("フォロワー数", 1, absl::CivilDay(2026, 11, 23))),
            "DATE_IN_FUTURE");
}

TEST(RecordGoalSampleTest, ATombstoneHasNoMoreSamples) {
  Account closed = WithGoals();
  closed.state = AccountState::kClosed;
  EXPECT_EQ(ReasonFor(closed, Sample()), "ACCOUNT_NOT_ALIVE");
}

}  // namespace
}  // namespace daicho::registry::domain
