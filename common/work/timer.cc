#include "common/work/timer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"

namespace daicho::work {

Timer::Timer(std::string what, absl::Duration interval, std::function<absl::Status()> look)
    : what_(std::move(what)),
      interval_(interval),
      look_(std::move(look)),
      thread_([this] { Work(); }) {}

Timer::~Timer() {
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void Timer::Work() {
  bool failing = false;
  do {
    const absl::Status status = look_();
    if (!status.ok() && !failing) {
      Log(LogLevel::kError, absl::StrCat(what_, " cannot be looked at"),
          {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
    }
    if (status.ok() && failing) Log(LogLevel::kInfo, absl::StrCat(what_, " are looked at again"));
    failing = !status.ok();
  } while (AwaitNext());
}

bool Timer::AwaitNext() {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopped_), interval_);
  return !stopped_;
}

}  // namespace daicho::work
