// What lists ask for.
#pragma once

#include <string>

namespace daicho::registry::domain {

// Which departments to list; empty means all.
struct DepartmentFilter {
  std::string parent;                 // Code.
  std::string display_name_contains;  // As it is written.
};

}  // namespace daicho::registry::domain
