#include "services/registry/reorganization_timer.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/work/unit_of_work.h"
#include "services/registry/reorganize.h"
#include "services/registry/reroute_relay.h"

namespace daicho::registry {
namespace {

constexpr absl::Duration kInterval = absl::Minutes(1);
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

ReorganizationTimer::ReorganizationTimer(rpc::Env env)
    : env_(std::move(env)), thread_([this] { Work(); }) {}

ReorganizationTimer::~ReorganizationTimer() {
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void ReorganizationTimer::Work() {
  bool failing = false;
  do {
    const absl::Status status = SettleDue(env_);
    if (!status.ok() && !failing) {
      Log(LogLevel::kError, "scheduled reorganisations cannot be looked at",
          {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
    }
    if (status.ok() && failing)
      Log(LogLevel::kInfo, "scheduled reorganisations are looked at again");
    failing = !status.ok();
  } while (AwaitNext());
}

bool ReorganizationTimer::AwaitNext() {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopped_), kInterval);
  return !stopped_;
}

}  // namespace daicho::registry
