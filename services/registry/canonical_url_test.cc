// domain.md §3.1: one group of tests for each of its points, in its order.
#include "services/registry/domain/canonical_url.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/registry/testing/canonical.h"

namespace daicho::registry::domain {
namespace {

struct Case {
  std::string input;
  std::string expected;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& example : cases) {
    EXPECT_EQ(KeyOf(example.input), example.expected) << example.input;
  }
}

// Hosts match whole labels: look-alikes and user-info tricks are not the platform.
TEST(HostsMatchWholeLabelsTest, LookAlikeHostsAreNotThePlatform) {
  ExpectAll(
      {{"https://twitterXcom/AomoriPref", "HOST_NOT_ALLOWED"},
       {"https://twitterxcom.example/AomoriPref", "other::https://twitterxcom.example/AomoriPref"},
       {"https://eviltwitter.com/AomoriPref", "other::https://eviltwitter.com/AomoriPref"},
       {"https://twitter.com.example/AomoriPref", "other::https://twitter.com.example/AomoriPref"},
       {"https://x.com.evil.example/AomoriPref", "other::https://x.com.evil.example/AomoriPref"},
       {"https://тwitter.com/AomoriPref", "other::https://xn--witter-orf.com/AomoriPref"},
       {"https://xn--witter-orf.com/AomoriPref", "other::https://xn--witter-orf.com/AomoriPref"},
       {"https://х.com/AomoriPref", "other::https://xn--u1a.com/AomoriPref"},
       {"https://xn--u1a.com/AomoriPref", "other::https://xn--u1a.com/AomoriPref"},
       {"https://xn--.com/AomoriPref", "MALFORMED_URL"},
       {"https://x。com.evil.example/AomoriPref", "other::https://x.com.evil.example/AomoriPref"},
       {"https://lin.ee.example/sW58tA5", "other::https://lin.ee.example/sW58tA5"},
       {"https://evilnote.jp/", "other::https://evilnote.jp/"},
       {"https://nakama-city.note.jp.example/", "other::https://nakama-city.note.jp.example/"},
       {"https://evil.nakama-city.note.jp/", "HOST_NOT_ALLOWED"},
       {"https://evil.x.com/AomoriPref", "HOST_NOT_ALLOWED"},
       {"https://business.facebook.com/pref.saitama", "HOST_NOT_ALLOWED"}});
}

TEST(HostsMatchWholeLabelsTest, AddressesThatHideWhereTheyLeadAreRefused) {
  ExpectAll({{"https://x.com@evil.example/", "DECEPTIVE_URL"},
             {"https://x.com:pass@evil.example/AomoriPref", "DECEPTIVE_URL"},
             {"x.com@evil.example/AomoriPref", "DECEPTIVE_URL"},
             {"https://x.com\\@evil.example/", "DECEPTIVE_URL"},
             {"https://x.com＼AomoriPref", "DECEPTIVE_URL"},
             {"https://x%2ecom/AomoriPref", "DECEPTIVE_URL"},
             {"https://x.com%2F.evil.example/AomoriPref", "DECEPTIVE_URL"},
             {"https://x.com／AomoriPref？@evil.example/", "DECEPTIVE_URL"},
             {"x.com／AomoriPref＃@evil.example/", "DECEPTIVE_URL"},
             {"https:x.com／AomoriPref？@evil.example/", "DECEPTIVE_URL"},
             {"https://evil.c℀x.com/AomoriPref", "DECEPTIVE_URL"},
             {"https://x.com/Aomori\u200BPref", "DECEPTIVE_URL"},
             {"https://x.com/\u202EferPiromoA", "DECEPTIVE_URL"},
             {"https://x.com/Aomori\u00ADPref", "DECEPTIVE_URL"}});
}

TEST(HostsMatchWholeLabelsTest, HostsThatAreNoPublicNameAreRefused) {
  ExpectAll({{"https://127.0.0.1/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://0x7f000001/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://2130706433/", "HOST_NOT_ALLOWED"},
             {"https://１２７.0.0.1/", "HOST_NOT_ALLOWED"},
             {"https://[::1]/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://localhost/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://x.com:8443/AomoriPref", "HOST_NOT_ALLOWED"},
             {"http://x.com:443/AomoriPref", "HOST_NOT_ALLOWED"}});
}

// The hosts of a platform are one; scheme, slash, "#!" and tracking fold away.
TEST(OnePlatformFoldsTogetherTest, OnePlatformUnderSeveralHostsIsOneAccount) {
  ExpectAll({{"https://x.com/AomoriPref", "x::aomoripref"},
             {"https://www.x.com/AomoriPref", "x::aomoripref"},
             {"https://twitter.com/AomoriPref", "x::aomoripref"},
             {"https://mobile.twitter.com/AomoriPref", "x::aomoripref"},
             {"https://X.COM/aomoripref", "x::aomoripref"},
             {"https://x.com./AomoriPref", "x::aomoripref"}});
}

TEST(OnePlatformFoldsTogetherTest, WhatPeopleAddWhenPastingFoldsAway) {
  ExpectAll({{"x.com/AomoriPref", "x::aomoripref"},
             {"//x.com/AomoriPref", "x::aomoripref"},
             {"http://twitter.com/AomoriPref/", "x::aomoripref"},
             {"https://x.com:443/AomoriPref", "x::aomoripref"},
             {"http://x.com:80/AomoriPref", "x::aomoripref"},
             {"https://twitter.com/AomoriPref?s=20&t=abc", "x::aomoripref"},
             {"https://x.com/AomoriPref?utm_source=hp&utm_medium=link", "x::aomoripref"},
             {"https://twitter.com/#!/AomoriPref", "x::aomoripref"},
             {"https://x.com/AomoriPref#top", "x::aomoripref"},
             {"https://x.com/AomoriPref/with_replies", "x::aomoripref"},
             {"  https://x.com/AomoriPref\n", "x::aomoripref"},
             {"\u3000https://x.com/AomoriPref\u200B", "x::aomoripref"},
             {"https://instagram.com/akitavision?igshid=YmMyMTA2M2Y=", "instagram::akitavision"}});
}

// Case folds where the platform ignores it, and never in case-sensitive ids.
TEST(HandleCaseTest, FoldsWhereThePlatformIgnoresCase) {
  EXPECT_EQ(KeyOf("https://x.com/AOMORIPREF"), KeyOf("https://x.com/aomoripref"));
  EXPECT_EQ(KeyOf("https://www.instagram.com/AkitaVision"), "instagram::akitavision");
  EXPECT_EQ(KeyOf("https://mstdn.jp/@AomoriPref"), KeyOf("https://mstdn.jp/@aomoripref"));
  EXPECT_NE(KeyOf("https://note.com/Nakama_city"), KeyOf("https://note.com/nakama_city"));
}

TEST(HandleCaseTest, CaseSensitiveIdsKeepTheirs) {
  EXPECT_EQ(KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw/videos"),
            "youtube:channel:UCZWfiGkHRspD8EoCT09T3mw");
  EXPECT_NE(KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3MW"),
            KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw"));
  EXPECT_NE(KeyOf("https://lin.ee/sW58tA5"), KeyOf("https://lin.ee/sw58ta5"));
}

// The forms of each platform are understood; escapes and full width are normalised.
TEST(FormsOfAddressesTest, EveryKindOfAddressOfAPlatformIsUnderstood) {
  ExpectAll(
      {{"https://www.facebook.com/pref.saitama", "facebook::prefsaitama"},
       {"https://m.facebook.com/PrefSaitama/about", "facebook::prefsaitama"},
       {"https://www.facebook.com/profile.php?id=61560537894694", "facebook:id:61560537894694"},
       {"https://www.facebook.com/61560537894694", "facebook:id:61560537894694"},
       {"https://www.facebook.com/people/Name/61560537894694/", "facebook:id:61560537894694"},
       {"https://www.facebook.com/在マーシャル日本国大使館-100064354674958",
        "facebook:id:100064354674958"},
       {"https://www.facebook.com/Embassy-of-Japan-in-Kosovo-61566995572334",
        "facebook:id:61566995572334"},
       {"https://nakama-city.note.jp/", "note:site:nakama-city"},
       {"https://note.com/Nakama_city", "note::Nakama_city"},
       {"https://weibo.com/5539694754", "weibo:id:5539694754"},
       {"https://weibo.com/u/5539694754?refer=1", "weibo:id:5539694754"},
       {"https://weibo.com/TokyoGov", "weibo::TokyoGov"},
       {"https://mp.weixin.qq.com/mp/profile_ext?action=home&__biz=MzU3MzU4NjY3MQ==&scene=126"
        "#wechat_redirect",
        "wechat:biz:MzU3MzU4NjY3MQ=="},
       {"https://www.youtube.com/@TokyoGov", "youtube::tokyogov"},
       {"https://www.youtube.com/@埼玉県庁", "youtube::埼玉県庁"},
       {"https://www.youtube.com/c/TokyoGov", "youtube:custom:tokyogov"},
       {"https://www.youtube.com/user/TokyoGov", "youtube:user:tokyogov"},
       {"https://lin.ee/sW58tA5", "line:short_link:sW58tA5"},
       {"https://page.line.me/281iwfwu", "line::281iwfwu"},
       {"https://page.line.me/?accountId=281iwfwu", "line::281iwfwu"},
       {"https://t.me/s/japanemb_moscow", "telegram::japanemb_moscow"},
       {"https://japanemb_moscow.t.me/", "telegram::japanemb_moscow"},
       {"https://www.flickr.com/photos/136833050@N04/", "flickr:nsid:136833050@N04"},
       {"https://bsky.app/profile/aomoripref.bsky.social", "bluesky::aomoripref.bsky.social"},
       {"https://www.linkedin.com/company/JapanEmbDC/about", "linkedin:company:japanembdc"},
       {"https://ameblo.jp/kyoto-koho/", "ameba::kyoto-koho"},
       {"https://www.threads.net/@embaixadajapao", "threads::embaixadajapao"}});
}

TEST(FormsOfAddressesTest, FullWidthLettersAndEscapesAreNormalised) {
  ExpectAll({{"ｈｔｔｐｓ：／／ｘ．ｃｏｍ／ＡｏｍｏｒｉＰｒｅｆ", "x::aomoripref"},
             {"https://x。com/AomoriPref", "x::aomoripref"},
             {"https://x.com/%41omoriPref", "x::aomoripref"},
             {"https://line.me/R/ti/p/%40281iwfwu", "line::281iwfwu"},
             {"https://line.me/R/ti/p/@281iwfwu", "line::281iwfwu"},
             {"https://www.threads.com/%EF%BC%A0embaixadajapao", "threads::embaixadajapao"}});
}

// /watch, /hashtag/…, /p/…, /status/…, /intent, /share, /groups are not accounts.
TEST(ReservedPathsTest, PagesThatAreNoAccountAreRefused) {
  ExpectAll(
      {{"https://x.com/", "NOT_AN_ACCOUNT"},
       {"https://x.com/hashtag/akita", "RESERVED_PATH"},
       {"https://x.com/Home", "RESERVED_PATH"},
       {"https://x.com/intent/user?screen_name=AomoriPref", "RESERVED_PATH"},
       {"https://x.com/AomoriPref/status/1", "NOT_AN_ACCOUNT"},
       {"https://x.com/a_handle_of_16_chr", "NOT_AN_ACCOUNT"},
       {"https://x.com/status/1", "RESERVED_PATH"},
       {"https://x.com/share?url=a", "RESERVED_PATH"},
       {"https://twitter.com/#!/hashtag/akita", "RESERVED_PATH"},
       {"https://x.com/%68ashtag/akita", "RESERVED_PATH"},
       {"https://www.youtube.com/watch?v=1", "RESERVED_PATH"},
       {"https://www.youtube.com/@TokyoGov/videos/1", "NOT_AN_ACCOUNT"},
       {"https://www.instagram.com/p/Cabc/", "RESERVED_PATH"},
       {"https://www.facebook.com/groups/12345678", "RESERVED_PATH"},
       {"https://www.facebook.com/watch", "RESERVED_PATH"},
       {"https://www.facebook.com/pg/watch", "RESERVED_PATH"},
       {"https://www.facebook.com/profile.php", "RESERVED_PATH"},
       {"https://www.facebook.com/profile.php?id=10006435467&id=10006435468", "RESERVED_PATH"},
       {"https://www.facebook.com/share/abc", "RESERVED_PATH"},
       {"https://vk.com/photo1_2", "RESERVED_PATH"},
       {"https://mp.weixin.qq.com/s/abc", "RESERVED_PATH"},
       {"https://nakama-city.note.jp/n/n1", "NOT_AN_ACCOUNT"},
       {"https://www.note.jp/", "RESERVED_PATH"},
       {"https://twitter.com/AomoriPref#!/evil", "NOT_AN_ACCOUNT"},
       {"https://x.com/AomoriPref%2Fstatus", "NOT_AN_ACCOUNT"},
       {"https://x.com/%2541omoriPref", "NOT_AN_ACCOUNT"},
       {"https://x.com//AomoriPref", "NOT_AN_ACCOUNT"}});
}

// T 6-1: no short URLs, but for a platform's own that name an account; no redirectors.
TEST(ShortUrlsTest, AndRedirectorsAreRefused) {
  ExpectAll({{"https://bit.ly/3abc", "SHORTENER"},
             {"https://www.bit.ly/3abc", "SHORTENER"},
             {"https://t.co/abc", "SHORTENER"},
             {"https://youtu.be/abc", "SHORTENER"},
             {"https://l.facebook.com/l.php?u=https%3A%2F%2Fx.com%2FAomoriPref", "REDIRECTOR"},
             {"https://www.youtube.com/redirect?q=https://x.com/AomoriPref", "REDIRECTOR"},
             {"https://www.google.com/url?q=https://x.com/AomoriPref", "REDIRECTOR"},
             {"https://x-com.translate.goog/AomoriPref", "REDIRECTOR"},
             {"https://vk.com/away.php?to=x", "REDIRECTOR"}});
}

TEST(ShortUrlsTest, OfAPlatformThatNameAnAccountAreTaken) {
  EXPECT_EQ(KeyOf("https://lin.ee/sW58tA5"), "line:short_link:sW58tA5");
  EXPECT_EQ(KeyOf("https://t.me/japanemb_moscow"), "telegram::japanemb_moscow");
}

// Unknown hosts are `other`, with the full URL as identity.
TEST(OtherHostsTest, TheWholeAddressIdentifies) {
  ExpectAll(
      {{"http://blog.canpan.info/mihama-shakyo/", "other::https://blog.canpan.info/mihama-shakyo"},
       {"https://pref.example/Blog", "other::https://pref.example/Blog"},
       {"https://mastodon.example/@AomoriPref", "other::https://mastodon.example/@AomoriPref"},
       {"https://pref.example/a?id=2&utm_source=x&b", "other::https://pref.example/a?id=2&b"},
       {"https://pref.example/ブログ", "other::https://pref.example/%E3%83%96%E3%83%AD%E3%82%B0"},
       {"https://pref.example/%a5%d6", "other::https://pref.example/%A5%D6"},
       {"https://pref.example/a#top", "other::https://pref.example/a"},
       {"https://pref.example/#!/user/a", "other::https://pref.example/#!/user/a"},
       {"https://日本語.example/", "other::https://xn--wgv71a119e.example/"}});
}

TEST(CanonicalUrlTest, WhatIsNoWebAddressIsRefused) {
  ExpectAll({{"", "MALFORMED_URL"},
             {" \u3000", "MALFORMED_URL"},
             {"@AomoriPref", "MALFORMED_URL"},
             {"青森県庁", "HOST_NOT_ALLOWED"},
             {"ftp://x.com/AomoriPref", "MALFORMED_URL"},
             {"javascript:alert(1)", "MALFORMED_URL"},
             {"https://x..com/AomoriPref", "MALFORMED_URL"},
             {"https://x.com../AomoriPref", "MALFORMED_URL"},
             {"https://-x.com/AomoriPref", "MALFORMED_URL"},
             {"https:////x.com/AomoriPref", "MALFORMED_URL"},
             {"https://x.com/Aomori Pref", "MALFORMED_URL"},
             {"https://x.com/Aomori\nPref", "MALFORMED_URL"},
             {std::string("https://x.com/a\0b", 17), "MALFORMED_URL"},
             {"https://x.com/\xFF", "MALFORMED_URL"},
             {"https://x.com/\uFFFD", "MALFORMED_URL"},
             {"https://x.com/%zz", "MALFORMED_URL"},
             {"https://x.com/AomoriPref/../evil", "MALFORMED_URL"},
             {"https://x.com/AomoriPref/%2e%2E/evil", "MALFORMED_URL"}});
}

TEST(CanonicalUrlTest, TwoThousandBytesAreTakenAndNotOneMore) {
  const std::string start = "https://pref.example/";
  EXPECT_EQ(KeyOf(start + std::string(2000 - start.size(), 'a')).substr(0, 7), "other::");
  EXPECT_EQ(KeyOf(start + std::string(2001 - start.size(), 'a')), "TOO_LONG");
  // Short as written, too long once escaped.
  EXPECT_EQ(KeyOf(start + "あああ" + std::string(1960, 'a')), "TOO_LONG");
}

TEST(CanonicalUrlTest, AHandleAndItsUrlAreOneAccount) {
  EXPECT_EQ(HandleKeyOf("x", "@AomoriPref"), "x::aomoripref");
  EXPECT_EQ(HandleKeyOf("旧Twitter", "＠ａｏｍｏｒｉｐｒｅｆ"), "x::aomoripref");
  EXPECT_EQ(HandleKeyOf("TWITTER", " AomoriPref "), "x::aomoripref");
  EXPECT_EQ(HandleKeyOf("facebook", "Pref.Saitama"), "facebook::prefsaitama");
  EXPECT_EQ(HandleKeyOf("Facebook", "61560537894694"), "facebook:id:61560537894694");
  EXPECT_EQ(HandleKeyOf("LINE", "@281iwfwu"), "line::281iwfwu");
  EXPECT_EQ(HandleKeyOf("YouTube", "@埼玉県庁"), "youtube::埼玉県庁");
}

TEST(CanonicalUrlTest, HandlesThatNameNoAccountAreRefused) {
  EXPECT_EQ(HandleKeyOf("mixi", "name"), "PLATFORM_UNKNOWN");
  EXPECT_EQ(HandleKeyOf("wechat", "name"), "HANDLE_NOT_SUPPORTED");
  EXPECT_EQ(HandleKeyOf("other", "name"), "HANDLE_NOT_SUPPORTED");
  EXPECT_EQ(HandleKeyOf("x", ""), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("x", "@@AomoriPref"), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("x", "AomoriPref/status"), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("x", "https://x.com/AomoriPref"), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("x", "Aomori\u200BPref"), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("x", "hashtag"), "RESERVED_PATH");
  EXPECT_EQ(HandleKeyOf("facebook", "profile.php"), "RESERVED_PATH");
}

TEST(CanonicalUrlTest, EveryRefusalSpeaksBothLanguages) {
  for (const UrlProblem problem : kAllUrlProblems) {
    EXPECT_FALSE(ToText(problem).empty());
    EXPECT_FALSE(MessageOf(problem).en.empty());
    EXPECT_FALSE(MessageOf(problem).ja.empty());
    const absl::Status refusal =
        Refuse(absl::StatusCode::kInvalidArgument, ToText(problem), MessageOf(problem));
    EXPECT_EQ(UrlProblemOf(refusal), problem);
  }
  EXPECT_EQ(UrlProblemOf(absl::InternalError("disk")), std::nullopt);
}

}  // namespace
}  // namespace daicho::registry::domain
