// Help, made from the table of commands.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/command.h"

namespace daicho::cli {

// Help on `topic`: empty for the overview; a group, a command, or "exit-codes", "profile", "set".
// Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE) what there is no help on.
absl::StatusOr<std::string> HelpOn(const std::vector<Group>& groups,
                                   const std::vector<std::string>& topic);

}  // namespace daicho::cli
