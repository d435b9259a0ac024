#include "services/registry/domain/account_state.h"

#include <gtest/gtest.h>

namespace daicho::registry::domain {
namespace {

TEST(AccountStateTest, EveryValueReadsBackFromItsText) {
  for (const AccountState state : kAllAccountStates) {
    EXPECT_EQ(ParseAccountState(ToText(state)), state);
  }
  for (const Condition condition : kAllConditions) {
    EXPECT_EQ(ParseCondition(ToText(condition)), condition);
  }
}

TEST(AccountStateTest, OtherTextIsNoValue) {
  EXPECT_EQ(ParseAccountState(""), std::nullopt);
  EXPECT_EQ(ParseAccountState("active"), std::nullopt);
  EXPECT_EQ(ParseCondition("ACTIVE"), std::nullopt);
}

}  // namespace
}  // namespace daicho::registry::domain
