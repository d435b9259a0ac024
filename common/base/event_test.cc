#include "common/base/event.h"

#include <gmock/gmock.h>

namespace daicho {
namespace {

TEST(DiffTest, NamesWhatWasAddedChangedAndRemovedInOrder) {
  const Fields before = {{"a", "1"}, {"b", "2"}, {"d", "4"}};
  const Fields after = {{"a", "1"}, {"b", "3"}, {"c", "5"}};
  EXPECT_THAT(Diff(before, after),
              ::testing::ElementsAre(FieldChange{"b", "2", "3"}, FieldChange{"c", "", "5"},
                                     FieldChange{"d", "4", ""}));
}

TEST(DiffTest, IsEmptyWhenNothingChanged) { EXPECT_TRUE(Diff({{"a", "1"}}, {{"a", "1"}}).empty()); }

}  // namespace
}  // namespace daicho
