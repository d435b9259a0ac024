#include "services/registry/platforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace daicho::registry::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kOther[] = "id: \"other\" display_name: \"Other\"";
constexpr char kGood[] = R"pb(id: "x"
                              display_name: "X"
                              aliases: "Twitter"
                              hosts: "x.com"
                              paths { path: "/([a-z]+)" identity: IDENTITY_HANDLE }
                              handle_pattern: "[a-z]+"
                              handle_url: "https://x.com/{id}"
)pb";

absl::Status Parse(const std::string& text, const std::string& rules = "") {
  return ParsePlatforms({{"other.textproto", kOther}, {"a.textproto", text}},
                        {"link_rules.textproto", rules})
      .status();
}

// The good file with `from` replaced by `to`.
std::string With(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(PlatformsTest, TheShippedFilesLoad) {
  const auto table = LoadPlatforms("services/registry/platforms");
  ASSERT_TRUE(table.ok()) << table.status();
  for (const char* id : {"ameba",       "aparat",        "bilibili",  "blogger",   "bluesky",
                         "discord",     "exblog",        "facebook",  "fc2_blog",  "flickr",
                         "goo_blog",    "hatenablog",    "instagram", "jugem",     "line",
                         "linkedin",    "livedoor_blog", "mastodon",  "medium",    "niconico",
                         "note",        "odnoklassniki", "other",     "pinterest", "rakuten_blog",
                         "sakura_blog", "seesaa_blog",   "telegram",  "threads",   "tiktok",
                         "tumblr",      "twitch",        "vimeo",     "vk",        "wechat",
                         "weibo",       "wordpress_com", "x",         "youtube"}) {
    EXPECT_NE(table->ById(id), nullptr) << id;
  }
}

TEST(PlatformsTest, AMissingFolderIsNotFound) {
  EXPECT_EQ(LoadPlatforms("services/registry/nowhere").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(PlatformsTest, AGoodFileLoads) { EXPECT_TRUE(Parse(kGood).ok()) << Parse(kGood); }

TEST(PlatformsTest, AnUnknownFieldIsRefusedWithFileAndLine) {
  const absl::Status status = Parse(With("aliases: \"Twitter\"", "alias: \"Twitter\""));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith("a.textproto:3:"));
}

TEST(PlatformsTest, ABadExpressionIsRefusedWithFileAndLine) {
  EXPECT_THAT(std::string(Parse(With("/([a-z]+)", "/([a-z]+")).message()),
              StartsWith("a.textproto:5: path: missing"));
  EXPECT_THAT(std::string(Parse(With("/([a-z]+)", "/[a-z]+")).message()),
              StartsWith("a.textproto:5: path: needs 1 capturing group"));
  EXPECT_THAT(
      std::string(Parse(With("handle_pattern: \"[a-z]+\"", "handle_pattern: \"*\"")).message()),
      StartsWith("a.textproto:6: handle_pattern:"));
}

TEST(PlatformsTest, AHostOfTwoPlatformsIsRefusedWithBothFiles) {
  const auto table =
      ParsePlatforms({{"other.textproto", kOther},
                      {"a.textproto", kGood},
                      {"b.textproto", "id: \"y\" display_name: \"Y\"\nhosts: \"x.com\""}},
                     {"link_rules.textproto", ""});
  EXPECT_EQ(std::string(table.status().message()),
            "b.textproto:2: hosts: \"x.com\" is taken by a.textproto");
}

TEST(PlatformsTest, ANameOfTwoPlatformsIsRefusedWhateverItsCase) {
  const auto table =
      ParsePlatforms({{"other.textproto", kOther},
                      {"a.textproto", kGood},
                      {"b.textproto", "id: \"y\" display_name: \"Y\"\naliases: \"TWITTER\""}},
                     {"link_rules.textproto", ""});
  EXPECT_EQ(std::string(table.status().message()),
            "b.textproto:2: aliases: \"twitter\" is taken by a.textproto");
}

TEST(PlatformsTest, AShortenerThatIsAPlatformsHostIsRefused) {
  EXPECT_THAT(std::string(Parse(kGood, "shortener_hosts: \"x.com\"").message()),
              HasSubstr("link_rules.textproto:1: shortener_hosts: \"x.com\" is taken by"));
}

TEST(PlatformsTest, ACanonicalUrlOnAForeignHostIsRefused) {
  EXPECT_THAT(std::string(Parse(With("https://x.com/{id}", "https://evil.example/{id}")).message()),
              StartsWith("a.textproto:7: handle_url:"));
  EXPECT_THAT(std::string(Parse(With("https://x.com/{id}", "https://x.com/")).message()),
              StartsWith("a.textproto:7: handle_url:"));
}

TEST(PlatformsTest, AHostInCapitalsIsRefused) {
  EXPECT_THAT(std::string(Parse(With("hosts: \"x.com\"", "hosts: \"X.com\"")).message()),
              HasSubstr("a.textproto:4: hosts: must be a host name in lower case"));
}

TEST(PlatformsTest, AnIdentityMustBeStated) {
  EXPECT_THAT(std::string(Parse(With(" identity: IDENTITY_HANDLE", "")).message()),
              HasSubstr("a.textproto:"));
}

TEST(PlatformsTest, AShortHostOfOneServiceIsRefusedLikeAnyShortener) {
  const auto table = ParsePlatforms({{"other.textproto", kOther}, {"a.textproto", kGood}},
                                    {"link_rules.textproto", "own_short_hosts: \"youtu.be\""});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rules().shortener_hosts.count("youtu.be"), 1u);
}

constexpr char kSites[] = R"pb(
  subdomains {
    of: "x.jp"
    label: "[a-z]+"
    identity: IDENTITY_ID
    namespace: "site"
    url: "https://{id}.x.jp/"
  }
  subdomains {
    of: "x.org"
    label: "[a-z]+"
    identity: IDENTITY_ID
    namespace: "site"
    url: "https://{id}.x.jp/"
  }
)pb";

