// Reorganisations between what is on the wire and what the domain speaks of.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "daicho/registry/v1/department_service.pb.h"
#include "daicho/registry/v1/reorganization.pb.h"
#include "services/registry/domain/reorganization.h"

namespace daicho::registry::wire {

// "reorganizations/UUID" → "UUID". Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> ParseReorganizationName(const std::string& name);

// A reorganisation as it is asked for, without id and time.
domain::Reorganization Parse(const v1::ReorganizeDepartmentsRequest& request);

// The steps as they were asked for. Fails only as a fault.
absl::StatusOr<std::vector<domain::ReorganizationStep>> StepsOf(
    const domain::Reorganization& reorganization);

// What Reorganization::outcome keeps of a plan.
Fields OutcomeOf(const domain::ReorganizationPlan& plan);

// Whole, or as lists show it. Fails only as a fault.
absl::StatusOr<v1::Reorganization> ToProto(const domain::Reorganization& reorganization);
absl::StatusOr<v1::Reorganization> ToSummary(const domain::Reorganization& reorganization);

// INVALID_ARGUMENT (REORGANIZATION_HAS_PROBLEMS): of many the first ten and how many more there
// are, as errors travel in small headers.
absl::Status RefuseProblems(const std::vector<domain::ReorganizationProblem>& problems);

// What approval has to do, without request_id, in the order in which it has to be done.
std::vector<approval::v1::RerouteFormsRequest> ToReroutes(
    const domain::Reorganization& reorganization,
    const std::vector<domain::Succession>& successions);

}  // namespace daicho::registry::wire
