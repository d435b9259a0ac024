#include "services/registry/domain/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

Account OpenAccount() {
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .revision = 1,
          .state = AccountState::kActive,
          .department = "5002",
          .platform = "x"};
}

GrantCommand To(const std::string& name) { return {.holder = {.display_name = name}}; }

absl::StatusOr<GrantChange> Granted(const GrantCommand& command, absl::Time now = kNow,
                                    const Account& account = OpenAccount()) {
  return GrantAccess(account, command, "0197b1f0-0000-7000-8000-00000000000a", "users/head", now);
}

std::string ReasonFor(const absl::StatusOr<GrantChange>& change) {
  return change.ok() ? "" : ReasonOf(change.status());
}

std::string DaysOf(const absl::StatusOr<GrantChange>& change) {
  if (!change.ok()) return ReasonOf(change.status());
  return absl::StrCat(change->after.fiscal_year, " ", FormatDay(change->after.valid_from), " ",
                      FormatDay(change->after.valid_until));
}

absl::Time Tokyo(int year, int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(year, month, day, hour, minute),
                         absl::FixedTimeZone(9 * 60 * 60));
}

TEST(GrantAccessTest, LastsUntilTheEndOfTheFiscalYear) {
  EXPECT_EQ(DaysOf(Granted(To("山田"))), "2026 2026-11-22 2027-03-31");
}

TEST(GrantAccessTest, TheFiscalYearTurnsAtMidnightInTokyo) {
  EXPECT_EQ(DaysOf(Granted(To("山田"), Tokyo(2027, 3, 31, 23, 59))), "2026 2027-03-31 2027-03-31");
  EXPECT_EQ(DaysOf(Granted(To("山田"), Tokyo(2027, 4, 1, 0, 0))), "2027 2027-04-01 2028-03-31");
}

TEST(GrantAccessTest, EndsOn31MarchAtTheLatest) {
  GrantCommand command = To("山田");
  command.valid_until = absl::CivilDay(2027, 3, 31);
  EXPECT_EQ(DaysOf(Granted(command)), "2026 2026-11-22 2027-03-31");
  command.valid_until = absl::CivilDay(2027, 4, 1);
  EXPECT_EQ(ReasonFor(Granted(command)), "GRANT_BEYOND_FISCAL_YEAR");
  command.valid_until = absl::CivilDay(2026, 12, 28);
  EXPECT_EQ(DaysOf(Granted(command)), "2026 2026-11-22 2026-12-28");
}

TEST(GrantAccessTest, ADayIsEnoughAndLessIsRefused) {
  GrantCommand command = To("山田");
  command.valid_until = absl::CivilDay(2026, 11, 22);
  EXPECT_EQ(ReasonFor(Granted(command)), "");
  command.valid_until = absl::CivilDay(2026, 11, 21);
  EXPECT_EQ(ReasonFor(Granted(command)), "INVALID_FIELD");
}

TEST(GrantAccessTest, BeginsInThisFiscalYearOrTheNext) {
  GrantCommand command = To("山田");
  command.valid_from = absl::CivilDay(2026, 4, 1);
  EXPECT_EQ(DaysOf(Granted(command)), "2026 2026-04-01 2027-03-31");
  command.valid_from = absl::CivilDay(2026, 3, 31);
  EXPECT_EQ(ReasonFor(Granted(command)), "GRANT_YEAR_NOT_OPEN");
  command.valid_from = absl::CivilDay(2028, 3, 31);
  EXPECT_EQ(DaysOf(Granted(command)), "2027 2028-03-31 2028-03-31");
  command.valid_from = absl::CivilDay(2028, 4, 1);
  EXPECT_EQ(ReasonFor(Granted(command)), "GRANT_YEAR_NOT_OPEN");
}

TEST(GrantAccessTest, IsForSomebodyWithAName) {
  EXPECT_EQ(ReasonFor(Granted(To(""))), "INVALID_FIELD");
  for (const auto& [subject, reason] : {std::pair("users/yamada", ""),
                                        {"", ""},
                                        {"users/", "INVALID_FIELD"},
                                        {"yamada", "INVALID_FIELD"}}) {
    GrantCommand command = To("山田");
    command.holder.subject = subject;
    EXPECT_EQ(ReasonFor(Granted(command)), reason) << subject;
  }
}

TEST(GrantAccessTest, ATombstoneIsUsedByNobody) {
  Account closed = OpenAccount();
  closed.state = AccountState::kClosed;
  EXPECT_EQ(ReasonFor(Granted(To("山田"), kNow, closed)), "ACCOUNT_NOT_ALIVE");
}

TEST(GrantAccessTest, IsAnEventAboutTheGrantAndItsAccount) {
  const auto change = Granted(To("山田"));
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->event.type, "grant.made");
  EXPECT_THAT(change->event.related, ElementsAre("accounts/" + OpenAccount().id));
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"valid_until", "", "2027-03-31"}));
}

TEST(RevokeTest, HappensOnceAndSaysWhy) {
  const Grant grant = Granted(To("山田"))->after;
  const auto revoked = Revoke(grant, "5002", "異動", "users/head", kNow);
  ASSERT_TRUE(revoked.ok());
  EXPECT_EQ(revoked->after.revision, 2);
  EXPECT_EQ(revoked->after.revoke_time, kNow);
  EXPECT_EQ(revoked->event.reason, "異動");
  EXPECT_THAT(revoked->event.changes, Contains(FieldChange{"revoke_reason", "", "異動"}));
  EXPECT_EQ(ReasonFor(Revoke(revoked->after, "5002", "異動", "users/head", kNow)),
            "GRANT_ALREADY_REVOKED");
}

TEST(KeyOfTest, IsTheSubjectElseTheName) {
  EXPECT_EQ(KeyOf({.subject = "users/yamada", .display_name = "山田"}), "users/yamada");
  EXPECT_EQ(KeyOf({.display_name = "山田"}), "山田");
}

}  // namespace
}  // namespace daicho::registry::domain
