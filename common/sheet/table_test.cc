#include "common/sheet/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/utf8.h"
#include "common/sheet/package.h"
#include "common/sheet/sheet.h"

namespace daicho::sheet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Table Of(std::vector<std::vector<std::string>> rows) {
  return {"accounts", {{"所属", "department"}, {"アカウント名", "account_name"}}, std::move(rows)};
}

// One hostile text, and what a CSV or a workbook shows of it.
struct Hostile {
  std::string text;
  std::string shown;
};

std::vector<Hostile> HostileTexts() {
  return {{"=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"},
          {"+1+cmd", "+1+cmd"},
          {"-2+3", "-2+3"},
          {"@SUM(A1)", "@SUM(A1)"},
          {"＝1+1", "＝1+1"},
          {"\t=1", "\t=1"},
          {"\n=1", "\n=1"},
          {"'=1", "'=1"},
          {"<script>alert(1)</script>", "<script>alert(1)</script>"},
          {"\"quoted\", 'too'", "\"quoted\", 'too'"},
          {"a\nb", "a\nb"},
          {std::string("a\0b", 3), "a\\x00b"},
          {"a\x1B[31mb", "a\\x1B[31mb"},
          {"a\rb", "a\\x0Db"},
          {"a\xC2\x85", "a\\x85"},
          {"abc\u202Efdp.exe", "abc\\u202Efdp.exe"},
          {"\u2066x\u2069", "\\u2066x\\u2069"},
          {"a\u2028b", "a\\u2028b"},
          {"]]>", "]]>"},
          {"&lt;&amp;&#0;", "&lt;&amp;&#0;"},
          {"_x0041_x0042_", "_x0041_x0042_"},
          {"http://x.example/", "http://x.example/"},
          {"internal:Sheet1!A1", "internal:Sheet1!A1"},
          {"{=1}", "{=1}"},
          {"0301", "0301"},
          {"1E9", "1E9"},
          {"\xFF\xFE", "\\xFF\\xFE"},
          {std::string(32'000, 'x'), std::string(32'000, 'x')},
          {"👨‍👩‍👧‍👦ا\u200Cب", "👨‍👩‍👧‍👦ا\u200Cب"}};
}

