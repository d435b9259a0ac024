// The floor of a list: the statements of ListAccounts alone, by pgbench.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/e2e/suite.h"

namespace daicho::bench {

// One list to measure.
struct ListCase {
  std::string name;
  std::string filter;
  bool second_page = false;
};
const std::vector<ListCase>& ListCases();

// Puts `accounts` accounts of 2,000 departments into the ledger, each with its version, and waits
// until the registry knows them.
absl::Status FillLedger(testing::Suite& suite, int accounts);

struct ListFloor {
  std::string conninfo;
  std::string script;  // For pgbench.
};
// Writes the statements that a page of `list` takes to a file in `folder`.
absl::StatusOr<ListFloor> PrepareListFloor(testing::Suite& suite, const ListCase& list,
                                           const std::string& folder);

}  // namespace daicho::bench
