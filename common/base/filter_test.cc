#include "common/base/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/refusal.h"

namespace daicho {
namespace {

using ::testing::HasSubstr;

// A tree as text: "(and a=1 (not b))".
std::string TextOf(const FilterNode& node) {
  const auto children = [&] {
    return absl::StrJoin(node.children, " ", [](std::string* out, const FilterNode& child) {
      absl::StrAppend(out, TextOf(child));
    });
  };
  switch (node.kind) {
    case FilterNode::Kind::kAnd:
      return absl::StrCat("(and ", children(), ")");
    case FilterNode::Kind::kOr:
      return absl::StrCat("(or ", children(), ")");
    case FilterNode::Kind::kNot:
      return absl::StrCat("(not ", children(), ")");
    case FilterNode::Kind::kComparison:
      return absl::StrCat(node.field.text, ToText(node.op), node.value.text);
    case FilterNode::Kind::kWord:
      return absl::StrCat("'", node.value.text, "'");
  }
  return "";
}

std::string TreeOf(absl::string_view filter) {
  const auto node = ParseFilter(filter);
  if (!node.ok()) return std::string(node.status().message());
  return *node ? TextOf(**node) : "nothing";
}

TEST(ParseFilterTest, ReadsWhatIsWritten) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "nothing"},
      {" \n　", "nothing"},
      {"state=ACTIVE", "state=ACTIVE"},
      {" state  =  ACTIVE ", "state=ACTIVE"},
      {"a!=1 b<2 c<=3 d>4 e>=5 f:6", "(and a!=1 b<2 c<=3 d>4 e>=5 f:6)"},
      {"a=1 AND b=2", "(and a=1 b=2)"},
      {"a=1 b=2 AND c=3", "(and a=1 b=2 c=3)"},
      {"a=1 OR b=2", "(or a=1 b=2)"},
      // AIP-160: OR binds tighter.
      {"a=1 AND b=2 OR c=3", "(and a=1 (or b=2 c=3))"},
      {"(a=1 AND b=2) OR c=3", "(or (and a=1 b=2) c=3)"},
      {"NOT a=1", "(not a=1)"},
      {"-a=1 -b", "(and (not a=1) (not 'b'))"},
      {"NOT (a=1 OR b=2)", "(not (or a=1 b=2))"},
      {"-(a=1 b=2)", "(not (and a=1 b=2))"},
      {"a=-1", "a=-1"},
      {"pref-akita", "'pref-akita'"},
      {"- a", "(and '-' 'a')"},
      {"ORDER ANDROID NOTE", "(and 'ORDER' 'ANDROID' 'NOTE')"},
      {"and or not", "(and 'and' 'or' 'not')"},
      {"防災 情報", "(and '防災' '情報')"},
      {"防災　情報", "(and '防災' '情報')"},
      {"ｓｔａｔｅ＝ACTIVE", "ｓｔａｔｅ=ACTIVE"},
      {"（state：ACTIVE）", "state:ACTIVE"},
      {"a＜＝1 b＞2 c！＝3", "(and a<=1 b>2 c!=3)"},
      {"\"a b\"", "'a b'"},
      {"'a b'", "'a b'"},
      {R"("a \"b\" \\ c")", R"('a "b" \ c')"},
      {R"(name:"AND (1) = 2")", "name:AND (1) = 2"},
      {"name='O\\'Neil'", "name=O'Neil"},
      {"O'Neil", "'O'Neil'"},
      {"a=\"\"", "a="},
      {"＂全角　の引用＂", "'全角　の引用'"},
      {"t>2026-11-22T08:30:00+09:00", "t>2026-11-22T08:30:00+09:00"},
      {"url=https://x.com/a?b=c", "url=https://x.com/a?b=c"},
      {"https://x.com/a?b=c", "'https://x.com/a?b=c'"},
      {"Hello!", "'Hello!'"},
      {"100%_'; DROP TABLE accounts; --", "(and '100%_';' 'DROP' 'TABLE' 'accounts;' (not '-'))"},
      {"a:*", "a:*"},
      {"((((a))))", "'a'"}};
  for (const auto& [filter, tree] : kCases) EXPECT_EQ(TreeOf(filter), tree) << filter;
}

