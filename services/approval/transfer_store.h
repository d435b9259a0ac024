// Statements about what waits for people by name.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

// People, and by index a department that each of them left: "users/…", "departments/…".
struct Departures {
  std::vector<std::string> people;
  std::vector<std::string> departments;
};

// At most `limit` forms that wait for one of the people in a department they left: open ones that
// they mind, and those that they are to read afterwards (後閲); and open forms of any department
// that name one of them. Nobody else changes them until the end of `tx`.
absl::StatusOr<std::vector<domain::Form>> LoadWaiting(pg::Transaction& tx, const Departures& left,
                                                      int limit);

}  // namespace daicho::approval::store
