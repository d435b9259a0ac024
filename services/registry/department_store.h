// Departments in PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/query.h"

namespace daicho::registry::store {

// Refuses with NOT_FOUND (DEPARTMENT_NOT_FOUND).
absl::StatusOr<domain::Department> GetDepartment(pg::Transaction& tx, absl::string_view code);
absl::StatusOr<std::optional<domain::Department>> FindDepartment(pg::Transaction& tx,
                                                                 absl::string_view code);
absl::StatusOr<domain::DepartmentsByCode> AllDepartments(pg::Transaction& tx);

// At most `limit` departments after the code `after`, by code.
absl::StatusOr<std::vector<domain::Department>> ListDepartments(
    pg::Transaction& tx, const domain::DepartmentFilter& filter, const std::string& after,
    int limit);
absl::StatusOr<int> CountDepartments(pg::Transaction& tx, const domain::DepartmentFilter& filter);

// At most `limit` versions older than `before`, newest first.
absl::StatusOr<std::vector<domain::DepartmentRevision>> ListDepartmentRevisions(
    pg::Transaction& tx, absl::string_view code, std::int64_t before, int limit);
// The version that held on `day`: the first one for days before it. nullopt: no such department.
absl::StatusOr<std::optional<domain::Department>> FindDepartmentOn(pg::Transaction& tx,
                                                                   absl::string_view code,
                                                                   absl::CivilDay day);
// Departments whose newest version is no import's, as an import last stored them.
absl::StatusOr<domain::DepartmentsByCode> LastImported(pg::Transaction& tx);

// How versions of departments come about.
struct DepartmentAct {
  std::string actor;            // "users/…".
  std::string act;              // "department.imported".
  std::string reason;           // May be empty.
  absl::CivilDay effective_on;  // First day on which the versions hold.
};

// Stores new departments and new versions of known ones, in one statement. Refuses with ABORTED
// (ETAG_MISMATCH) when somebody else changed one meanwhile; nothing is stored then.
absl::Status SaveDepartments(pg::Transaction& tx,
                             const std::vector<domain::Department>& departments,
                             const DepartmentAct& act);

}  // namespace daicho::registry::store
