#include "common/base/uuid.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace daicho {
namespace {

TEST(NewUuidTest, IsAVersion7UuidOfItsTime) {
  const std::string id = NewUuid(absl::FromUnixMillis(0x0123456789ab));
  EXPECT_TRUE(IsUuid(id)) << id;
  EXPECT_EQ(id.substr(14, 1), "7");
}

TEST(NewUuidTest, IncreasesWithinOneMillisecondAndWhenTheClockGoesBack) {
  const absl::Time now = absl::Now() + absl::Hours(1);
  std::string last = NewUuid(now);
  for (int i = 0; i < 5000; ++i) {
    const std::string next = NewUuid(now - absl::Milliseconds(i));
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(NamedUuidTest, IsTheSameForTheSameNameAlone) {
  EXPECT_EQ(NamedUuid("a"), NamedUuid("a"));
  EXPECT_NE(NamedUuid("a"), NamedUuid("b"));
  EXPECT_TRUE(IsUuid(NamedUuid("")));
  // SHA-256 of "a" begins with ca978112ca1bbdcafac231b39a23dc4d.
  EXPECT_EQ(NamedUuid("a"), "ca978112-ca1b-8dca-bac2-31b39a23dc4d");
}

TEST(IsUuidTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "00000000-0000-0000-0000-000000000000", "5B1E7A52-6a3c-4c0e-9a43-7f0b6d0e2f11",
        "5b1e7a526a3c4c0e9a437f0b6d0e2f11", "5b1e7a52-6a3c-4c0e-9a43-7f0b6d0e2f1g"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

}  // namespace
}  // namespace daicho
