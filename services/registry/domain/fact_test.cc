#include "services/registry/domain/fact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

Account AccountIn(AccountState state = AccountState::kActive) {
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .revision = 3,
          .state = state,
          .department = "5002",
          .platform = "x",
          .fields = {{"purpose", "案内"}}};
}

Fields Profile(const std::string& day) {
  return {{"profile.checked_on", day}, {"profile.summary_present", "true"}};
}

Fields Custody(const std::string& day) {
  return {
      {"custody.attested_on", day}, {"custody.holder_count", "3"}, {"custody.mfa_enabled", "true"}};
}

std::string ReasonFor(const absl::StatusOr<std::optional<Change>>& change) {
  if (!change.ok()) return ReasonOf(change.status());
  return *change ? "changed" : "unchanged";
}

TEST(RecordProfileTest, IsTheNextVersionWithWhatDiffers) {
  const auto change = RecordProfile(AccountIn(), Profile("2026-11-22"), kNow);
  ASSERT_TRUE(change.ok() && *change);
  EXPECT_EQ((*change)->after.revision, 4);
  EXPECT_EQ((*change)->after.update_time, kNow);
  EXPECT_EQ((*change)->after.facts, Profile("2026-11-22"));
  EXPECT_EQ((*change)->after.fields, AccountIn().fields);
  EXPECT_EQ((*change)->event.type, "account.profile_checked");
  EXPECT_EQ((*change)->event.department, "departments/5002");
  EXPECT_THAT((*change)->event.changes,
              Contains(FieldChange{"facts.profile.summary_present", "", "true"}));
}

TEST(RecordProfileTest, ReplacesTheLookBeforeAndNothingElse) {
  Account account = AccountIn();
  account.facts = {{"profile.checked_on", "2026-11-01"},
                   {"profile.images_present", "true"},
                   {"custody.attested_on", "2026-11-01"}};
  const auto change = RecordProfile(account, Profile("2026-11-22"), kNow);
  ASSERT_TRUE(change.ok() && *change);
  Fields expected = Profile("2026-11-22");
  expected["custody.attested_on"] = "2026-11-01";
  EXPECT_EQ((*change)->after.facts, expected);
}

TEST(RecordProfileTest, AnOlderLookChangesNothingAndOneOfTheSameDayDoes) {
  Account account = AccountIn();
  account.facts = {{"profile.checked_on", "2026-11-20"}};
  EXPECT_EQ(ReasonFor(RecordProfile(account, Profile("2026-11-19"), kNow)), "unchanged");
  EXPECT_EQ(ReasonFor(RecordProfile(account, Profile("2026-11-20"), kNow)), "changed");
  account.facts = Profile("2026-11-20");
  EXPECT_EQ(ReasonFor(RecordProfile(account, Profile("2026-11-20"), kNow)), "unchanged");
}

TEST(RecordProfileTest, TodayIsTheLastDay) {
  EXPECT_EQ(ReasonFor(RecordProfile(AccountIn(), Profile("2026-11-22"), kNow)), "changed");
  EXPECT_EQ(ReasonFor(RecordProfile(AccountIn(), Profile("2026-11-23"), kNow)), "DATE_IN_FUTURE");
  EXPECT_EQ(ReasonFor(RecordProfile(AccountIn(), {}, kNow)), "INVALID_FIELD");
}

TEST(RecordProfileTest, ATombstoneIsReportedOnNoMore) {
  for (const AccountState state : kAllAccountStates) {
    const bool alive = state != AccountState::kClosed && state != AccountState::kMerged;
    EXPECT_EQ(ReasonFor(RecordProfile(AccountIn(state), Profile("2026-11-22"), kNow)),
              alive ? "changed" : "ACCOUNT_NOT_ALIVE")
        << ToText(state);
  }
}

TEST(AttestCustodyTest, TheCallerIsWhoAttests) {
  const auto change = AttestCustody(AccountIn(), Custody("2026-11-22"), "users/hirose", kNow);
  ASSERT_TRUE(change.ok() && *change);
  EXPECT_THAT((*change)->after.facts, Contains(Pair("custody.attested_by", "users/hirose")));
  EXPECT_EQ((*change)->event.type, "account.custody_attested");
}

TEST(AttestCustodyTest, ATextIsRefusedAsItCouldBeASecret) {
  Fields custody = Custody("2026-11-22");
  custody["custody.attested_by"] = "hunter2";
  const auto change = AttestCustody(AccountIn(), custody, "users/hirose", kNow);
  EXPECT_EQ(ReasonFor(change), "INVALID_FIELD");
  EXPECT_THAT(std::string(change.status().message()), ::testing::Not(HasSubstr("hunter2")));
}

