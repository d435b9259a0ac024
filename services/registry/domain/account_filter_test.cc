#include "services/registry/domain/account_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"

namespace daicho::registry::domain {
namespace {

using ::testing::HasSubstr;

const PlatformTable& Platforms() {
  static const auto& platforms = *[] {
    Platform x{.id = "x", .display_name = "X", .aliases = {"旧Twitter"}, .hosts = {"x.com"}};
    Platform youtube{.id = "youtube", .display_name = "YouTube", .hosts = {"youtube.com"}};
    return new PlatformTable({std::move(x), std::move(youtube)}, {});
  }();
  return platforms;
}

std::string TextOf(const AccountTest& test) {
  const std::string field = absl::StrCat(static_cast<int>(test.field));
  switch (test.kind) {
    case AccountTest::Kind::kIs:
      return absl::StrCat("is ", test.text);
    case AccountTest::Kind::kWithin:
      return absl::StrCat("within ", test.text);
    case AccountTest::Kind::kSameText:
      return absl::StrCat("same ", test.text);
    case AccountTest::Kind::kContains:
      return absl::StrCat("contains ", test.text);
    case AccountTest::Kind::kWord:
      return absl::StrCat("word ", test.text);
    case AccountTest::Kind::kHas:
      return "has";
    case AccountTest::Kind::kNever:
      return "never";
    case AccountTest::Kind::kBefore:
    case AccountTest::Kind::kFrom: {
      const bool day = test.field == AccountField::kOpenedOn;
      return absl::StrCat(
          test.kind == AccountTest::Kind::kBefore ? "before " : "from ",
          day ? FormatDay(test.day)
              : absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", test.time, absl::UTCTimeZone()));
    }
  }
  return "";
}

std::string TextOf(const AccountCondition& condition) {
  const std::string parts = absl::StrJoin(
      condition.parts, ", ",
      [](std::string* out, const AccountCondition& part) { absl::StrAppend(out, TextOf(part)); });
  switch (condition.kind) {
    case AccountCondition::Kind::kAll:
      return absl::StrCat("all(", parts, ")");
    case AccountCondition::Kind::kAny:
      return absl::StrCat("any(", parts, ")");
    case AccountCondition::Kind::kNot:
      return absl::StrCat("not(", parts, ")");
    case AccountCondition::Kind::kTest:
      return TextOf(condition.test);
  }
  return "";
}

std::string Read(absl::string_view filter) {
  const auto condition = ReadAccountFilter(filter, Platforms());
  if (!condition.ok()) return std::string(condition.status().message());
  return *condition ? TextOf(**condition) : "all";
}

TEST(ReadAccountFilterTest, KnowsWhatEachFieldIsComparedWith) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "all"},
      {"department=0303", "is 0303"},
      {"department=departments/03-A", "is 03-A"},
      {"department:0303", "within 0303"},
      {"department!=0303", "not(is 0303)"},
      {"platform=Ｘ", "is x"},
      {"platform=旧twitter", "is x"},
      {"platform:youtube", "is youtube"},
      {"state=active", "is ACTIVE"},
      {"state=STATE_CLOSED", "is CLOSED"},
      {"condition=COMPROMISED", "is COMPROMISED"},
      {"verification=verified", "is STATE_VERIFIED"},
      {"verification=STATE_LAPSED", "is STATE_LAPSED"},
      {"kind=OFFICIAL", "is KIND_OFFICIAL"},
      {"operator_type=OPERATOR_TYPE_DIRECT", "is OPERATOR_TYPE_DIRECT"},
      {"handle=@Pref_Akita", "same pref_akita"},
      {"handle=\"\"", "same "},
      {"display_name:ｶﾞｲﾄﾞ", "contains がいど"},
      {"url:X.com", "contains x.com"},
      {"url:*", "has"},
      {"url:\"*\"", "contains *"},
      {"opened_on<2026-04-01", "before 2026-04-01"},
      {"opened_on<=2026-04-01", "before 2026-04-02"},
      {"opened_on>2026-04-01", "from 2026-04-02"},
      {"opened_on>=2026-04-01", "from 2026-04-01"},
      {"opened_on=2026-04-01", "all(from 2026-04-01, before 2026-04-02)"},
      {"opened_on!=2026-04-01", "not(all(from 2026-04-01, before 2026-04-02))"},
      {"last_post_time<2026-04-01", "before 2026-03-31T15:00:00Z"},
      {"last_post_time<=2026-04-01", "before 2026-04-01T15:00:00Z"},
      {"last_post_time=never", "never"},
      {"last_post_time!=NEVER", "not(never)"},
      {"last_post_time:*", "has"},
      {"create_time>=2026-04-01T09:00:00+09:00", "from 2026-04-01T00:00:00Z"},
      {"create_time>2026-04-01T09:00:00.5+09:00", "from 2026-04-01T00:00:00.500001Z"},
      {"listed=TRUE", "has"},
      {"listed=false", "not(has)"},
      {"listed!=true", "not(has)"},
      {"ＡＢＣ カメラ", "all(word abc, word かめら)"},
      {"a OR -state=ACTIVE", "any(word a, not(is ACTIVE))"}};
  for (const auto& [filter, expected] : kCases) EXPECT_EQ(Read(filter), expected) << filter;
}

