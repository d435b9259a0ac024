// Standing findings between what is on the wire and what the store speaks of.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "daicho/policy/v1/finding_service.pb.h"
#include "services/policy/finding_values.h"

namespace daicho::policy::wire {

// A list that was asked for. `query` lacks whom it is limited to: see `department`.
struct FindingList {
  store::FindingQuery query;
  std::string department;  // Code. Empty: any.
};

struct AcknowledgeCommand {
  std::string id;
  std::int64_t revision = 0;
  std::string reason;
  absl::CivilDay end_date;
};

// Refuse with INVALID_ARGUMENT (INVALID_FIELD), the last also with ABORTED (ETAG_MISMATCH).
absl::StatusOr<FindingList> Parse(const v1::ListFindingsRequest& request, absl::CivilDay today);
absl::StatusOr<AcknowledgeCommand> Parse(const v1::AcknowledgeFindingRequest& request);
// The code of a department's name; empty for none.
absl::StatusOr<std::string> ParseDepartment(const std::string& name);

// In the words of `guideline`, with facts of `today`.
v1::StandingFinding ToProto(const store::Finding& finding, const domain::Guideline& guideline,
                            absl::CivilDay today);
v1::FindingCount ToProto(const store::FindingCount& count);

}  // namespace daicho::policy::wire
