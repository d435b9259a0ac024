// Puts scheduled reorganisations into effect when their day comes.
#pragma once

#include "absl/status/status.h"
#include "common/rpc/handle.h"

namespace daicho::registry {

// Settles everything that is due by `env.clock`, each in a transaction of its own; every process of
// the registry may. Uses nothing of `env` but pool, clock and what events need.
absl::Status SettleDue(const rpc::Env& env);

}  // namespace daicho::registry
