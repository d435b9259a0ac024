#include "services/policy/domain/similarity.h"

#include <gtest/gtest.h>

#include <string>

namespace daicho::policy::domain {
namespace {

int Alike(const char* a, const char* b) { return PercentAlike(PairsOf(a), PairsOf(b)); }

TEST(SimilarityTest, TakesTheSameTextForWhollyAlikeInAnyWidthAndPunctuation) {
  EXPECT_EQ(Alike("県の観光イベントの情報を発信する", "県の観光イベントの情報を発信する"), 100);
  EXPECT_EQ(Alike("県の「観光イベント」の情報を、発信する。", "県の観光ｲﾍﾞﾝﾄの情報を　発信する"),
            100);
  EXPECT_EQ(Alike("Ｔｏｕｒｉｓｍ ＮＥＷＳ", "tourism news"), 100);
}

TEST(SimilarityTest, CountsSharedPairsOfCharacters) {
  // Nine pairs each, of which eight are shared.
  EXPECT_EQ(Alike("あいうえおかきくけこ", "あいうえおかきくけさ"), 88);
  EXPECT_EQ(Alike("あいうえおかきくけこ", "さしすせそたちつてと"), 0);
  // A pair counts as often as it occurs in both.
  EXPECT_EQ(Alike("ああああああああああ", "ああああああああああああああああああああ"), 64);
}

TEST(SimilarityTest, TellsOtherPurposesApart) {
  EXPECT_GE(Alike("県内の観光地や特産品の魅力を県外の方に紹介し、誘客につなげる",
                  "県内の観光地と特産品の魅力を県外の人に紹介し、誘客に結びつける"),
            60);
  EXPECT_LT(Alike("県内の観光地や特産品の魅力を県外の方に紹介し、誘客につなげる",
                  "災害時の避難所の開設状況や道路の通行止めを県民に知らせる"),
            20);
}

TEST(SimilarityTest, SaysNothingOfTextsTooShortToCompare) {
  EXPECT_TRUE(PairsOf("観光の情報を発信す").empty());
  EXPECT_EQ(PairsOf("観光の情報を発信する").size(), 9u);
  EXPECT_EQ(Alike("", ""), 0);
}

TEST(SimilarityTest, ReadsAtMostFourThousandCharacters) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "あ";
  EXPECT_EQ(PairsOf(text).size(), 3999u);
}

}  // namespace
}  // namespace daicho::policy::domain
