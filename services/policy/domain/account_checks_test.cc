// The checks that look at accounts, or at a form beside other accounts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(NeighboursTest, FindsWhatComparingWithEachAccountFinds) {
  std::vector<std::string> texts;
  for (unsigned n = 0; n < 60; ++n) {
    std::string text;
    // Few characters, so that pairs occur often.
    for (unsigned i = 0; i < 12 + n % 9; ++i) {
      const char* letters[] = {"観", "光", "防", "災"};
      text += letters[(n * 2654435761u >> (i % 16)) % 4];
    }
    texts.push_back(text);
  }
  Neighbours others({{"fields.purpose"}});
  for (const std::string& text : texts) {
    others.Put({absl::StrCat("accounts/", text), text, {{"fields.purpose", text}}});
  }
  for (const std::string& text : texts) {
    const std::string own = text + "県";
    int most = 0;
    for (const std::string& other : texts) {
      most = std::max(most, PercentAlike(PairsOf(own), PairsOf(other)));
    }
    const auto faults =
        RunOnAccount(SimilarAccounts{{"fields.purpose"}, 1}, {{"fields.purpose", own}}, &others);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].facts.at("percent"), absl::StrCat(most)) << own;
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
