#include "services/registry/domain/readiness.h"

#include <gtest/gtest.h>

#include <map>

#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

Account Bare() {
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .state = AccountState::kActive,
          .platform = "x"};
}

Account Complete() {
  Account account = Bare();
  account.facts = {{"profile.checked_on", "2026-11-01"},
                   {"profile.images_present", "true"},
                   {"profile.formal_name_present", "true"},
                   {"profile.summary_present", "true"},
                   {"profile.official_site_present", "true"}};
  account.listing.organization_page =
      PageSighting{.url = "https://www.pref.example/", .seen_on = kToday};
  return account;
}

Activity PostedOn(absl::CivilDay day) {
  const absl::Time noon =
      absl::FromCivil(absl::CivilHour(day) + 12, absl::FixedTimeZone(9 * 60 * 60));
  return {.last_post_time = noon, .observe_time = noon, .source = "feed"};
}

std::map<std::string, Readiness> StatesOf(const Account& account,
                                          const std::optional<Activity>& activity,
                                          const VerificationProgramme& programme = {}) {
  std::map<std::string, Readiness> states;
  for (const auto& condition : CheckReadiness(account, activity, programme, kToday)) {
    EXPECT_FALSE(condition.title.empty() || condition.title_ja.empty()) << condition.id;
    const bool met = condition.state == Readiness::kMet;
    EXPECT_EQ(condition.remedy.empty(), met) << condition.id;
    EXPECT_EQ(condition.remedy_ja.empty(), met) << condition.id;
    states[condition.id] = condition.state;
  }
  return states;
}

VerificationProgramme Asking(ProgrammeCheck check, int days = 0) {
  return {.display_name = "認証バッジ",
          .conditions = {{.id = "own",
                          .title = "own",
                          .title_ja = "独自",
                          .remedy = "do",
                          .remedy_ja = "する",
                          .check = check,
                          .days = days}}};
}

TEST(ReadinessTest, AnAccountWithEverythingMeetsEveryCondition) {
  for (const auto& [id, state] : StatesOf(Complete(), PostedOn(kToday))) {
    EXPECT_EQ(state, Readiness::kMet) << id;
  }
}

TEST(ReadinessTest, EachPartOfTheProfileIsAConditionOfItsOwn) {
  for (const auto& [path, id] : {std::pair("profile.images_present", "images"),
                                 {"profile.formal_name_present", "formal_name"},
                                 {"profile.summary_present", "description"},
                                 {"profile.official_site_present", "official_url"}}) {
    Account account = Complete();
    account.facts.erase(path);
    for (const auto& [other, state] : StatesOf(account, PostedOn(kToday))) {
      EXPECT_EQ(state, other == id ? Readiness::kNotMet : Readiness::kMet) << path << other;
    }
    EXPECT_EQ(StatesOf(Bare(), std::nullopt)[id], Readiness::kUnknown) << "nobody looked";
  }
}

TEST(ReadinessTest, APageOfTheOrganisationLinksToIt) {
  Account account = Complete();
  account.listing.section_page = account.listing.organization_page;
  account.listing.organization_page.reset();
  EXPECT_EQ(StatesOf(account, PostedOn(kToday))["listed"], Readiness::kNotMet);
  EXPECT_EQ(StatesOf(Complete(), PostedOn(kToday))["listed"], Readiness::kMet);
}

TEST(ReadinessTest, OnePostIsEnough) {
  EXPECT_EQ(StatesOf(Complete(), PostedOn(kToday - 5000))["first_post"], Readiness::kMet);
  EXPECT_EQ(StatesOf(Complete(), Activity{})["first_post"], Readiness::kNotMet);
  EXPECT_EQ(StatesOf(Complete(), std::nullopt)["first_post"], Readiness::kUnknown);
}

TEST(ReadinessTest, AProgrammeMayAskForARecentPost) {
  const auto asking = Asking(ProgrammeCheck::kPostedWithinDays, 30);
  const auto own = [&](const std::optional<Activity>& activity) {
    return StatesOf(Complete(), activity, asking)["own"];
  };
  EXPECT_EQ(own(PostedOn(kToday - 30)), Readiness::kMet);
  EXPECT_EQ(own(PostedOn(kToday - 31)), Readiness::kNotMet);
  EXPECT_EQ(own(Activity{}), Readiness::kNotMet);
  EXPECT_EQ(own(std::nullopt), Readiness::kUnknown);
}

TEST(ReadinessTest, AProgrammeMayAskForAnAge) {
  const auto asking = Asking(ProgrammeCheck::kOpenForDays, 30);
  const auto own = [&](std::optional<absl::CivilDay> opened_on) {
    Account account = Complete();
    account.opened_on = opened_on;
    return StatesOf(account, std::nullopt, asking)["own"];
  };
  EXPECT_EQ(own(kToday - 30), Readiness::kMet);
  EXPECT_EQ(own(kToday - 29), Readiness::kNotMet);
  EXPECT_EQ(own(std::nullopt), Readiness::kUnknown);
}

TEST(ReadinessTest, AProgrammeMayAskForASecondFactor) {
  const auto own = [](const Fields& facts) {
    Account account = Bare();
    account.facts = facts;
    return StatesOf(account, std::nullopt, Asking(ProgrammeCheck::kMfaEnabled))["own"];
  };
  EXPECT_EQ(own({{"custody.attested_on", "2026-11-01"}, {"custody.mfa_enabled", "true"}}),
            Readiness::kMet);
  EXPECT_EQ(own({{"custody.attested_on", "2026-11-01"}}), Readiness::kNotMet);
  EXPECT_EQ(own({}), Readiness::kUnknown);
}

TEST(ReadinessTest, WhatPeopleHaveToSeeIsUnknown) {
  EXPECT_EQ(StatesOf(Complete(), std::nullopt, Asking(ProgrammeCheck::kByPeople))["own"],
            Readiness::kUnknown);
}

TEST(ReadinessTest, TheConditionsOfEveryPlatformAreKnownByName) {
  for (const auto& condition : CheckReadiness(Bare(), std::nullopt, {}, kToday)) {
    EXPECT_TRUE(IsGeneralCondition(condition.id)) << condition.id;
  }
  EXPECT_FALSE(IsGeneralCondition("own"));
}

}  // namespace
}  // namespace daicho::registry::domain
