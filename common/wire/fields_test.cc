#include "common/wire/fields.h"

#include <gtest/gtest.h>

namespace daicho::wire {
namespace {

TEST(DateTest, ComesBackAsItWent) {
  const absl::CivilDay day(2024, 2, 29);
  EXPECT_EQ(FromDate(ToDate(day)), day);
  EXPECT_EQ(FromDate(google::type::Date()), std::nullopt);
}

TEST(TimestampTest, KeepsNanosecondsBeforeAndAfterTheEpoch) {
  for (const std::int64_t nanos : {0LL, 1LL, -1LL, 1700000000123456789LL, -1700000000123456789LL}) {
    const absl::Time time = absl::FromUnixNanos(nanos);
    const google::protobuf::Timestamp timestamp = ToTimestamp(time);
    EXPECT_GE(timestamp.nanos(), 0);
    EXPECT_EQ(FromTimestamp(timestamp), time);
  }
}

TEST(EtagTest, ComesBackAsItWent) {
  EXPECT_EQ(EtagOf(7), "\"7\"");
  EXPECT_EQ(*ParseEtag("\"7\""), 7);
}

TEST(EtagTest, TakesAnythingThisServerNeverGaveForStale) {
  for (const char* etag : {"", "7", "\"\"", "\"07\"", "\" 7\"", "\"7", "\"", "W/\"7\"", "\"x\"",
                           "\"99999999999999999999\""}) {
    EXPECT_EQ(ReasonOf(ParseEtag(etag).status()), "ETAG_MISMATCH") << etag;
  }
}

TEST(ParseUuidNameTest, TakesTheIdOutOfAResourceName) {
  EXPECT_EQ(*ParseUuidName("accounts", "accounts/0190f1e2-7c3a-7d4b-8a5c-6e7f80912233", "name"),
            "0190f1e2-7c3a-7d4b-8a5c-6e7f80912233");
}

TEST(ParseUuidNameTest, RefusesOtherNames) {
  for (const char* name :
       {"", "accounts/", "accounts/1", "forms/0190f1e2-7c3a-7d4b-8a5c-6e7f80912233",
        "accounts/0190f1e2-7c3a-7d4b-8a5c-6e7f80912233/x",
        "accounts/0190F1E2-7C3A-7D4B-8A5C-6E7F80912233",
        "accounts0190f1e2-7c3a-7d4b-8a5c-6e7f80912233"}) {
    EXPECT_EQ(ReasonOf(ParseUuidName("accounts", name, "name").status()), "INVALID_FIELD") << name;
  }
}

TEST(ParseDepartmentNameTest, TakesCodesOfUpToThirtyTwoLettersDigitsAndDashes) {
  EXPECT_EQ(*ParseDepartmentName("departments/0123-4", "department"), "0123-4");
  const std::string longest = "departments/" + std::string(32, 'a');
  EXPECT_TRUE(ParseDepartmentName(longest, "department").ok());
  for (const std::string& name : {longest + "a", std::string("departments/"), std::string("0123"),
                                  std::string("departments/a b"), std::string("departments/課"),
                                  std::string("departments/a/b")}) {
    EXPECT_EQ(ReasonOf(ParseDepartmentName(name, "department").status()), "INVALID_FIELD") << name;
  }
}

}  // namespace
}  // namespace daicho::wire
