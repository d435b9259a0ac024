#include "common/sheet/cp932.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace daicho::sheet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string DecodingComplaint(absl::string_view bytes) {
  const auto text = DecodeCp932(bytes);
  if (text.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(text.status()), "UNREADABLE_FILE");
  EXPECT_FALSE(JapaneseOf(text.status()).empty());
  return std::string(text.status().message());
}

TEST(DecodeCp932Test, ReadsWhatWindowsWrites) {
  EXPECT_EQ(*DecodeCp932("\x8F\x8A\x91\xAE,\xB6\xC5\r\n"), "所属,ｶﾅ\r\n");
  // Characters that Windows added to Shift_JIS: ① ㈱ 髙 﨑 ～ －.
  EXPECT_EQ(*DecodeCp932("\x87\x40\x87\x8A\xFB\xFC\xFA\xB1\x81\x60\x81\x7C"), "①㈱髙﨑～－");
  EXPECT_EQ(*DecodeCp932("\\~"), "\\~");
  EXPECT_EQ(*DecodeCp932(""), "");
}

TEST(DecodeCp932Test, NamesLineAndByteOfWhatIsNoCharacter) {
  EXPECT_THAT(DecodingComplaint("a\n\x8F\x8A\x85\x40"), HasSubstr("Line 2, byte 3: "));
  EXPECT_THAT(DecodingComplaint("a\x80"), HasSubstr("Line 1, byte 2: "));
  EXPECT_THAT(DecodingComplaint("ab\n\n\x81"), HasSubstr("Line 3, byte 1: "));
  EXPECT_THAT(DecodingComplaint("\xFF"), HasSubstr("Line 1, byte 1: "));
}

TEST(DecodeCp932Test, RefusesUserDefinedCharacters) {
  EXPECT_THAT(DecodingComplaint("\x8F\x8A\n\x8F\x8A\xF0\x40"),
              HasSubstr("Line 2, byte 3: a user-defined"));
  EXPECT_EQ(DecodingComplaint("\xFA\x40"), "accepted");
}

class EncoderTest : public ::testing::Test {
 protected:
  std::string Fit(absl::string_view text) {
    losses_.clear();
    return encoder_.Fit(text, losses_);
  }
  Cp932Encoder encoder_ = *Cp932Encoder::Make();
  std::vector<Loss> losses_;
};

TEST_F(EncoderTest, LosesNothingThatCp932Has) {
  const std::string text = "青森県①髙﨑～ｶﾅ\\~\"\n";
  EXPECT_EQ(Fit(text), text);
  EXPECT_THAT(losses_, IsEmpty());
  EXPECT_EQ(*DecodeCp932(encoder_.Encode(text)), text);
}

TEST_F(EncoderTest, PutsAGetaForWhatCp932LacksAndSaysSo) {
  EXPECT_EQ(Fit("𠮷野家é€𠮷"), "〓野家〓〓〓");
  EXPECT_THAT(losses_,
              ElementsAre(Loss{"𠮷", 0x20BB7, "〓", false}, Loss{"é", 0xE9, "〓", false},
                          Loss{"€", 0x20AC, "〓", false}, Loss{"𠮷", 0x20BB7, "〓", false}));
  EXPECT_EQ(*DecodeCp932(encoder_.Encode("𠮷a")), "〓a");
}

TEST_F(EncoderTest, PutsTheTwinThatWindowsKnows) {
  EXPECT_EQ(Fit("10時〜17時"), "10時～17時");
  EXPECT_THAT(losses_, ElementsAre(Loss{"〜", 0x301C, "～", true}));
  EXPECT_EQ(Fit("−‖¢£¬—"), "－∥￠￡￢―");
}

TEST_F(EncoderTest, NeverMakesASignOfSyntaxOfAnother) {
  EXPECT_EQ(Fit("¥‾"), "〓〓");
  EXPECT_EQ(losses_.size(), 2u);
  EXPECT_FALSE(losses_[0].is_twin);
}

TEST_F(EncoderTest, TakesNoUserDefinedCharacter) {
  EXPECT_EQ(Fit("\xEE\x80\x80"), "〓");
  EXPECT_EQ(losses_.size(), 1u);
}

}  // namespace
}  // namespace daicho::sheet
