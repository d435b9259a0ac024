// Loads a guideline: text format in, rules ready to run out.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daicho/policy/v1/guideline.pb.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/text_format.h"

namespace daicho::policy {

struct LoadedGuideline {
  v1::Guideline proto;       // As in the file, for readers.
  domain::Guideline domain;  // As it is run.
};

// Reads `text`; `file` is what problems call it. INVALID_ARGUMENT with a line "FILE:LINE: problem"
// for each thing that is wrong (at most 20): text that does not parse or is longer than
// kMaxGuidelineBytes, an unknown field; an id, clause, severity, check, message or remedy that is
// missing in a language; a duplicate id; versions out of order or on the same day; a path that
// forms do not have, or whose field the check cannot be made on; a value an enum does not have; a
// placeholder the check does not fill; a field without a name.
absl::StatusOr<LoadedGuideline> ParseGuideline(absl::string_view file, const std::string& text);

}  // namespace daicho::policy
