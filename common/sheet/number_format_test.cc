#include "common/sheet/number_format.h"

#include <gtest/gtest.h>

namespace daicho::sheet {
namespace {

using NumberKind = NumberFormat::Kind;

std::string Text(const std::string& value, NumberFormat format = {}, bool from_1904 = false) {
  return NumberText(value, format, from_1904).value_or("none");
}

TEST(NumberTextTest, ShowsNumbersAsPeopleSeeThem) {
  EXPECT_EQ(Text("5"), "5");
  EXPECT_EQ(Text("5.0"), "5");
  EXPECT_EQ(Text("-0"), "0");
  EXPECT_EQ(Text("0.30000000000000004"), "0.3");
  EXPECT_EQ(Text("360007000000"), "360007000000");
  EXPECT_EQ(Text("1.5E3"), "1500");
  EXPECT_EQ(Text("1E+20"), "1e+20");
  for (const char* bad : {"", "x", "nan", "inf", "1e999"}) EXPECT_EQ(Text(bad), "none") << bad;
}

TEST(NumberTextTest, GivesCodesTheZerosTheirFormatShows) {
  EXPECT_EQ(Text("301", ParseNumberFormat("0000")), "0301");
  EXPECT_EQ(Text("12345", ParseNumberFormat("0000")), "12345");
  EXPECT_EQ(Text("301", ParseNumberFormat("#,##0")), "301");
}

TEST(NumberTextTest, ShowsDaysAndTimesAsIso8601) {
  const NumberFormat day{.kind = NumberKind::kDate}, time{.kind = NumberKind::kTime},
      moment{.kind = NumberKind::kDateTime};
  EXPECT_EQ(Text("46348", day), "2026-11-22");
  EXPECT_EQ(Text("46348.75", day), "2026-11-22");
  EXPECT_EQ(Text("46348.354166666664", moment), "2026-11-22T08:30:00");
  EXPECT_EQ(Text("46347.999999999", moment), "2026-11-22T00:00:00");
  EXPECT_EQ(Text("0.75", time), "18:00:00");
  EXPECT_EQ(Text("1.25", time), "30:00:00");
  EXPECT_EQ(Text("44886", day, true), "2026-11-22");
}

TEST(NumberTextTest, KnowsTheDayThatNeverWas) {
  const NumberFormat day{.kind = NumberKind::kDate};
  EXPECT_EQ(Text("59", day), "1900-02-28");
  EXPECT_EQ(Text("60", day), "none");
  EXPECT_EQ(Text("61", day), "1900-03-01");
  EXPECT_EQ(Text("-1", day), "none");
  EXPECT_EQ(Text("2958465", day), "9999-12-31");
  EXPECT_EQ(Text("2958466", day), "none");
  EXPECT_EQ(Text("2958465", day, true), "none");
}

TEST(ParseNumberFormatTest, TellsDatesFromNumbers) {
  const std::pair<const char*, NumberKind> cases[] = {
      {"General", NumberKind::kNumber},
      {"0.00E+00", NumberKind::kNumber},
      {"#,##0\"day\"", NumberKind::kNumber},
      {"\\d0", NumberKind::kNumber},
      {"[Red]0", NumberKind::kNumber},
      {"0_d", NumberKind::kNumber},
      {"@", NumberKind::kNumber},
      {"yyyy\\-mm\\-dd", NumberKind::kDate},
      {"[$-411]ggge\"年\"m\"月\"d\"日\"", NumberKind::kDate},
      {"m\"月\"", NumberKind::kDate},
      {"aaa", NumberKind::kDate},
      {"h:mm", NumberKind::kTime},
      {"[h]:mm:ss", NumberKind::kTime},
      {"mm:ss", NumberKind::kTime},
      {"h:mm AM/PM", NumberKind::kTime},
      {"yyyy/m/d h:mm", NumberKind::kDateTime},
      {"0;yyyy", NumberKind::kNumber},
      {"\"open", NumberKind::kNumber},
      {"[", NumberKind::kNumber},
      {"", NumberKind::kNumber}};
  for (const auto& [code, kind] : cases) EXPECT_EQ(ParseNumberFormat(code).kind, kind) << code;
}

TEST(BuiltInFormatTest, KnowsTheDatesOfJapaneseWorkbooks) {
  EXPECT_EQ(BuiltInFormat(0).kind, NumberKind::kNumber);
  EXPECT_EQ(BuiltInFormat(14).kind, NumberKind::kDate);
  EXPECT_EQ(BuiltInFormat(20).kind, NumberKind::kTime);
  EXPECT_EQ(BuiltInFormat(22).kind, NumberKind::kDateTime);
  EXPECT_EQ(BuiltInFormat(31).kind, NumberKind::kDate);
  EXPECT_EQ(BuiltInFormat(32).kind, NumberKind::kTime);
  EXPECT_EQ(BuiltInFormat(57).kind, NumberKind::kDate);
  EXPECT_EQ(BuiltInFormat(49).kind, NumberKind::kNumber);
}

}  // namespace
}  // namespace daicho::sheet
