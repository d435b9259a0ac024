#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace daicho::bench {
namespace {

class Loop {
 public:
  Loop(const Load& load, const Start& start)
      : start_(start), took_(load.under_way), under_way_(load.under_way) {
    begin_ = absl::Now() + load.warm_up;
    end_ = begin_ + load.measured;
  }

  void Run() {
    const int slots = under_way_;
    for (int slot = 0; slot < slots; ++slot) Next(slot);
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* under_way) { return *under_way == 0; }, &under_way_));
  }

  Rate Result() {
    std::vector<absl::Duration> all;
    for (const auto& slot : took_) all.insert(all.end(), slot.begin(), slot.end());
    if (all.empty()) return {};
    std::sort(all.begin(), all.end());
    return {.per_second = all.size() / absl::ToDoubleSeconds(end_ - begin_),
            .median = all[all.size() / 2],
            .slowest_percent = all[all.size() * 99 / 100]};
  }

 private:
  void Next(int slot) {
    const absl::Time began = absl::Now();
    start_(slot, [this, slot, began](const grpc::Status& status) { Ended(slot, began, status); });
  }

  void Ended(int slot, absl::Time began, const grpc::Status& status) {
    if (!status.ok()) {
      std::cerr << "bench: a call failed: " << status.error_code() << " " << status.error_message()
                << std::endl;
      std::_Exit(1);
    }
    const absl::Time now = absl::Now();
    if (now >= begin_ && now < end_) took_[slot].push_back(now - began);
    if (now < end_) return Next(slot);
    absl::MutexLock lock(&mutex_);
    --under_way_;
  }

  const Start& start_;
  absl::Time begin_;
  absl::Time end_;
  std::vector<std::vector<absl::Duration>> took_;  // By slot, so that none is shared.
  absl::Mutex mutex_;
  int under_way_;
};

}  // namespace

Rate Drive(const Load& load, const Start& start) {
  Loop loop(load, start);
  loop.Run();
  return loop.Result();
}

Rate Median(std::vector<Rate> rates) {
  std::sort(rates.begin(), rates.end(),
            [](const Rate& a, const Rate& b) { return a.per_second < b.per_second; });
  return rates.empty() ? Rate{} : rates[rates.size() / 2];
}

}  // namespace daicho::bench
