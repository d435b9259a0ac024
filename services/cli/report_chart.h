// Pictures of inactivity reports.
#pragma once

#include <vector>

#include "common/paper/document.h"
#include "daicho/policy/v1/inactivity_service.pb.h"

namespace daicho::cli {

// 所属別: how many accounts of each department stand on which rung; the twenty with most
// candidates. Empty when none stands on one.
paper::Drawing SilenceByDepartment(const policy::v1::InactivityReport& report);

// 推移: how many stood on which rung in each report, oldest first; `history` is newest first.
paper::Drawing LadderOverTime(const std::vector<policy::v1::InactivityReport>& history);

}  // namespace daicho::cli
