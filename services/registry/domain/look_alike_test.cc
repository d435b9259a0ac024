#include "services/registry/domain/look_alike.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <vector>

#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

LookupEntry Official(absl::string_view platform, absl::string_view handle) {
  return {.account = handle,
          .key = std::string(platform) + "::" + std::string(handle),
          .platform = platform,
          .handle = handle,
          .listing_url = "https://pref.example/sns",
          .state = AccountState::kActive,
          .opened = true};
}

CanonicalUrl AskedOnX(const std::string& handle) {
  return {.platform = "x", .identity = handle, .key = "x::" + handle};
}

const LookupEntry* Nearest(const CanonicalUrl& asked, const std::vector<LookupEntry>& entries) {
  std::vector<const LookupEntry*> candidates;
  for (const LookupEntry& entry : entries) candidates.push_back(&entry);
  return NearestOfficial(asked, Likeness(HandleOf(asked)), candidates, kToday);
}

TEST(SkeletonTest, FoldsWhatTheEyeDoesNotTellApart) {
  const std::vector<std::pair<std::string, std::string>> alike = {
      {"AomoriPref", "aomoripref"}, {"aomori_pref", "aomoripref"},
      {"aom0ripref", "aomoripref"}, {"akitavisi0n", "akitavision"},
      {"pref1", "prefl"},           {"аomori", "aomori"},  // Cyrillic а
      {"ａｏｍｏｒｉ", "aomori"},   {"青森縣", "青森県"},
      {"modern", "modem"},          {"a.b-c", "abc"}};
  for (const auto& [one, other] : alike) {
    EXPECT_EQ(SkeletonOf(one), SkeletonOf(other)) << one << " " << other;
  }
  EXPECT_NE(SkeletonOf("aomoripref"), SkeletonOf("akitapref"));
  EXPECT_NE(SkeletonOf("青森県"), SkeletonOf("秋田県"));
  EXPECT_TRUE(SkeletonOf("__").empty());
}

TEST(EditsBetweenTest, CountsToOneAndNoFurther) {
  EXPECT_EQ(EditsBetween(U"akita", U"akita"), 0);
  EXPECT_EQ(EditsBetween(U"akita", U"akito"), 1);
  EXPECT_EQ(EditsBetween(U"akita", U"akitaa"), 1);
  EXPECT_EQ(EditsBetween(U"akita", U"akta"), 1);
  EXPECT_EQ(EditsBetween(U"akita", U"aktia"), 2);
  EXPECT_EQ(EditsBetween(U"", U"a"), 1);
  EXPECT_EQ(EditsBetween(U"", U"ab"), 2);
}

TEST(LikenessTest, WhateverIsOneEditAwaySharesAHalf) {
  std::mt19937 random(20261125);
  const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < 20'000; ++i) {
    std::string kept;
    for (std::size_t n = 1 + any(12); kept.size() < n;) kept += static_cast<char>('a' + any(5));
    std::string asked = kept;
    const std::size_t at = any(kept.size());
    switch (any(3)) {
      case 0:
        asked[at] = 'z';
        break;
      case 1:
        asked.insert(at, "z");
        break;
      default:
        asked.erase(at, 1);
    }
    if (asked.empty()) continue;
    const auto keep = Likeness(kept).HalvesToKeep();
    const auto ask = Likeness(asked).HalvesToAsk();
    EXPECT_TRUE(std::find_first_of(ask.begin(), ask.end(), keep.begin(), keep.end()) != ask.end())
        << kept << " " << asked;
    EXPECT_LE(std::popcount(Likeness(kept).Characters() ^ Likeness(asked).Characters()),
              kMostCharactersApart)
        << kept << " " << asked;
  }
}

TEST(NearestOfficialTest, NamesWhatLooksTheSameBeforeWhatIsOneEditAway) {
  const std::vector<LookupEntry> entries = {Official("x", "akitavisiom"),
                                            Official("x", "AkitaVision")};
  EXPECT_EQ(Nearest(AskedOnX("akitavisi0n"), entries), &entries[1]);
  EXPECT_EQ(Nearest(AskedOnX("akitavisio"), entries)->key.view(), "x::AkitaVision");
  EXPECT_EQ(Nearest(AskedOnX("akitavis"), entries), nullptr);
}

TEST(NearestOfficialTest, RealPairsOfOfficialAccountsDifferByOneLetter) {
  // Both are official, so that neither is ever unknown; a third is a hint at one of them only.
  const std::vector<LookupEntry> entries = {Official("x", "japanemb_si"),
                                            Official("x", "japanemb_sl")};
  EXPECT_NE(Nearest(AskedOnX("japanemb_sk"), entries), nullptr);
}

TEST(NearestOfficialTest, PrefersTheSamePlatform) {
  const std::vector<LookupEntry> entries = {Official("instagram", "akitavision"),
                                            Official("x", "akita_vision")};
  EXPECT_EQ(Nearest(AskedOnX("akitavisi0n"), entries), &entries[1]);
}

TEST(NearestOfficialTest, AShortHandleMustLookTheSame) {
  const std::vector<LookupEntry> entries = {Official("x", "tosa")};
  EXPECT_EQ(Nearest(AskedOnX("t0sa"), entries), &entries[0]);
  EXPECT_EQ(Nearest(AskedOnX("toga"), entries), nullptr);
}

TEST(NearestOfficialTest, OnlyAnOfficialAccountIsAHint) {
  std::vector<LookupEntry> entries = {Official("x", "akitavision")};
  entries[0].listing_url = "";
  EXPECT_EQ(Nearest(AskedOnX("akitavisi0n"), entries), nullptr);
}

TEST(NearestOfficialTest, OnAnUnknownHostTheEndOfThePathIsCompared) {
  const std::vector<LookupEntry> entries = {Official("x", "akitavision")};
  const CanonicalUrl asked{.platform = kOtherPlatform,
                           .identity = "https://eviltwitter.com/AkitaVision?lang=ja"};
  EXPECT_EQ(Nearest(asked, entries), &entries[0]);
  const CanonicalUrl bare{.platform = kOtherPlatform, .identity = "https://akitavision.example"};
  EXPECT_EQ(Nearest(bare, entries), nullptr);
}

}  // namespace
}  // namespace daicho::registry::domain