TEST(AttestCustodyTest, SomebodyHoldsTheAccount) {
  for (const auto& [count, reason] : {std::pair("0", "INVALID_FIELD"),
                                      {"1", "changed"},
                                      {"1000", "changed"},
                                      {"1001", "INVALID_FIELD"},
                                      {"-1", "INVALID_FIELD"}}) {
    Fields custody = Custody("2026-11-22");
    custody["custody.holder_count"] = count;
    EXPECT_EQ(ReasonFor(AttestCustody(AccountIn(), custody, "users/a", kNow)), reason) << count;
  }
  Fields custody = Custody("2026-11-22");
  custody.erase("custody.holder_count");
  EXPECT_EQ(ReasonFor(AttestCustody(AccountIn(), custody, "users/a", kNow)), "INVALID_FIELD");
}

TEST(AttestCustodyTest, WhatIsAttestedIsNotAfterTheAttestation) {
  for (const char* path : {"custody.password_rotated_on", "custody.linked_apps_reviewed_on"}) {
    Fields custody = Custody("2026-11-20");
    custody[path] = "2026-11-20";
    EXPECT_EQ(ReasonFor(AttestCustody(AccountIn(), custody, "users/a", kNow)), "changed") << path;
    custody[path] = "2026-11-21";
    EXPECT_EQ(ReasonFor(AttestCustody(AccountIn(), custody, "users/a", kNow)), "INVALID_FIELD")
        << path;
  }
}

TEST(AttestCustodyTest, AnOlderAttestationChangesNothingAndAFutureOneIsRefused) {
  Account account = AccountIn();
  account.facts = {{"custody.attested_on", "2026-11-20"}};
  EXPECT_EQ(ReasonFor(AttestCustody(account, Custody("2026-11-19"), "users/a", kNow)), "unchanged");
  EXPECT_EQ(ReasonFor(AttestCustody(account, Custody("2026-11-20"), "users/a", kNow)), "changed");
  EXPECT_EQ(ReasonFor(AttestCustody(account, Custody("2026-11-23"), "users/a", kNow)),
            "DATE_IN_FUTURE");
  EXPECT_EQ(ReasonFor(AttestCustody(account, {{"custody.holder_count", "1"}}, "users/a", kNow)),
            "INVALID_FIELD");
  EXPECT_EQ(ReasonFor(AttestCustody(AccountIn(AccountState::kMerged), Custody("2026-11-20"),
                                    "users/a", kNow)),
            "ACCOUNT_NOT_ALIVE");
}

TEST(RecordWatchTest, SaysWhenWhereWithWhatResultAndWhoSearched) {
  const Fields watch = {
      {"watch.watched_on", "2026-11-20"}, {"watch.place", "X"}, {"watch.result", "異常なし"}};
  const auto change = RecordWatch(AccountIn(), watch, "users/hirose", kNow);
  ASSERT_TRUE(change.ok() && *change);
  EXPECT_THAT((*change)->after.facts, Contains(Pair("watch.watched_by", "users/hirose")));
  EXPECT_EQ((*change)->event.type, "account.watched");
  for (const char* path : {"watch.watched_on", "watch.place", "watch.result"}) {
    Fields part = watch;
    part.erase(path);
    EXPECT_EQ(ReasonFor(RecordWatch(AccountIn(), part, "users/a", kNow)), "INVALID_FIELD") << path;
  }
  EXPECT_EQ(ReasonFor(RecordWatch(AccountIn(AccountState::kClosed), watch, "users/a", kNow)),
            "ACCOUNT_NOT_ALIVE");
}

TEST(RecordWatchTest, AnOlderSearchChangesNothingAndAFutureOneIsRefused) {
  const auto on = [](const char* day) {
    return Fields{{"watch.watched_on", day}, {"watch.place", "X"}, {"watch.result", "異常なし"}};
  };
  Account account = AccountIn();
  account.facts = {{"watch.watched_on", "2026-11-20"}};
  EXPECT_EQ(ReasonFor(RecordWatch(account, on("2026-11-19"), "users/a", kNow)), "unchanged");
  EXPECT_EQ(ReasonFor(RecordWatch(account, on("2026-11-22"), "users/a", kNow)), "changed");
  EXPECT_EQ(ReasonFor(RecordWatch(account, on("2026-11-23"), "users/a", kNow)), "DATE_IN_FUTURE");
}

}  // namespace
}  // namespace daicho::registry::domain