TEST(ReadAccountFilterTest, SaysWhatIsExpectedWhereItIsNot) {
  const std::tuple<const char*, const char*, const char*> kCases[] = {
      {"stat=ACTIVE", "UNKNOWN_FIELD", "did you mean \"state\""},
      {"a STATE=ACTIVE", "UNKNOWN_FIELD", "At character 3"},
      {"状態=ACTIVE", "UNKNOWN_FIELD", "Fields: department, platform"},
      {"state<ACTIVE", "INVALID_COMPARISON", "use one of = != :"},
      {"department>0303", "INVALID_COMPARISON", "department"},
      {"listed>true", "INVALID_COMPARISON", "listed"},
      {"department=秘書課", "INVALID_VALUE", "At character 12"},
      {"department=departments/", "INVALID_VALUE", "0303"},
      {"platform=yuotube", "INVALID_VALUE", "(youtube?)"},
      {"state=ACTIV", "INVALID_VALUE", "(ACTIVE?)"},
      {"state=\"ACTIVE OR 1=1\"", "INVALID_VALUE", "PREPARING"},
      {"url=県庁のページ", "INVALID_VALUE", "url:"},
      {"opened_on<never", "INVALID_VALUE", "2026-04-01"},
      {"opened_on=2026-02-30", "INVALID_VALUE", "2026-04-01"},
      {"opened_on=2026-04-01T00:00:00Z", "INVALID_VALUE", "2026-04-01"},
      {"opened_on>1899-12-31", "INVALID_VALUE", "2026-04-01"},
      {"update_time=infinity", "INVALID_VALUE", "an instant"},
      {"last_post_time<never", "INVALID_VALUE", "= never"},
      {"listed=yes", "INVALID_VALUE", "true or false"},
      {"\"\"", "INVALID_VALUE", "At character 1"},
      {"display_name:\"\"", "INVALID_VALUE", "At character 14"}};
  for (const auto& [filter, reason, text] : kCases) {
    const auto condition = ReadAccountFilter(filter, Platforms());
    EXPECT_EQ(ReasonOf(condition.status()), "INVALID_FILTER") << filter;
    EXPECT_THAT(std::string(condition.status().message()), HasSubstr(text)) << filter;
    EXPECT_THAT(JapaneseOf(condition.status()), HasSubstr("文字目")) << filter;
    EXPECT_THAT(condition.status().ToString(), HasSubstr(reason)) << filter;
  }
}

TEST(ReadAccountOrderTest, KnowsItsFields) {
  EXPECT_EQ(*ReadAccountOrder(""), AccountOrder{});
  EXPECT_EQ(*ReadAccountOrder("display_name desc"),
            (AccountOrder{AccountOrderBy::kDisplayName, true}));
  EXPECT_EQ(*ReadAccountOrder("last_post_time"),
            (AccountOrder{AccountOrderBy::kLastPostTime, false}));
  for (const char* order : {"handle", "department, update_time", "update_time down"}) {
    EXPECT_EQ(ReasonOf(ReadAccountOrder(order).status()), "INVALID_ORDER_BY") << order;
  }
  EXPECT_THAT(std::string(ReadAccountOrder("displayname").status().message()),
              HasSubstr("(display_name?)"));
}

TEST(DependsOnPostsTest, HoldsForFilterAndOrder) {
  const auto depends = [](absl::string_view filter, absl::string_view order) {
    return DependsOnPosts(
        {.condition = *ReadAccountFilter(filter, Platforms()), .order = *ReadAccountOrder(order)});
  };
  EXPECT_TRUE(depends("a OR -(last_post_time<2026-01-01)", ""));
  EXPECT_TRUE(depends("", "last_post_time desc"));
  EXPECT_FALSE(depends("update_time<2026-01-01 last_post", "display_name"));
}

TEST(FoldSearchTest, LeavesOutWhatPeopleDoNotSee) {
  EXPECT_EQ(FoldSearch("ＡＢＣ　１２３"), "abc 123");
  EXPECT_EQ(FoldSearch("ｶﾞｷﾞｸﾞ ガギグ がぎぐ"), "がぎぐ がぎぐ がぎぐ");
  EXPECT_EQ(FoldSearch("センター"), "せんたー");
  EXPECT_EQ(FoldSearch("a\tb\nc"), "a b c");
  EXPECT_EQ(FoldSearch("㈱㍿"), "(株)株式会社");
}

TEST(SearchTextOfTest, HasALineForEachField) {
  Account account;
  account.fields = {{"display_name", "県\n庁"}, {"purpose", "カメラ"}, {"url", "https://X.com/A"}};
  EXPECT_EQ(SearchTextOf(account), "県 庁\n\nhttps://x.com/a\nかめら");
  account.identity = Identity{"x::b", "https://x.com/b"};
  EXPECT_EQ(SearchTextOf(account), "県 庁\n\nhttps://x.com/b\nかめら");
}

}  // namespace
}  // namespace daicho::registry::domain
