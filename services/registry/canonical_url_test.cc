#include "services/registry/domain/canonical_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/idna.h>

#include <fstream>
#include <memory>
#include <random>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/csv.h"
#include "services/registry/platforms.h"

namespace daicho::registry::domain {
namespace {

const PlatformTable& Table() {
  static const auto& table =
      *new PlatformTable(*wire::LoadPlatforms("services/registry/platforms"));
  return table;
}

// "x::pref_akita", or the reason it was refused with.
std::string KeyOf(absl::string_view input) {
  const auto account = Canonicalize(Table(), input);
  return account.ok() ? account->key : ReasonOf(account.status());
}

std::string HandleKeyOf(absl::string_view platform, absl::string_view handle) {
  const auto account = CanonicalizeHandle(Table(), platform, handle);
  return account.ok() ? account->key : ReasonOf(account.status());
}

struct Case {
  std::string input;
  std::string expected;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& example : cases) {
    EXPECT_EQ(KeyOf(example.input), example.expected) << example.input;
  }
}

TEST(CanonicalUrlTest, OnePlatformUnderSeveralHostsIsOneAccount) {
  ExpectAll({{"https://x.com/AomoriPref", "x::aomoripref"},
             {"https://www.x.com/AomoriPref", "x::aomoripref"},
             {"https://twitter.com/AomoriPref", "x::aomoripref"},
             {"https://mobile.twitter.com/AomoriPref", "x::aomoripref"},
             {"https://X.COM/aomoripref", "x::aomoripref"},
             {"https://x.com./AomoriPref", "x::aomoripref"}});
}

TEST(CanonicalUrlTest, WhatPeopleAddWhenPastingFoldsAway) {
  ExpectAll({{"x.com/AomoriPref", "x::aomoripref"},
             {"//x.com/AomoriPref", "x::aomoripref"},
             {"http://twitter.com/AomoriPref/", "x::aomoripref"},
             {"https://x.com:443/AomoriPref", "x::aomoripref"},
             {"http://x.com:80/AomoriPref", "x::aomoripref"},
             {"https://twitter.com/AomoriPref?s=20&t=abc", "x::aomoripref"},
             {"https://twitter.com/#!/AomoriPref", "x::aomoripref"},
             {"https://x.com/AomoriPref#top", "x::aomoripref"},
             {"https://x.com/AomoriPref/with_replies", "x::aomoripref"},
             {"  https://x.com/AomoriPref\n", "x::aomoripref"},
             {"\u3000https://x.com/AomoriPref\u200B", "x::aomoripref"},
             {"https://instagram.com/akitavision?igshid=YmMyMTA2M2Y=", "instagram::akitavision"}});
}

TEST(CanonicalUrlTest, FullWidthLettersAndEscapesAreNormalised) {
  ExpectAll({{"ｈｔｔｐｓ：／／ｘ．ｃｏｍ／ＡｏｍｏｒｉＰｒｅｆ", "x::aomoripref"},
             {"https://x。com/AomoriPref", "x::aomoripref"},
             {"https://x.com/%41omoriPref", "x::aomoripref"},
             {"https://line.me/R/ti/p/%40281iwfwu", "line::281iwfwu"},
             {"https://line.me/R/ti/p/@281iwfwu", "line::281iwfwu"},
             {"https://www.threads.com/%EF%BC%A0embaixadajapao", "threads::embaixadajapao"}});
}

TEST(CanonicalUrlTest, CaseSensitiveIdsKeepTheirCase) {
  EXPECT_EQ(KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw/videos"),
            "youtube:channel:UCZWfiGkHRspD8EoCT09T3mw");
  EXPECT_NE(KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3MW"),
            KeyOf("https://youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw"));
}

TEST(CanonicalUrlTest, EveryKindOfAddressOfAPlatformIsUnderstood) {
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

TEST(CanonicalUrlTest, PagesThatAreNoAccountAreRefused) {
  ExpectAll(
      {{"https://x.com/", "NOT_AN_ACCOUNT"},
       {"https://x.com/hashtag/akita", "RESERVED_PATH"},
       {"https://x.com/Home", "RESERVED_PATH"},
       {"https://x.com/intent/user?screen_name=AomoriPref", "RESERVED_PATH"},
       {"https://x.com/AomoriPref/status/1", "NOT_AN_ACCOUNT"},
       {"https://x.com/a_handle_of_16_chr", "NOT_AN_ACCOUNT"},
       {"https://www.youtube.com/watch?v=1", "RESERVED_PATH"},
       {"https://www.instagram.com/p/Cabc/", "RESERVED_PATH"},
       {"https://www.facebook.com/groups/12345678", "RESERVED_PATH"},
       {"https://www.facebook.com/watch", "RESERVED_PATH"},
       {"https://www.facebook.com/pg/watch", "NOT_AN_ACCOUNT"},
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

// T 6-1: no short URLs, but for a platform's own that name an account.
TEST(CanonicalUrlTest, ShortUrlsAndRedirectorsAreRefused) {
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

TEST(CanonicalUrlTest, LookAlikeHostsAreNotThePlatform) {
  ExpectAll(
      {{"https://eviltwitter.com/AomoriPref", "other::https://eviltwitter.com/AomoriPref"},
       {"https://twitter.com.example/AomoriPref", "other::https://twitter.com.example/AomoriPref"},
       {"https://x.com.evil.example/AomoriPref", "other::https://x.com.evil.example/AomoriPref"},
       {"https://тwitter.com/AomoriPref", "other::https://xn--witter-orf.com/AomoriPref"},
       {"https://xn--witter-orf.com/AomoriPref", "other::https://xn--witter-orf.com/AomoriPref"},
       {"https://evil.x.com/AomoriPref", "HOST_NOT_ALLOWED"},
       {"https://business.facebook.com/pref.saitama", "HOST_NOT_ALLOWED"}});
}

TEST(CanonicalUrlTest, AddressesThatHideWhereTheyLeadAreRefused) {
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

TEST(CanonicalUrlTest, HostsThatAreNoPublicNameAreRefused) {
  ExpectAll({{"https://127.0.0.1/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://0x7f000001/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://2130706433/", "HOST_NOT_ALLOWED"},
             {"https://１２７.0.0.1/", "HOST_NOT_ALLOWED"},
             {"https://[::1]/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://localhost/AomoriPref", "HOST_NOT_ALLOWED"},
             {"https://x.com:8443/AomoriPref", "HOST_NOT_ALLOWED"},
             {"http://x.com:443/AomoriPref", "HOST_NOT_ALLOWED"}});
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

TEST(CanonicalUrlTest, OnAnyOtherHostTheWholeAddressIdentifies) {
  ExpectAll(
      {{"http://blog.canpan.info/mihama-shakyo/", "other::https://blog.canpan.info/mihama-shakyo"},
       {"https://pref.example/a?id=2&utm_source=x&b", "other::https://pref.example/a?id=2&b"},
       {"https://pref.example/ブログ", "other::https://pref.example/%E3%83%96%E3%83%AD%E3%82%B0"},
       {"https://pref.example/%a5%d6", "other::https://pref.example/%A5%D6"},
       {"https://pref.example/a#top", "other::https://pref.example/a"},
       {"https://pref.example/#!/user/a", "other::https://pref.example/#!/user/a"},
       {"https://日本語.example/", "other::https://xn--wgv71a119e.example/"}});
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

// Every address of the real ledger is an account of the platform its row names.
TEST(CanonicalUrlTest, TheRealLedgerIsUnderstoodRowByRow) {
  std::ifstream file("services/registry/testdata/accounts_jp.csv");
  const auto records =
      ReadCsv(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
  ASSERT_TRUE(records.ok()) << records.status();
  // Rows that need a human: none. A row that comes to need one is listed here with its reason.
  ASSERT_EQ(records->size(), 580u);
  for (std::size_t i = 1; i < records->size(); ++i) {
    const std::vector<std::string>& cells = (*records)[i].cells;
    const Platform* platform = Table().ByName(cells[1]);
    ASSERT_NE(platform, nullptr) << cells[1];
    const auto account = Canonicalize(Table(), cells[3]);
    ASSERT_TRUE(account.ok()) << cells[3] << account.status();
    EXPECT_EQ(account->platform, platform->id) << cells[3];
  }
}

// What a property test feeds on: pieces that have fooled URL readers, and real hosts.
const std::vector<std::string>& Pieces() {
  static const auto& pieces = *new std::vector<std::string>{"https://",
                                                            "http://",
                                                            "//",
                                                            "/",
                                                            "\\",
                                                            "@",
                                                            "＠",
                                                            "／",
                                                            "．",
                                                            "。",
                                                            "：",
                                                            ":",
                                                            "?",
                                                            "？",
                                                            "#",
                                                            "＃",
                                                            "#!/",
                                                            "%",
                                                            "%2e",
                                                            "%2F",
                                                            "%40",
                                                            "%00",
                                                            "..",
                                                            ".",
                                                            "x.com",
                                                            "twitter.com",
                                                            "facebook.com",
                                                            "www.facebook.com",
                                                            "evil.example",
                                                            "x",
                                                            "com",
                                                            "xn--",
                                                            "é",
                                                            "\u200B",
                                                            "\u202E",
                                                            "\u00AD",
                                                            "℀",
                                                            "ſ",
                                                            "K",
                                                            "İ",
                                                            "①",
                                                            "|",
                                                            "<",
                                                            " ",
                                                            "\t",
                                                            "[",
                                                            "]",
                                                            ":443",
                                                            ":80",
                                                            "0x7f",
                                                            "127.0.0.1",
                                                            "AomoriPref",
                                                            "profile.php?id=12345678",
                                                            "status",
                                                            "hashtag",
                                                            "pref.saitama",
                                                            "note.jp",
                                                            "t.me",
                                                            "page.line.me",
                                                            "?accountId=abc",
                                                            "&",
                                                            "=",
                                                            "utm_source=1",
                                                            "-100064453670106",
                                                            "UCZWfi",
                                                            "日本"};
  return pieces;
}

std::string RandomInput(std::mt19937& random) {
  std::string input;
  const int length = 1 + static_cast<int>(random() % 8);
  for (int i = 0; i < length; ++i) input += Pieces()[random() % Pieces().size()];
  return input;
}

// A real address with something put into it anywhere.
std::string RandomTamperedUrl(std::mt19937& random) {
  static const auto& real =
      *new std::vector<std::string>{"https://x.com/AomoriPref",
                                    "x.com/AomoriPref",
                                    "https://www.facebook.com/pref.saitama",
                                    "https://www.facebook.com/profile.php?id=61560537894694",
                                    "https://nakama-city.note.jp/",
                                    "https://line.me/R/ti/p/%40281iwfwu",
                                    "https://t.me/s/japanemb_moscow",
                                    "https://www.youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw",
                                    "https://pref.example/a?b=c",
                                    "ｈｔｔｐｓ：／／ｘ．ｃｏｍ／ＡｏｍｏｒｉＰｒｅｆ",
                                    "https://x.com／AomoriPref"};
  std::string url = real[random() % real.size()];
  for (int i = 1 + static_cast<int>(random() % 3); i > 0; --i) {
    url.insert(random() % (url.size() + 1), Pieces()[random() % Pieces().size()]);
  }
  return url;
}

std::string RandomAddress(std::mt19937& random) {
  return random() % 4 == 0 ? RandomInput(random) : RandomTamperedUrl(random);
}

void ExpectStable(const std::string& input) {
  const auto once = Canonicalize(Table(), input);
  if (!once.ok()) return;
  const auto twice = Canonicalize(Table(), once->url);
  ASSERT_TRUE(twice.ok()) << input << " → " << once->url << twice.status();
  EXPECT_EQ(*once, *twice) << input;
}

TEST(CanonicalUrlPropertyTest, TheCanonicalUrlIsItsOwnCanonicalUrl) {
  std::mt19937 random(1);
  for (int i = 0; i < 40'000; ++i) ExpectStable(RandomAddress(random));
}

// The host a browser goes to when `input` is put into its address bar, told by a reader of its own
// after the URL standard: it knows nothing of normalisation but what hosts undergo. nullopt when it
// goes nowhere.
std::optional<std::string> BrowserHost(std::string input) {
  const absl::string_view text = absl::StripAsciiWhitespace(input);
  input = absl::StrReplaceAll(text, {{"\t", ""}, {"\n", ""}, {"\r", ""}});
  const std::string lower = absl::AsciiStrToLower(input);
  std::size_t at = absl::StartsWith(lower, "https:") ? 6 : absl::StartsWith(lower, "http:") ? 5 : 0;
  at = std::min(input.find_first_not_of("/\\", at), input.size());
  std::string authority = input.substr(at, input.find_first_of("/\\?#", at) - at);
  authority = authority.substr(authority.rfind('@') + 1);
  authority = authority.substr(0, authority.find(':'));
  authority = absl::StrReplaceAll(authority, {{"%2e", "."}, {"%40", "@"}, {"%2F", "/"}});
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::IDNA> idna(
      icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, error));
  icu::IDNAInfo info;
  std::string host;
  icu::StringByteSink<std::string> sink(&host);
  idna->nameToASCII_UTF8(authority, sink, info, error);
  const bool forbidden = host.find_first_of(" #%/:<>?@[\\]^|") != std::string::npos;
  if (U_FAILURE(error) || info.hasErrors() || forbidden || host.empty()) return std::nullopt;
  if (absl::EndsWith(host, ".")) host.pop_back();
  if (!absl::StrContains(host, '.')) return std::nullopt;
  return host;
}

// Whether a platform gives its subdomains to accounts and this is one: evil.medium.com.
bool IsGivenToAnAccount(absl::string_view host) {
  for (const Platform& platform : Table().platforms()) {
    for (const Subdomains& subdomains : platform.subdomains) {
      if (absl::EndsWith(host, absl::StrCat(".", subdomains.of))) return true;
    }
  }
  return false;
}

TEST(CanonicalUrlPropertyTest, NoHostOutsideAPlatformsTableIsEverTakenForThePlatform) {
  std::mt19937 random(2);
  std::set<std::string> listed;
  for (const Platform& platform : Table().platforms()) {
    listed.insert(platform.hosts.begin(), platform.hosts.end());
  }
  const std::vector<std::string> prefixes = {"evil", "evil-", "evil.", "xn--", "a.b.", "x.com."};
  const std::vector<std::string> suffixes = {".example", "-evil.com", ".evil.com", "x", ".jp", "m"};
  for (const std::string& host : listed) {
    for (const std::string& prefix : prefixes) {
      for (const std::string& suffix : suffixes) {
        for (const absl::string_view path :
             {"/AomoriPref", "/@AomoriPref", "/profile.php?id=12345678",
              "/channel/UCZWfiGkHRspD8EoCT09T3mw", ""}) {
          for (const std::string& foreign :
               {prefix + host, host + suffix, prefix + host + suffix}) {
            if (listed.count(foreign) > 0 || IsGivenToAnAccount(foreign)) continue;
            const auto account = Canonicalize(Table(), absl::StrCat("https://", foreign, path));
            EXPECT_TRUE(!account.ok() || account->platform == "other") << foreign << path;
          }
        }
      }
    }
  }
}

TEST(CanonicalUrlPropertyTest, WhatIsTakenForAPlatformLeadsABrowserThere) {
  std::mt19937 random(3);
  int accounts = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string input = RandomAddress(random);
    const auto account = Canonicalize(Table(), input);
    const std::optional<std::string> host = BrowserHost(input);
    if (!account.ok() || !host) continue;
    const Platform* by_host = Table().ByHost(*host);
    if (account->platform == "other") {
      EXPECT_EQ(by_host, nullptr) << input;
    } else if (by_host != nullptr) {
      EXPECT_EQ(account->platform, by_host->id) << input;
      ++accounts;
    } else {
      EXPECT_TRUE(IsGivenToAnAccount(*host)) << input << " leads to " << *host;
    }
  }
  EXPECT_GT(accounts, 1'000);
}

TEST(CanonicalUrlPropertyTest, NoReservedSegmentOfAnyPlatformIsAnAccount) {
  for (const Platform& platform : Table().platforms()) {
    for (const std::string& host : platform.hosts) {
      for (const std::string& segment : platform.reserved_segments) {
        for (const absl::string_view shape : {"/$", "/$/", "/$/anything", "/$?u=1", "/$#a"}) {
          const std::string url =
              absl::StrCat("https://", host, absl::StrReplaceAll(shape, {{"$", segment}}));
          const auto account = Canonicalize(Table(), url);
          // Beneath a reserved segment there may be accounts of another kind: /people/NAME/ID.
          EXPECT_FALSE(account.ok() && account->identity == segment) << url;
          EXPECT_TRUE(!account.ok() || shape == "/$/anything") << url;
        }
      }
    }
  }
}

}  // namespace
}  // namespace daicho::registry::domain
