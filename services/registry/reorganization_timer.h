// Puts scheduled reorganisations into effect when their day comes.
#pragma once

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/handle.h"

namespace daicho::registry {

// Settles everything that is due by `env.clock`, each in a transaction of its own.
absl::Status SettleDue(const rpc::Env& env);

// One thread that settles what is due when it starts and every minute. Every process of the
// registry may have one. Uses nothing of `env` but pool, clock and what events need.
class ReorganizationTimer {
 public:
  explicit ReorganizationTimer(rpc::Env env);
  ~ReorganizationTimer();  // Finishes what is under way and stops.

 private:
  void Work();
  // Waits for the next look; false when there shall be none.
  bool AwaitNext();

  const rpc::Env env_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace daicho::registry
