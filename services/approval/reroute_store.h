// Statements about departments that others took over from.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

// Open forms of these departments, about these accounts, or with a step that these departments
// stand for; and forms in whatever state with such a step that a head has yet to read afterwards.
// Nobody else changes them until the end of `tx`.
absl::StatusOr<std::vector<domain::Form>> LoadConcerned(pg::Transaction& tx,
                                                        const std::vector<std::string>& departments,
                                                        const std::vector<std::string>& accounts);

// A department that others took over from, for forms about one account or, with an empty account,
// for all that no other entry is about. By index: "departments/…", "departments/…", "accounts/…".
struct Successions {
  std::vector<std::string> departments;
  std::vector<std::string> successors;
  std::vector<std::string> accounts;
};

// Lets the successors read every form that names, or came down to, a department they took over from
// in `reorganization` ("reorganizations/…").
absl::Status LetSuccessorsRead(pg::Transaction& tx, const Successions& successions,
                               const std::string& reorganization);

// Departments that may read the form since they took over: "departments/…".
absl::StatusOr<std::vector<std::string>> HeirsOf(pg::Transaction& tx, const std::string& id);

}  // namespace daicho::approval::store
