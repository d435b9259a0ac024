#include "services/approval/domain/reception.h"

#include <gtest/gtest.h>

namespace daicho::approval::domain {
namespace {

absl::Time Tokyo(int year, int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(year, month, day, hour, minute),
                         absl::FixedTimeZone(9 * 60 * 60));
}

TEST(ReceptionTest, PrintsTheNumberWithItsFiscalYear) {
  const Reception reception = Receive(12, Tokyo(2026, 11, 22, 10, 0));
  EXPECT_EQ(DisplayNumber(reception), "令和8年度 第12号");
  EXPECT_EQ(reception.received_on, absl::CivilDay(2026, 11, 22));
}

TEST(ReceptionTest, CountsInTheFiscalYearThatEndsOnTheLastOfMarchInTokyo) {
  EXPECT_EQ(ReceptionYear(Tokyo(2027, 3, 31, 23, 59)), 2026);
  EXPECT_EQ(ReceptionYear(Tokyo(2027, 4, 1, 0, 0)), 2027);
}

}  // namespace
}  // namespace daicho::approval::domain
