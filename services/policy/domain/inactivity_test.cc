#include "services/policy/domain/inactivity.h"

#include <gtest/gtest.h>

#include "common/base/civil.h"
#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

// An account somebody looked at on the day.
AccountActivity Posted(const char* last_post, absl::CivilDay today) {
  return {.last_post = Day(last_post), .opened = Day("2020-04-01"), .observed = today};
}

Bucket On(const AccountActivity& activity, absl::CivilDay today) {
  return Classify(activity, Ladder{}, today).bucket;
}

TEST(InactiveFromTest, CountsFromTheDayAfterTheLastPost) {
  EXPECT_EQ(InactiveFrom(Day("2024-03-15"), 1), Day("2025-03-16"));
}

TEST(InactiveFromTest, TakesLeapDaysByTheCalendar) {
  // The period begins on 1 March 2024 and matches it.
  EXPECT_EQ(InactiveFrom(Day("2024-02-29"), 1), Day("2025-03-01"));
  // It begins on 29 February 2024, which 2025 does not have: it ends with 28 February.
  EXPECT_EQ(InactiveFrom(Day("2024-02-28"), 1), Day("2025-03-01"));
  EXPECT_EQ(InactiveFrom(Day("2024-02-27"), 1), Day("2025-02-28"));
  EXPECT_EQ(InactiveFrom(Day("2023-02-28"), 1), Day("2024-03-01"));
  EXPECT_EQ(InactiveFrom(Day("2023-02-27"), 1), Day("2024-02-28"));
  EXPECT_EQ(InactiveFrom(Day("2024-02-28"), 4), Day("2028-02-29"));
}

TEST(InactiveFromTest, TakesTheEndOfTheYear) {
  EXPECT_EQ(InactiveFrom(Day("2024-12-31"), 1), Day("2026-01-01"));
  EXPECT_EQ(InactiveFrom(Day("2024-12-30"), 1), Day("2025-12-31"));
  EXPECT_EQ(InactiveFrom(Day("2025-01-01"), 1), Day("2026-01-02"));
}

TEST(FirstDayAfterTest, EndsWithTheMonthThatHasNoMatchingDay) {
  // Begins on 31 May: nine months later February has none.
  EXPECT_EQ(FirstDayAfter(Day("2025-05-30"), 9), Day("2026-03-01"));
  EXPECT_EQ(FirstDayAfter(Day("2023-05-29"), 9), Day("2024-03-01"));
  EXPECT_EQ(FirstDayAfter(Day("2023-05-28"), 9), Day("2024-02-29"));
  EXPECT_EQ(FirstDayAfter(Day("2025-07-30"), 11), Day("2026-07-01"));
  EXPECT_EQ(FirstDayAfter(Day("2025-05-31"), 9), Day("2026-03-01"));
  EXPECT_EQ(FirstDayAfter(Day("2025-03-31"), 11), Day("2026-03-01"));
}

TEST(FirstDayAfterTest, NeverComesBackOnALaterBase) {
  for (absl::CivilDay day = Day("2023-01-01"); day < Day("2029-01-01"); ++day) {
    for (const int months : {1, 9, 11, 12, 48}) {
      EXPECT_LE(FirstDayAfter(day, months), FirstDayAfter(day + 1, months)) << day;
      EXPECT_GE(FirstDayAfter(day, months) - day, 28 * months) << day;
    }
  }
}

TEST(ClassifyTest, StepsOntoEachRungOnItsDay) {
  struct Row {
    const char* today;
    Bucket bucket;
  };
  // Silent since 15 March 2025.
  for (const Row& row : {Row{"2025-03-15", Bucket::kActive}, Row{"2025-12-15", Bucket::kActive},
                         Row{"2025-12-16", Bucket::kNotice}, Row{"2026-02-15", Bucket::kNotice},
                         Row{"2026-02-16", Bucket::kWarning}, Row{"2026-03-15", Bucket::kWarning},
                         Row{"2026-03-16", Bucket::kCandidate}}) {
    EXPECT_EQ(On(Posted("2025-03-15", Day(row.today)), Day(row.today)), row.bucket) << row.today;
  }
}

