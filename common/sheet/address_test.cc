#include "common/sheet/address.h"

#include <gtest/gtest.h>

namespace daicho::sheet {
namespace {

TEST(AddressTest, CountsColumnsInLetters) {
  EXPECT_EQ(ToText({1, 1}), "A1");
  EXPECT_EQ(ToText({2, 12}), "B12");
  EXPECT_EQ(ToText({26, 3}), "Z3");
  EXPECT_EQ(ToText({27, 3}), "AA3");
  EXPECT_EQ(ToText({kMostColumns, kMostRows}), "XFD1048576");
}

TEST(AddressTest, IsReadBack) {
  for (const Address& address :
       {Address{1, 1}, Address{52, 9}, Address{703, 100'001}, Address{kMostColumns, kMostRows}}) {
    EXPECT_EQ(ParseAddress(ToText(address)), address);
  }
}

TEST(AddressTest, IsNothingElse) {
  for (const char* text : {"", "A", "1", "a1", "A0", "A-1", "A+1", "A1 ", "XFE1", "A1048577",
                           "AAAAAAAAAAAAA1", "A99999999999", "$A$1"}) {
    EXPECT_EQ(ParseAddress(text), std::nullopt) << text;
  }
}

TEST(RangeTest, HasTwoCornersOrOne) {
  EXPECT_EQ(ParseRange("A1:B3"), (Range{{1, 1}, {2, 3}}));
  EXPECT_EQ(ParseRange("C4"), (Range{{3, 4}, {3, 4}}));
  for (const char* text : {"", ":", "A1:", "B1:A1", "A2:A1", "A1:B2:C3"}) {
    EXPECT_EQ(ParseRange(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace daicho::sheet
