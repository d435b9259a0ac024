// Transfers of people between what is on the wire and what the domain speaks of.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daicho/registry/v1/department_service.pb.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/transfer.h"

namespace daicho::registry::wire {

// Who was transferred, with those that took over by `today` from the departments they left. Refuses
// with INVALID_ARGUMENT (INVALID_FIELD), naming every field: neither subject nor name, a department
// that is none.
absl::StatusOr<std::vector<domain::Transfer>> Parse(const v1::SweepTransfersRequest& request,
                                                    const domain::DepartmentsByCode& departments,
                                                    absl::CivilDay today);

v1::SweepTransfersResponse ToProto(const std::vector<domain::HeldRole>& roles);

}  // namespace daicho::registry::wire
