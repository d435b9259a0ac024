// When the checks are tried, and days by name.
#pragma once

#include "common/base/civil.h"

namespace daicho::policy::domain {

inline constexpr absl::CivilDay kToday(2026, 11, 22);

inline absl::CivilDay Day(const char* text) { return ParseDay(text).value(); }

}  // namespace daicho::policy::domain
