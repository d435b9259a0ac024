// Between what is on the wire and what the rules speak of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/event.h"
#include "daicho/policy/v1/policy_service.pb.h"
#include "services/policy/domain/guideline.h"

namespace daicho::policy::wire {

// What a request asks to be checked; a Subject once the day is known.
struct ToCheck {
  Fields fields;
  std::string department_kind;
  std::vector<domain::OtherAccount> others;  // As the caller names them.
  std::optional<Fields> ledger = {};         // The account's fields now, if the caller says them.
};

// Refuses with INVALID_ARGUMENT (INVALID_FIELD), naming every field of an existing account that
// cannot be used.
absl::StatusOr<ToCheck> Parse(const v1::CheckFormRequest& request);
ToCheck Parse(const v1::CheckAccountRequest& request);

v1::Severity ToProto(domain::Severity severity);
v1::Finding ToProto(const domain::Finding& finding, const std::string& guideline_version);
v1::CheckFormResponse ToProto(const domain::Findings& found, const std::string& guideline_version);
v1::CheckAccountResponse ToAccountProto(const domain::Findings& found,
                                        const std::string& guideline_version);

}  // namespace daicho::policy::wire
