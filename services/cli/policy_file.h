// Guideline files on this machine: checked, explained and compared without the policy service.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/command.h"
#include "services/policy/guideline.h"

namespace daicho::cli {

// Refuses with INVALID_ARGUMENT (WRONG_GUIDELINE), naming file and line of everything that is
// wrong.
absl::StatusOr<policy::LoadedGuideline> LoadGuidelineFile(const std::string& path);

// `policy lint FILE`: the guideline, and the coverage beside it where there is one.
absl::StatusOr<Exit> LintGuideline(Session& session, const Arguments& arguments);
// `policy coverage FILE`: who carries which clause, as a page in Markdown or as JSON.
absl::StatusOr<Exit> ShowCoverage(Session& session, const Arguments& arguments);
// `policy diff OLD NEW`: rules that differ, and forms and accounts whose findings would change.
absl::StatusOr<Exit> CompareGuidelines(Session& session, const Arguments& arguments);

}  // namespace daicho::cli
