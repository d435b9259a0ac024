#include "common/sheet/number_format.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

namespace daicho::sheet {
namespace {

using NumberKind = NumberFormat::Kind;

constexpr double kPastLastDay = 2'958'466;  // The day after 9999-12-31, counted from 1900.
constexpr int kSecondsPerDay = 86'400;

// The letters of a format code's first section that stand for parts of a date or a time: without
// what is quoted, escaped, in brackets, or a number's exponent.
std::string Letters(absl::string_view code) {
  std::string letters;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = absl::ascii_tolower(code[i]);
    if (c == '"' || c == '[') {
      const std::size_t end = code.find(c == '"' ? '"' : ']', i + 1);
      if (end == code.npos) break;
      // [h], [mm], [ss] count on beyond a day.
      if (c == '[' && absl::StrContains("hms", absl::string_view(&code[i + 1], 1)) && end > i + 1) {
        letters.push_back('h');
      }
      i = end;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == 'e' && i + 1 < code.size() && (code[i + 1] == '+' || code[i + 1] == '-')) {
      ++i;
    } else if (absl::StartsWithIgnoreCase(code.substr(i), "am/pm")) {
      i += 4;
    } else if (absl::ascii_isalpha(c)) {
      letters.push_back(c);
    }
  }
  return letters;
}

std::string DayText(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

// Day number `serial`; nullopt for the 29 February 1900 that spreadsheets count though it never
// was.
std::optional<absl::CivilDay> DayOf(int serial, bool from_1904) {
  if (from_1904) return absl::CivilDay(1904, 1, 1) + serial;
  if (serial == 60) return std::nullopt;
  return absl::CivilDay(1899, 12, serial < 60 ? 31 : 30) + serial;
}

std::optional<std::string> MomentText(double value, NumberKind kind, bool from_1904) {
  if (!(value >= 0 && value < kPastLastDay)) return std::nullopt;
  int day = static_cast<int>(value);
  int second = static_cast<int>(std::lround((value - day) * kSecondsPerDay));
  if (second == kSecondsPerDay) {
    ++day;
    second = 0;
  }
  const auto time = [&second](int hours) {
    return absl::StrFormat("%02d:%02d:%02d", hours + second / 3600, second / 60 % 60, second % 60);
  };
  if (kind == NumberKind::kTime) return time(day * 24);
  const std::optional<absl::CivilDay> date = DayOf(day, from_1904);
  if (!date || date->year() > 9999) return std::nullopt;
  return kind == NumberKind::kDate ? DayText(*date) : absl::StrCat(DayText(*date), "T", time(0));
}

std::string PlainText(double value, int digits) {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return absl::StrFormat("%0*.0f", digits, value == 0 ? 0 : value);
  }
  return absl::StrFormat("%.15g", value);
}

}  // namespace

NumberFormat ParseNumberFormat(absl::string_view code) {
  if (!code.empty() && code.find_first_not_of('0') == code.npos) {
    return {.digits = code.size() > 15 ? 15 : static_cast<int>(code.size())};
  }
  if (absl::StartsWithIgnoreCase(code, "general")) return {};
  const std::string letters = Letters(code);
  const bool date = letters.find_first_of("ydegabr") != letters.npos;
  const bool time = letters.find_first_of("hs") != letters.npos;
  if (date) return {.kind = time ? NumberKind::kDateTime : NumberKind::kDate};
  if (time) return {.kind = NumberKind::kTime};
  return {.kind = absl::StrContains(letters, "m") ? NumberKind::kDate : NumberKind::kNumber};
}

NumberFormat BuiltInFormat(int id) {
  if (id == 22) return {.kind = NumberKind::kDateTime};
  if ((id >= 18 && id <= 21) || id == 32 || id == 33 || (id >= 45 && id <= 47)) {
    return {.kind = NumberKind::kTime};
  }
  const bool date = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  return {.kind = date ? NumberKind::kDate : NumberKind::kNumber};
}

std::optional<std::string> NumberText(absl::string_view value, const NumberFormat& format,
                                      bool from_1904) {
  double number = 0;
  if (!absl::SimpleAtod(value, &number) || !std::isfinite(number)) return std::nullopt;
  if (format.kind == NumberKind::kNumber) return PlainText(number, format.digits);
  return MomentText(number, format.kind, from_1904);
}

}  // namespace daicho::sheet
