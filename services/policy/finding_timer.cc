#include "services/policy/finding_timer.h"

#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace daicho::policy {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(2);

}  // namespace

FindingTimer::FindingTimer(const rpc::Env& env, KnownAccounts* known, FindingEvaluator* evaluator)
    : env_(env), known_(known), evaluator_(evaluator), thread_([this] { Work(); }) {}

FindingTimer::~FindingTimer() {
  evaluator_->Stop();
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::Status FindingTimer::Step() {
  RETURN_IF_ERROR(known_->Follow(env_.clock->Now()));
  return evaluator_->Step();
}

void FindingTimer::Work() {
  bool failing = false;
  do {
    const absl::Status status = Step();
    if (status.code() == absl::StatusCode::kCancelled) continue;
    if (!status.ok() && !failing) {
      Log(LogLevel::kError, "accounts cannot be checked",
          {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
    }
    if (status.ok() && failing) Log(LogLevel::kInfo, "accounts are checked again");
    failing = !status.ok();
  } while (AwaitNext());
}

bool FindingTimer::AwaitNext() {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopped_), kInterval);
  return !stopped_;
}

}  // namespace daicho::policy
