// When the rules are tried: 08:30 in Tokyo of one day.
#pragma once

#include "absl/time/time.h"

namespace daicho::registry::domain {

inline constexpr absl::CivilDay kToday(2026, 11, 22);
inline const absl::Time kNow = absl::FromUnixSeconds(1'795'303'800);

}  // namespace daicho::registry::domain
