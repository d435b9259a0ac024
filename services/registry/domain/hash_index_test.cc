#include "services/registry/domain/hash_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Item {
  std::uint64_t hash = 0;
  int value = 0;
};

std::vector<int> ValuesOf(const HashIndex<Item>& index, std::uint64_t hash) {
  std::vector<int> values;
  for (const Item& item : index.Find(hash)) values.push_back(item.value);
  return values;
}

TEST(HashIndexTest, FindsWhatWasAddedAndNothingElse) {
  HashIndex<Item>::Editor editor({});
  for (int i = 0; i < 10'000; ++i) editor.Add({HashOf(absl::StrCat("key", i)), i});
  const HashIndex<Item> index = std::move(editor).Finish();
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_THAT(ValuesOf(index, HashOf(absl::StrCat("key", i))), ElementsAre(i));
  }
  EXPECT_THAT(ValuesOf(index, HashOf("key10000")), IsEmpty());
}

TEST(HashIndexTest, SeveralItemsShareAHash) {
  HashIndex<Item>::Editor editor({});
  for (const int value : {1, 2, 3}) editor.Add({7, value});
  editor.Add({8, 4});
  editor.Remove(7, [](const Item& item) { return item.value == 2; });
  const HashIndex<Item> index = std::move(editor).Finish();
  EXPECT_THAT(ValuesOf(index, 7), UnorderedElementsAre(1, 3));
  EXPECT_THAT(ValuesOf(index, 8), ElementsAre(4));
}

TEST(HashIndexTest, AnEditLeavesTheIndexItCameFromAsItWas) {
  HashIndex<Item>::Editor first({});
  first.Add({1, 1});
  const HashIndex<Item> before = std::move(first).Finish();
  HashIndex<Item>::Editor second(before);
  second.Remove(1, [](const Item&) { return true; });
  second.Add({1, 2});
  const HashIndex<Item> after = std::move(second).Finish();
  EXPECT_THAT(ValuesOf(before, 1), ElementsAre(1));
  EXPECT_THAT(ValuesOf(after, 1), ElementsAre(2));
}

TEST(HashIndexTest, AnEditFindsWhatItAddedBeforeAnythingIsSorted) {
  HashIndex<Item>::Editor first({});
  first.Add({5, 5});
  const HashIndex<Item> before = std::move(first).Finish();
  HashIndex<Item>::Editor editor(before);
  const auto value = [&](std::uint64_t hash) {
    const Item* item = editor.Find(hash, [](const Item&) { return true; });
    return item == nullptr ? -1 : item->value;
  };
  // All of one shard.
  for (int i = 999; i >= 100; --i) {
    editor.Add({static_cast<std::uint64_t>(i), i});
    ASSERT_EQ(value(i), i);
    ASSERT_EQ(value(999), 999);
  }
  EXPECT_EQ(value(5), 5);
  EXPECT_EQ(value(99), -1);
  EXPECT_EQ(editor.Find(5, [](const Item& item) { return item.value == 6; }), nullptr);
}

TEST(HashIndexTest, KeepsTheFirstOfManyThatShareAHash) {
  HashIndex<Item>::Editor editor({});
  for (int i = 0; i < 1000; ++i) editor.Add({7, i});
  editor.Add({8, 8});
  const HashIndex<Item> index = std::move(editor).Finish(3);
  EXPECT_THAT(ValuesOf(index, 7), ElementsAre(0, 1, 2));
  EXPECT_THAT(ValuesOf(index, 8), ElementsAre(8));
}

TEST(HashIndexTest, BehavesLikeAMultimapOverManyRandomEdits) {
  std::mt19937_64 random(20261125);
  HashIndex<Item> index;
  std::multimap<std::uint64_t, int> model;
  for (int round = 0; round < 50; ++round) {
    HashIndex<Item>::Editor editor(index);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t hash = (random() % 300) << 50;
      if (random() % 3 == 0) {
        editor.Remove(hash, [](const Item&) { return true; });
        model.erase(hash);
      } else {
        editor.Add({hash, i});
        model.emplace(hash, i);
      }
    }
    index = std::move(editor).Finish();
    for (std::uint64_t key = 0; key < 300; ++key) {
      const auto [first, last] = model.equal_range(key << 50);
      std::vector<int> expected;
      for (auto it = first; it != last; ++it) expected.push_back(it->second);
      ASSERT_THAT(ValuesOf(index, key << 50), ::testing::UnorderedElementsAreArray(expected));
    }
  }
}

}  // namespace
}  // namespace daicho::registry::domain
