// Facts about accounts between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/account.pb.h"
#include "daicho/registry/v1/fact_service.pb.h"
#include "services/registry/domain/activity.h"
#include "services/registry/domain/goal.h"
#include "services/registry/domain/grant.h"
#include "services/registry/domain/readiness.h"
#include "services/registry/domain/verification.h"

namespace daicho::registry::wire {

// Refuses with INVALID_ARGUMENT (INVALID_FIELD), naming the first hundred bad rows.
absl::StatusOr<std::vector<domain::Observation>> ParseBatch(const v1::ReportActivityRequest& batch,
                                                            absl::Time now);
// Every row of the batch about one of `accounts` (UUIDs), as `observations[ROW].account`; the first
// hundred.
std::vector<std::string> RowsAbout(const v1::ReportActivityRequest& batch,
                                   const std::vector<std::string>& accounts);
// INVALID_ARGUMENT (INVALID_FIELD): ACCOUNT_NOT_FOUND in each of these rows.
absl::Status RefuseUnknown(const std::vector<std::string>& rows);

domain::Verification ToDomain(const v1::Verification& verification);
domain::GrantCommand ToDomain(const v1::GrantAccessRequest& request);
absl::StatusOr<domain::GrantFilter> Parse(const v1::ListGrantsRequest& request);

v1::Activity ToProto(const domain::Activity& activity);
v1::Grant ToProto(const domain::Grant& grant);
// `governed` are the account's fields, which have the targets.
v1::GoalSample ToProto(const domain::GoalSample& sample, const Fields& governed);
v1::CheckVerificationReadinessResponse ToProto(
    const std::string& programme, const std::vector<domain::ReadinessCondition>& conditions);
v1::GetVerificationCoverageResponse ToProto(const domain::Coverage& coverage,
                                            const domain::PlatformTable& platforms);

}  // namespace daicho::registry::wire
