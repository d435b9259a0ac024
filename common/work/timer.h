// Looks for work at intervals, in every process that has one.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace daicho::work {

// One thread that calls `look` when it starts and again after each `interval`. A failure is logged
// once, as that `what` cannot be looked at, until a look succeeds again. Which process does the
// work when several look is for `look` to settle, by the database.
class Timer {
 public:
  Timer(std::string what, absl::Duration interval, std::function<absl::Status()> look);
  ~Timer();  // Finishes what is under way and stops.

 private:
  void Work();
  // Waits for the next look; false when there shall be none.
  bool AwaitNext();

  const std::string what_;
  const absl::Duration interval_;
  const std::function<absl::Status()> look_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace daicho::work
