#include "services/cli/time.h"

#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace daicho::cli {
namespace {

absl::StatusOr<AsOf> Read(const std::string& text) {
  return AsOfFlag({.flags = {{"as-of", {text}}}});
}

TEST(AsOfFlagTest, ReadsADayOrAnInstant) {
  EXPECT_EQ(Read("2026-03-31")->day, absl::CivilDay(2026, 3, 31));
  EXPECT_FALSE(Read("2026-03-31")->time.has_value());
  const absl::Time instant = absl::FromUnixSeconds(1'795'303'800);
  EXPECT_EQ(Read("2026-11-22T08:30:00+09:00")->time, instant);
  EXPECT_EQ(Read("2026-11-21T23:30:00Z")->time, instant);
  EXPECT_EQ(Read(TimeText(wire::ToTimestamp(instant)))->time, instant);
}

TEST(AsOfFlagTest, IsNoMomentWhenItIsNotGiven) {
  const auto as_of = AsOfFlag({});
  ASSERT_TRUE(as_of.ok());
  EXPECT_FALSE(as_of->day.has_value());
  EXPECT_FALSE(as_of->time.has_value());
}

TEST(AsOfFlagTest, RefusesAnythingElse) {
  for (const char* text : {"", "yesterday", "2026-02-30", "2026-11-22T08:30:00", "08:30"}) {
    EXPECT_EQ(ReasonOf(Read(text).status()), "WRONG_COMMAND_LINE") << text;
  }
}

TEST(MomentFlagTest, ReadsTheClockOfTodayOrADayWithIt) {
  const absl::Time now = absl::FromUnixSeconds(1'795'303'800) + absl::Seconds(42);  // 08:30:42.
  const auto read = [&](const std::string& text) {
    return MomentFlag({.flags = {{"at", {text}}}}, "at", now);
  };
  const absl::Time eight = now - absl::Minutes(22) - absl::Seconds(42);
  EXPECT_EQ(*read("08:08"), eight);
  EXPECT_EQ(*read("2026-11-22 08:08"), eight);
  EXPECT_EQ(*read("2026-11-22 08:08:00"), eight);
  EXPECT_EQ(*read("2026-11-22T08:08:00+09:00"), eight);
  EXPECT_EQ(*MomentFlag({}, "at", now), now - absl::Seconds(42));
  for (const char* text : {"", "8", "25:00", "2026-11-22", "yesterday"}) {
    EXPECT_EQ(ReasonOf(read(text).status()), "WRONG_COMMAND_LINE") << text;
  }
}

}  // namespace
}  // namespace daicho::cli
