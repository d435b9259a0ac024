// Every address of the real ledger is understood, and those that a person should look at are
// listed.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/csv.h"
#include "services/registry/testing/canonical.h"

namespace daicho::registry::domain {
namespace {

constexpr char kLedger[] = "services/registry/testdata/accounts_jp.csv";
constexpr char kReview[] = "services/registry/testdata/accounts_jp_review.csv";

std::vector<CsvRecord> RowsOf(const char* path) {
  std::ifstream file(path);
  auto records =
      ReadCsv(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
  EXPECT_TRUE(records.ok()) << records.status();
  if (!records.ok() || records->empty()) return {};
  records->erase(records->begin());
  return *records;
}

// Why a person should look at the row before it is relied on; empty when nothing is in doubt.
std::string ReviewReason(const CanonicalUrl& account, const std::string& source, int rows_of_key) {
  const std::string kind = absl::StrCat(account.platform, ":", account.name_space);
  static const auto& numbers =
      *new std::set<std::string>{"facebook:id", "flickr:nsid", "weibo:id", "wechat:biz"};
  if (rows_of_key > 1) return "SAME_ACCOUNT_TWICE";
  if (absl::StrContains(source, "URL derived")) return "URL_DERIVED_FROM_HANDLE";
  if (kind == "line:short_link") return "SHORT_LINK";
  if (account.platform == kOtherPlatform) return "OTHER_HOST";
  if (numbers.count(kind) > 0) return "NUMBER_WITHOUT_NAME";
  if (absl::StrContains(source, "status=unverified")) return "SOURCE_UNVERIFIED";
  return "";
}

TEST(LedgerUrlsTest, EveryRowIsAnAccountOfThePlatformItNames) {
  const auto rows = RowsOf(kLedger);
  ASSERT_EQ(rows.size(), 579u);
  for (const CsvRecord& row : rows) {
    const Platform* platform = Table().ByName(row.cells[1]);
    ASSERT_NE(platform, nullptr) << row.cells[1];
    const auto account = Canonicalize(Table(), row.cells[3]);
    ASSERT_TRUE(account.ok()) << row.cells[3] << account.status();
    EXPECT_EQ(account->platform, platform->id) << row.cells[3];
  }
}

TEST(LedgerUrlsTest, TheRowsThatNeedAPersonAreThoseListed) {
  const auto rows = RowsOf(kLedger);
  std::map<std::string, int> rows_of_key;
  for (const CsvRecord& row : rows) ++rows_of_key[KeyOf(row.cells[3])];
  std::vector<std::string> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<std::string>& cells = rows[i].cells;
    const auto account = Canonicalize(Table(), cells[3]);
    ASSERT_TRUE(account.ok()) << cells[3];
    const std::string reason = ReviewReason(*account, cells[4], rows_of_key[account->key]);
    if (!reason.empty())
      found.push_back(absl::StrJoin({std::to_string(i + 2), cells[3], reason}, ","));
  }
  std::vector<std::string> listed;
  for (const CsvRecord& row : RowsOf(kReview)) listed.push_back(absl::StrJoin(row.cells, ","));
  EXPECT_EQ(found, listed) << absl::StrJoin(found, "\n");
}

}  // namespace
}  // namespace daicho::registry::domain
