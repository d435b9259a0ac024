#include "services/cli/publish/escape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daicho::cli::publish {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ScriptJsonTest, CannotEndItsElement) {
  const Json json = {{"name", "</script><!-- &\xE2\x80\xA8\xE2\x80\xA9"}};
  const std::string text = ScriptJson(json).text;
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_THAT(text, Not(HasSubstr(">")));
  EXPECT_THAT(text, Not(HasSubstr("&")));
  EXPECT_EQ(Json::parse(text), json);
}

TEST(JsonTextTest, ReplacesBrokenUtf8) { EXPECT_EQ(JsonText(Json("\xff")), "\"\xEF\xBF\xBD\"\n"); }

}  // namespace
}  // namespace daicho::cli::publish
