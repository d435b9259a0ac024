#include "services/registry/reorganization_timer.h"

#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/work/unit_of_work.h"
#include "services/registry/reorganize.h"
#include "services/registry/reroute_relay.h"

namespace daicho::registry {
namespace {

constexpr absl::Duration kTimeForOne = absl::Minutes(2);

}  // namespace

absl::Status SettleDue(const rpc::Env& env) {
  for (bool settled = true; settled;) {
    RETURN_IF_ERROR(work::Run(*env.pool, absl::Now() + kTimeForOne, OwnEncoder(env),
                              [&](work::UnitOfWork& unit) -> absl::Status {
                                ASSIGN_OR_RETURN(settled, SettleOneDue(unit, env.clock->Now()));
                                return absl::OkStatus();
                              }));
  }
  return absl::OkStatus();
}

}  // namespace daicho::registry
