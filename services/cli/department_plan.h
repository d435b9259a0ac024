// 組織改編 and 異動 on the command line.
#pragma once

#include <vector>

#include "services/cli/command.h"

namespace daicho::cli {

// The commands of the group "department" that reorganise and sweep.
std::vector<Command> ReorganizationCommands();

}  // namespace daicho::cli
