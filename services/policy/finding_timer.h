// The thread that keeps policy abreast of the ledger.
#pragma once

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/handle.h"
#include "services/policy/finding_evaluator.h"
#include "services/policy/known_accounts.h"

namespace daicho::policy {

// Follows the ledger every two seconds: the accounts that forms are compared with, and, where this
// process has the turn, the standing findings. What it is given outlives it.
class FindingTimer {
 public:
  FindingTimer(const rpc::Env& env, KnownAccounts* known, FindingEvaluator* evaluator);
  ~FindingTimer();  // Ends what is under way and stops.

 private:
  void Work();
  absl::Status Step();
  // Waits for the next look; false when there shall be none.
  bool AwaitNext();

  const rpc::Env& env_;
  KnownAccounts* const known_;
  FindingEvaluator* const evaluator_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace daicho::policy
