#include "common/base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Records = std::vector<CsvRecord>;

// What the refusal of `bytes` says first: "Line 1, character 3: …".
std::string Complaint(absl::string_view bytes, const CsvLimits& limits = {}) {
  const auto records = ReadCsv(bytes, limits);
  if (records.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(records.status()), "UNREADABLE_FILE");
  return std::string(records.status().message());
}

TEST(ReadCsvTest, ReadsRowsWithEitherLineEndAndWithOrWithoutTheLastOne) {
  const Records expected = {{1, {"所属", "URL"}}, {2, {"秘書課", "https://x.com/a"}}};
  EXPECT_EQ(*ReadCsv("所属,URL\n秘書課,https://x.com/a"), expected);
  EXPECT_EQ(*ReadCsv("所属,URL\r\n秘書課,https://x.com/a\r\n"), expected);
}

TEST(ReadCsvTest, TakesAByteOrderMarkOff) {
  EXPECT_EQ(*ReadCsv("\xEF\xBB\xBF所属\n"), (Records{{1, {"所属"}}}));
}

TEST(ReadCsvTest, ReadsQuotedCellsWithCommasQuotesAndLineFeeds) {
  const auto records = ReadCsv("a,\"b,\"\"c\"\"\nd\",\"\"\r\ne,f,g\n");
  EXPECT_EQ(*records, (Records{{1, {"a", "b,\"c\"\nd", ""}}, {3, {"e", "f", "g"}}}));
}

TEST(ReadCsvTest, KeepsEmptyCellsAndLeavesEmptyLinesOut) {
  EXPECT_EQ(*ReadCsv(",a,\n\n\r\n\"\"\n"), (Records{{1, {"", "a", ""}}, {4, {""}}}));
  EXPECT_EQ(*ReadCsv(""), Records());
}

TEST(ReadCsvTest, RefusesBrokenQuotesWithLineAndCharacter) {
  EXPECT_THAT(Complaint("a,b\nc,\"d\ne,f\n"), HasSubstr("Line 2, character 3: "));
  EXPECT_THAT(Complaint("課,い\"ろ\"\n"), HasSubstr("Line 1, character 4: "));
  EXPECT_THAT(Complaint("\"a\" ,b\n"), HasSubstr("Line 1, character 4: "));
}

TEST(ReadCsvTest, RefusesEveryByteSequenceThatIsNotUtf8) {
  for (const absl::string_view bytes :
       {"\x80", "\xC0\xAF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE3\x81", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\x8F\x8A\x91\xAE"}) {
    EXPECT_THAT(Complaint(absl::StrCat("a,", bytes, "\n")),
                HasSubstr("Line 1, character 3: this is not UTF-8"));
  }
}

TEST(ReadCsvTest, AcceptsTheFirstAndLastCharacterOfEachLength) {
  const std::string edges =
      "\x7E\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80"
      "\xF4\x8F\xBF\xBF";
  EXPECT_EQ(*ReadCsv(edges), (Records{{1, {edges}}}));
}

TEST(ReadCsvTest, RefusesControlCharactersButTab) {
  EXPECT_THAT(Complaint(absl::string_view("a\0b\n", 4)), HasSubstr("character 2: a control"));
  EXPECT_THAT(Complaint("\"a\x1B\"\n"), HasSubstr("character 3: a control"));
  EXPECT_THAT(Complaint("a\rb\n"), HasSubstr("character 2: a carriage return"));
  EXPECT_EQ(*ReadCsv("a\tb\n"), (Records{{1, {"a\tb"}}}));
}

TEST(ReadCsvTest, HoldsEachLimitAtItsEdge) {
  EXPECT_EQ(Complaint("ab\n", {.bytes = 3}), "accepted");
  EXPECT_THAT(Complaint("abc\n", {.bytes = 3}), HasSubstr("too large"));
  EXPECT_EQ(Complaint("a\nb\n", {.records = 2}), "accepted");
  EXPECT_THAT(Complaint("a\nb\nc\n", {.records = 2}), HasSubstr("Line 3, character 1: "));
  EXPECT_EQ(Complaint("a,b\n", {.cells = 2}), "accepted");
  EXPECT_THAT(Complaint("a,b,c\n", {.cells = 2}), HasSubstr("character 5: "));
  EXPECT_EQ(Complaint("a,b\nc\n", {.all_cells = 3}), "accepted");
  EXPECT_THAT(Complaint("a,b\nc,d\n", {.all_cells = 3}), HasSubstr("Line 2, character 3: "));
  EXPECT_EQ(Complaint("県庁\n", {.characters = 2}), "accepted");
  EXPECT_THAT(Complaint("県庁舎\n", {.characters = 2}), HasSubstr("character 3: "));
}

TEST(WriteCsvTest, QuotesWhereItMustAndEndsLinesWithCrlf) {
  EXPECT_EQ(WriteCsv({{"a", "b,c"}, {"d\"e", "f\ng"}, {""}}),
            "a,\"b,c\"\r\n\"d\"\"e\",\"f\ng\"\r\n\"\"\r\n");
}

TEST(WriteCsvTest, DisarmsWhatASpreadsheetWouldRun) {
  EXPECT_EQ(WriteCsv({{"=1+1", "+81", "-1", "@tokushima", "\tx", "\rx", "a=b", "'"}}),
            "'=1+1,'+81,'-1,'@tokushima,'\tx,\"'\rx\",a=b,'\r\n");
}

TEST(WriteCsvTest, IsReadBackWithoutTheQuoteMarkThatDisarmed) {
  const std::vector<std::string> cells = {"=1+1", "＝1+1",  "'=1", "''＠x", "\nx",
                                          "\tx",  "'plain", "'",   "a=b",   "-"};
  const auto records = ReadCsv(WriteCsv({cells}));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->at(0).cells, cells);
  EXPECT_EQ(WriteCsv({{"＝1", "＠青森県", "'=1"}}), "'＝1,'＠青森県,''=1\r\n");
}

TEST(WriteCsvTest, BeginsWithAByteOrderMarkWhenAsked) {
  EXPECT_EQ(WriteCsv({{"所属"}}, {.byte_order_mark = true}), "\xEF\xBB\xBF所属\r\n");
}

TEST(WriteCsvTest, KeepsAByteOrderMarkThatIsPartOfACell) {
  const auto records = ReadCsv(WriteCsv({{"\xEF\xBB\xBFx"}}));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->at(0).cells, std::vector<std::string>{"\xEF\xBB\xBFx"});
}

TEST(WriteCsvTest, IsReadBackAsItWas) {
  const std::vector<std::vector<std::string>> table = {{"所属", "a,\"b\"\r\nc"}, {"", "x"}, {""}};
  const auto records = ReadCsv(WriteCsv(table, {.byte_order_mark = true}));
  ASSERT_TRUE(records.ok()) << records.status();
  for (std::size_t i = 0; i < table.size(); ++i) EXPECT_EQ((*records)[i].cells, table[i]);
}

}  // namespace
}  // namespace daicho
