#include "services/cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daicho::cli {
namespace {

TEST(DisplayWidthTest, CountsWideCharactersTwice) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("秘書課"), 6);
  EXPECT_EQ(DisplayWidth("\uFF21\uFF22\uFF23"), 6);  // Full-width ABC.
  EXPECT_EQ(DisplayWidth("\uFF76\uFF80"), 2);        // Half-width kana.
  EXPECT_EQ(DisplayWidth("観光X課"), 7);
}

TEST(DisplayWidthTest, CountsAmbiguousCharactersOnce) {
  EXPECT_EQ(DisplayWidth("±"), 1);
  EXPECT_EQ(DisplayWidth("…"), 1);
}

TEST(DisplayWidthTest, CountsCombiningMarksAsNothing) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("か\u3099"), 2);
}

TEST(DisplayWidthTest, CountsAnEmojiAsTwoHoweverManyCharactersItIs) {
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth("❤\uFE0F"), 2);
  EXPECT_EQ(DisplayWidth("🇯🇵"), 2);
  EXPECT_EQ(DisplayWidth("👨\u200D👩\u200D👧"), 2);
}

TEST(PrintableTest, LeavesOrdinaryTextAlone) {
  for (const char* text : {"plain", "日本語 と English", "e\u0301", "😀", "👨\u200D👩\u200D👧"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableTest, WritesOutWhatATerminalWouldObey) {
  EXPECT_EQ(Printable("\x1b[31mred\x1b[0m"), "\\x1B[31mred\\x1B[0m");
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Printable("\x07\x7f"), "\\x07\\x7F");
  EXPECT_EQ(Printable("\u009b31m"), "\\x9B31m");  // C1: the same as ESC [.
  EXPECT_EQ(Printable(std::string("a\0b", 3)), "a\\x00b");
}

TEST(PrintableTest, WritesOutWhatHidesOrTurnsText) {
  EXPECT_EQ(Printable("x.com\u202E/evil"), "x.com\\u202E/evil");
  EXPECT_EQ(Printable("pre\u200Bf"), "pre\\u200Bf");
  EXPECT_EQ(Printable("\uFEFFa\u2028b"), "\\uFEFFa\\u2028b");
  EXPECT_EQ(Printable("a\u200Db"), "a\\u200Db");  // A joiner that joins no emoji.
  EXPECT_EQ(Printable("\U000E0041"), "\\U000E0041");
}

TEST(PrintableTest, WritesOutBytesThatAreNoText) {
  EXPECT_EQ(Printable("a\xff\xc3"), "a\\xFF\\xC3");
}

TEST(CutToWidthTest, KeepsWhatFits) { EXPECT_EQ(CutToWidth("秘書課", 6), "秘書課"); }

TEST(CutToWidthTest, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(CutToWidth("秘書課", 5), "秘書…");
  EXPECT_EQ(CutToWidth("秘書課", 4), "秘…");
  EXPECT_EQ(CutToWidth("e\u0301abc", 3), "e\u0301a…");
}

TEST(RenderTableTest, AlignsColumnsByDisplayWidth) {
  const Table table{{"所属", "名"}, {{"秘書課", "a"}, {"X", "b"}}};
  EXPECT_EQ(Render(table, 0),
            "所属    名\n"
            "秘書課  a\n"
            "X       b\n");
}

TEST(RenderTableTest, CutsTheWidestColumnToTheTerminal) {
  const Table table{{"a", "b"}, {{"12345678901234567890", "x"}}};
  EXPECT_EQ(Render(table, 13), "a           b\n123456789…  x\n");
  EXPECT_EQ(Render(table, 0), "a                     b\n12345678901234567890  x\n");
}

TEST(RenderTableTest, NeverLetsDataReachTheTerminal) {
  const Table table{{"a"}, {{"\x1b]0;title\x07"}, {"line\nbreak"}}};
  EXPECT_EQ(Render(table, 0), "a\n\\x1B]0;title\\x07\nline\\nbreak\n");
}

TEST(RenderDetailsTest, IndentsTheLinesOfAValue) {
  EXPECT_EQ(Render(Details{{"目的", "一\n二"}, {"x", "\x1b[1m"}}),
            "目的  一\n"
            "      二\n"
            "x     \\x1B[1m\n");
}

}  // namespace
}  // namespace daicho::cli
