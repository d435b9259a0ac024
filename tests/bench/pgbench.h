// Floors that pgbench measures.
#pragma once

#include <string>

#include "tests/bench/load.h"

namespace daicho::bench {

// `text` as an SQL literal in a pgbench script, where a colon would begin a variable.
std::string ScriptLiteral(const std::string& text);

// Runs the script again and again over as many connections as `load` has calls under way.
// `protocol` is "prepared" or "extended". Ends the process when pgbench fails.
Rate RunPgbench(const std::string& conninfo, const std::string& script, const char* protocol,
                const Load& load);

}  // namespace daicho::bench
