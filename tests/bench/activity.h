// One million observations of posts: by StreamActivity, beside psql's COPY and one sorted upsert.
#pragma once

#include <string>

#include "tests/e2e/suite.h"

namespace daicho::bench {

// Makes a ledger of a million accounts, and reports on all of them, for the first time and again;
// prints the medians of `rounds` turns. Ends the process when anything fails.
void MeasureActivity(testing::Suite& suite, const std::string& folder, int rounds);

}  // namespace daicho::bench
