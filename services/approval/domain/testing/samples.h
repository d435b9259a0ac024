// What the rules are tried on: ten o'clock in Tokyo of one day, and three departments.
#pragma once

#include <string>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {

inline constexpr absl::CivilDay kToday(2026, 11, 26);
inline const absl::Time kNow = StartOfTokyoDay(kToday) + absl::Hours(10);

inline constexpr char kOwn[] = "departments/0802";
inline constexpr char kVia[] = "departments/0801";
inline constexpr char kPr[] = "departments/0101";

inline std::string WhyNot(const absl::StatusOr<Change>& change) {
  return ReasonOf(change.status());
}

}  // namespace daicho::approval::domain
