#include "services/audit/domain/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace daicho::audit::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NewEvent EventOf(const std::string& id, const std::string& leaf) {
  return {.event_id = id, .leaf = leaf};
}

TEST(GrowTest, PutsEventsAtTheEndInTheirOrder) {
  const auto first = Grow({}, {}, {EventOf("a", "1"), EventOf("b", "2"), EventOf("c", "3")});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Grow(first->frontier, {}, {EventOf("d", "4"), EventOf("e", "5")});
  ASSERT_TRUE(second.ok()) << second.status();

  EXPECT_THAT(second->entries, ElementsAre(NewEntry{3, LeafHash("4"), EventOf("d", "4")},
                                           NewEntry{4, LeafHash("5"), EventOf("e", "5")}));
  const Hash left = NodeHash(LeafHash("1"), LeafHash("2"));
  const Hash right = NodeHash(LeafHash("3"), LeafHash("4"));
  EXPECT_THAT(first->nodes, ElementsAre(Node{{1, 0}, left}));
  EXPECT_THAT(second->nodes, ElementsAre(Node{{1, 1}, right}, Node{{2, 0}, NodeHash(left, right)}));
  EXPECT_EQ(RootOf(second->frontier), NodeHash(NodeHash(left, right), LeafHash("5")));
}

TEST(GrowTest, LeavesOutEventsTheLogHolds) {
  const auto growth = Grow({.size = 1, .hashes = {LeafHash("1")}}, {{"a", LeafHash("1")}},
                           {EventOf("a", "1"), EventOf("b", "2"), EventOf("b", "2")});
  ASSERT_TRUE(growth.ok()) << growth.status();
  EXPECT_THAT(growth->entries, ElementsAre(NewEntry{1, LeafHash("2"), EventOf("b", "2")}));
}

TEST(GrowTest, ChangesNothingWhenAllIsKnown) {
  const Frontier frontier{.size = 1, .hashes = {LeafHash("1")}};
  const auto growth = Grow(frontier, {{"a", LeafHash("1")}}, {EventOf("a", "1")});
  ASSERT_TRUE(growth.ok()) << growth.status();
  EXPECT_THAT(growth->entries, IsEmpty());
  EXPECT_EQ(growth->frontier, frontier);
}

TEST(GrowTest, RefusesAnEventTheLogHoldsWithOtherBytes) {
  const auto growth = Grow({.size = 1, .hashes = {LeafHash("1")}}, {{"a", LeafHash("1")}},
                           {EventOf("b", "2"), EventOf("a", "changed")});
  EXPECT_EQ(growth.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(growth.status()), "EVENT_ALTERED");
}

TEST(GrowTest, RefusesABatchThatContradictsItself) {
  EXPECT_EQ(ReasonOf(Grow({}, {}, {EventOf("a", "1"), EventOf("a", "2")}).status()),
            "EVENT_ALTERED");
}

TEST(SearchTextTest, KeepsOrdinaryText) {
  EXPECT_EQ(SearchText("departments/教育政策課"), "departments/教育政策課");
  EXPECT_EQ(SearchText(std::string(1000, 'a')), std::string(1000, 'a'));
}

TEST(SearchTextTest, ReplacesNul) {
  EXPECT_EQ(SearchText(absl::string_view("a\0b", 3)), "a\uFFFDb");
}

TEST(SearchTextTest, ReplacesEachByteOfBrokenUtf8) {
  EXPECT_EQ(SearchText("a\xFF\xE3\x81z"), "a\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(SearchText("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
}

TEST(SearchTextTest, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(SearchText(std::string(1001, 'a')), std::string(1000, 'a'));
  std::string kana;
  for (int i = 0; i < 334; ++i) kana += "あ";  // 1,002 bytes.
  EXPECT_EQ(SearchText(kana), kana.substr(0, 999));
  EXPECT_LE(SearchText(std::string(1000, '\0')).size(), 1000u);
}

}  // namespace
}  // namespace daicho::audit::domain
