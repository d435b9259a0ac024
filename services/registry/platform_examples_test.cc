// What the platforms' files say, by example: every platform has at least one account and, but for
// `other`, one page that is none.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/registry/testing/canonical.h"

namespace daicho::registry::domain {
namespace {

struct Example {
  std::string key;                // Of the account.
  std::vector<std::string> urls;  // That all are this account.
};

const std::vector<Example>& Accounts() {
  static const auto& accounts = *new std::vector<Example>{
      {"ameba::kyoto-koho", {"ameblo.jp/kyoto-koho", "profile.ameba.jp/ameba/Kyoto-Koho"}},
      {"aparat::JICC", {"www.aparat.com/JICC"}},
      {"bilibili::105491279", {"space.bilibili.com/105491279", "m.bilibili.com/space/105491279"}},
      {"blogger:blog:pref-akita",
       {"pref-akita.blogspot.com", "Pref-Akita.blogspot.jp", "http://pref-akita.blogspot.jp/?m=1"}},
      {"bluesky::aomoripref.bsky.social", {"bsky.app/profile/AomoriPref.bsky.social"}},
      {"bluesky:did:did:plc:abc234", {"bsky.app/profile/did:plc:abc234"}},
      {"discord:server:936317398254145567",
       {"discord.com/servers/936317398254145567", "discord.com/servers/akita-936317398254145567"}},
      {"discord:user:936317398254145567", {"discordapp.com/users/936317398254145567"}},
      {"exblog:blog:akita", {"akita.exblog.jp"}},
      {"facebook::prefsaitama",
       {"facebook.com/pref.saitama", "en-gb.facebook.com/PrefSaitama/photos",
        "fb.com/prefsaitama"}},
      {"facebook:id:61560537894694",
       {"facebook.com/profile.php?id=61560537894694&locale=ja_JP",
        "facebook.com/p/Akita-61560537894694"}},
      {"fc2_blog:blog:akita", {"akita.blog.fc2.com"}},
      {"flickr::pref_akita", {"flickr.com/photos/pref_akita", "flickr.com/people/pref_akita"}},
      {"flickr:nsid:136833050@N04", {"flickr.com/people/136833050@N04"}},
      {"goo_blog::akita-pref", {"blog.goo.ne.jp/akita-pref"}},
      {"hatenablog:hatenablog_com:akita", {"akita.hatenablog.com"}},
      {"hatenablog:hateblo_jp:akita", {"akita.hateblo.jp"}},
      {"hatenablog:hatenadiary_org:akita", {"akita.hatenadiary.org"}},
      {"instagram::akitavision",
       {"instagram.com/AkitaVision/?hl=ja", "m.instagram.com/akitavision"}},
      {"jugem:blog:akita", {"akita.jugem.jp"}},
      {"line::281iwfwu", {"line.me/R/ti/p/%40281iwfwu", "page.line.me/281iwfwu"}},
      {"line:short_link:sW58tA5", {"lin.ee/sW58tA5"}},
      {"line:voom:_dWB0s5xVTTzLXTrhb", {"linevoom.line.me/user/_dWB0s5xVTTzLXTrhb"}},
      {"linkedin:company:akita-pref",
       {"linkedin.com/company/akita-pref", "uk.linkedin.com/company/Akita-Pref/about"}},
      {"linkedin:school:akita", {"linkedin.com/school/akita"}},
      {"livedoor_blog::akita", {"blog.livedoor.jp/akita"}},
      {"livedoor_blog:blog_jp:akita", {"akita.blog.jp"}},
      {"livedoor_blog:livedoor_blog:akita", {"akita.livedoor.blog"}},
      {"mastodon:mstdn_jp:pref_akita",
       {"mstdn.jp/@Pref_Akita", "mstdn.jp/users/pref_akita", "mstdn.jp/web/@pref_akita",
        "mstdn.jp/@pref_akita/with_replies", "mastodon.social/@pref_akita@mstdn.jp",
        "mstdn.jp/@pref_akita@MSTDN.JP"}},
      {"mastodon:mastodon_social:pref_akita", {"mastodon.social/@pref_akita"}},
      {"mastodon:social_vivaldi_net:pref_akita",
       {"social.vivaldi.net/@pref_akita", "fedibird.com/@pref_akita@social.vivaldi.net"}},
      {"medium::JapanEmbDC", {"medium.com/@JapanEmbDC"}},
      {"niconico:user:12345", {"nicovideo.jp/user/12345", "sp.nicovideo.jp/user/12345/video"}},
      {"niconico:channel:ch2525", {"ch.nicovideo.jp/ch2525", "ch.nicovideo.jp/channel/ch2525"}},
      {"niconico:channel_name:akita-pref", {"ch.nicovideo.jp/akita-pref"}},
      {"note::Nakama_city", {"note.com/Nakama_city", "note.mu/Nakama_city"}},
      {"note:site:nakama-city", {"nakama-city.note.jp"}},
      {"odnoklassniki::embjapan", {"ok.ru/embjapan", "m.ok.ru/embjapan"}},
      {"pinterest::visit_akita",
       {"pinterest.jp/visit_akita", "jp.pinterest.com/visit_akita/_saved/"}},
      {"rakuten_blog::akita", {"plaza.rakuten.co.jp/akita/"}},
      {"sakura_blog:blog:akita", {"akita.sblo.jp"}},
      {"seesaa_blog:blog:akita", {"akita.seesaa.net"}},
      {"telegram::japanemb_moscow", {"t.me/japanemb_moscow", "japanemb_moscow.t.me"}},
      {"threads::akitavision",
       {"threads.net/@akitavision", "www.threads.com/@AkitaVision/replies"}},
      {"tiktok::tokyodouga_official", {"tiktok.com/@tokyodouga_official?lang=ja"}},
      {"tumblr::akita-pref",
       {"akita-pref.tumblr.com", "www.tumblr.com/Akita-Pref", "tumblr.com/blog/view/akita-pref"}},
      {"twitch::akita_pref", {"twitch.tv/Akita_Pref", "m.twitch.tv/akita_pref/about"}},
      {"vimeo::akitapref", {"vimeo.com/akitapref"}},
      {"vk::embassy_japan_rus", {"vk.com/Embassy_Japan_Rus", "m.vk.ru/embassy_japan_rus"}},
      {"wechat:biz:MzU3MzU4NjY3MQ==",
       {"mp.weixin.qq.com/mp/profile_ext?action=home&__biz=MzU3MzU4NjY3MQ%3D%3D"}},
      {"weibo:id:5539694754", {"weibo.com/u/5539694754", "m.weibo.cn/profile/5539694754"}},
      {"wordpress_com:blog:akita", {"akita.wordpress.com"}},
      {"x::aomoripref", {"x.com/AomoriPref", "mobile.twitter.com/aomoripref?lang=ja"}},
      {"x:id:783214", {"x.com/i/user/783214"}},
      {"youtube::akitapref", {"youtube.com/@AkitaPref/podcasts", "m.youtube.com/@akitapref"}},
      {"youtube:channel:UCZWfiGkHRspD8EoCT09T3mw",
       {"youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw/channels"}},
  };
  return accounts;
}

TEST(PlatformExamplesTest, AllAddressesOfAnAccountHaveItsKey) {
  for (const Example& account : Accounts()) {
    for (const std::string& url : account.urls) EXPECT_EQ(KeyOf(url), account.key) << url;
  }
}

TEST(PlatformExamplesTest, PagesOfAPlatformThatAreNoAccountAreRefused) {
  const std::map<std::string, std::vector<std::string>> pages = {
      {"ameba", {"ameblo.jp/kyoto-koho/entry-12345.html", "ameblo.jp/hashtag/akita"}},
      {"aparat", {"www.aparat.com/v/abc"}},
      {"bilibili", {"www.bilibili.com/video/BV1"}},
      {"blogger",
       {"www.blogger.com/profile/123", "akita.blogspot.com/2024/01/a.html", "1.bp.blogspot.com/a"}},
      {"bluesky", {"bsky.app/profile/a.example/post/1", "bsky.app/search"}},
      {"discord", {"discord.gg/akita", "discord.com/invite/akita", "discord.com/channels/1/2"}},
      {"exblog", {"www.exblog.jp", "akita.exblog.jp/12345/"}},
      {"facebook",
       {"facebook.com/groups/akita", "facebook.com/events/1", "facebook.com/story.php"}},
      {"fc2_blog", {"blog.fc2.com", "admin.blog.fc2.com", "akita.blog.fc2.com/blog-entry-1.html"}},
      {"flickr", {"flickr.com/groups/akita", "flickr.com/photos/tags", "flickr.com/photos/a_b/12"}},
      {"goo_blog", {"blog.goo.ne.jp/portal", "blog.goo.ne.jp/akita-pref/e/abc"}},
      {"hatenablog",
       {"hatenablog.com", "help.hatenablog.com", "akita.hateblo.jp/entry/2024/01/01"}},
      {"instagram",
       {"instagram.com/p/C1", "instagram.com/reel/C1", "instagram.com/explore/tags/a"}},
      {"jugem", {"jugem.jp", "akita.jugem.jp/archives"}},
      {"line", {"line.me/R/nv/addFriends", "lin.ee", "linevoom.line.me/post/1"}},
      {"linkedin", {"linkedin.com/groups/1", "linkedin.com/company/setup", "linkedin.com/feed"}},
      {"livedoor_blog", {"blog.livedoor.com", "blog.livedoor.jp/akita/archives/1.html", "blog.jp"}},
      {"mastodon",
       {"mstdn.jp/@pref_akita/109", "mstdn.jp/tags/akita", "mstdn.jp/pref_akita", "mstdn.jp",
        "mstdn.jp/@pref_akita@unlisted.example", "streaming.mstdn.jp/@pref_akita"}},
      {"medium", {"medium.com/tag/akita", "medium.com/@a/post-1"}},
      {"niconico",
       {"nicovideo.jp/watch/sm9", "ch.nicovideo.jp/search", "live.nicovideo.jp/watch/lv1",
        "ch.nicovideo.jp/portal"}},
      {"note", {"note.com/hashtag/a", "note.com/nakama/n/n1"}},
      {"odnoklassniki", {"ok.ru/video/1"}},
      {"pinterest",
       {"pinterest.jp/pin/1", "pinterest.com/visit_akita/board", "pinterest.com/ideas"}},
      {"rakuten_blog", {"plaza.rakuten.co.jp/akita/diary/202401010000"}},
      {"sakura_blog", {"sblo.jp", "akita.sblo.jp/article/1.html"}},
      {"seesaa_blog", {"blog.seesaa.net", "akita.seesaa.net/article/1.html"}},
      {"telegram", {"t.me/joinchat/abc", "t.me/+abc", "share.t.me", "t.me/akita/12"}},
      {"threads", {"threads.net/t/abc", "threads.com/akitavision"}},
      {"tiktok", {"tiktok.com/@a_b/video/1", "tiktok.com/tag/akita"}},
      {"tumblr",
       {"tumblr.com/tagged/akita", "explore.tumblr.com", "akita.tumblr.com/post/1",
        "64.media.tumblr.com/a.jpg"}},
      {"twitch", {"twitch.tv/directory", "twitch.tv/videos/1", "twitch.tv/akita_pref/clip/a"}},
      {"vimeo", {"vimeo.com/123456", "vimeo.com/channels/akita", "vimeo.com/watch"}},
      {"vk", {"vk.com/wall-1_2", "vk.com/feed"}},
      {"wechat", {"mp.weixin.qq.com/s/abc", "mp.weixin.qq.com/s?__biz=MzU3MzU4NjY3MQ==&mid=1"}},
      {"weibo", {"weibo.com/5539694754/AbCdE", "weibo.com/p/1001"}},
      {"wordpress_com", {"wordpress.com", "ja.wordpress.com", "akita.files.wordpress.com/a.pdf"}},
      {"x", {"x.com/a_b/status/1", "x.com/intent/follow", "x.com/communities"}},
      {"youtube", {"youtube.com/watch?v=1", "youtube.com/shorts/a", "youtube.com/playlist?list=a"}},
  };
  std::set<std::string> seen = {kOtherPlatform};
  for (const auto& [platform, urls] : pages) {
    seen.insert(platform);
    for (const std::string& url : urls) EXPECT_FALSE(Canonicalize(Table(), url).ok()) << KeyOf(url);
  }
  for (const Platform& platform : Table().platforms()) {
    EXPECT_EQ(seen.count(platform.id), 1u) << platform.id << " has no example of such a page";
  }
}

TEST(PlatformExamplesTest, EveryPlatformHasAnAccountAmongThem) {
  std::set<std::string> seen = {kOtherPlatform};
  for (const Example& account : Accounts())
    seen.insert(account.key.substr(0, account.key.find(':')));
  for (const Platform& platform : Table().platforms()) {
    EXPECT_EQ(seen.count(platform.id), 1u) << platform.id;
  }
}

// A name on one of Mastodon's hosts says nothing of who has it on another.
TEST(PlatformExamplesTest, AMastodonAccountIsKnownByItsHostToo) {
  EXPECT_NE(KeyOf("https://mstdn.jp/@pref_akita"), KeyOf("https://pawoo.net/@pref_akita"));
  EXPECT_EQ(HandleKeyOf("マストドン", "@Pref_Akita@mstdn.jp"), "mastodon:mstdn_jp:pref_akita");
  EXPECT_EQ(HandleKeyOf("mastodon", "pref_akita"), "HANDLE_INVALID");
  EXPECT_EQ(HandleKeyOf("mastodon", "pref_akita@evilmstdn.jp"), "NOT_AN_ACCOUNT");
  EXPECT_EQ(HandleKeyOf("mastodon", "pref_akita@mstdn.jp.example"), "NOT_AN_ACCOUNT");
  EXPECT_EQ(KeyOf("https://evilmstdn.jp/@pref_akita"), "other::https://evilmstdn.jp/@pref_akita");
}

TEST(PlatformExamplesTest, BlogsWithOneLabelUnderTwoDomainsAreTwo) {
  EXPECT_NE(KeyOf("https://akita.hatenablog.com/"), KeyOf("https://akita.hatenablog.jp/"));
  EXPECT_NE(KeyOf("https://akita.blog.jp/"), KeyOf("https://akita.livedoor.blog/"));
  EXPECT_EQ(KeyOf("https://akita.blog10.fc2.com/"), "other::https://akita.blog10.fc2.com/");
}

}  // namespace
}  // namespace daicho::registry::domain
