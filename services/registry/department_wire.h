// Departments between what is on the wire and what the domain speaks of.
#pragma once

#include "absl/status/statusor.h"
#include "daicho/registry/v1/department_service.pb.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/query.h"

namespace daicho::registry::wire {

// Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<domain::DepartmentFilter> Parse(const v1::ListDepartmentsRequest& request);

v1::Department ToProto(const domain::Department& department);
v1::DepartmentRevision ToProto(const domain::DepartmentRevision& revision);
v1::ImportDepartmentsResponse ToProto(const domain::DepartmentImport& plan);

}  // namespace daicho::registry::wire
