#include "services/policy/domain/inactivity_report.h"

#include <gmock/gmock.h>

#include "absl/time/time.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/policy/domain/exemption.h"
#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kId[] = "0197b1f0-0000-7000-8000-000000000001";
const absl::CivilDay kReportDay(2026, 11, 21);
const ReportDay kReport{.as_of = kReportDay, .read_on = kReportDay};

// Silent since 15 March 2025, and looked at today.
LedgerAccount SilentAccount() {
  LedgerAccount account{
      .id = kId, .department = "0101", .platform = "x", .display_name = "a", .state = "ACTIVE"};
  account.activity = {
      .last_post = Day("2025-03-15"), .opened = Day("2020-04-01"), .observed = kReportDay};
  return account;
}

ReportRow RowOf(const LedgerAccount& account, const ExemptionsByAccount& exemptions = {},
                const ReportDay& day = kReport) {
  return MakeRow(account, exemptions, Ladder(), day);
}

Frequency FrequencyWith(std::optional<int> posts, const char* last_post = "2026-11-20") {
  LedgerAccount account = SilentAccount();
  account.activity.last_post = Day(last_post);
  account.posts_in_90_days = posts;
  return RowOf(account).frequency;
}

TEST(MakeRowTest, SaysWhereAnAccountStandsSinceWhenAndWhy) {
  const ReportRow row = RowOf(SilentAccount());
  EXPECT_EQ(row.standing, Standing::kCandidate);
  EXPECT_EQ(row.base, Day("2025-03-15"));
  EXPECT_EQ(row.due, Day("2026-03-16"));
  EXPECT_EQ(row.days_silent, 616);
  EXPECT_TRUE(IsCandidate(row.standing));
}

TEST(MakeRowTest, NeverCallsAnAccountSilentThatDoesNotRun) {
  for (const char* state : {"PREPARING", "CLOSING"}) {
    LedgerAccount account = SilentAccount();
    account.state = state;
    account.activity.term_last_day = Day("2026-03-31");
    const ReportRow row = RowOf(account);
    EXPECT_EQ(row.standing, Standing::kNotRunning) << state;
    EXPECT_EQ(row.due, std::nullopt);
    EXPECT_FALSE(IsCandidate(row.standing));
  }
}

TEST(MakeRowTest, ExemptsUpToTheLastDayAndNobodyElse) {
  const ExemptionsByAccount exemptions = {{kId, {.until = kReportDay, .reason = "災害時のみ使用"}}};
  const ReportRow row = RowOf(SilentAccount(), exemptions);
  EXPECT_EQ(row.standing, Standing::kExempt);
  EXPECT_EQ(row.account.activity.exempt_until, kReportDay);
  EXPECT_EQ(row.exemption_reason, "災害時のみ使用");
  const ReportRow after = RowOf(SilentAccount(), exemptions, {kReportDay + 1, kReportDay});
  EXPECT_EQ(after.standing, Standing::kCandidate);
  EXPECT_EQ(after.exemption_reason, "");
  LedgerAccount other = SilentAccount();
  other.id = "0197b1f0-0000-7000-8000-000000000002";
  EXPECT_EQ(RowOf(other, exemptions).standing, Standing::kCandidate);
}

TEST(MakeRowTest, CountsAPostThatIsNewerThanTheReportAsOne) {
  LedgerAccount account = SilentAccount();
  account.activity.last_post = kReportDay + 2;
  account.activity.observed = kReportDay + 3;
  const ReportRow row = RowOf(account, {}, {kReportDay, kReportDay + 3});
  EXPECT_EQ(row.standing, Standing::kActive);
  EXPECT_EQ(row.days_silent, 0);
}

TEST(MakeRowTest, LooksAheadAsIfNothingWerePostedAndSomebodyWentOnLooking) {
  LedgerAccount account = SilentAccount();
  account.activity.last_post = Day("2026-11-20");
  EXPECT_EQ(RowOf(account, {}, {Day("2027-11-20"), kReportDay}).standing, Standing::kWarning);
  EXPECT_EQ(RowOf(account, {}, {Day("2027-11-21"), kReportDay}).standing, Standing::kCandidate);
  account.activity.observed = kReportDay - 36;
  EXPECT_EQ(RowOf(account, {}, {Day("2027-11-21"), kReportDay}).standing, Standing::kNeedsCheck);
}

TEST(MakeRowTest, TellsHowOftenAnAccountPosts) {
  EXPECT_EQ(FrequencyWith(90), Frequency::kDaily);
  EXPECT_EQ(FrequencyWith(89), Frequency::kWeekly);
  EXPECT_EQ(FrequencyWith(13), Frequency::kWeekly);
  EXPECT_EQ(FrequencyWith(12), Frequency::kMoreThanMonthly);
  EXPECT_EQ(FrequencyWith(4), Frequency::kMoreThanMonthly);
  EXPECT_EQ(FrequencyWith(3), Frequency::kMonthlyOrLess);
  EXPECT_EQ(FrequencyWith(0, "2025-11-21"), Frequency::kMonthlyOrLess);
  EXPECT_EQ(FrequencyWith(0, "2025-11-20"), Frequency::kSilentAYear);
  EXPECT_EQ(FrequencyWith(std::nullopt), Frequency::kUnknown) << "nobody counted";
  EXPECT_EQ(FrequencyWith(std::nullopt, "2025-11-20"), Frequency::kSilentAYear);
  LedgerAccount account = SilentAccount();
  account.activity.last_post.reset();
  EXPECT_EQ(RowOf(account).frequency, Frequency::kNeverPosted);
  account.activity.observed = kReportDay - 36;
  EXPECT_EQ(RowOf(account).frequency, Frequency::kUnknown) << "nobody looked of late";
}

