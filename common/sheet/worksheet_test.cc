#include "common/sheet/worksheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/sheet/address.h"
#include "common/sheet/testing/workbook.h"

namespace daicho::sheet {
namespace {

using ::testing::HasSubstr;
using Records = std::vector<CsvRecord>;

absl::StatusOr<Records> Read(const std::string& rows, const std::string& strings = "",
                             const std::string& rest = "", const CsvLimits& limits = {}) {
  const auto parts = WorkbookParts(rows, strings, rest);
  Workbook workbook{.worksheet = parts.at("xl/worksheets/sheet1.xml")};
  auto texts = ReadStrings(parts.at("xl/sharedStrings.xml"));
  if (!texts.ok()) return texts.status();
  workbook.strings = *std::move(texts);
  workbook.formats = *ReadFormats(parts.at("xl/styles.xml"));
  return ReadWorksheet(workbook, limits);
}

// What the refusal says first: "Cell B2: …".
std::string WorksheetComplaint(const std::string& rows, const std::string& strings = "",
                               const std::string& rest = "", const CsvLimits& limits = {}) {
  const auto records = Read(rows, strings, rest, limits);
  if (records.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(records.status()), "UNREADABLE_FILE");
  EXPECT_FALSE(JapaneseOf(records.status()).empty());
  return std::string(records.status().message());
}

std::string Inline(const std::string& text) {
  return absl::StrCat("<c t=\"inlineStr\"><is><t>", text, "</t></is></c>");
}

TEST(WorksheetTest, ReadsEverySortOfCell) {
  const std::string strings =
      "<si><t>所属</t></si>"
      "<si><r><t>広</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">聴 </t></r>"
      "<rPh sb=\"0\" eb=\"1\"><t>コウチョウ</t></rPh></si>"
      "<si><t>&lt;a&gt;&amp;&#x3042;_x000D_\n_x005F_x0041_</t></si>";
  const auto records = Read(
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
      "<c r=\"C1\" t=\"s\"><v>2</v></c><c r=\"D1\" t=\"inlineStr\"><is><t>内</t></is></c>"
      "<c r=\"E1\" t=\"b\"><v>1</v></c><c r=\"F1\"><v>3.0</v></c>"
      "<c r=\"G1\" s=\"1\"><v>46348</v></c><c r=\"H1\" s=\"2\"><v>301</v></c>"
      "<c r=\"I1\" t=\"str\"><f>A1&amp;\"x\"</f><v>所属x</v></c>"
      "<c r=\"J1\" s=\"3\"><v>46348.5</v></c><c r=\"K1\" t=\"d\"><v>2026-11-22</v></c></row>",
      strings);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records,
            (Records{{1,
                      {"所属", "広聴 ", "<a>&あ\n_x0041_", "内", "TRUE", "3", "2026-11-22", "0301",
                       "所属x", "2026-11-22T12:00:00", "2026-11-22"}}}));
}

TEST(WorksheetTest, KeepsRowNumbersAndLeavesBlankRowsOut) {
  const auto records =
      Read(absl::StrCat("<row r=\"2\"><c r=\"A2\" s=\"1\"/>", Inline("a"), Inline("b"), "</row>",
                        "<row r=\"3\"><c r=\"A3\" s=\"1\"/><c r=\"B3\"><v></v></c></row>",
                        "<row r=\"7\">", Inline("x"), "<c r=\"GZ7\" s=\"1\"/></row>", "<row>",
                        Inline(""), "<c r=\"D8\" t=\"inlineStr\"><is><t>y</t></is></c></row>"));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records, (Records{{2, {"", "a", "b"}}, {7, {"x", "", ""}}, {8, {"", "", "", "y"}}}));
}

TEST(WorksheetTest, ReadsNamesWithAPrefix) {
  const auto records = Read(
      "</sheetData><x:sheetData><x:row r=\"1\"><x:c t=\"inlineStr\"><x:is><x:t>a</x:t></x:is></x:c>"
      "</x:row></x:sheetData><sheetData>");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records, (Records{{1, {"a"}}}));
}

TEST(WorksheetTest, GivesEveryCellOfAMergedRangeItsValue) {
  const std::string rows =
      absl::StrCat("<row r=\"1\">", Inline("所属"), Inline("URL"), "</row>",                //
                   "<row r=\"2\">", Inline("秘書課"), Inline("a"), "</row>",                //
                   "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>b</t></is></c></row>",  //
                   "<row r=\"4\"><c r=\"A4\" s=\"1\"/></row>",                              //
                   "<row r=\"5\"><c r=\"B5\" t=\"inlineStr\"><is><t>c</t></is></c></row>");
  const auto records = Read(rows, "", "<mergeCells><mergeCell ref=\"A2:A4\"/></mergeCells>");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(
      *records,
      (Records{{1, {"所属", "URL"}}, {2, {"秘書課", "a"}}, {3, {"秘書課", "b"}}, {5, {"", "c"}}}));
}

