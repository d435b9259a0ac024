#include "services/approval/domain/absence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

Absence Away(absl::CivilDay from, absl::CivilDay until, const std::string& who = "users/head") {
  return {.id = "0190a6e2-0000-7000-8000-000000000001",
          .department = "departments/0802",
          .person = {who, "課長"},
          .reason = "出張",
          .from_on = from,
          .until_on = until,
          .record_time = kNow};
}

TEST(RecordAbsenceTest, TakesOneThatEndsTodayAndRefusesOneThatEndedYesterday) {
  EXPECT_TRUE(RecordAbsence(Away(kToday - 3, kToday), kNow).ok());
  EXPECT_FALSE(RecordAbsence(Away(kToday - 3, kToday - 1), kNow).ok());
  EXPECT_FALSE(RecordAbsence(Away(kToday + 2, kToday + 1), kNow).ok());
}

TEST(RecordAbsenceTest, TakesAYearAtMost) {
  EXPECT_TRUE(RecordAbsence(Away(kToday, kToday + kMostDaysAbsent - 1), kNow).ok());
  EXPECT_FALSE(RecordAbsence(Away(kToday, kToday + kMostDaysAbsent), kNow).ok());
}

TEST(EndAbsenceTest, EndsOneThatLastsAndNoneTwice) {
  const auto ended = EndAbsence(Away(kToday, kToday), kNow);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_FALSE(IsInForce(ended->after, kNow));
  EXPECT_EQ(ReasonOf(EndAbsence(ended->after, kNow).status()), "ABSENCE_OVER");
}

TEST(AbsenceForTest, IsInForceFromItsFirstDayToItsLast) {
  for (const int days : {-1, 0, 1, 2}) {
    const absl::Time then = kNow + days * absl::Hours(24);
    const auto found = AbsenceFor({Away(kToday, kToday + 1)}, "departments/0802", "users/b", then);
    EXPECT_EQ(found.ok(), days == 0 || days == 1) << days;
    if (!found.ok()) EXPECT_EQ(ReasonOf(found.status()), "NO_ABSENCE_RECORDED");
  }
}

TEST(AbsenceForTest, HelpsNobodyWhoRecordedItThemselves) {
  Absence own = Away(kToday, kToday);
  own.recorder = {"users/deputy", "補佐"};
  EXPECT_EQ(ReasonOf(AbsenceFor({own}, "departments/0802", "users/deputy", kNow).status()),
            "ABSENCE_RECORDED_BY_DEPUTY");
  EXPECT_TRUE(AbsenceFor({own}, "departments/0802", "users/b", kNow).ok());
  const auto found = AbsenceFor({own, Away(kToday, kToday, "users/other")}, "departments/0802",
                                "users/deputy", kNow);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->person.subject, "users/other");
}

TEST(AbsenceForTest, HelpsNoOtherDepartmentAndNotTheAbsentPerson) {
  const std::vector<Absence> away = {Away(kToday, kToday)};
  EXPECT_EQ(ReasonOf(AbsenceFor(away, "departments/0801", "users/b", kNow).status()),
            "NO_ABSENCE_RECORDED");
  EXPECT_EQ(ReasonOf(AbsenceFor(away, "departments/0802", "users/head", kNow).status()),
            "ABSENT_YOURSELF");
}

}  // namespace
}  // namespace daicho::approval::domain
