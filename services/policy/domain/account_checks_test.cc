// The checks that look at accounts, or at a form beside other accounts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/policy/domain/checks.h"
#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename Check>
std::vector<Fault> RunOnAccount(const Check& check, const Fields& fields,
                                const Neighbours* neighbours = nullptr) {
  return Run(check,
             Subject{fields, "KIND_PREFECTURAL_OFFICE", kToday, SubjectKind::kAccount, neighbours});
}

Neighbours NeighboursOf(const std::vector<std::string>& fields,
                        const std::vector<OtherAccount>& accounts) {
  Neighbours neighbours({fields});
  for (const OtherAccount& account : accounts) neighbours.Put(account);
  return neighbours;
}

TEST(NumberLimitTest, LetsBothLimitsAndAnUnsetNumberPass) {
  const NumberLimit check{"holders", 2, 5};
  for (const char* met : {"2", "5"})
    EXPECT_THAT(RunOnAccount(check, {{"holders", met}}), IsEmpty());
  EXPECT_THAT(RunOnAccount(check, {}), IsEmpty());
  EXPECT_THAT(RunOnAccount(check, {{"holders", "6"}}),
              ElementsAre(Fault{"holders", {{"value", "6"}, {"minimum", "2"}, {"maximum", "5"}}}));
  EXPECT_EQ(RunOnAccount(check, {{"holders", "1"}}).size(), 1u);
}

TEST(RequiredTopicsTest, NamesAllThatAreMissingAtOnce) {
  const RequiredTopics check{FieldPath("terms"),
                             {{"insult", "侮辱", {"侮辱", "中傷"}},
                              {"copyright", "著作権", {"著作権"}},
                              {"crime", "違法行為", {"違法"}}}};
  EXPECT_THAT(RunOnAccount(check, {{"terms", "中傷、著作権の侵害、違法な行為を禁じる"}}),
              IsEmpty());
  EXPECT_THAT(RunOnAccount(check, {{"terms", "侮辱を禁じる"}}),
              ElementsAre(Fault{
                  "terms", {{"topics", "copyright, crime"}, {"topics_ja", "著作権、違法行為"}}}));
  EXPECT_THAT(RunOnAccount(check, {}), IsEmpty());
}

TEST(ForbiddenPersonalDataTest, NamesTheKindButNotTheData) {
  const ForbiddenPersonalData check{
      {FieldPath("notes")}, {PersonalData::kMobilePhone, PersonalData::kEmail}, {"lg.jp"}};
  EXPECT_THAT(RunOnAccount(check, {{"notes", "088-621-2500 koho@pref.tokushima.lg.jp"}}),
              IsEmpty());
  EXPECT_THAT(
      RunOnAccount(check, {{"notes", "０９０－１２３４－５６７８"}}),
      ElementsAre(Fault{"notes", {{"data", "mobile number"}, {"data_ja", "携帯電話番号"}}}));
  EXPECT_EQ(RunOnAccount(check, {{"notes", "a@gmail.com"}}).size(), 1u);
  EXPECT_THAT(RunOnAccount(check, {}), IsEmpty());
}

TEST(SimilarAccountsTest, NamesTheMostSimilarOtherAccount) {
  const SimilarAccounts check{{"fields.purpose", "fields.topics"}, 88};
  const Neighbours others = NeighboursOf(
      check.fields,
      {{"accounts/1", "近い", {{"fields.purpose", "あいうえおかきくけさ"}}},
       {"accounts/2", "同じ", {{"fields.purpose", "あいうえお"}, {"fields.topics", "かきくけこ"}}},
       {"accounts/3", "空", {}}});
  const Fields fields = {{"fields.purpose", "あいうえおかきくけこ"}};
  EXPECT_THAT(
      RunOnAccount(check, fields, &others),
      ElementsAre(Fault{
          "fields.purpose",
          {{"account", "accounts/2"}, {"name", "同じ"}, {"percent", "100"}, {"limit", "88"}}}));
}

TEST(SimilarAccountsTest, PassesJustBelowItsLimitBesideItselfAndInAMerger) {
  const Neighbours others = NeighboursOf(
      {"fields.purpose"}, {{"accounts/1", "近い", {{"fields.purpose", "あいうえおかきくけさ"}}}});
  Fields fields = {{"fields.purpose", "あいうえおかきくけこ"}};
  EXPECT_EQ(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 88}, fields, &others).size(), 1u);
  EXPECT_THAT(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 89}, fields, &others), IsEmpty());
  EXPECT_THAT(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 88}, fields), IsEmpty());
  EXPECT_THAT(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 1}, {}, &others), IsEmpty());
  fields["absorbed_accounts[0].account"] = "accounts/2";
  EXPECT_THAT(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 88}, fields, &others), IsEmpty());
  fields.erase("absorbed_accounts[0].account");
  fields["account"] = "accounts/1";
  EXPECT_THAT(RunOnAccount(SimilarAccounts{{"fields.purpose"}, 88}, fields, &others), IsEmpty());
}

TEST(NeighboursTest, FollowsAccountsThatChangeAndThatGo) {
  const SimilarAccounts check{{"fields.purpose"}, 100};
  const Fields fields = {{"fields.purpose", "あいうえおかきくけこ"}};
  Neighbours others = NeighboursOf({"fields.purpose"}, {{"accounts/1", "一", fields}});
  EXPECT_EQ(RunOnAccount(check, fields, &others).size(), 1u);
  others.Put({"accounts/1", "一", {{"fields.purpose", "さしすせそたちつてと"}}});
  EXPECT_THAT(RunOnAccount(check, fields, &others), IsEmpty());
  others.Put({"accounts/1", "一", fields});
  EXPECT_EQ(RunOnAccount(check, fields, &others).size(), 1u);
  others.Remove("accounts/1");
  EXPECT_THAT(RunOnAccount(check, fields, &others), IsEmpty());
}

