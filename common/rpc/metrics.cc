#include "common/rpc/metrics.h"

#include "absl/time/clock.h"

namespace daicho::rpc {
namespace {

// Seconds: around the 5 ms of a read and the 20 ms of a governed write, up to the deadlines.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.001, 0.0025, 0.005, 0.01, 0.02, 0.05,
                                                          0.1,   0.25,   0.5,   1,    2.5,  10};

}  // namespace

CallMetrics::CallMetrics(prometheus::Registry& registry)
    : calls_(prometheus::BuildCounter()
                 .Name("daicho_calls_total")
                 .Help("Calls answered, by RPC and status code.")
                 .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("daicho_call_duration_seconds")
                     .Help("How long calls took, by RPC.")
                     .Register(registry)),
      in_flight_(prometheus::BuildGauge()
                     .Name("daicho_calls_in_flight")
                     .Help("Calls being answered now.")
                     .Register(registry)
                     .Add({})),
      unaudited_(prometheus::BuildCounter()
                     .Name("daicho_refusals_not_audited_total")
                     .Help("Refusals that were logged but not sent to the audit log.")
                     .Register(registry)
                     .Add({})) {}

CallMetrics::Timer::Timer(CallMetrics* metrics, const char* rpc)
    : metrics_(metrics), rpc_(rpc), start_(absl::Now()) {
  if (metrics_ != nullptr) metrics_->in_flight_.Increment();
}

CallMetrics::Timer::~Timer() {
  if (metrics_ == nullptr) return;
  metrics_->in_flight_.Decrement();
  metrics_->Count(rpc_, code_, absl::Now() - start_);
}

CallMetrics::Series& CallMetrics::SeriesOf(const char* rpc) {
  {
    const absl::ReaderMutexLock lock(&mutex_);
    const auto known = series_.find(rpc);
    if (known != series_.end()) return *known->second;
  }
  const absl::MutexLock lock(&mutex_);
  std::unique_ptr<Series>& series = series_[rpc];
  if (series == nullptr) {
    series = std::make_unique<Series>();
    series->rpc = rpc;
    series->duration = &durations_.Add({{"rpc", series->rpc}}, kBuckets);
  }
  return *series;
}

void CallMetrics::Count(const char* rpc, absl::StatusCode code, absl::Duration took) {
  Series& series = SeriesOf(rpc);
  std::atomic<prometheus::Counter*>& calls = series.calls[static_cast<std::size_t>(code) % kCodes];
  prometheus::Counter* counter = calls.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // The family gives the same counter for the same labels.
    counter = &calls_.Add({{"rpc", series.rpc}, {"code", absl::StatusCodeToString(code)}});
    calls.store(counter, std::memory_order_release);
  }
  counter->Increment();
  series.duration->Observe(absl::ToDoubleSeconds(took));
}

}  // namespace daicho::rpc
