// What people were told, held against what the databases say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/fault/people.h"

namespace daicho::testing {

// The audit log as somebody saw it while people worked.
struct SeenLog {
  std::int64_t size = 0;
  std::string root;
};
// The log as it is now. Nothing when it cannot be asked.
std::vector<SeenLog> SeeLog(World& world);

// Waits until everything is delivered, and compares what people were told with forms, ledger and
// audit log: every act is there once, and the log is one to which each of `seen` was a beginning.
// Prints what there was, with `faults` by kind; what differs fails the test.
void Compare(World& world, const std::map<std::string, int>& faults, const History& history,
             const std::vector<SeenLog>& seen);

}  // namespace daicho::testing
