// Between what is on the wire and what the rules speak of.
#pragma once

#include <string>

#include "common/base/event.h"
#include "daicho/policy/v1/policy_service.pb.h"
#include "services/policy/domain/guideline.h"

namespace daicho::policy::wire {

// What a request asks to be checked; a Subject once the day is known.
struct FormToCheck {
  Fields fields;
  std::string department_kind;
};

FormToCheck Parse(const v1::CheckFormRequest& request);

v1::CheckFormResponse ToProto(const domain::Findings& found, const std::string& guideline_version);

}  // namespace daicho::policy::wire
