// Asking the guideline about a form's content.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "daicho/approval/v1/form.pb.h"
#include "services/cli/session.h"

namespace daicho::cli {

// Has `content` checked as `department` would submit it, and shows the findings. Exit::kRefused
// when one blocks.
absl::StatusOr<Exit> CheckContent(Session& session, const approval::v1::FormContent& content,
                                  const std::string& department);

}  // namespace daicho::cli
