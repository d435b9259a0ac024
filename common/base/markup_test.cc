#include "common/base/markup.h"

#include <gtest/gtest.h>

namespace daicho {
namespace {

TEST(EscapeTest, LeavesNothingThatMarkupWouldObey) {
  EXPECT_EQ(Escape("<a href=\"x\">'&amp;").text, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;");
}

TEST(EscapeTest, KeepsEveryOtherCharacter) {
  EXPECT_EQ(Escape("青森県\n\t𠮷 é 👨‍👩‍👧").text,
            "青森県\n\t𠮷 é 👨‍👩‍👧");
}

TEST(EscapeTest, ReplacesWhatNoDocumentMayHold) {
  for (const absl::string_view text :
       {absl::string_view("\0", 1), absl::string_view("\x01"), absl::string_view("\r"),
        absl::string_view("\x7f"), absl::string_view("\xC2\x85"), absl::string_view("\xEF\xBF\xBE"),
        absl::string_view("\xEF\xBF\xBF"), absl::string_view("\xF0\x9F\xBF\xBE"),
        absl::string_view("\xff"), absl::string_view("\xC3")}) {
    EXPECT_EQ(Escape(text).text, "\xEF\xBF\xBD");
  }
  EXPECT_EQ(Escape("\xEF\xBF\xBD").text, "\xEF\xBF\xBD");
  EXPECT_EQ(Escape("\xC2\xA0").text, "\xC2\xA0");
}

TEST(FillTest, EscapesTextsAndLeavesMarkupAlone) {
  EXPECT_EQ(Fill("<p title=\"$0\">$1 $0 $$2</p>", {"<&>", Fill("<b>$0</b>", {"<"}), 3}).text,
            "<p title=\"&lt;&amp;&gt;\"><b>&lt;</b> &lt;&amp;&gt; $3</p>");
}

TEST(FillTest, DoesNotFillWhatATextBrings) { EXPECT_EQ(Fill("$0 $1", {"$1", "x"}).text, "$1 x"); }

TEST(HrefTest, LeadsToTheWebAlone) {
  EXPECT_EQ(Href("https://x.com/a?b='&c#d").text, " href=\"https://x.com/a?b=&#39;&amp;c#d\"");
  EXPECT_EQ(Href("https://www.example.jp/県").text, " href=\"https://www.example.jp/%e7%9c%8c\"");
  EXPECT_EQ(Href("http://www.example.jp/").text, " href=\"http://www.example.jp/\"");
  for (const char* url : {"javascript:alert(1)", "JavaScript:alert(1)", " https://x.com/",
                          "data:,x", "//x.com/", "", "httpsx://", "https://x.com/ a",
                          "https://x.com/\"", "https://x.com/<", "https://x.com/\n"}) {
    EXPECT_EQ(Href(url).text, "") << url;
  }
}

}  // namespace
}  // namespace daicho