TEST(AscendingTest, GivesBackWhatWasAdded) {
  Ascending ascending;
  EXPECT_TRUE(ascending.empty());
  std::vector<std::uint32_t> added, given;
  std::uint32_t number = 0;
  for (const std::uint32_t step : {0u, 1u, 127u, 128u, 16383u, 16384u, 4000000u, 2147483648u}) {
    // Runs that eight bytes hold, and such that they do not.
    for (int i = 0; i < 11; ++i) {
      if (number > 4294967295u - step) break;
      added.push_back(number += step);
      ascending.Add(number);
    }
  }
  ascending.ForEach([&](std::uint32_t one) { given.push_back(one); });
  EXPECT_EQ(given, added);
}

// Of few characters, so that pairs occur often.
std::string TextOf(std::mt19937& random) {
  std::string text;
  for (unsigned i = 0; i < 10 + random() % 20; ++i) {
    const char* letters[] = {"観", "光", "防", "災", "県"};
    text += letters[random() % 5];
  }
  return text;
}

struct Put {
  OtherAccount account;
  CharacterPairs pairs;
};

// The same by comparing with one account after another.
std::optional<Nearest> FindPlainly(const std::vector<Put>& all, const CharacterPairs& pairs,
                                   const std::string& self, int percent) {
  std::optional<Nearest> nearest;
  for (const Put& other : all) {
    const int alike = PercentAlike(pairs, other.pairs);
    if (other.account.name == self || alike < percent) continue;
    if (nearest && alike <= nearest->percent) continue;
    nearest = {other.account.name, other.account.display_name, alike};
  }
  return nearest;
}

TEST(NeighboursTest, FindsWhatComparingWithEachAccountFinds) {
  std::mt19937 random(20230331);
  std::vector<Put> all;  // In the order in which their texts were put.
  Neighbours others({{"fields.purpose"}});
  const auto put = [&](const std::string& name, const std::string& text) {
    std::erase_if(all, [&](const Put& one) { return one.account.name == name; });
    all.push_back({{name, absl::StrCat(random()), {{"fields.purpose", text}}}, PairsOf(text)});
    others.Put(all.back().account);
  };
  for (int i = 0; i < 700; ++i) put(absl::StrCat("accounts/", i), TextOf(random));
  for (int round = 0; round < 30; ++round) {
    // So many change and go that the index is numbered anew more than once.
    for (int i = 0; i < 40; ++i) put(absl::StrCat("accounts/", random() % 700), TextOf(random));
    for (int i = 0; i < 20; ++i) {
      const std::size_t gone = random() % all.size();
      others.Remove(all[gone].account.name);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(gone));
    }
    OtherAccount& renamed = all[random() % all.size()].account;
    renamed.display_name = "改称";
    others.Put(renamed);
    const CharacterPairs own = PairsOf(TextOf(random));
    for (const int percent : {1, 60, 80}) {
      const std::string self = all[random() % all.size()].account.name;
      const auto found = others.By({"fields.purpose"})->Find(own, self, percent);
      const auto expected = FindPlainly(all, own, self, percent);
      ASSERT_EQ(found.has_value(), expected.has_value()) << round;
      if (!found) continue;
      EXPECT_EQ(found->name, expected->name) << round;
      EXPECT_EQ(found->display_name, expected->display_name) << round;
      EXPECT_EQ(found->percent, expected->percent) << round;
    }
  }
}

Fields Silent(const char* last_post) {
  return {{"account.opened_on", "2020-04-01"},
          {"account.activity.last_post_time", last_post},
          {"account.activity.observe_time", "2026-11-20T00:00:00Z"}};
}

TEST(InactivityTest, FindsAnAccountInItsBucketsAlone) {
  const Inactivity check{{Bucket::kCandidate}, {}};
  // 00:00 on 22 November 2025 in Tokyo, and the moment before.
  EXPECT_THAT(RunOnAccount(check, Silent("2025-11-21T15:00:00Z")), IsEmpty());
  EXPECT_THAT(RunOnAccount(check, Silent("2025-11-21T14:59:59Z")),
              ElementsAre(Fault{"account.activity.last_post_time",
                                {{"base", "2025-11-21"}, {"due", "2026-11-22"}, {"days", "366"}}}));
  EXPECT_EQ(RunOnAccount(Inactivity{{Bucket::kWarning}, {}}, Silent("2025-11-21T15:00:00Z")).size(),
            1u);
  EXPECT_THAT(RunOnAccount(Inactivity{{Bucket::kWarning}, {}}, Silent("2025-11-21T14:00:00Z")),
              IsEmpty());
}

TEST(InactivityTest, LetsAnExemptAccountPass) {
  Fields fields = Silent("2024-01-01T00:00:00Z");
  fields["exemption.end_date"] = "2026-11-22";
  EXPECT_THAT(RunOnAccount(Inactivity{{Bucket::kCandidate, Bucket::kNeedsCheck}, {}}, fields),
              IsEmpty());
}

}  // namespace
}  // namespace daicho::policy::domain
