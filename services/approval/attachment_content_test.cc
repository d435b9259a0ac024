#include "services/approval/attachment_content.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/refusal.h"
#include "services/approval/testing/files.h"

namespace daicho::approval {
namespace {

using testing::Docx;
using testing::Jpeg;
using testing::Pdf;
using testing::Png;
using testing::Xlsx;
using testing::Zip;

absl::StatusOr<std::string> TypeOf(const std::string& bytes, std::size_t block_bytes = 256 << 10) {
  const Content content = {.size_bytes = static_cast<std::int64_t>(bytes.size()),
                           .block_bytes = block_bytes,
                           .read_block = [&](int position) -> absl::StatusOr<std::string> {
                             return bytes.substr(static_cast<std::size_t>(position) * block_bytes,
                                                 block_bytes);
                           }};
  return MediaTypeOf(content);
}

std::string ReasonFor(const std::string& bytes) { return ReasonOf(TypeOf(bytes).status()); }

TEST(MediaTypeOfTest, KnowsTheFiveTypesByTheirContent) {
  EXPECT_EQ(TypeOf(Pdf()).value_or(""), "application/pdf");
  EXPECT_EQ(TypeOf(Png()).value_or(""), "image/png");
  EXPECT_EQ(TypeOf(Jpeg()).value_or(""), "image/jpeg");
  EXPECT_EQ(TypeOf(Docx()).value_or(""),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  const auto xlsx = TypeOf(Xlsx());
  EXPECT_EQ(xlsx.value_or(""), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
      << xlsx.status();
}

TEST(MediaTypeOfTest, ReadsAnArchiveFromSmallPieces) {
  const auto type = TypeOf(Xlsx(), 1000);
  EXPECT_TRUE(type.ok()) << type.status();
}

TEST(MediaTypeOfTest, RefusesWhatIsNoneOfThem) {
  for (const std::string& bytes :
       {std::string("plain text"), std::string("<html><script>alert(1)</script></html>"),
        std::string("MZ\x90") + std::string(200, '\0'),
        std::string("\x7f"
                    "ELF") +
            std::string(100, '\1'),
        std::string("GIF89a") + std::string(30, '\2'), std::string(1, 'x'),
        Zip({{"a.txt", "not an office document"}}),
        // The mark in the middle only.
        "x" + Pdf()}) {
    EXPECT_EQ(ReasonFor(bytes), "TYPE_NOT_ACCEPTED") << bytes.substr(0, 20);
  }
}

TEST(MediaTypeOfTest, RefusesWhatHasNoEnd) {
  for (const std::string& bytes : {Pdf(), Png(), Jpeg()}) {
    EXPECT_EQ(ReasonFor(bytes.substr(0, bytes.size() / 2)), "ATTACHMENT_TRUNCATED");
  }
  EXPECT_EQ(ReasonFor(Docx().substr(0, Docx().size() / 2)), "ATTACHMENT_DAMAGED");
}

TEST(MediaTypeOfTest, RefusesAnArchiveWhoseCheckSumIsWrong) {
  const std::string stored = Docx("本文です");
  const std::string altered = absl::StrReplaceAll(stored, {{"本文です", "本文でし"}});
  ASSERT_NE(stored, altered);
  EXPECT_EQ(ReasonFor(altered), "ATTACHMENT_DAMAGED");
}

TEST(MediaTypeOfTest, RefusesMacros) {
  EXPECT_EQ(ReasonFor(Docx("x", {{"word/vbaProject.bin", "x"}})), "ATTACHMENT_HAS_MACROS");
}

TEST(MediaTypeOfTest, RefusesABombByWhatComesOut) {
  const std::string zeros(101'000'000, '\0');
  EXPECT_EQ(ReasonFor(Docx("x", {{"word/a", zeros}, {"word/b", zeros}})), "UNPACKS_TOO_LARGE");
  testing::Parts many;
  for (int i = 0; i < kMostParts; ++i) many.push_back({absl::StrCat("word/", i), ""});
  EXPECT_EQ(ReasonFor(Docx("x", many)), "UNPACKS_TOO_LARGE");
}

TEST(MediaTypeOfTest, PassesOnThatAPieceCannotBeRead) {
  const std::string bytes = Docx();
  const Content content = {.size_bytes = static_cast<std::int64_t>(bytes.size()),
                           .block_bytes = 100,
                           .read_block = [&](int position) -> absl::StatusOr<std::string> {
                             if (position > 0) return absl::UnavailableError("gone");
                             return bytes.substr(0, 100);
                           }};
  EXPECT_TRUE(absl::IsUnavailable(MediaTypeOf(content).status()));
}

}  // namespace
}  // namespace daicho::approval
