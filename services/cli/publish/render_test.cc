#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/csv.h"
#include "services/cli/publish/escape.h"
#include "services/cli/publish/public_list.h"
#include "services/cli/publish/testing/sample_list.h"

namespace daicho::cli::publish {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Files = std::map<std::string, std::string>;

const fs::path kTestdata = "services/cli/publish/testdata";

Files ReadFolder(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files[fs::relative(entry.path(), folder)] = text.str();
  }
  return files;
}

// Compares `files` with those in testdata/`name`. DAICHO_UPDATE_TESTDATA=1 writes them anew.
void ExpectGolden(const Files& files, const std::string& name) {
  const fs::path folder = kTestdata / name;
  if (std::getenv("DAICHO_UPDATE_TESTDATA") != nullptr) {
    fs::remove_all(folder);
    for (const auto& [path, text] : files) {
      fs::create_directories((folder / path).parent_path());
      std::ofstream(folder / path) << text;
    }
  }
  const Files golden = ReadFolder(folder);
  for (const auto& [path, text] : files) {
    const auto found = golden.find(path);
    ASSERT_NE(found, golden.end()) << path;
    EXPECT_EQ(text, found->second) << path;
  }
  EXPECT_EQ(files.size(), golden.size());
}

TEST(RenderTest, GivesTheGoldenFilesForASmallList) {
  ExpectGolden(Render(SampleList(), kSampleSite), "sample");
}

TEST(RenderTest, GivesTheGoldenFilesForAHostileList) {
  ExpectGolden(Render(ListSaying(kHostileText), kSampleSite), "hostile");
}

TEST(RenderTest, GivesTheGoldenFilesForAnEmptyList) {
  ExpectGolden(Render({.as_of = SampleList().as_of, .organization_name = "青森県"}, {}), "empty");
}

TEST(RenderTest, GivesTheSameBytesInWhateverOrderTheRowsCome) {
  PublicList reversed = SampleList();
  std::reverse(reversed.accounts.begin(), reversed.accounts.end());
  std::reverse(reversed.changes.begin(), reversed.changes.end());
  EXPECT_EQ(Render(SampleList(), kSampleSite), Render(reversed, kSampleSite));
}

TEST(RenderTest, LetsNoTextOutOfItsPlace) {
  for (const auto& [path, text] : Render(ListSaying(kHostileText), kSampleSite)) {
    if (absl::EndsWith(path, ".html") || absl::EndsWith(path, ".atom")) {
      EXPECT_THAT(text, Not(HasSubstr("<script>alert"))) << path;
      EXPECT_THAT(text, Not(HasSubstr("]]>\" onmouseover"))) << path;
      EXPECT_THAT(text, Not(HasSubstr("<!--"))) << path;
      EXPECT_THAT(text, Not(HasSubstr("href=\"javascript:"))) << path;
      EXPECT_THAT(text, Not(HasSubstr("\x01"))) << path;
    }
  }
}

TEST(RenderTest, WritesJsonThatReadsBackAsItWas) {
  const std::string text = "\"\\</script>\n,é";
  const Files files = Render(ListSaying(text), kSampleSite);
  const auto accounts = nlohmann::json::parse(files.at("accounts.json"));
  EXPECT_EQ(accounts["地方公共団体名"], text);
  EXPECT_EQ(accounts["公式アカウント"][0]["名称"], text);
  EXPECT_EQ(nlohmann::json::parse(files.at("departments.json"))["所属"][0]["所属"], text);
}

TEST(RenderTest, WritesCsvThatReadsBackAndThatNoSpreadsheetRuns) {
  const Files files = Render(ListSaying("=1+1,\"a\"\n"), kSampleSite);
  const auto records = ReadCsv(files.at("accounts.csv"));
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 6u);
  EXPECT_EQ((*records)[0].cells[0], "全国地方公共団体コード");
  EXPECT_EQ((*records)[1].cells[5], "=1+1,\"a\"\n");
  EXPECT_THAT(files.at("accounts.csv"), HasSubstr("\"'=1+1,"));
  for (const CsvRecord& record : *records) EXPECT_EQ(record.cells.size(), 15u);
}

