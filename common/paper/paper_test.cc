#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/paper/html.h"
#include "common/paper/pdf.h"
#include "tests/support/process.h"

namespace daicho::paper {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Fonts& TheFonts() {
  static const auto* const fonts = new Fonts(Fonts::Load().value());
  return *fonts;
}

Document With(std::vector<Block> blocks) {
  return {.title = "試験の文書",
          .created = absl::FromUnixSeconds(1'790'000'000),
          .blocks = std::move(blocks)};
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// A file, and what programs say of it.
class File {
 public:
  explicit File(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
  ~File() {
    std::filesystem::remove(path_);
    std::filesystem::remove(path_ + ".out");
  }

  // Standard output of `command` with the path as its last word but `tail`.
  std::string Run(std::vector<std::string> command, const std::vector<std::string>& tail = {}) {
    command.push_back(path_);
    command.insert(command.end(), tail.begin(), tail.end());
    std::filesystem::remove(path_ + ".out");
    const absl::Status ran = testing::RunCommand(command, {.output = path_ + ".out"});
    std::ifstream file(path_ + ".out", std::ios::binary);
    const std::string output{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(ran.ok()) << ran << "\n" << output;
    return output;
  }

 private:
  const std::string path_ =
      (std::filesystem::temp_directory_path() / absl::StrCat("daicho-paper-", getpid())).string();
};

std::string Pdf(const Document& document) { return RenderPdf(TheFonts(), document).value(); }

std::string TextOf(const std::string& pdf) {
  return File(pdf).Run({"pdftotext", "-layout"}, {"-"});
}

std::vector<std::string> PagesOf(const std::string& pdf) {
  std::vector<std::string> pages = absl::StrSplit(TextOf(pdf), '\f');
  pages.pop_back();
  return pages;
}

Document OfEverything(const std::string& text) {
  return {.title = text,
          .header = text,
          .notice = "下書き",
          .created = absl::FromUnixSeconds(1'790'000'000),
          .blocks = {
              Stamps{"決裁", text, {{text, text, {text, "代決"}}, {"秘書課", "", {}}}},
              Heading{1, text}, Paragraph{text, Align::kEnd}, Heading{2, text},
              FieldTable{text,
                         {{"1 目的", text, {}},
                          {"2 空", "", {}},
                          {"3 担当", "", {{"氏名", text}, {"内線", ""}}}}},
              Heading{3, text}, Listing{{{"(1)", text}, {"(2)", text}}},
              DataTable{text, {{"項目", 1}, {"件数", 1, Align::kEnd}}, {{text, "12"}, {"短い行"}}},
              Drawing{text,
                      100,
                      20,
                      {{0, 0, 50, 20, 0.5}, {0, 0, 100, 20, 0, false}},
                      {{0, 10, 100, 10}},
                      {{50, 15, text}}},
              PageBreak{}, Paragraph{"終わり"}}};
}

TEST(FontsTest, AreRefusedWithThePackageWhenMissing) {
  const auto fonts = Fonts::LoadFrom("/nowhere");
  EXPECT_EQ(ReasonOf(fonts.status()), "FONT_MISSING");
  EXPECT_THAT(JapaneseOf(fonts.status()), HasSubstr("fonts-ipaexfont"));
}

TEST(PrintableTest, ShowsWhatWouldBeHiddenOrLost) {
  EXPECT_EQ(
      TheFonts().Printable("開設 ﾊﾝｶｸ ＡＢ 𠮷 髙 😀 한글 👨‍👩‍👧"),
      "開設 ﾊﾝｶｸ ＡＢ 𠮷 髙 😀 한글 👨‍👩‍👧");
  EXPECT_EQ(TheFonts().Printable("a\u202Eb\u2066"), "a[U+202E]b[U+2066]");
  EXPECT_EQ(TheFonts().Printable("\U0001FAE0"), "[U+1FAE0]");
  EXPECT_EQ(TheFonts().Printable("a\r\nb\tc\x01\xff"), "a\nb\tc\uFFFD\uFFFD");
}

TEST(PdfTest, HasEveryFontInIt) {
  const std::string fonts = File(Pdf(OfEverything("協議書 abc 𠮷 😀"))).Run({"pdffonts"});
  EXPECT_THAT(fonts, AllOf(HasSubstr("IPAexMincho"), HasSubstr("IPAexGothic"),
                           HasSubstr("NotoSerifCJK"), HasSubstr("Symbola")));
  const std::vector<std::string> lines = absl::StrSplit(fonts, '\n', absl::SkipEmpty());
  EXPECT_THAT(std::vector<std::string>(lines.begin() + 2, lines.end()),
              Each(::testing::MatchesRegex(".* yes yes yes +[0-9]+ +0 *")));
}

TEST(PdfTest, IsA4AndNumbersItsPages) {
  const std::string pdf =
      Pdf(With({Paragraph{"一"}, PageBreak{}, Paragraph{"二"}, PageBreak{}, Paragraph{"三"}}));
  EXPECT_THAT(File(pdf).Run({"pdfinfo"}), AllOf(HasSubstr("(A4)"), HasSubstr("試験の文書")));
  const auto pages = PagesOf(pdf);
  ASSERT_EQ(pages.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(absl::StrReplaceAll(pages[i], {{" ", ""}}), HasSubstr(absl::StrCat(i + 1, "/3")));
  }
}

TEST(PdfTest, IsTheSameToTheByteInEveryThread) {
  const Document document = OfEverything("協議書 abc 𠮷 😀");
  const std::string first = Pdf(document);
  std::vector<std::string> others(4);
  std::vector<std::thread> threads;
  for (std::string& other : others) {
    threads.emplace_back([&] { other = Pdf(document); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(others, Each(first));
}

TEST(PdfTest, GivesBackEveryText) {
  for (const std::string& text : {std::string("青森県公式 ＡＢＣ ﾊﾝｶｸ"), std::string("𠮷野家 髙橋"),
                                  std::string("<b>&amp;</b> %s \\n"), std::string("😀")}) {
    EXPECT_THAT(TextOf(Pdf(With({FieldTable{"", {{"目的", text, {}}}}}))), HasSubstr(text));
  }
  EXPECT_THAT(TextOf(Pdf(With({FieldTable{"", {{"目的", "", {}}}}}))), HasSubstr("記載なし"));
}

TEST(PdfTest, LosesNoLineOfAFieldOfManyPages) {
  std::string value;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&value, i == 0 ? "" : "\n", "第", i, "行です");
  const Document document = With(
      {FieldTable{"", {{"目的", value, {}}, {"担当", "", {{"氏名", value}}}, {"次", "末尾", {}}}}});
  const auto pages = PagesOf(Pdf(document));
  EXPECT_GT(pages.size(), 15u);
  std::string all;
  for (const std::string& page : pages) all += page;
  for (int i = 0; i < 500; ++i) EXPECT_EQ(Count(all, absl::StrCat("第", i, "行です")), 2) << i;
  EXPECT_THAT(all, HasSubstr("末尾"));
  for (std::size_t i = 1; i + 1 < pages.size(); ++i) EXPECT_THAT(pages[i], HasSubstr("(続き)"));
}

TEST(PdfTest, BreaksWordsThatAreWiderThanTheirCell) {
  const Document document =
      With({FieldTable{"", {{"目的", Repeat("鬱", 10'000), {}}, {"URL", Repeat("w", 10'000), {}}}},
            Paragraph{Repeat("龍", 10'000)}});
  const std::string text = TextOf(Pdf(document));
  EXPECT_EQ(Count(text, "鬱"), 10'000);
  EXPECT_EQ(Count(text, "w"), 10'000);
  EXPECT_EQ(Count(text, "龍"), 10'000);
}

TEST(PdfTest, PutsTenThousandRowsUnderTheirHeader) {
  DataTable table{"一覧", {{"番号", 1, Align::kEnd}, {"アカウント名", 4}, {"所属", 3}}, {}};
  for (int i = 0; i < 10'000; ++i) {
    table.rows.push_back(
        {absl::StrCat("#", i, ";"), absl::StrCat("公式アカウント", i % 7), "広報課"});
  }
  const auto pages = PagesOf(Pdf(With({table})));
  std::vector<std::string> found;
  for (const std::string& page : pages) {
    EXPECT_THAT(page, HasSubstr("アカウント名"));
    for (const std::string& word :
         std::vector<std::string>(absl::StrSplit(page, absl::ByAnyChar(" \n")))) {
      if (absl::StartsWith(word, "#")) found.push_back(word);
    }
  }
  ASSERT_EQ(found.size(), 10'000u);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(found[i], absl::StrCat("#", i, ";"));
}

TEST(PdfTest, LeavesNoHeadingAtTheFootOfAPage) {
  std::vector<Block> blocks;
  for (int i = 0; i < 50; ++i) {
    blocks.push_back(PageBreak{});
    blocks.push_back(Paragraph{Repeat("行\n", i)});
    blocks.push_back(Heading{2, absl::StrCat("大見出し", i, ";")});
    blocks.push_back(Heading{3, absl::StrCat("小見出し", i, ";")});
    blocks.push_back(FieldTable{"", {{absl::StrCat("項目", i, ";"), Repeat("値", 200), {}}}});
  }
  const auto pages = PagesOf(Pdf(With(blocks)));
  for (int i = 0; i < 50; ++i) {
    for (const std::string& page : pages) {
      EXPECT_EQ(absl::StrContains(page, absl::StrCat("大見出し", i, ";")),
                absl::StrContains(page, absl::StrCat("小見出し", i, ";")));
      if (!absl::StrContains(page, absl::StrCat("小見出し", i, ";"))) continue;
      EXPECT_THAT(page, HasSubstr(absl::StrCat("項目", i, ";")));
    }
  }
}

TEST(PdfTest, IsRefusedWithMoreThanTwoThousandPages) {
  std::vector<Block> blocks;
  for (int i = 0; i < 2001; ++i) blocks.insert(blocks.end(), {Paragraph{"頁"}, PageBreak{}});
  EXPECT_EQ(ReasonOf(RenderPdf(TheFonts(), With(blocks)).status()), "DOCUMENT_TOO_LONG");
}

TEST(HtmlTest, IsValidAccessibleAndRunsNothing) {
  const std::string hostile = "<script>alert('1')</script>\" onload=\"x\u202E&amp;\x01";
  for (const std::string& text : {std::string("協議書"), hostile}) {
    const std::string html = RenderHtml(OfEverything(text));
    EXPECT_THAT(html,
                AllOf(StartsWith("<!DOCTYPE html>\n<html lang=\"ja\">"), Not(HasSubstr("<script")),
                      Not(HasSubstr("\u202E")), HasSubstr("下書き"), HasSubstr(kNothing)));
    EXPECT_EQ(File(html).Run({"node", "tests/publication/html.mjs"}), "");
  }
}

}  // namespace
}  // namespace daicho::paper