TEST(MakeRowTest, AsksForAPasswordAndASearchWithinAYear) {
  LedgerAccount account = SilentAccount();
  EXPECT_FALSE(RowOf(account).password_rotated);
  EXPECT_FALSE(RowOf(account).watched);
  account.password_rotated_on = Day("2025-11-21");
  account.watched_on = Day("2025-11-21");
  EXPECT_TRUE(RowOf(account).password_rotated);
  EXPECT_TRUE(RowOf(account).watched);
  account.password_rotated_on = Day("2025-11-20");
  account.watched_on = Day("2025-11-20");
  EXPECT_FALSE(RowOf(account).password_rotated);
  EXPECT_FALSE(RowOf(account).watched);
}

TEST(ReportCountsTest, CountsByDepartment) {
  ReportCounts counts;
  counts.Add(RowOf(SilentAccount()));
  counts.Add(RowOf(SilentAccount()));
  LedgerAccount other = SilentAccount();
  other.department = "0201";
  other.state = "CLOSING";
  counts.Add(RowOf(other));
  EXPECT_EQ(counts.total(), 3);
  EXPECT_EQ(counts.by_department().at("0101")[static_cast<int>(Standing::kCandidate)], 2);
  EXPECT_EQ(counts.by_department().at("0201")[static_cast<int>(Standing::kNotRunning)], 1);
}

TEST(AdviceForTest, SaysWhatIsTheMatterByWhenToAnswerAndHowToClose) {
  Guideline guideline{.ladder = Ladder(), .answer_days = 30};
  guideline.rules.push_back(
      {.id = "T-5-9-3-silent", .check = Inactivity{{Bucket::kCandidate}, {}}});
  const ClosingAdvice advice =
      AdviceFor(RowOf(SilentAccount()), guideline, kReportDay, kReportDay + 1);
  EXPECT_EQ(advice.due_on, Day("2026-12-22"));
  EXPECT_THAT(advice.findings, ElementsAre("T-5-9-3-silent", "silent-since:2025-03-15"));
  EXPECT_THAT(advice.text, HasSubstr("最終投稿日(令和7年3月15日)から12か月以上"));
  EXPECT_THAT(advice.text, HasSubstr("令和8年12月22日までに"));
  EXPECT_THAT(advice.text, HasSubstr("--action=close --account=accounts/0197b1f0"));
  LedgerAccount ended = SilentAccount();
  ended.activity.term_last_day = Day("2026-03-31");
  const ClosingAdvice about_term = AdviceFor(RowOf(ended), guideline, kReportDay, kReportDay);
  EXPECT_THAT(about_term.findings, ElementsAre("term-ended:2026-03-31"));
  EXPECT_THAT(about_term.text, HasSubstr("運用期間が令和8年3月31日に終了"));
  LedgerAccount never = SilentAccount();
  never.activity.last_post.reset();
  EXPECT_THAT(AdviceFor(RowOf(never), guideline, kReportDay, kReportDay).text,
              HasSubstr("開設日(令和2年4月1日)から一度も"));
}

TEST(ExemptionTest, IsGrantedForAnAccountThatIsKeptUntilADayWithinThreeYears) {
  const absl::Time now = StartOfTokyoDay(kReportDay);
  const ExemptedAccount account{"accounts/1", "防災", "departments/0201", true};
  const auto grant = [&](const ExemptedAccount& of, absl::CivilDay end) {
    return Grant("1", of, "災害時のみ", end, "users/sasaki", now);
  };
  EXPECT_TRUE(grant(account, kReportDay).ok());
  EXPECT_FALSE(grant(account, kReportDay - 1).ok());
  EXPECT_TRUE(grant(account, Day("2029-11-21")).ok());
  EXPECT_FALSE(grant(account, Day("2029-11-22")).ok());
  ExemptedAccount gone = account;
  gone.alive = false;
  EXPECT_EQ(ReasonOf(grant(gone, kReportDay).status()), "ACCOUNT_NOT_ALIVE");
}

TEST(ExemptionTest, EndsWithItsLastDayOrWhenItIsRevokedAndIsRevokedOnce) {
  const absl::Time now = StartOfTokyoDay(kReportDay);
  const Exemption granted = Grant("1", {"accounts/1", "防災", "departments/0201", true},
                                  "災害時のみ", kReportDay, "users/sasaki", now)
                                ->after;
  EXPECT_TRUE(InForce(granted, kReportDay));
  EXPECT_FALSE(InForce(granted, kReportDay + 1));
  const auto revoked = Revoke(granted, "再開した", "users/sasaki", now);
  ASSERT_TRUE(revoked.ok());
  EXPECT_FALSE(InForce(revoked->after, kReportDay));
  EXPECT_EQ(revoked->event.type, "exemption.revoked");
  EXPECT_EQ(ReasonOf(Revoke(revoked->after, "", "users/sasaki", now).status()), "EXEMPTION_ENDED");
}

}  // namespace
}  // namespace daicho::policy::domain