std::vector<std::string> CsvColumn(const Files& files, std::size_t column) {
  std::vector<std::string> cells;
  const auto records = ReadCsv(files.at("accounts.csv"));
  for (const CsvRecord& record : *records) {
    cells.push_back(record.cells[column]);
  }
  return cells;
}

TEST(RenderTest, GivesAsDataWhatIsOfficialAloneAndTheRestApart) {
  const Files files = Render(SampleList(), kSampleSite);
  EXPECT_THAT(CsvColumn(files, 11), ElementsAre("状態", "公式", "公式", "停止中", "公式", "公式"));
  const auto json = nlohmann::json::parse(files.at("accounts.json"));
  EXPECT_EQ(json["公式アカウント"].size(), 5u);
  EXPECT_EQ(json["乗っ取り被害アカウント"].size(), 1u);
  EXPECT_EQ(json["公式でなくなったアカウント"].size(), 2u);
  EXPECT_EQ(json["なりすましアカウント"].size(), 1u);
}

TEST(RenderTest, LinksToNothingThatIsNotSafeToFollow) {
  const Files files = Render(SampleList(), kSampleSite);
  for (const auto& [path, text] : files) {
    if (!absl::EndsWith(path, ".html")) continue;
    for (const char* handle : {"aomori_kanko\"", "aomori_bousai\"", "aomori_sakura\"",
                               "aomori_pref_old\"", "aomori.pref.fake\""}) {
      EXPECT_THAT(text, Not(HasSubstr(handle))) << path;
    }
  }
  EXPECT_THAT(files.at("index.html"), HasSubstr("rel=\"me\" href=\"https://x.com/pref_aomori\""));
}

TEST(RenderTest, ShowsAWarningOfATakeoverWithTheAccountThatTookOver) {
  const std::string page = Render(SampleList(), kSampleSite).at("warnings.html");
  EXPECT_THAT(page, HasSubstr("乗っ取られています"));
  EXPECT_THAT(page, HasSubstr("https://x.com/aomori_kanko_official"));
}

TEST(RenderTest, NamesNoSuccessorThatIsNotOnTheList) {
  PublicList list = SampleList();
  for (Account& account : list.accounts) {
    if (!account.successor.empty()) account.successor = "0197b1f0-0000-7000-8000-00000000dead";
  }
  for (const auto& [path, text] : Render(list, kSampleSite)) {
    EXPECT_THAT(text, Not(HasSubstr("00000000dead"))) << path;
  }
}

TEST(RenderTest, CallsAnAccountWithoutANameByItsHandle) {
  EXPECT_THAT(Render(SampleList(), kSampleSite).at("index.html"), HasSubstr("@kanko_guide"));
}

TEST(RenderTest, SaysTheDayOfTheListInBothCalendars) {
  for (const auto& [path, text] : Render(SampleList(), kSampleSite)) {
    if (!absl::EndsWith(path, ".html")) continue;
    EXPECT_THAT(text, HasSubstr("<time datetime=\"2026-11-22T08:30:00+09:00\">令和8年11月22日 "
                                "8時30分</time>(2026-11-22)現在"))
        << path;
  }
}

TEST(RenderTest, KeepsTheFeedToItsNewestEntries) {
  PublicList list = SampleList();
  const Change one = list.changes[0];
  list.changes.clear();
  for (int i = 0; i < 201; ++i) {
    list.changes.push_back(one);
    list.changes.back().id = absl::StrCat("entry-", i);
    list.changes.back().time += absl::Minutes(i);
  }
  const std::string feed = Render(list, kSampleSite).at("feed.atom");
  EXPECT_THAT(feed, HasSubstr("urn:uuid:entry-200<"));
  EXPECT_THAT(feed, HasSubstr("urn:uuid:entry-1<"));
  EXPECT_THAT(feed, Not(HasSubstr("urn:uuid:entry-0<")));
}

TEST(RenderTest, DoesNotLoseItselfInDepartmentsThatGoRoundInACircle) {
  PublicList list = SampleList();
  list.departments["0100"].parent = "0101";
  EXPECT_FALSE(Render(list, kSampleSite).empty());
}

}  // namespace
}  // namespace daicho::cli::publish
