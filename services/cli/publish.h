// `daicho account publish`.
#pragma once

#include "services/cli/command.h"

namespace daicho::cli {

Command PublishCommand();

}  // namespace daicho::cli
