#include "services/policy/domain/personal_data.h"

#include <gtest/gtest.h>

#include "services/policy/domain/text.h"

namespace daicho::policy::domain {
namespace {

bool In(const char* text, PersonalData kind) { return Holds(Fold(text), kind, {"lg.jp"}); }

TEST(PersonalDataTest, KnowsMobileNumbers) {
  for (const char* text :
       {"090-1234-5678", "連絡先は０８０－１２３４－５６７８まで", "07012345678"}) {
    EXPECT_TRUE(In(text, PersonalData::kMobilePhone)) << text;
  }
  for (const char* text : {"088-621-2500", "090-1234-567", "090-1234-56789", "0120-000-000", ""}) {
    EXPECT_FALSE(In(text, PersonalData::kMobilePhone)) << text;
  }
}

TEST(PersonalDataTest, KnowsIndividualNumbersByTheirCheckDigit) {
  EXPECT_TRUE(In("番号 1234 5678 9018", PersonalData::kMyNumber));
  EXPECT_FALSE(In("番号 1234 5678 9012", PersonalData::kMyNumber));
  EXPECT_FALSE(In("番号 1234 5678 901", PersonalData::kMyNumber));
}

TEST(PersonalDataTest, KnowsAddressesOutsideTheOrganisation) {
  EXPECT_TRUE(In("問合せ：taro@gmail.com。", PersonalData::kEmail));
  EXPECT_TRUE(In("ｔａｒｏ＠ｇｍａｉｌ．ｃｏｍ", PersonalData::kEmail));
  EXPECT_TRUE(In("a@pref.tokushima.lg.jp.evil.com", PersonalData::kEmail));
  EXPECT_FALSE(In("問合せ：koho@pref.tokushima.lg.jp", PersonalData::kEmail));
  EXPECT_FALSE(In("Xの @tksm_manabi をご覧ください", PersonalData::kEmail));
  EXPECT_FALSE(In("a@b", PersonalData::kEmail));
}

TEST(PersonalDataTest, ReadsHostileTextInTimeWithItsLength) {
  const std::string ats(1 << 20, '@'), digits(1 << 20, '9');
  std::string mixed;
  while (mixed.size() < (1 << 20)) mixed += "9-a@";
  for (const std::string& text : {ats, digits, mixed}) {
    for (const PersonalData kind :
         {PersonalData::kMobilePhone, PersonalData::kMyNumber, PersonalData::kEmail}) {
      EXPECT_FALSE(Holds(text, kind, {}));
    }
  }
}

}  // namespace
}  // namespace daicho::policy::domain