TEST(PlatformsTest, TwoHostsMayGiveTheirSubdomainsToTheSameAccounts) {
  EXPECT_TRUE(Parse(absl::StrCat(kGood, kSites)).ok()) << Parse(absl::StrCat(kGood, kSites));
}

TEST(PlatformsTest, SubdomainsWhoseUrlIsOnAForeignHostAreRefused) {
  std::string text = absl::StrCat(kGood, kSites);
  text.replace(text.rfind("x.jp/"), 5, "evil.example/");
  EXPECT_THAT(std::string(Parse(text).message()), HasSubstr("url: must be https://{id}."));
}

TEST(PlatformsTest, OneNamespaceWithTwoUrlsIsRefused) {
  std::string text = absl::StrCat(kGood, kSites);
  text.replace(text.rfind("x.jp/"), 5, "x.org/");
  EXPECT_THAT(std::string(Parse(text).message()),
              HasSubstr("subdomains: namespace \"site\" has another url or identity above"));
}

// Its canonical URL would be a page of the platform: x.com/login.
TEST(PlatformsTest, AReservedSegmentIsNoLabelOfAHandle) {
  const auto table =
      ParsePlatforms({{"other.textproto", kOther},
                      {"a.textproto", absl::StrCat(kGood, R"pb(reserved_segments: "login"
                                                               subdomains {
                                                                 of: "x.com"
                                                                 label: "[a-z]+"
                                                                 reserved_labels: "www"
                                                                 identity: IDENTITY_HANDLE
                                                               })pb")}},
                     {"link_rules.textproto", ""});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->ById("x")->subdomains[0].reserved_labels,
            (std::set<std::string>{"login", "www"}));
}

constexpr char kProgramme[] = R"pb(handle_url: "https://x.com/{id}"
                                   verification {
                                     display_name: "badge"
                                     terms_url: "https://x.com/terms"
                                     conditions {
                                       id: "age"
                                       title: "t"
                                       title_ja: "t"
                                       remedy: "r"
                                       remedy_ja: "r"
                                       check: CHECK_OPEN_FOR_DAYS
                                       days: 30
                                     }
                                   }
)pb";

// The good file with a programme, and `from` of it replaced by `to`.
std::string WithProgramme(const std::string& from = "", const std::string& to = "") {
  std::string programme = kProgramme;
  if (!from.empty()) programme.replace(programme.find(from), from.size(), to);
  return With("handle_url: \"https://x.com/{id}\"", programme);
}

TEST(PlatformsTest, APlatformWithoutAProgrammeOffersNone) {
  const auto table = ParsePlatforms({{"other.textproto", kOther},
                                     {"a.textproto", WithProgramme()},
                                     {"b.textproto", "id: \"y\" display_name: \"Y\""}},
                                    {"link_rules.textproto", ""});
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_TRUE(table->ById("x")->verification);
  EXPECT_EQ(table->ById("x")->verification->conditions.front().days, 30);
  EXPECT_FALSE(table->ById("y")->verification);
}

TEST(PlatformsTest, AProgrammeThatLacksSomethingIsRefusedWithFileAndLine) {
  const auto complaint = [](const std::string& from, const std::string& to) {
    return std::string(Parse(WithProgramme(from, to)).message());
  };
  EXPECT_EQ(complaint("", ""), "");
  EXPECT_THAT(complaint("display_name: \"badge\"", ""), HasSubstr("display_name: is missing"));
  EXPECT_THAT(complaint("https://x.com/terms", "http://x.com/terms"),
              HasSubstr("a.textproto:10: terms_url: must be https"));
  EXPECT_THAT(complaint("\"age\"", "\"images\""), HasSubstr("id: is asked for on every platform"));
  EXPECT_THAT(complaint("remedy_ja: \"r\"", ""), HasSubstr("remedy_ja: is missing"));
  EXPECT_THAT(complaint("days: 30", ""), HasSubstr("days: is set if"));
  EXPECT_THAT(complaint("CHECK_OPEN_FOR_DAYS", "CHECK_MFA_ENABLED"), HasSubstr("days: is set if"));
}

TEST(PlatformsTest, TheShippedFilesSayWhichPlatformsVerify) {
  const auto table = LoadPlatforms("services/registry/platforms");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_TRUE(table->ById("x")->verification);
  EXPECT_TRUE(table->ById("youtube")->verification);
  EXPECT_FALSE(table->ById("other")->verification);
  EXPECT_FALSE(table->ById("flickr")->verification);
}

TEST(PlatformsTest, WithoutOtherNothingLoads) {
  EXPECT_FALSE(ParsePlatforms({{"a.textproto", kGood}}, {"link_rules.textproto", ""}).ok());
}

}  // namespace
}  // namespace daicho::registry::wire
