#include "common/sheet/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/sheet/package.h"
#include "common/sheet/table.h"
#include "common/sheet/testing/workbook.h"

namespace daicho::sheet {
namespace {

using ::testing::HasSubstr;
using Records = std::vector<CsvRecord>;

std::string Complaint(absl::string_view bytes, const CsvLimits& limits = {}) {
  const auto sheet = ReadSheet(bytes, limits);
  if (sheet.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(sheet.status()), "UNREADABLE_FILE");
  EXPECT_FALSE(JapaneseOf(sheet.status()).empty());
  return std::string(sheet.status().message());
}

const Table& Example() {
  static const auto* const table =
      new Table{"accounts",
                {{"所属", "department"}, {"アカウント名", "account_name"}},
                {{"0301", "髙﨑①\"～,\n二行目"}, {"秘書課", "=1+1"}, {"", "ｶﾅ"}}};
  return *table;
}

TEST(ReadSheetTest, ReadsTheSameFromEveryFormat) {
  const std::string utf8 = WriteCsvUtf8(Example());
  const auto cp932 = WriteCsvCp932(Example());
  const auto xlsx = WriteXlsx(Example(), absl::UnixEpoch());
  ASSERT_TRUE(cp932.ok() && xlsx.ok()) << cp932.status() << xlsx.status();
  const std::vector<std::pair<std::string, Kind>> files = {{utf8, Kind::kCsvUtf8},
                                                           {utf8.substr(3), Kind::kCsvUtf8},
                                                           {cp932->bytes, Kind::kCsvCp932},
                                                           {*xlsx, Kind::kXlsx}};
  for (const auto& [bytes, kind] : files) {
    const auto sheet = ReadSheet(bytes);
    ASSERT_TRUE(sheet.ok()) << sheet.status();
    EXPECT_EQ(sheet->kind, kind);
    ASSERT_EQ(sheet->records.size(), 4u);
    EXPECT_EQ(sheet->records[0].cells, (std::vector<std::string>{"所属", "アカウント名"}));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(sheet->records[i + 1].cells, Example().rows[i]);
    // Lines of a CSV, rows of a workbook: the first row has two lines.
    EXPECT_EQ(sheet->records[2].line, kind == Kind::kXlsx ? 3 : 4);
  }
}

TEST(ReadSheetTest, ReadsTheFirstVisibleSheet) {
  auto parts = WorkbookParts("<row><c><v>1</v></c></row>");
  parts["xl/worksheets/sheet2.xml"] =
      "<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>";
  const auto sheets = [&](const std::string& first) {
    parts["xl/workbook.xml"] = absl::StrCat(
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" ", first,
        " r:id=\"rId1\"/><sheet name=\"b\" state=\"visible\" r:id=\"rId2\"/></sheets></workbook>");
    return ReadSheet(Zip(parts))->records.at(0).cells.at(0);
  };
  EXPECT_EQ(sheets(""), "1");
  EXPECT_EQ(sheets("state=\"hidden\""), "2");
  EXPECT_EQ(sheets("state=\"veryHidden\""), "2");
}

TEST(ReadSheetTest, RefusesAWorkbookWithoutAVisibleSheet) {
  auto parts = WorkbookParts("");
  parts["xl/workbook.xml"] =
      "<workbook><sheets><sheet state=\"hidden\" r:id=\"rId1\"/></sheets></workbook>";
  EXPECT_THAT(Complaint(Zip(parts)), HasSubstr("no visible worksheet"));
}

TEST(ReadSheetTest, CountsDaysFrom1904WhereTheWorkbookDoes) {
  auto parts = WorkbookParts("<row><c s=\"1\"><v>44886</v></c></row>");
  parts["xl/workbook.xml"] =
      "<workbook><workbookPr date1904=\"1\"/><sheets><sheet r:id=\"rId1\"/></sheets></workbook>";
  EXPECT_EQ(ReadSheet(Zip(parts))->records.at(0).cells.at(0), "2026-11-22");
}

TEST(ReadSheetTest, TellsOtherDocumentsApart) {
  EXPECT_THAT(Complaint(Zip({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}})),
              HasSubstr("no XLSX workbook"));
  auto word = WorkbookParts("");
  word["xl/_rels/workbook.xml.rels"] = "<Relationships/>";
  EXPECT_THAT(Complaint(Zip(word)), HasSubstr("no XLSX workbook"));
  EXPECT_THAT(Complaint(absl::StrCat("\xD0\xCF\x11\xE0", std::string(600, '\0'))),
              HasSubstr("old .xls or has a password"));
  EXPECT_THAT(Complaint(absl::string_view("\xFF\xFE\x40\x62", 4)), HasSubstr("UTF-16"));
}

TEST(ReadSheetTest, RefusesADamagedArchive) {
  const std::string whole = Zip(WorkbookParts("<row><c><v>1</v></c></row>"));
  ASSERT_EQ(Complaint(whole), "accepted");
  EXPECT_THAT(Complaint(whole.substr(0, whole.size() / 2)), HasSubstr("no whole XLSX"));
  EXPECT_THAT(Complaint("PK\3\4"), HasSubstr("no whole XLSX"));
  auto parts = WorkbookParts("");
  parts.erase("xl/worksheets/sheet1.xml");
  EXPECT_THAT(Complaint(Zip(parts)), HasSubstr("no whole XLSX"));
}

TEST(ReadSheetTest, StopsAZipBombBeforeItUnpacks) {
  std::string rows(Package::kMostBytes, ' ');
  const std::string bomb = Zip(WorkbookParts(rows));
  ASSERT_LT(bomb.size(), 200'000u);
  EXPECT_THAT(Complaint(bomb), HasSubstr("unpacks to more than 64 MB"));
}

TEST(ReadSheetTest, RefusesAFileOverTheLimit) {
  EXPECT_EQ(Complaint("ab\n", {.bytes = 3}), "accepted");
  EXPECT_THAT(Complaint("abc\n", {.bytes = 3}), HasSubstr("too large"));
  // What counts is the file, not what it decodes to.
  EXPECT_EQ(Complaint("\xB6\xB6\xB6", {.bytes = 3}), "accepted");
}

TEST(ReadSheetTest, NeverTakesBrokenUtf8ForCp932) {
  const std::string file = "department,account_name\n0101,秘書課だより\n0101,観光\xE8\xAA\n";
  EXPECT_THAT(Complaint(file), HasSubstr("Line 3, byte 12: this is not UTF-8"));
  EXPECT_THAT(Complaint("\xEF\xBB\xBF\x8F\x8A"), HasSubstr("Line 1, byte 4: this is not UTF-8"));
}

TEST(ReadSheetTest, NamesTheLineOfWhatNoEncodingHas) {
  EXPECT_THAT(Complaint("a,b\n\x8F\x8A,\xFF\n"), HasSubstr("Line 2, byte 4: neither UTF-8 nor"));
}

TEST(ReadSheetTest, TakesHalfWidthKanaForCp932) {
  EXPECT_EQ(*&ReadSheet("\xC3\xBD\xC4\n")->records, (Records{{1, {"ﾃｽﾄ"}}}));
}

}  // namespace
}  // namespace daicho::sheet
