#include "common/rpc/strict_json.h"

#include <gtest/gtest.h>

namespace daicho::rpc {
namespace {

TEST(ParseStrictJsonTest, TakesPlainJson) {
  const auto json = ParseStrictJson(R"({"a": [1, {"a": "台帳"}], "b": {"a": null}})");
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["a"][1]["a"], "台帳");
}

TEST(ParseStrictJsonTest, RefusesWhatTwoReadersMightReadDifferently) {
  for (const char* text :
       {R"({"a": 1, "a": 1})", R"({"b": [{"a": 1, "a": 2}]})", R"({"a": 1, "\u0061": 2})",
        R"({"a": 1} {})", R"({"a": 1,})", "{'a': 1}", "{\"a\": \"\xff\"}", "", "{", "// x\n{}"}) {
    EXPECT_FALSE(ParseStrictJson(text)) << text;
  }
}

TEST(ParseStrictJsonTest, RefusesMoreThanEightLevels) {
  EXPECT_TRUE(ParseStrictJson("[[[[[[[[1]]]]]]]]"));
  EXPECT_FALSE(ParseStrictJson("[[[[[[[[[1]]]]]]]]]"));
}

}  // namespace
}  // namespace daicho::rpc
