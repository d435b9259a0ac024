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

CallMetrics::Timer::Timer(CallMetrics* metrics, absl::string_view rpc)
    : metrics_(metrics), rpc_(rpc), start_(absl::Now()) {
  if (metrics_ != nullptr) metrics_->in_flight_.Increment();
}

CallMetrics::Timer::~Timer() {
  if (metrics_ == nullptr) return;
  const std::string rpc(rpc_);
  metrics_->in_flight_.Decrement();
  metrics_->calls_.Add({{"rpc", rpc}, {"code", absl::StatusCodeToString(code_)}}).Increment();
  metrics_->durations_.Add({{"rpc", rpc}}, kBuckets)
      .Observe(absl::ToDoubleSeconds(absl::Now() - start_));
}

}  // namespace daicho::rpc
