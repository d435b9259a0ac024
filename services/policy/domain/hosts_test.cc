#include "services/policy/domain/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daicho::policy::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CoveringTest, MatchesTheHostItselfAndWhatIsUnderItByWholeLabels) {
  const HostSet hosts = {"bit.ly", "lg.jp"};
  EXPECT_EQ(Covering(hosts, "bit.ly"), "bit.ly");
  EXPECT_EQ(Covering(hosts, "www.bit.ly"), "bit.ly");
  EXPECT_EQ(Covering(hosts, "pref.tokushima.lg.jp"), "lg.jp");
  EXPECT_EQ(Covering(hosts, "notbit.ly"), "");
  EXPECT_EQ(Covering(hosts, "bit.ly.example"), "");
  EXPECT_EQ(Covering(hosts, "ly"), "");
  EXPECT_EQ(Covering(hosts, ""), "");
}

TEST(HostsInTest, FindsHostsInEveryWayPeopleWriteThem) {
  EXPECT_THAT(HostsIn("https://bit.ly/3abc"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("HTTPS://BIT.LY/3ABC"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("bit.ly/3abc"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("ｈｔｔｐｓ：／／ｂｉｔ．ｌｙ／３"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("詳しくはbit.lyへ。"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("申込み（https://bit.ly/3）、"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("See bit.ly."), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("https://bit.ly:443/3"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("//bit.ly/3"), ElementsAre("bit.ly"));
  EXPECT_THAT(HostsIn("一つ目www.example.jp/a,二つ目t.co/b"),
              ElementsAre("t.co", "www.example.jp"));
}

TEST(HostsInTest, FindsHostsThatHide) {
  EXPECT_THAT(HostsIn("https://www.example.jp@bit.ly/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://bi\u200bt.ly/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://bit%2Ely/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://bit。ly/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://bit.ly。Next"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https:\\\\bit.ly\\3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://example.jp/go?to=https%3A%2F%2Fbit.ly%2F3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://example.jp/go/https://bit.ly/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("令和8.4/bit.ly/3"), Contains("bit.ly"));
  EXPECT_THAT(HostsIn("https://bit.ly./3"), Contains("bit.ly"));
}

TEST(HostsInTest, LeavesPathsAndPlainTextAlone) {
  EXPECT_THAT(HostsIn("https://www.pref.example/t.co/index.html"), ElementsAre("www.pref.example"));
  EXPECT_THAT(HostsIn("県政情報を週3.5回、午前9.00から発信する。"), IsEmpty());
  EXPECT_THAT(HostsIn("https://notbit.ly/3"), Not(Contains("bit.ly")));
  EXPECT_THAT(HostsIn("my_bit.ly"), Not(Contains("bit.ly")));
  EXPECT_THAT(HostsIn(""), IsEmpty());
  EXPECT_THAT(HostsIn("....//%zz%"), IsEmpty());
}

TEST(HostOfUrlTest, TakesPlainUrls) {
  const std::vector<std::string> https = {"https"};
  EXPECT_EQ(HostOfUrl("https://www.pref.tokushima.lg.jp/policy/", https),
            "www.pref.tokushima.lg.jp");
  EXPECT_EQ(HostOfUrl("HTTPS://WWW.Pref.Tokushima.lg.jp?a=1", https), "www.pref.tokushima.lg.jp");
  EXPECT_EQ(HostOfUrl("http://a.lg.jp", {"https", "http"}), "a.lg.jp");
}

TEST(HostOfUrlTest, RefusesWhatCanPretend) {
  const std::vector<std::string> https = {"https"};
  for (const char* url :
       {"", "www.pref.example", "http://www.pref.example/", "ftp://www.pref.example/", "https://",
        "https:///path", "https://a.lg.jp@evil.example/", "https://evil.example\\@a.lg.jp/",
        "https://a.lg.jp:8443/", "https://a%2Elg.jp/", "https://a..lg.jp/", "https://-a.lg.jp/",
        "https://ａ.lg.jp/", "https://a.lg.jp/ https://evil.example/", "https://a.lg.jp\n/",
        "javascript:https://a.lg.jp/", "掲載予定 https://a.lg.jp/"}) {
    EXPECT_EQ(HostOfUrl(url, https), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace daicho::policy::domain
