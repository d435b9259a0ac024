// The audit log: appending behind gRPC beside the same rows by unnest, verifying an export beside
// reading and hashing it, and proofs in a large log.
#pragma once

#include <string>

#include "tests/e2e/suite.h"

namespace daicho::bench {

// Prints medians of `rounds` turns. `entries`: of the log in which proofs are measured. Ends the
// process when anything fails.
void MeasureAudit(testing::Suite& suite, const std::string& folder, int rounds, int entries);

}  // namespace daicho::bench
