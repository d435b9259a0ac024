// Transfers of people between what is on the wire and what the domain speaks of.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/refusal.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "services/approval/domain/transfer.h"

namespace daicho::approval::wire {

// Who was transferred, without heirs of the departments they left. Refuses with INVALID_ARGUMENT
// (INVALID_FIELD) every name that is none, a person who is their own successor, and one who is
// named twice with the same department.
absl::StatusOr<std::vector<domain::Transferred>> Parse(const v1::TransferPeopleRequest& request);
// Of a successor who does not stay in the department.
Violation SuccessorIsTransferred(std::string field);
// `name` and `department` are of the form or absence.
void ToProto(const domain::TransferNote& note, const std::vector<domain::Transferred>& people,
             const std::string& name, const std::string& department, v1::TransferEffect* out);

}  // namespace daicho::approval::wire
