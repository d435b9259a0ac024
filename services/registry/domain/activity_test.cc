#include "services/registry/domain/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

std::string ProblemOf(std::optional<absl::Time> posted, absl::Time observed) {
  const auto problem =
      ProblemOfTimes({.last_post_time = posted, .observe_time = observed, .source = "feed"}, kNow);
  return problem ? problem->field + " " + problem->reason : "";
}

absl::Time Tokyo(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::FixedTimeZone(9 * 60 * 60));
}

TEST(ActivityTimesTest, AClockMayBeFiveMinutesAhead) {
  EXPECT_EQ(ProblemOf(std::nullopt, kNow + absl::Minutes(5)), "");
  EXPECT_EQ(ProblemOf(std::nullopt, kNow + absl::Minutes(5) + absl::Microseconds(1)),
            "observe_time TIME_IN_FUTURE");
}

TEST(ActivityTimesTest, NothingIsBefore2004) {
  EXPECT_EQ(ProblemOf(Tokyo(2004, 1, 1), kNow), "");
  EXPECT_EQ(ProblemOf(Tokyo(2004, 1, 1) - absl::Seconds(1), kNow), "last_post_time TIME_TOO_EARLY");
  EXPECT_EQ(ProblemOf(std::nullopt, Tokyo(2004, 1, 1)), "");
  EXPECT_EQ(ProblemOf(std::nullopt, Tokyo(2004, 1, 1) - absl::Seconds(1)),
            "observe_time TIME_TOO_EARLY");
}

TEST(ActivityTimesTest, APostIsNotAfterItsObservation) {
  EXPECT_EQ(ProblemOf(kNow, kNow), "");
  EXPECT_EQ(ProblemOf(kNow + absl::Microseconds(1), kNow), "last_post_time POST_AFTER_OBSERVATION");
}

TEST(ActivityTimesTest, AnAccountThatNeverPostedHasNothingToCheckButTheObservation) {
  EXPECT_EQ(ProblemOf(std::nullopt, kNow), "");
}

Observation Seen(const std::string& account, int minute, std::optional<int> posted = 0,
                 const std::string& source = "feed") {
  Observation observation{.account = account};
  observation.activity.observe_time = kNow + absl::Minutes(minute);
  if (posted) observation.activity.last_post_time = kNow + absl::Minutes(*posted);
  observation.activity.source = source;
  return observation;
}

TEST(ActivityPostsTest, ANumberOfPostsFitsTheNewestOne) {
  const auto problem = [](int posts, std::optional<int> days_ago) {
    Activity activity{.last_post_time = std::nullopt, .observe_time = kNow, .source = "feed"};
    if (days_ago) activity.last_post_time = kNow - absl::Hours(24 * *days_ago);
    activity.posts_in_90_days = posts;
    const auto found = ProblemOfPosts(activity);
    return found ? found->reason : "";
  };
  EXPECT_EQ(problem(1, 89), "");
  EXPECT_EQ(problem(0, 89), "POSTS_DO_NOT_FIT");
  EXPECT_EQ(problem(1, 90), "POSTS_DO_NOT_FIT");
  EXPECT_EQ(problem(0, 90), "");
  EXPECT_EQ(problem(0, std::nullopt), "");
  EXPECT_EQ(problem(1, std::nullopt), "POSTS_DO_NOT_FIT");
  EXPECT_EQ(problem(-1, 1), "POSTS_DO_NOT_FIT");
  EXPECT_EQ(problem(100'000, 1), "");
  EXPECT_EQ(problem(100'001, 1), "POSTS_DO_NOT_FIT");
  EXPECT_EQ(ProblemOfPosts({.last_post_time = kNow, .observe_time = kNow, .source = "feed"}),
            std::nullopt)
      << "nobody counted";
}

TEST(NewestOfEachTest, KeepsTheNewestOfEachAccountInTheOrderOfIds) {
  const auto newest = NewestOfEach({Seen("b", 1), Seen("a", 1), Seen("b", 3, -9), Seen("b", 2)});
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0], Seen("a", 1));
  EXPECT_EQ(newest[1], Seen("b", 3, -9)) << "a later look counts, though its post is older";
}

TEST(NewestOfEachTest, OfTwoFromOneMomentTheOrderDoesNotMatter) {
  std::vector<Observation> observations = {Seen("a", 1, std::nullopt), Seen("a", 1, 0),
                                           Seen("a", 1, 1, "a"), Seen("a", 1, 1, "b")};
  std::mt19937 random(20261122);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(observations.begin(), observations.end(), random);
    EXPECT_EQ(NewestOfEach(observations), std::vector<Observation>{Seen("a", 1, 1, "b")});
  }
}

TEST(NewestOfEachTest, TheSameIsNotNewer) {
  EXPECT_FALSE(IsNewer(Seen("a", 1).activity, Seen("a", 1).activity));
  EXPECT_TRUE(IsNewer(Seen("a", 2).activity, Seen("a", 1).activity));
  EXPECT_FALSE(IsNewer(Seen("a", 1).activity, Seen("a", 2).activity));
  Observation counted = Seen("a", 1);
  counted.activity.posts_in_90_days = 3;
  EXPECT_TRUE(IsNewer(counted.activity, Seen("a", 1).activity)) << "the same, and counted";
  EXPECT_FALSE(IsNewer(Seen("a", 1).activity, counted.activity));
}

}  // namespace
}  // namespace daicho::registry::domain
