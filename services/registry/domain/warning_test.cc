#include "services/registry/domain/warning.h"

#include <gmock/gmock.h>

#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kWarningId[] = "0197b1f0-0000-7000-8000-000000000001";
constexpr char kWarned[] = "0197b1f0-0000-7000-8000-000000000002";

// 2026-11-22 08:30 in Tokyo.

Warning Asked() {
  return {.url = "facebook.com/koriyama.fake",
          .department = "0101",
          .account = kWarned,
          .notice_ja = "偽のページです。友達申請を送ることはありません。",
          .notice = "A fake page. We never send friend requests.",
          .evidence = "開設の記録がない",
          .reported_on = kToday,
          .created_by = "users/sasaki"};
}

WarningClaim Claim() {
  return {.url = {.platform = "facebook",
                  .identity = "koriyamafake",
                  .url = "https://www.facebook.com/koriyama.fake",
                  .key = "facebook::koriyamafake"}};
}

WarningClaim ClaimKnownAs(KnownAccount::As as) {
  WarningClaim claim = Claim();
  claim.known = {{.key = claim.url.key,
                  .as = as,
                  .account = kWarned,
                  .department = "0101",
                  .display_name = "秘書課だより"}};
  return claim;
}

Warning Existing() { return Warn(Asked(), Claim(), kWarningId, kNow)->after; }

std::string ReasonOfWarning(const Warning& asked, const WarningClaim& claim) {
  return ReasonOf(Warn(asked, claim, kWarningId, kNow).status());
}

TEST(WarnTest, PutsWhatWasReportedOnTheListFromTodayOn) {
  const auto change = Warn(Asked(), Claim(), kWarningId, kNow);

  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.id, kWarningId);
  EXPECT_EQ(change->after.revision, 1);
  EXPECT_EQ(change->after.identity.key, "facebook::koriyamafake");
  EXPECT_EQ(change->after.platform, "facebook");
  EXPECT_EQ(change->after.starts_on, kToday);
  EXPECT_EQ(change->after.withdrawn_on, std::nullopt);
  EXPECT_EQ(change->event.type, "warning.created");
  EXPECT_EQ(change->event.resource, std::string("warnings/") + kWarningId);
  EXPECT_EQ(change->event.department, "departments/0101");
  EXPECT_THAT(change->event.related, ElementsAre(std::string("accounts/") + kWarned));
  EXPECT_THAT(change->event.changes,
              Contains(FieldChange{"canonical_url", "", "https://www.facebook.com/koriyama.fake"}));
}

TEST(WarnTest, NeverNamesALiveAccountOfTheLedger) {
  const auto refused = Warn(Asked(), ClaimKnownAs(KnownAccount::As::kLive), kWarningId, kNow);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status()), "ACCOUNT_IS_OFFICIAL");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("秘書課だより"));
}

TEST(WarnTest, MayNameWhatIsNoAccountOfOursAnyMore) {
  EXPECT_EQ(ReasonOfWarning(Asked(), ClaimKnownAs(KnownAccount::As::kTombstone)), "");
  // Renamed, it has left its name to whoever takes it.
  EXPECT_EQ(ReasonOfWarning(Asked(), ClaimKnownAs(KnownAccount::As::kFormer)), "");
  EXPECT_EQ(ReasonOfWarning(Asked(), ClaimKnownAs(KnownAccount::As::kImported)), "");
}

TEST(WarnTest, IsRefusedWhileAnotherIsInForceOnTheSameIdentity) {
  WarningClaim claim = Claim();
  claim.in_force = kWarningId;
  const auto refused = Warn(Asked(), claim, kWarningId, kNow);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(refused.status()), "WARNING_EXISTS");
}

TEST(WarnTest, TakesAReportOfTodayButNotOfTomorrow) {
  Warning asked = Asked();
  EXPECT_EQ(ReasonOfWarning(asked, Claim()), "");
  asked.reported_on = kToday + 1;
  EXPECT_EQ(ReasonOfWarning(asked, Claim()), "DATE_IN_FUTURE");
}

TEST(ChangeWarningTest, ChangesWhatIsGivenAndNothingElse) {
  const auto change = ChangeWarning(Existing(), {.notice = "Do not answer it."}, kNow);

  ASSERT_TRUE(change.ok()) << change.status();
  ASSERT_TRUE(change->has_value());
  EXPECT_EQ((*change)->after.revision, 2);
  EXPECT_THAT((*change)->event.changes,
              ElementsAre(FieldChange{"notice", "A fake page. We never send friend requests.",
                                      "Do not answer it."}));
  EXPECT_EQ((*change)->event.type, "warning.changed");
}

TEST(ChangeWarningTest, SaysNothingNewWhenNothingDiffers) {
  EXPECT_EQ(ChangeWarning(Existing(), {.notice_ja = Existing().notice_ja}, kNow)->has_value(),
            false);
}

TEST(ChangeWarningTest, StaysInForceWhenThePlatformRemovedItAndKnowsWhenItIsBack) {
  const Warning removed =
      (*ChangeWarning(Existing(), {.removed_on = std::optional(kToday)}, kNow))->after;
  EXPECT_EQ(removed.removed_on, kToday);
  EXPECT_EQ(removed.withdrawn_on, std::nullopt);
  WarningEdit back;
  back.removed_on.emplace(std::nullopt);
  EXPECT_EQ((*ChangeWarning(removed, back, kNow))->after.removed_on, std::nullopt);
}

TEST(ChangeWarningTest, TakesARemovalFromTheReportToTodayOnly) {
  Warning warning = Existing();
  warning.reported_on = kToday - 1;
  const auto reason_on = [&](absl::CivilDay day) {
    return ReasonOf(ChangeWarning(warning, {.removed_on = std::optional(day)}, kNow).status());
  };
  EXPECT_EQ(reason_on(kToday - 2), "DATE_TOO_EARLY");
  EXPECT_EQ(reason_on(kToday - 1), "");
  EXPECT_EQ(reason_on(kToday), "");
  EXPECT_EQ(reason_on(kToday + 1), "DATE_IN_FUTURE");
}

TEST(WithdrawTest, KeepsTheWarningAndSaysWhy) {
  const auto change = Withdraw(Existing(), "関係団体のページ", kNow);

  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.withdrawn_on, kToday);
  EXPECT_EQ(change->after.withdrawal_reason, "関係団体のページ");
  EXPECT_EQ(change->after.notice_ja, Existing().notice_ja);
  EXPECT_EQ(change->event.type, "warning.withdrawn");
  EXPECT_EQ(change->event.reason, "関係団体のページ");
}

TEST(WithdrawTest, LeavesNothingToChange) {
  const Warning withdrawn = Withdraw(Existing(), "誤り", kNow)->after;
  EXPECT_EQ(ReasonOf(Withdraw(withdrawn, "誤り", kNow).status()), "WARNING_WITHDRAWN");
  EXPECT_EQ(ReasonOf(ChangeWarning(withdrawn, {.notice = "x"}, kNow).status()),
            "WARNING_WITHDRAWN");
}

}  // namespace
}  // namespace daicho::registry::domain
