// Departments in PostgreSQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

// Stores new departments and new versions of known ones, in one statement. Refuses with ABORTED
// (ETAG_MISMATCH) when somebody else changed one meanwhile; nothing is stored then.
absl::Status SaveDepartments(pg::Transaction& tx,
                             const std::vector<domain::Department>& departments,
                             const std::string& actor, const std::string& act);

}  // namespace daicho::registry::store
