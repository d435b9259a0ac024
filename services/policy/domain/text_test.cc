#include "services/policy/domain/text.h"

#include <gtest/gtest.h>

namespace daicho::policy::domain {
namespace {

TEST(FoldTest, MakesWidthAndCaseOfNoConsequence) {
  EXPECT_EQ(Fold("ＢＩＴ．ＬＹ／Ａ"), "bit.ly/a");
  EXPECT_EQ(Fold("Twitter"), "twitter");
  EXPECT_EQ(Fold("ﾂｲｯﾀｰ"), "ツイッター");
  EXPECT_EQ(Fold("個人情報"), "個人情報");
}

TEST(FoldTest, DropsCharactersThatDoNotShow) { EXPECT_EQ(Fold("bi\u200bt.ly"), "bit.ly"); }

TEST(IsBlankTest, HoldsWhereNothingShows) {
  EXPECT_TRUE(IsBlank(""));
  EXPECT_TRUE(IsBlank(" \t\n\u3000"));
  EXPECT_TRUE(IsBlank("\u200b\ufeff"));
  EXPECT_FALSE(IsBlank("　無 "));
  EXPECT_FALSE(IsBlank("-"));
  EXPECT_FALSE(IsBlank("\xff"));
}

TEST(CharacterCountTest, CountsCodePointsBetweenTheOuterSpaces) {
  EXPECT_EQ(CharacterCount(""), 0u);
  EXPECT_EQ(CharacterCount("\u3000\u3000"), 0u);
  EXPECT_EQ(CharacterCount("\u3000県政 情報\n"), 5u);
  EXPECT_EQ(CharacterCount("𠮷野"), 2u);
}

}  // namespace
}  // namespace daicho::policy::domain
