#include "common/base/civil.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace daicho {
namespace {

struct Era {
  const char* name;
  absl::CivilDay first_day;
};

// Newest first.
const Era kEras[] = {{"令和", absl::CivilDay(2019, 5, 1)},
                     {"平成", absl::CivilDay(1989, 1, 8)},
                     {"昭和", absl::CivilDay(1926, 12, 25)},
                     {"大正", absl::CivilDay(1912, 7, 30)},
                     {"明治", absl::CivilDay(1873, 1, 1)}};

// 明治 began in 1868, before the Gregorian calendar was taken up.
constexpr int kMeijiFirstYear = 1868;

// "令和8年", "令和元年", or "1872年" before all eras.
std::string WarekiYear(absl::CivilDay day) {
  for (const Era& era : kEras) {
    if (day < era.first_day) continue;
    const auto first = era.first_day.year() == 1873 ? kMeijiFirstYear : era.first_day.year();
    const auto year = day.year() - first + 1;
    return absl::StrCat(era.name, year == 1 ? "元" : absl::StrCat(year), "年");
  }
  return absl::StrCat(day.year(), "年");
}

// Found by its name under a lock: once, then.
absl::TimeZone Tokyo() {
  static const absl::TimeZone zone = absl::FixedTimeZone(9 * 60 * 60);
  return zone;
}

}  // namespace

absl::CivilDay TokyoDay(absl::Time time) {
  struct Day {
    absl::Time begin = absl::InfiniteFuture();
    absl::Time end = absl::InfinitePast();
    absl::CivilDay day;
  };
  // Mostly asked for the day it was asked for last.
  static thread_local Day last;
  if (time < last.begin || time >= last.end) {
    const absl::CivilDay day = absl::ToCivilDay(time, Tokyo());
    last = {StartOfTokyoDay(day), StartOfTokyoDay(day + 1), day};
  }
  return last.day;
}

absl::Time StartOfTokyoDay(absl::CivilDay day) { return absl::FromCivil(day, Tokyo()); }

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const absl::string_view part : {text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)}) {
    for (const char c : part) {
      if (!absl::ascii_isdigit(c)) return std::nullopt;
    }
  }
  int year = 0, month = 0, day = 0;
  (void)absl::SimpleAtoi(text.substr(0, 4), &year);
  (void)absl::SimpleAtoi(text.substr(5, 2), &month);
  (void)absl::SimpleAtoi(text.substr(8, 2), &day);
  const absl::CivilDay civil(year, month, day);
  if (year == 0 || civil.month() != month || civil.day() != day) return std::nullopt;
  return civil;
}

std::string FormatDay(absl::CivilDay day) {
  return absl::StrCat(absl::Dec(day.year(), absl::kZeroPad4), "-",
                      absl::Dec(day.month(), absl::kZeroPad2), "-",
                      absl::Dec(day.day(), absl::kZeroPad2));
}

std::optional<absl::CivilDay> Earlier(std::optional<absl::CivilDay> a,
                                      std::optional<absl::CivilDay> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

int FiscalYear(absl::CivilDay day) {
  return static_cast<int>(day.month() >= 4 ? day.year() : day.year() - 1);
}

absl::CivilDay FirstDayAfter(absl::CivilDay base, int months) {
  // Civil Code 140.
  const absl::CivilDay first = base + 1;
  const absl::CivilMonth month = absl::CivilMonth(first) + months;
  const absl::CivilDay match(month.year(), month.month(), first.day());
  // Civil Code 143: a day that the month does not have has been carried into the next month. The
  // period then ends with the month, and what follows is the next month's first day.
  if (absl::CivilMonth(match) != month) return absl::CivilDay(month + 1);
  return match;
}

std::string WarekiDay(absl::CivilDay day) {
  return absl::StrCat(WarekiYear(day), day.month(), "月", day.day(), "日");
}

std::string WarekiFiscalYear(int fiscal_year) {
  // The year 2019 began in 平成, on 1 April, yet offices call it 令和元年度.
  if (fiscal_year == 2019) return "令和元年度";
  return absl::StrCat(WarekiYear(absl::CivilDay(fiscal_year, 4, 1)), "度");
}

}  // namespace daicho
