#include "common/base/civil.h"

#include <gtest/gtest.h>

namespace daicho {
namespace {

TEST(TokyoDayTest, ChangesAtMidnightInTokyo) {
  const absl::Time before =
      absl::FromCivil(absl::CivilSecond(2026, 3, 31, 14, 59, 59), absl::UTCTimeZone());
  EXPECT_EQ(TokyoDay(before), absl::CivilDay(2026, 3, 31));
  EXPECT_EQ(TokyoDay(before + absl::Seconds(1)), absl::CivilDay(2026, 4, 1));
}

TEST(ParseDayTest, ReadsWhatFormatDayWrites) {
  EXPECT_EQ(ParseDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(FormatDay(absl::CivilDay(2024, 2, 29)), "2024-02-29");
}

TEST(ParseDayTest, RefusesDaysThatDoNotExist) {
  for (const char* text : {"2025-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01"}) {
    EXPECT_FALSE(ParseDay(text)) << text;
  }
}

TEST(ParseDayTest, RefusesOtherSpellings) {
  for (const char* text :
       {"", "2026-1-1", "2026/01/01", "20260101", "2026-01-01 ", "+026-01-01", "2026-01-+1"}) {
    EXPECT_FALSE(ParseDay(text)) << text;
  }
}

TEST(FiscalYearTest, BeginsOnTheFirstOfApril) {
  EXPECT_EQ(FiscalYear(absl::CivilDay(2026, 3, 31)), 2025);
  EXPECT_EQ(FiscalYear(absl::CivilDay(2026, 4, 1)), 2026);
}

TEST(WarekiTest, ChangesEraOnItsFirstDay) {
  EXPECT_EQ(WarekiDay(absl::CivilDay(2019, 4, 30)), "平成31年4月30日");
  EXPECT_EQ(WarekiDay(absl::CivilDay(2019, 5, 1)), "令和元年5月1日");
  EXPECT_EQ(WarekiDay(absl::CivilDay(1989, 1, 7)), "昭和64年1月7日");
  EXPECT_EQ(WarekiDay(absl::CivilDay(1926, 12, 24)), "大正15年12月24日");
  EXPECT_EQ(WarekiDay(absl::CivilDay(1912, 7, 29)), "明治45年7月29日");
  EXPECT_EQ(WarekiDay(absl::CivilDay(2026, 11, 22)), "令和8年11月22日");
}

TEST(WarekiTest, WritesDaysBeforeTheGregorianCalendarInWesternYears) {
  EXPECT_EQ(WarekiDay(absl::CivilDay(1872, 12, 31)), "1872年12月31日");
}

TEST(WarekiTest, CallsTheFiscalYearOf2019ReiwaTheFirst) {
  EXPECT_EQ(WarekiFiscalYear(2018), "平成30年度");
  EXPECT_EQ(WarekiFiscalYear(2019), "令和元年度");
  EXPECT_EQ(WarekiFiscalYear(2026), "令和8年度");
}

}  // namespace
}  // namespace daicho
