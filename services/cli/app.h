// The program without its main(): words in, text and an exit status out.
#pragma once

#include <string>
#include <vector>

#include "services/cli/session.h"

namespace daicho::cli {

// Runs one command line (without the program's name) and returns the exit status.
Exit Run(const std::vector<std::string>& words, const Surroundings& around);

// `words` as one line that a shell reads back as they are, the program's name first.
std::string QuotedForShell(const std::vector<std::string>& words);

}  // namespace daicho::cli
