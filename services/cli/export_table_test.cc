#include "services/cli/export_table.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/sheet/sheet.h"

namespace daicho::cli {
namespace {

using ::testing::ElementsAre;

registry::v1::Account Parse(const std::string& text) {
  registry::v1::Account account;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &account));
  return account;
}

constexpr char kAccount[] = R"pb(
  name: "accounts/019a0000-0000-7000-8000-0000000000a1"
  department: "departments/0301"
  fields { platform: "x" display_name: "観光" url: "https://twitter.com/Kanko" }
  state: STATE_ACTIVE
  condition: CONDITION_NORMAL
  canonical_url: "https://x.com/kanko"
  origin { kind: KIND_IMPORT source: "県の一覧" }
  opened_on { year: 2020 month: 4 day: 1 }
  listing {
    organization_page {
      url: "https://www.pref.example.jp/sns/"
      seen_on { year: 2026 month: 11 day: 2 }
    }
  }
  facts { verification { state: STATE_VERIFIED } }
  activity { last_post_time { seconds: 1795303800 } }
)pb";

TEST(AccountRowTest, HasACellForEveryColumn) {
  EXPECT_EQ(AccountRow({}, {}, Reader::kPeople).size(), AccountTable().columns.size());
}

TEST(AccountRowTest, ShowsStatesToPeopleInJapaneseToo) {
  const auto row =
      AccountRow(Parse(kAccount), {{"departments/0301", "観光誘客課"}}, Reader::kPeople);
  EXPECT_EQ(row[0], "0301");
  EXPECT_EQ(row[1], "観光誘客課");
  EXPECT_EQ(row[6], "運用中 ACTIVE");
}

TEST(AccountRowTest, GivesProgramsTheNamesOfValues) {
  EXPECT_THAT(
      AccountRow(Parse(kAccount), {}, Reader::kPrograms),
      ElementsAre("0301", "", "x", "観光", "https://twitter.com/Kanko", "県の一覧", "ACTIVE",
                  "NORMAL", "https://x.com/kanko", "2020-04-01", "https://www.pref.example.jp/sns/",
                  "2026-11-02", "", "", "VERIFIED", "2026-11-22 08:30:00"));
}

TEST(AccountRowTest, TellsNeverPostedFromNotLookedAt) {
  EXPECT_EQ(AccountRow(Parse(""), {}, Reader::kPrograms).back(), "");
  EXPECT_EQ(AccountRow(Parse("activity {}"), {}, Reader::kPrograms).back(), "投稿なし never");
}

TEST(AccountRowTest, NamesTheCanonicalUrlWhereAFormNamedAHandleAlone) {
  const auto row = AccountRow(Parse("canonical_url: 'https://x.com/a'"), {}, Reader::kPeople);
  EXPECT_EQ(row[4], "https://x.com/a");
}

TEST(AccountRowTest, LetsNoTextOfTheLedgerRunInASpreadsheet) {
  const std::string hostile = "=cmd|' /C calc'!A0 <script>\",\n]]>\u202E";
  registry::v1::Account account = Parse(kAccount);
  account.set_department("departments/" + hostile);
  account.mutable_fields()->set_platform(hostile);
  account.mutable_fields()->set_display_name(hostile);
  account.mutable_fields()->set_url(hostile);
  account.set_canonical_url(hostile);
  account.mutable_origin()->set_source(hostile);
  account.mutable_listing()->mutable_organization_page()->set_url(hostile);
  account.mutable_listing()->mutable_section_page()->set_url(hostile);
  sheet::Table table = AccountTable();
  table.rows.push_back(AccountRow(account, {{account.department(), hostile}}, Reader::kPeople));
  const auto hostile_cells = std::count(table.rows[0].begin(), table.rows[0].end(), hostile);
  ASSERT_EQ(hostile_cells, 9);

  // Each of them quoted, with the quote mark that keeps a spreadsheet from running it.
  const std::string disarmed = "\"'=cmd|' /C calc'!A0 <script>\"\",\n]]>\\u202E\"";
  const std::string csv = sheet::WriteCsvUtf8(table);
  int disarmed_cells = 0;
  for (auto at = csv.find(disarmed); at != csv.npos; at = csv.find(disarmed, at + 1)) {
    ++disarmed_cells;
  }
  EXPECT_EQ(disarmed_cells, hostile_cells);
  EXPECT_THAT(sheet::WriteJson(table), ::testing::Not(::testing::HasSubstr("<script")));
  const auto xlsx = sheet::WriteXlsx(table, absl::UnixEpoch());
  ASSERT_TRUE(xlsx.ok());
  const auto read = sheet::ReadSheet(*xlsx);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::count(read->records[1].cells.begin(), read->records[1].cells.end(),
                       sheet::SafeText(hostile)),
            hostile_cells);
}

}  // namespace
}  // namespace daicho::cli
