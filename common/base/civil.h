// Civil days in Asia/Tokyo and how offices write them.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daicho {

// The civil day on which `time` falls in Asia/Tokyo, the zone of every statutory period.
absl::CivilDay TokyoDay(absl::Time time);
// The first instant of `day` there.
absl::Time StartOfTokyoDay(absl::CivilDay day);

// "2026-11-22". Refuses (nullopt) anything else, a day that does not exist included.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);
std::string FormatDay(absl::CivilDay day);

// The earlier of two days; the other where one is unset.
std::optional<absl::CivilDay> Earlier(std::optional<absl::CivilDay> a,
                                      std::optional<absl::CivilDay> b);

// 年度: the year in which the fiscal year of `day` begins (1 April – 31 March).
int FiscalYear(absl::CivilDay day);

// First day after a period of whole months that follows `base`. Civil Code 140: the first day is
// not counted. 143: the period ends with the day before the one that matches its first day, or with
// the last day of the month where there is none. 2024-03-15 and 12 months: 2025-03-16.
absl::CivilDay FirstDayAfter(absl::CivilDay base, int months);

// 和暦: "令和8年11月22日", "平成31年4月30日"; the first year is 元年. Days before 明治6年1月1日,
// when Japan took up the Gregorian calendar, are written with the western year.
std::string WarekiDay(absl::CivilDay day);

// 和暦 of a fiscal year by its first day: "令和8年度", "令和元年度" for 2019.
std::string WarekiFiscalYear(int fiscal_year);

}  // namespace daicho
