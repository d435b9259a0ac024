// What lists ask for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

// Which accounts to list; empty means all.
struct AccountFilter {
  std::string department;  // Code.
  std::string platform;
  std::vector<AccountState> states;
};

// Where a page begins: after this account. Lists go by department, platform and age.
struct AccountPosition {
  std::string department;
  std::string platform;
  std::string id = "00000000-0000-0000-0000-000000000000";
};

// Which departments to list; empty means all.
struct DepartmentFilter {
  std::string parent;                 // Code.
  std::string display_name_contains;  // As it is written.
  std::optional<absl::CivilDay> exists_on;
};

}  // namespace daicho::registry::domain
