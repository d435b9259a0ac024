// Who carries which clause of a guideline.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daicho/policy/v1/coverage.pb.h"
#include "daicho/policy/v1/guideline.pb.h"

namespace daicho::policy {

// Reads `text` against `guideline`; `file` is what problems call it. INVALID_ARGUMENT with a line
// "FILE:LINE: problem" for each thing that is wrong: what text_format.h refuses; another
// guideline's id; a clause that is missing, not in the guideline, named twice or out of its order;
// a clause without one of its rules, with a rule that is not in the guideline, or with neither
// rules nor a carrier, or with both; a carrier without a note.
absl::StatusOr<v1::Coverage> ParseCoverage(absl::string_view file, const std::string& text,
                                           const v1::Guideline& guideline);

// The coverage as a page in Markdown.
std::string CoveragePage(const v1::Guideline& guideline, const v1::Coverage& coverage);

}  // namespace daicho::policy