// The second row's second cell, read back without the limits of imports.
std::string ReadBack(const std::string& bytes) {
  const auto sheet = ReadSheet(bytes, {.characters = 40'000});
  EXPECT_TRUE(sheet.ok()) << sheet.status();
  if (!sheet.ok() || sheet->records.size() != 2) return "none";
  return sheet->records[1].cells.at(1);
}

TEST(HostileTextTest, IsShownAndNeverRunInUtf8Csv) {
  for (const Hostile& hostile : HostileTexts()) {
    const std::string csv = WriteCsvUtf8(Of({{"a", hostile.text}}));
    EXPECT_TRUE(IsUtf8(csv));
    EXPECT_EQ(ReadBack(csv), hostile.shown);
    const std::string cell = csv.substr(csv.find("a,") + 2);
    const absl::string_view bare = absl::StripPrefix(cell, "\"");
    for (const char* start : {"=", "+", "-", "@", "\t", "\n", "＝"}) {
      EXPECT_FALSE(absl::StartsWith(bare, start)) << cell.substr(0, 40);
    }
  }
}

TEST(HostileTextTest, IsShownAndNeverRunInCp932Csv) {
  for (const Hostile& hostile : HostileTexts()) {
    const auto csv = WriteCsvCp932(Of({{"a", hostile.text}}));
    ASSERT_TRUE(csv.ok());
    if (csv->losses.empty()) {
      EXPECT_EQ(ReadBack(csv->bytes), hostile.shown);
    }
    const std::string cell = csv->bytes.substr(csv->bytes.find("a,") + 2);
    const absl::string_view bare = absl::StripPrefix(cell, "\"");
    for (const char* start : {"=", "+", "-", "@", "\t", "\n", "\x81\x81"}) {
      EXPECT_FALSE(absl::StartsWith(bare, start)) << cell.substr(0, 40);
    }
  }
}

TEST(HostileTextTest, IsATextInXlsx) {
  for (const Hostile& hostile : HostileTexts()) {
    const auto xlsx = WriteXlsx(Of({{"a", hostile.text}}), absl::UnixEpoch());
    ASSERT_TRUE(xlsx.ok()) << xlsx.status();
    EXPECT_EQ(ReadBack(*xlsx), hostile.shown);
    auto package = Package::Open(*xlsx);
    const std::string sheet = *package->Read("xl/worksheets/sheet1.xml");
    EXPECT_FALSE(absl::StrContains(sheet, "<f")) << hostile.text.substr(0, 40);
    EXPECT_FALSE(absl::StrContains(sheet, "hyperlink"));
    EXPECT_FALSE(absl::StrContains(*package->Read("xl/sharedStrings.xml"), "<script"));
  }
}

TEST(HostileTextTest, IsTheVeryTextInJsonAndSafeInsideHtml) {
  for (const Hostile& hostile : HostileTexts()) {
    const std::string json = WriteJson(Of({{"a", hostile.text}}));
    for (const char* bad : {"<", ">", "&", "\u202E", "\u2028", "\r"}) {
      EXPECT_FALSE(absl::StrContains(json, bad)) << json.substr(0, 80);
    }
    EXPECT_EQ(json.find('\0'), json.npos);
    const auto read = nlohmann::json::parse(json);
    const std::string text = read["accounts"][0]["account_name"];
    if (IsUtf8(hostile.text)) {
      EXPECT_EQ(text, hostile.text);
    }
  }
}

TEST(WriteCsvCp932Test, NamesEveryCellThatLosesACharacter) {
  const auto csv = WriteCsvCp932(Of({{"0301", "県"}, {"𠮷", "é〜"}}));
  ASSERT_TRUE(csv.ok());
  EXPECT_THAT(csv->losses,
              ElementsAre(CellLoss{{1, 3}, "所属", {"𠮷", 0x20BB7, "〓", false}},
                          CellLoss{{2, 3}, "アカウント名", {"é", 0xE9, "〓", false}},
                          CellLoss{{2, 3}, "アカウント名", {"〜", 0x301C, "～", true}}));
  EXPECT_EQ(csv->bytes.substr(csv->bytes.size() - 9), "\x81\xAC,\x81\xAC\x81\x60\r\n");
  EXPECT_THAT(WriteCsvCp932(Of({{"0301", "県"}}))->losses, IsEmpty());
}

TEST(WriteXlsxTest, KeepsTheHeaderInSightAndColumnsWideEnough) {
  const auto xlsx = WriteXlsx(Of({{"a", "観光誘客課の公式アカウント"}}), absl::UnixEpoch());
  ASSERT_TRUE(xlsx.ok());
  const std::string sheet = *Package::Open(*xlsx)->Read("xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<pane ySplit=\"1\""));
  EXPECT_THAT(sheet, HasSubstr("state=\"frozen\""));
  EXPECT_THAT(sheet, HasSubstr("<col min=\"1\" max=\"1\" width=\"9.7109375\""));
  EXPECT_THAT(sheet, HasSubstr("<col min=\"2\" max=\"2\" width=\"27.7109375\""));
}

TEST(WriteXlsxTest, RefusesATextThatExcelCannotHold) {
  EXPECT_TRUE(WriteXlsx(Of({{"a", std::string(32'767, 'x')}}), absl::UnixEpoch()).ok());
  const auto xlsx = WriteXlsx(Of({{"a", std::string(32'768, 'x')}}), absl::UnixEpoch());
  EXPECT_EQ(ReasonOf(xlsx.status()), "CELL_TOO_LONG");
  EXPECT_THAT(std::string(xlsx.status().message()), HasSubstr("Cell B2"));
}

TEST(WriteXlsxTest, WritesTheSameBytesForTheSameTable) {
  EXPECT_EQ(*WriteXlsx(Of({{"a", "b"}}), absl::UnixEpoch()),
            *WriteXlsx(Of({{"a", "b"}}), absl::UnixEpoch()));
}

TEST(WriteTest, WritesAHeaderThoughThereAreNoRows) {
  EXPECT_EQ(WriteCsvUtf8(Of({})), "\xEF\xBB\xBF所属,アカウント名\r\n");
  EXPECT_EQ(ReadSheet(*WriteXlsx(Of({}), absl::UnixEpoch()))->records.size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(WriteJson(Of({})))["accounts"].size(), 0u);
}

}  // namespace
}  // namespace daicho::sheet
