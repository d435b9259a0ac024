#include "common/base/compact_text.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace daicho {
namespace {

TEST(CompactTextTest, HoldsWhatItWasGiven) {
  const std::string japanese = "青森県庁";
  EXPECT_EQ(CompactText(japanese).view(), japanese);
  EXPECT_EQ(CompactText(std::string(100'000, 'a')).view().size(), 100'000u);
  EXPECT_EQ(CompactText(absl::string_view("a\0b", 3)).view(), absl::string_view("a\0b", 3));
}

TEST(CompactTextTest, EmptyTextTakesNothing) {
  EXPECT_TRUE(CompactText().empty());
  EXPECT_TRUE(CompactText("").empty());
  EXPECT_EQ(CompactText("").view(), "");
  EXPECT_EQ(sizeof(CompactText), sizeof(void*));
}

TEST(CompactTextTest, ACopyIsItsOwn) {
  CompactText first("a");
  CompactText second = first;
  first = "b";
  EXPECT_EQ(second.view(), "a");
  second = *&second;
  EXPECT_EQ(second.view(), "a");
  const CompactText moved = std::move(second);
  EXPECT_EQ(moved.view(), "a");
}

TEST(CompactTextTest, TextsAreEqualByWhatTheySay) {
  EXPECT_EQ(CompactText("a"), CompactText(std::string("a")));
  EXPECT_FALSE(CompactText("a") == CompactText("b"));
}

TEST(InternedTextTest, EqualTextsAreOneWhoeverMakesThem) {
  std::vector<std::thread> threads;
  std::vector<InternedText> texts(8);
  for (InternedText& text : texts) {
    threads.emplace_back([&text] { text = InternedText("0101"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const InternedText& text : texts) {
    EXPECT_EQ(text, texts[0]);
    EXPECT_EQ(text.view().data(), texts[0].view().data());
  }
  EXPECT_TRUE(InternedText("").empty());
  EXPECT_FALSE(InternedText("0102") == texts[0]);
}

}  // namespace
}  // namespace daicho
