#include "services/policy/domain/trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A listing seen within a year, and an inactivity rule.
Guideline AccountRules() {
  Guideline guideline;
  guideline.version = "t@2020-04-01";
  guideline.rules = {{.id = "T-1",
                      .clause = "T 1",
                      .subject = SubjectKind::kAccount,
                      .severity = Severity::kWarn,
                      .applies_to = {},
                      .check = DateLimit{"seen_on", "today", -366, std::nullopt},
                      .message = {"{date}, {days} days from {base}", "{date}"},
                      .remedy = {"Look", "見る"}},
                     {.id = "T-2",
                      .clause = "T 2",
                      .subject = SubjectKind::kAccount,
                      .severity = Severity::kBlock,
                      .applies_to = {},
                      .check = Inactivity{{Bucket::kCandidate}, {}},
                      .message = {"silent for {days} days since {base}", "{days}日"},
                      .remedy = {"Post", "投稿"}}};
  return guideline;
}

Fields SilentFields() {
  return {{"seen_on", "2025-01-01"},
          {"account.activity.last_post_time", "2025-01-01T00:00:00Z"},
          {"account.activity.observe_time", "2026-11-20T00:00:00Z"}};
}

std::vector<Trouble> TroublesOn(absl::CivilDay today, bool active = true) {
  const Fields fields = SilentFields();
  return TroublesOf(AccountRules(), {fields, "", today, SubjectKind::kAccount}, active);
}

TEST(TroublesOfTest, LeaveOutWhatMovesWithTheDayAlone) {
  const std::vector<Trouble> troubles = TroublesOn(kToday);
  ASSERT_EQ(troubles.size(), 2u);
  EXPECT_EQ(troubles, TroublesOn(kToday + 1));
  EXPECT_THAT(troubles[0].faults,
              ElementsAre(Fault{"seen_on", {{"date", "2025-01-01"}, {"minimum", "-366"}}}));
  EXPECT_EQ(troubles[1].severity, Severity::kBlock);
  EXPECT_THAT(TroublesOn(kToday, false), IsEmpty());
}

TEST(TroubleInWordsTest, SaysTheDaysOfToday) {
  const Guideline guideline = AccountRules();
  const std::vector<Trouble> troubles = TroublesOn(kToday);
  EXPECT_EQ(InWords(guideline, troubles[0], kToday + 10).front().message.en,
            "2025-01-01, -700 days from 2026-12-02");
  EXPECT_EQ(InWords(guideline, troubles[1], kToday + 10).front().message.en,
            "silent for 700 days since 2025-01-01");
}

TEST(TroubleInWordsTest, KeepsTheFieldsOfARuleThatIsGone) {
  const std::vector<Finding> findings = InWords(Guideline(), TroublesOn(kToday).front(), kToday);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule_id, "T-1");
  EXPECT_EQ(findings[0].field, "seen_on");
  EXPECT_EQ(findings[0].message, Words());
}

TEST(CompareTest, TellsWhatAppearedWasAlteredAndMendedFromWhatStands) {
  const std::vector<Trouble> now = TroublesOn(kToday);
  const std::vector<KnownTrouble> same = {{"1", now[0]}, {"2", now[1]}};
  EXPECT_THAT(Compare(same, now).appeared, IsEmpty());
  EXPECT_THAT(Compare(same, now).altered, IsEmpty());
  EXPECT_THAT(Compare(same, now).mended, IsEmpty());
  EXPECT_THAT(Compare({}, now).appeared, ElementsAre(now[0], now[1]));
  EXPECT_THAT(Compare(same, {now[1]}).mended, ElementsAre("1"));
  Trouble heavier = now[0];
  heavier.severity = Severity::kBlock;
  const TroubleChange change = Compare(same, {heavier, now[1]});
  ASSERT_EQ(change.altered.size(), 1u);
  EXPECT_EQ(change.altered[0].id, "1");
  EXPECT_EQ(change.altered[0].trouble, heavier);
  EXPECT_THAT(change.appeared, IsEmpty());
}

TEST(CheckAcknowledgementTest, TakesDaysFromTodayToAYearOfWhatStands) {
  EXPECT_TRUE(CheckAcknowledgement(true, kToday, kToday).ok());
  EXPECT_TRUE(CheckAcknowledgement(true, kToday + 366, kToday).ok());
  EXPECT_EQ(ReasonOf(CheckAcknowledgement(true, kToday + 367, kToday)), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(CheckAcknowledgement(true, kToday - 1, kToday)), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(CheckAcknowledgement(false, kToday, kToday)), "FINDING_MENDED");
}

}  // namespace
}  // namespace daicho::policy::domain
