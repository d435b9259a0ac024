// What the files of the group "form" share.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daicho/approval/v1/form.pb.h"
#include "services/cli/command.h"
#include "services/cli/session.h"

namespace daicho::cli {

// `text` is "forms/UUID" or the UUID alone.
absl::StatusOr<approval::v1::Form> LoadForm(Session& session, const std::string& text);
absl::StatusOr<Exit> ShowForm(Session& session, const approval::v1::Form& form);

// DATA_LOSS (HASH_MISMATCH): a file that came is not what its SHA-256 says.
absl::Status RefuseOtherHash();

// Parts of the group "form".
std::vector<Command> FormActCommands();
std::vector<Command> FormInboxCommands();
std::vector<Command> FormPrintCommands();

}  // namespace daicho::cli
