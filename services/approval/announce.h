// Announces what was done to a form.
#pragma once

#include "absl/status/status.h"
#include "common/base/status_macros.h"
#include "common/work/unit_of_work.h"
#include "services/approval/domain/form.h"

namespace daicho::approval {

inline absl::Status Announce(work::UnitOfWork& unit, const domain::Change& change) {
  for (const Event& event : change.events) RETURN_IF_ERROR(unit.Announce(event));
  return absl::OkStatus();
}

}  // namespace daicho::approval