TEST(WorksheetTest, NamesTheCellOfWhatItCannotTake) {
  const auto cell = [](const std::string& text) {
    return absl::StrCat("<row r=\"2\"><c r=\"B2\" ", text, "</c></row>");
  };
  EXPECT_THAT(WorksheetComplaint(cell("t=\"e\"><v>#REF!</v>")),
              HasSubstr("Cell B2: the value is the error #REF!"));
  EXPECT_THAT(WorksheetComplaint(cell("><f>SUM(A1)</f>")),
              HasSubstr("Cell B2: the formula was never"));
  EXPECT_THAT(WorksheetComplaint(cell("><v>x</v>")), HasSubstr("Cell B2: this is no number"));
  EXPECT_THAT(WorksheetComplaint(cell("s=\"1\"><v>60</v>")),
              HasSubstr("Cell B2: this is no number"));
  EXPECT_THAT(WorksheetComplaint(cell("t=\"str\"><v>a_x0000_</v>")),
              HasSubstr("Cell B2: a control"));
  EXPECT_THAT(WorksheetComplaint(cell("t=\"str\"><v>a&#7;</v>")), HasSubstr("Cell B2: a control"));
  EXPECT_THAT(WorksheetComplaint(cell("t=\"str\"><v>&#xD800;</v>")),
              HasSubstr("Cell B2: the text is broken"));
  EXPECT_EQ(WorksheetComplaint(cell("t=\"str\"><f>A1</f><v></v>")), "accepted");
}

TEST(WorksheetTest, HoldsEachLimitAtItsEdge) {
  const std::string two = absl::StrCat("<row>", Inline("県庁"), Inline("b"), "</row><row>",
                                       Inline("c"), Inline("d"), "</row>");
  EXPECT_EQ(WorksheetComplaint(two, "", "", {.records = 2}), "accepted");
  EXPECT_THAT(WorksheetComplaint(two, "", "", {.records = 1}),
              HasSubstr("Cell A2: there are too many rows"));
  EXPECT_EQ(WorksheetComplaint(two, "", "", {.cells = 2}), "accepted");
  EXPECT_THAT(WorksheetComplaint(two, "", "", {.cells = 1}),
              HasSubstr("Cell B1: the table has too many"));
  EXPECT_EQ(WorksheetComplaint(two, "", "", {.all_cells = 4}), "accepted");
  EXPECT_THAT(WorksheetComplaint(two, "", "", {.all_cells = 3}),
              HasSubstr("Cell B2: the table has"));
  EXPECT_EQ(WorksheetComplaint(two, "", "", {.characters = 2}), "accepted");
  EXPECT_THAT(WorksheetComplaint(two, "", "", {.characters = 1}),
              HasSubstr("Cell A1: the cell is longer"));
}

TEST(WorksheetTest, CountsCellsThatMergedRangesAndTheHeaderWouldMake) {
  const std::string narrow =
      absl::StrCat("<row>", Inline("a"), "</row><row>", Inline("b"), "</row>");
  const std::string merge = "<mergeCell ref=\"A1:XFD1048576\"/>";
  EXPECT_EQ(WorksheetComplaint(narrow, "", merge), "accepted");
  EXPECT_THAT(WorksheetComplaint(narrow, "", merge, {.all_cells = 300}),
              HasSubstr("too many cells"));
  const std::string header =
      "<row><c r=\"GR1\"><v>1</v></c></row><row><c r=\"A2\"><v>1</v></c></row>";
  EXPECT_EQ(WorksheetComplaint(header, "", "", {.all_cells = 400}), "accepted");
  EXPECT_THAT(WorksheetComplaint(header, "", "", {.all_cells = 399}),
              HasSubstr("Cell A2: the table has"));
}

TEST(WorksheetTest, RefusesXmlThatIsNotWhatSpreadsheetsWrite) {
  for (const char* rows : {"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><row/>",
                           "<!-- <row/> -->",
                           "<![CDATA[<row>]]>",
                           "<row",
                           "<row>",
                           "<row><c></row>",
                           "<row a=\"></row>",
                           "<?a?><row/>",
                           "<row r=\"0\"/>",
                           "<row r=\"x\"/>",
                           "<row r=\"2\"/><row r=\"2\"/>",
                           "<row r=\"1048577\"/>",
                           "<row><c r=\"A2\"/></row>",
                           "<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>",
                           "<row><c t=\"s\"><v>0</v></c></row>",
                           "<row><c t=\"s\"><v>-1</v></c></row>",
                           "<row><c t=\"zz\"><v>0</v></c></row>",
                           "<row><c t=\"str\"><v>a&#0;b</v></c></row>",
                           "<row><c t=\"str\"><v>a&#x00;b</v></c></row>",
                           "\xFF<row/>"}) {
    EXPECT_THAT(WorksheetComplaint(rows), HasSubstr("no whole XLSX workbook")) << rows;
  }
  EXPECT_THAT(WorksheetComplaint("<row/>", "", "<mergeCell ref=\"A\"/>"),
              HasSubstr("no whole XLSX"));
  EXPECT_EQ(WorksheetComplaint("<row r=\"1\"/>"), "accepted");
}

TEST(WorksheetTest, KnowsNoEntityOfOnesOwn) {
  const auto records = Read("<row><c t=\"str\"><v>&secret;&quot;</v></c></row>");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->at(0).cells, std::vector<std::string>{"&secret;\""});
}

TEST(WorksheetTest, RefusesARowThatNeverEnds) {
  std::string row = "<row>";
  while (row.size() < 4'000'000) row += "<c/>";
  EXPECT_THAT(WorksheetComplaint(row + "</row>"), HasSubstr("far too long"));
}

}  // namespace
}  // namespace daicho::sheet
