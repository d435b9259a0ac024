#include "services/registry/domain/sharded_map.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace daicho::registry::domain {
namespace {

TEST(ShardedMapTest, FindsWhatWasPutAndNothingElse) {
  ShardedMap<int>::Editor editor({});
  for (int i = 0; i < 1000; ++i) editor.At(absl::StrCat("key", i)) = i;
  const ShardedMap<int> map = std::move(editor).Finish();
  for (int i = 0; i < 1000; ++i) {
    const int* value = map.Find(absl::StrCat("key", i));
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(*value, i);
  }
  EXPECT_EQ(map.Find("key1000"), nullptr);
}

TEST(ShardedMapTest, AnEditLeavesTheMapItCameFromAsItWas) {
  ShardedMap<int>::Editor first({});
  first.At("a") = 1;
  first.At("b") = 2;
  const ShardedMap<int> before = std::move(first).Finish();

  ShardedMap<int>::Editor second(before);
  second.At("a") = 10;
  second.At("c") = 3;
  const ShardedMap<int> after = std::move(second).Finish();

  EXPECT_EQ(*before.Find("a"), 1);
  EXPECT_EQ(before.Find("c"), nullptr);
  EXPECT_EQ(*after.Find("a"), 10);
  EXPECT_EQ(*after.Find("b"), 2);
  EXPECT_EQ(*after.Find("c"), 3);
}

}  // namespace
}  // namespace daicho::registry::domain