TEST(ParseFilterTest, SaysWhereItStopsUnderstanding) {
  const std::tuple<const char*, int, const char*> kCases[] = {
      {"(a=1", 1, "SYNTAX"},
      {"a=1)", 4, "SYNTAX"},
      {"a=1 AND", 8, "SYNTAX"},
      {"AND a=1", 1, "SYNTAX"},
      {"a=1 AND OR b", 9, "SYNTAX"},
      {"a OR", 5, "SYNTAX"},
      {"NOT", 4, "SYNTAX"},
      {"NOT NOT a", 5, "SYNTAX"},
      {"a=", 3, "SYNTAX"},
      {"a = ", 5, "SYNTAX"},
      {"=1", 1, "SYNTAX"},
      {"a==1", 3, ""},  // The value is "=1": for the field to refuse.
      {"()", 2, "SYNTAX"},
      {"a=(1)", 3, "SYNTAX"},
      {"防災 \"閉じない", 4, "SYNTAX"},
      {"\"a\\", 1, "SYNTAX"},
      {"防災 = ", 6, "SYNTAX"}};
  for (const auto& [filter, position, reason] : kCases) {
    const auto node = ParseFilter(filter);
    if (std::string(reason).empty()) {
      EXPECT_TRUE(node.ok()) << filter;
      continue;
    }
    EXPECT_EQ(ReasonOf(node.status()), "INVALID_FILTER") << filter;
    EXPECT_THAT(JapaneseOf(node.status()), HasSubstr(absl::StrCat(position, "文字目"))) << filter;
    EXPECT_THAT(std::string(node.status().message()),
                HasSubstr(absl::StrCat("At character ", position, ":")))
        << filter;
  }
}

TEST(ParseFilterTest, TakesWhatIsJustWithinItsLimits) {
  EXPECT_TRUE(ParseFilter(std::string(kMaxFilterBytes, 'a')).ok());
  EXPECT_EQ(ReasonOf(ParseFilter(std::string(kMaxFilterBytes + 1, 'a')).status()),
            "INVALID_FILTER");

  const auto nested = [](int depth) {
    return absl::StrCat(std::string(depth, '('), "a", std::string(depth, ')'));
  };
  EXPECT_TRUE(ParseFilter(nested(kMaxFilterDepth)).ok());
  EXPECT_EQ(ReasonOf(ParseFilter(nested(kMaxFilterDepth + 1)).status()), "INVALID_FILTER");

  const auto words = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "a ";
    return text;
  };
  EXPECT_TRUE(ParseFilter(words(kMaxFilterTerms)).ok());
  EXPECT_EQ(ReasonOf(ParseFilter(words(kMaxFilterTerms + 1)).status()), "INVALID_FILTER");
}

TEST(ParseFilterTest, KnowsWhereFieldsAndValuesBegin) {
  const auto node = ParseFilter("防災 AND state = \"あ\"");
  ASSERT_TRUE(node.ok() && *node);
  const FilterNode& comparison = (*node)->children[1];
  EXPECT_EQ(comparison.field.position, 8);
  EXPECT_EQ(comparison.value.position, 16);
  EXPECT_TRUE(comparison.value.quoted);
}

TEST(ParseFilterTest, SurvivesBrokenCharacters) {
  for (const char* text : {"\xFF\xFE", "a=\xE3\x80", "\xEF\xBC", "\"\xF0\x9F", "-\xE3"}) {
    (void)ParseFilter(text);
  }
}

TEST(ParseOrderByTest, ReadsFieldsAndDirections) {
  const auto terms = ParseOrderBy(" display_name desc, update_time ,department asc");
  ASSERT_TRUE(terms.ok()) << terms.status();
  EXPECT_EQ(*terms, (std::vector<OrderTerm>{
                        {"display_name", true}, {"update_time", false}, {"department", false}}));
  EXPECT_TRUE(ParseOrderBy("  ")->empty());
}

TEST(ParseOrderByTest, RefusesWhatIsNoOrder) {
  for (const char* text : {",", "a,", "a b", "a desc asc", "a DESC"}) {
    EXPECT_EQ(ReasonOf(ParseOrderBy(text).status()), "INVALID_ORDER_BY") << text;
  }
  EXPECT_EQ(ReasonOf(ParseOrderBy(std::string(501, 'a')).status()), "INVALID_ORDER_BY");
}

}  // namespace
}  // namespace daicho
