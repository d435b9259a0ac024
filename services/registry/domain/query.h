// What lists ask for.
#pragma once

#include <optional>
#include <string>

#include "absl/time/civil_time.h"

namespace daicho::registry::domain {

// Which accounts to list that are to close and not shown to be gone; empty means all.
struct OverdueFilter {
  std::string department;  // Code.
  std::string platform;
  int min_days_overdue = 1;
};

// Where a page begins: after this account. The longest overdue come first.
struct OverduePosition {
  absl::CivilDay effective_on = absl::CivilDay(1, 1, 1);
  std::string id = "00000000-0000-0000-0000-000000000000";
};

// Which departments to list; empty means all.
struct DepartmentFilter {
  std::string parent;                 // Code.
  std::string display_name_contains;  // As it is written.
  std::optional<absl::CivilDay> exists_on;
};

}  // namespace daicho::registry::domain
