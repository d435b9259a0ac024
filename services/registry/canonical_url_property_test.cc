// domain.md §3.1 over generated addresses. DAICHO_SEED=N repeats a run; each failure names its
// seed.
#include <gtest/gtest.h>
#include <unicode/idna.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/refusal.h"
#include "services/registry/domain/text.h"
#include "services/registry/testing/canonical.h"

namespace daicho::registry::domain {
namespace {

class CanonicalUrlPropertyTest : public ::testing::Test {
 protected:
  CanonicalUrlPropertyTest() { std::cout << "DAICHO_SEED=" << seed_ << "\n"; }

  static std::uint32_t Seed() {
    const char* given = std::getenv("DAICHO_SEED");
    std::uint32_t seed = 0;
    return given != nullptr && absl::SimpleAtoi(given, &seed) ? seed : 20260401;
  }

  std::size_t Below(std::size_t limit) { return random_() % limit; }
  bool Once(std::size_t in) { return Below(in) == 0; }
  template <typename List>
  auto Of(const List& list) {
    return list[Below(std::size(list))];
  }

  const std::uint32_t seed_ = Seed();
  std::mt19937 random_{seed_};
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, absl::StrCat("DAICHO_SEED=", seed_)};
};

// Pieces that have fooled URL readers, and real hosts.
constexpr absl::string_view kPieces[] = {"https://",
                                         "http://",
                                         "//",
                                         "/",
                                         "\\",
                                         "@",
                                         "＠",
                                         "／",
                                         "．",
                                         "。",
                                         "｡",
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
                                         "tumblr.com",
                                         "mstdn.jp",
                                         "page.line.me",
                                         "?accountId=abc",
                                         "&",
                                         "=",
                                         "utm_source=1",
                                         "-100064453670106",
                                         "UCZWfi",
                                         "日本"};

constexpr absl::string_view kRealUrls[] = {
    "https://x.com/AomoriPref",
    "x.com/AomoriPref",
    "https://www.facebook.com/pref.saitama",
    "https://www.facebook.com/profile.php?id=61560537894694",
    "https://nakama-city.note.jp/",
    "https://line.me/R/ti/p/%40281iwfwu",
    "https://t.me/s/japanemb_moscow",
    "https://mastodon.social/@pref_akita@mstdn.jp",
    "https://akita-pref.tumblr.com",
    "https://www.youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw",
    "https://pref.example/a?b=c",
    "ｈｔｔｐｓ：／／ｘ．ｃｏｍ／ＡｏｍｏｒｉＰｒｅｆ",
    "https://x.com／AomoriPref"};

class TamperedUrlTest : public CanonicalUrlPropertyTest {
 protected:
  // Pieces at random, or a real address with some of them put into it anywhere.
  std::string Address() {
    std::string url(Once(4) ? absl::string_view() : Of(kRealUrls));
    for (std::size_t i = url.empty() ? 1 + Below(8) : 1 + Below(3); i > 0; --i) {
      url.insert(Below(url.size() + 1), std::string(Of(kPieces)));
    }
    return url;
  }
};

void ExpectStable(absl::string_view input) {
  const auto once = Canonicalize(Table(), input);
  if (!once.ok()) {
    EXPECT_TRUE(UrlProblemOf(once.status())) << input << once.status();
    return;
  }
  EXPECT_TRUE(IsAscii(once->url) && once->url.size() <= kMaxUrlBytes) << input;
  const auto twice = Canonicalize(Table(), once->url);
  ASSERT_TRUE(twice.ok()) << input << " → " << once->url << twice.status();
  EXPECT_EQ(*once, *twice) << input;
}

TEST_F(TamperedUrlTest, TheCanonicalUrlIsItsOwnCanonicalUrl) {
  for (int i = 0; i < 6'000; ++i) ExpectStable(Address());
}

TEST_F(CanonicalUrlPropertyTest, RandomBytesAreTakenOrRefusedWithAReason) {
  for (int i = 0; i < 6'000; ++i) {
    std::string bytes(Below(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(Below(256));
    const std::string input = absl::StrCat(Once(2) ? Of(kRealUrls) : "", bytes);
    ExpectStable(input);
    const auto handle = CanonicalizeHandle(Table(), Of(Table().platforms()).id, bytes);
    EXPECT_TRUE(handle.ok() || UrlProblemOf(handle.status())) << handle.status();
  }
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
  static const icu::IDNA* const idna =
      icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, error);
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

// The platform that gives the host's label, and no more than a label, to an account.
std::string GivenToAnAccountOf(absl::string_view host) {
  const std::size_t dot = host.find('.');
  if (dot == absl::string_view::npos) return "";
  for (const Platform& platform : Table().platforms()) {
    for (const Subdomains& subdomains : platform.subdomains) {
      if (host.substr(dot + 1) == subdomains.of) return platform.id;
    }
  }
  return "";
}

TEST_F(TamperedUrlTest, WhatIsTakenForAPlatformLeadsABrowserThere) {
  int accounts = 0;
  for (int i = 0; i < 8'000; ++i) {
    const std::string input = Address();
    const auto account = Canonicalize(Table(), input);
    const std::optional<std::string> host = BrowserHost(input);
    if (!account.ok() || !host) continue;
    const Platform* by_host = Table().ByHost(*host);
    if (account->platform == kOtherPlatform) {
      EXPECT_EQ(by_host, nullptr) << input;
    } else if (by_host != nullptr) {
      EXPECT_EQ(account->platform, by_host->id) << input;
      ++accounts;
    } else {
      EXPECT_EQ(account->platform, GivenToAnAccountOf(*host)) << input << " leads to " << *host;
    }
  }
  EXPECT_GT(accounts, 100);
}

// Characters that look like a letter, digit, "." or "-" of a host, by Unicode's confusables (UTS
// 39).
const std::map<char, std::vector<std::string>>& LookAlikes() {
  static const auto& all = *[] {
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<USpoofChecker, decltype(&uspoof_close)> checker(uspoof_open(&error),
                                                                          &uspoof_close);
    std::map<std::string, std::vector<char>> plain;  // By skeleton.
    const auto skeleton = [&](const std::string& text) {
      char out[64];
      const int size = uspoof_getSkeletonUTF8(checker.get(), 0, text.data(),
                                              static_cast<int>(text.size()), out, 64, &error);
      return std::string(out, static_cast<std::size_t>(size));
    };
    for (const char c : absl::string_view("abcdefghijklmnopqrstuvwxyz0123456789.-")) {
      plain[skeleton(std::string(1, c))].push_back(c);
    }
    auto* look_alikes = new std::map<char, std::vector<std::string>>;
    for (UChar32 point = 0x80; point < 0x1F000; ++point) {
      if (U_IS_SURROGATE(point) || (point >= 0x3400 && point < 0xA000)) continue;
      std::string text;
      icu::UnicodeString(point).toUTF8String(text);
      const auto found = plain.find(skeleton(text));
      if (found == plain.end()) continue;
      for (const char c : found->second) (*look_alikes)[c].push_back(text);
    }
    return look_alikes;
  }();
  return all;
}

class MutatedHostTest : public CanonicalUrlPropertyTest {
 protected:
  MutatedHostTest() {
    for (const Platform& platform : Table().platforms()) {
      hosts_.insert(hosts_.end(), platform.hosts.begin(), platform.hosts.end());
      for (const Subdomains& subdomains : platform.subdomains) {
        hosts_.push_back(absl::StrCat("akita.", subdomains.of));
      }
    }
  }

  // What attackers do to a host, once.
  std::string Mutated(std::string host) {
    constexpr absl::string_view kLabels[] = {"evil", "evil-", "evil.", "xn--", "a.b.", "x.com."};
    constexpr absl::string_view kEnds[] = {".example", "-evil.com", ".evil.com", "x", ".jp", "m"};
    constexpr absl::string_view kTails[] = {":443",
                                            ":8443",
                                            ":443@evil.example",
                                            "@evil.example",
                                            "\\.evil.example",
                                            "%2eevil.example",
                                            "%00",
                                            "%40",
                                            "＠evil.example",
                                            "：8443",
                                            "＼.evil.example",
                                            "?@evil.example",
                                            "#@evil.example"};
    constexpr absl::string_view kHidden[] = {
        "\u200B", "\u200D", "\u00AD", "\u2060", "\uFEFF", "\u202E", "%2E", "\\", "@", ":", "%"};
    constexpr absl::string_view kDots[] = {"。", "．", "｡", "․", "%2e", "..", "-", ""};
    const std::size_t at = Below(host.size());
    switch (Below(8)) {
      case 0:
        return absl::StrCat(Of(kLabels), host);
      case 1:
        return absl::StrCat(host, Of(kEnds));
      case 2:
        return absl::StrCat(host, Of(kTails));
      case 3:
        return absl::StrCat("evil.example", Once(2) ? "@" : "\\@", host);
      case 4:
        return host.insert(at, std::string(Of(kHidden)));
      case 5: {
        const std::size_t dot = host.find('.');
        return dot == std::string::npos ? host : host.replace(dot, 1, std::string(Of(kDots)));
      }
      case 6:
        host[at] = static_cast<char>('a' + Below(26));
        return host;
    }
    const auto found = LookAlikes().find(host[at]);
    return found == LookAlikes().end() ? host : host.replace(at, 1, Of(found->second));
  }

  std::vector<std::string> hosts_;
};

TEST_F(MutatedHostTest, NoHostOutsideThePlatformsTableIsEverTakenForAPlatform) {
  constexpr absl::string_view kPaths[] = {"/AomoriPref",
                                          "/@AomoriPref",
                                          "/users/AomoriPref",
                                          "/profile.php?id=12345678",
                                          "/user/12345678",
                                          "/",
                                          "",
                                          "/channel/UCZWfiGkHRspD8EoCT09T3mw",
                                          "/company/akita"};
  ASSERT_GT(LookAlikes().at('x').size(), 5u);
  int foreign = 0, taken = 0;
  for (int i = 0; i < 12'000; ++i) {
    std::string host = Mutated(Of(hosts_));
    if (Once(3)) host = Mutated(host);
    const std::string input = absl::StrCat("https://", host, Of(kPaths));
    const auto account = Canonicalize(Table(), input);
    const std::optional<std::string> browser = BrowserHost(input);
    const Platform* by_host = browser ? Table().ByHost(*browser) : nullptr;
    const std::string owner = by_host != nullptr ? by_host->id
                              : browser          ? GivenToAnAccountOf(*browser)
                                                 : "";
    foreign += owner.empty();
    if (!account.ok() || account->platform == kOtherPlatform) continue;
    ++taken;
    EXPECT_EQ(account->platform, owner) << input << " leads to " << browser.value_or("nowhere");
  }
  EXPECT_GT(foreign, 4'000);
  EXPECT_GT(taken, 100);
}

// An account by its canonical URL, with where its id stands in it.
struct Known {
  CanonicalUrl account;
  std::string before, id, after;
  bool folds = false;  // The platform ignores case in the id.

  std::string Url(absl::string_view another_id) const {
    return absl::StrCat(before, another_id, after);
  }
};

class VariantsTest : public CanonicalUrlPropertyTest {
 protected:
  // One account of every kind that the platforms' files know.
  std::vector<Known> OneOfEachKind() {
    std::vector<Known> all;
    for (const Platform& platform : Table().platforms()) {
      std::set<std::tuple<std::string, std::string, bool>> kinds;
      const auto add = [&](const auto& shape) {
        const bool is_handle = shape.identity == IdentityKind::kHandle;
        kinds.emplace(
            shape.name_space, is_handle ? platform.handle_url : shape.url,
            is_handle ? platform.handle_ignores_case : shape.identity == IdentityKind::kId);
      };
      for (const PathPattern& pattern : platform.paths) add(pattern);
      for (const Subdomains& subdomains : platform.subdomains) add(subdomains);
      for (const auto& [name_space, url, folds] : kinds) {
        all.push_back(KnownAt(name_space, url, folds));
      }
    }
    return all;
  }

  // An id at random that the shape takes.
  Known KnownAt(const std::string& name_space, const std::string& url, bool folds) {
    const std::size_t at = url.find("{id}");
    Known known{.before = url.substr(0, at), .after = url.substr(at + 4), .folds = folds};
    const std::string digits = absl::StrCat(1 + Below(9), 10'000'000'000'000'000u + random_());
    const std::string word = Word(10);
    for (const std::string& id :
         {word, digits.substr(0, 11), digits, absl::StrCat("UC", Word(22)),
          absl::StrCat(digits.substr(0, 9), "@N02"), absl::StrCat("_", Word(20)),
          absl::StrCat(word, ".example"), absl::StrCat("ch", digits.substr(0, 7)),
          absl::StrCat("did:plc:", word)}) {
      const auto account = Canonicalize(Table(), known.Url(id));
      if (!account.ok() || account->identity != id || account->name_space != name_space) continue;
      known.account = *account;
      known.id = id;
      return known;
    }
    ADD_FAILURE() << "no id is taken by " << url;
    return known;
  }

  std::string Word(std::size_t length) {
    std::string word;
    for (std::size_t i = 0; i < length; ++i) word.push_back(static_cast<char>('a' + Below(26)));
    return word;
  }

  std::string RandomCase(std::string text) {
    for (char& c : text) c = Once(2) ? absl::ascii_toupper(c) : c;
    return text;
  }

  // Letters and digits after the host escaped here and there.
  std::string Escaped(absl::string_view text) {
    std::string out;
    for (const char c : text) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c)) && Once(5)) {
        const std::string hex = absl::StrCat(absl::Hex(c, absl::kZeroPad2));
        absl::StrAppend(&out, "%", Once(2) ? absl::AsciiStrToUpper(hex) : hex);
      } else {
        out.push_back(c);
      }
    }
    return out;
  }

  static std::string FullWidth(absl::string_view text) {
    std::string out;
    for (const char c : text) {
      icu::UnicodeString(static_cast<UChar32>(c > ' ' ? c - 0x21 + 0xFF01 : c)).toUTF8String(out);
    }
    return out;
  }

  // Another way to write the same account.
  std::string Variant(const Known& known) {
    constexpr absl::string_view kSchemes[] = {"https://", "http://", "HTTPS://", "//", ""};
    constexpr absl::string_view kTracking[] = {"utm_source=a", "igshid=Ym=", "fbclid=a", "s=20"};
    const std::string url = known.Url(known.folds ? RandomCase(known.id) : known.id);
    const std::size_t begin = std::string("https://").size();
    const std::size_t end = std::min(url.find('/', begin), url.size());
    std::string host = RandomCase(url.substr(begin, end - begin));
    if (Once(8)) host += ".";
    std::string rest = url.substr(end);
    const bool queried = absl::StrContains(rest, '?');
    if (Once(3)) rest = queried ? rest : Escaped(rest);
    if (!queried && Once(2)) rest += rest == "/" ? "" : "/";
    if (Once(2)) absl::StrAppend(&rest, queried ? "&" : "?", Of(kTracking));
    if (Once(4)) rest += "#top";
    const std::string variant = absl::StrCat(Of(kSchemes), host, rest);
    return Once(4) ? FullWidth(variant) : variant;
  }
};

TEST_F(VariantsTest, EveryWayToWriteAnAccountHasItsKey) {
  for (int round = 0; round < 20; ++round) {
    for (const Known& known : OneOfEachKind()) {
      for (int i = 0; i < 5; ++i) {
        const std::string variant = Variant(known);
        EXPECT_EQ(KeyOf(variant), known.account.key) << variant;
      }
    }
  }
}

TEST_F(VariantsTest, OnAnotherHostOfThePlatformAnAccountIsTheSameOrRefused) {
  for (const Known& known : OneOfEachKind()) {
    const Platform& platform = *Table().ById(known.account.platform);
    if (platform.id == "mastodon") continue;  // Each host has accounts of its own.
    const std::size_t slash = known.account.url.find('/', std::string("https://").size());
    for (const std::string& host : platform.hosts) {
      const auto moved = Canonicalize(Table(), absl::StrCat(host, known.account.url.substr(slash)));
      if (!moved.ok() || moved->name_space != known.account.name_space) continue;
      EXPECT_EQ(moved->key, known.account.key) << host;
    }
  }
}

TEST_F(VariantsTest, AnotherIdIsAnotherAccount) {
  int others = 0;
  for (int round = 0; round < 20; ++round) {
    for (const Known& known : OneOfEachKind()) {
      std::string id = known.id;
      char& changed = id[Below(id.size())];
      const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(changed));
      const char other = static_cast<char>(digit ? '0' + Below(10) : 'a' + Below(26));
      if (absl::ascii_tolower(changed) == other) continue;
      changed = other;
      const auto account = Canonicalize(Table(), known.Url(id));
      if (!account.ok()) continue;
      EXPECT_NE(account->key, known.account.key) << known.Url(id);
      ++others;
    }
  }
  EXPECT_GT(others, 800);
}

TEST_F(VariantsTest, AnotherCaseIsAnotherAccountWhereCaseCounts) {
  int others = 0;
  for (const Known& known : OneOfEachKind()) {
    const std::string upper = absl::AsciiStrToUpper(known.id);
    const auto account = Canonicalize(Table(), known.Url(upper));
    if (known.folds || upper == known.id || !account.ok()) continue;
    EXPECT_NE(account->key, known.account.key) << known.Url(upper);
    ++others;
  }
  EXPECT_GT(others, 10);
}

TEST_F(CanonicalUrlPropertyTest, NoReservedSegmentOfAnyPlatformIsAnAccount) {
  for (const Platform& platform : Table().platforms()) {
    for (const std::string& host : platform.hosts) {
      if (host != platform.hosts.front() && !Once(12)) continue;
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

// A plain address is read without the libraries that read the others. With an empty query after it,
// it is not plain, and means the same.
TEST_F(CanonicalUrlPropertyTest, APlainAddressIsReadAsAnyOther) {
  constexpr absl::string_view kCharacters = "abcxyzABC019-._~@//";
  const auto text = [&](std::size_t most) {
    std::string made;
    for (std::size_t n = Below(most + 1); made.size() < n;) {
      made += kCharacters[Below(kCharacters.size())];
    }
    return made;
  };
  int accounts = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string host =
        Once(3) ? text(12) : absl::StrCat(text(3), Once(2) ? "x.com" : "www.youtube.com");
    const std::string url = absl::StrCat(Once(2) ? "https://" : "", host, "/", text(12));
    const auto plain = Canonicalize(Table(), url);
    const auto other = Canonicalize(Table(), url + "?");
    ASSERT_EQ(plain.status().code(), other.status().code()) << url;
    ASSERT_EQ(ReasonOf(plain.status()), ReasonOf(other.status())) << url;
    if (plain.ok()) {
      ASSERT_EQ(*plain, *other) << url;
      ++accounts;
    }
  }
  EXPECT_GT(accounts, 2000);
}

}  // namespace
}  // namespace daicho::registry::domain
