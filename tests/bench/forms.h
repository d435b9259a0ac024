// Decisions and the inbox of the PR office, beside pgbench running the same statements.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/load.h"
#include "tests/e2e/world.h"

namespace daicho::bench {

// A script for pgbench against approval's own database. What it writes besides forms goes into
// tables of its own, so that nobody delivers it.
struct FormsFloor {
  std::string conninfo;
  std::string script;
};

using FormChannels = std::vector<std::shared_ptr<grpc::Channel>>;

// Puts forms of a section with their head, as copies of one that was submitted: half for us, half
// for the floor. Each is decided once.
absl::StatusOr<FormsFloor> PrepareDecisions(testing::World& world, const std::string& folder);
// The head agrees to one form after another.
Start Decisions(testing::World& world, const FormChannels& channels);

// Puts `filed` forms on file and `waiting` with the PR office.
absl::StatusOr<FormsFloor> PrepareInbox(testing::World& world, int filed, int waiting,
                                        const std::string& folder);
// Somebody of the PR office opens the first page of what they can decide.
Start Inboxes(testing::World& world, const FormChannels& channels);

}  // namespace daicho::bench