TEST(ClassifyTest, SaysSinceWhenAndHowLong) {
  const Silence silence =
      Classify(Posted("2025-03-15", Day("2026-03-20")), Ladder{}, Day("2026-03-20"));
  EXPECT_EQ(silence.base, Day("2025-03-15"));
  EXPECT_EQ(silence.due, Day("2026-03-16"));
  EXPECT_EQ(silence.days, 370);
}

TEST(ClassifyTest, FollowsTheGuidelinesLadder) {
  const Ladder ladder{.notice_months = 1, .warning_months = 2, .candidate_months = 3};
  const absl::CivilDay today = Day("2026-03-16");
  EXPECT_EQ(Classify(Posted("2026-02-16", today), ladder, today).bucket, Bucket::kActive);
  EXPECT_EQ(Classify(Posted("2026-02-15", today), ladder, today).bucket, Bucket::kNotice);
  EXPECT_EQ(Classify(Posted("2026-01-15", today), ladder, today).bucket, Bucket::kWarning);
  EXPECT_EQ(Classify(Posted("2025-12-15", today), ladder, today).bucket, Bucket::kCandidate);
}

TEST(ClassifyTest, CountsFromTheOpeningWhereNothingWasPosted) {
  const AccountActivity never{.opened = Day("2025-03-15"), .observed = Day("2026-03-16")};
  EXPECT_EQ(On(never, Day("2026-03-15")), Bucket::kWarning);
  EXPECT_EQ(On(never, Day("2026-03-16")), Bucket::kNeverPosted);
}

TEST(ClassifyTest, EndsATermWithItsLastDay) {
  AccountActivity fixed = Posted("2026-03-30", Day("2026-03-31"));
  fixed.term_last_day = Day("2026-03-31");
  EXPECT_EQ(On(fixed, Day("2026-03-31")), Bucket::kActive);
  EXPECT_EQ(On(fixed, Day("2026-04-01")), Bucket::kTermEnded);
  // Whether or not anybody looked, and though it is exempt from silence.
  fixed.observed.reset();
  fixed.exempt_until = Day("2027-03-31");
  EXPECT_EQ(On(fixed, Day("2026-04-01")), Bucket::kTermEnded);
}

TEST(ClassifyTest, NeverCallsAnAccountSilentThatNobodyLookedAt) {
  AccountActivity activity = Posted("2024-03-15", Day("2026-03-01"));
  EXPECT_EQ(On(activity, Day("2026-04-05")), Bucket::kCandidate);
  EXPECT_EQ(On(activity, Day("2026-04-06")), Bucket::kNeedsCheck);
  activity.observed.reset();
  EXPECT_EQ(On(activity, Day("2026-03-01")), Bucket::kNeedsCheck);
}

TEST(ClassifyTest, AsksToCheckWhereNoDayIsKnownToCountFrom) {
  EXPECT_EQ(On({.observed = Day("2026-03-01")}, Day("2026-03-01")), Bucket::kNeedsCheck);
}

TEST(ClassifyTest, LetsAnExemptionHoldUpToItsLastDay) {
  AccountActivity activity = Posted("2024-03-15", Day("2026-03-20"));
  activity.exempt_until = Day("2026-03-31");
  EXPECT_EQ(On(activity, Day("2026-03-31")), Bucket::kExempt);
  EXPECT_EQ(On(activity, Day("2026-04-01")), Bucket::kCandidate);
}

TEST(ClassifyTest, TakesTheDayOfAPostInTokyo) {
  // 15:00 UTC is midnight in Tokyo.
  const absl::Time midnight =
      absl::FromCivil(absl::CivilSecond(2025, 3, 15, 15), absl::UTCTimeZone());
  EXPECT_EQ(InactiveFrom(TokyoDay(midnight - absl::Nanoseconds(1)), 1), Day("2026-03-16"));
  EXPECT_EQ(InactiveFrom(TokyoDay(midnight), 1), Day("2026-03-17"));
}

}  // namespace
}  // namespace daicho::policy::domain
