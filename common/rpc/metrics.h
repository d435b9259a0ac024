// Metrics of the calls a process answers.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho::rpc {

// Thread-safe.
//   daicho_calls_total{rpc,code}           calls answered, by RPC and status code
//   daicho_call_duration_seconds{rpc}      how long they took
//   daicho_calls_in_flight                 calls being answered now
//   daicho_refusals_not_audited_total      refusals kept out of the audit log (see handle.h)
class CallMetrics {
 public:
  explicit CallMetrics(prometheus::Registry& registry);

  // One call: in flight from construction to destruction. `metrics` may be null.
  class Timer {
   public:
    Timer(CallMetrics* metrics, absl::string_view rpc);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    // How the call ended. UNKNOWN when never said.
    void set_code(absl::StatusCode code) { code_ = code; }

   private:
    CallMetrics* const metrics_;
    const absl::string_view rpc_;
    const absl::Time start_;
    absl::StatusCode code_ = absl::StatusCode::kUnknown;
  };

  void CountUnaudited() { unaudited_.Increment(); }

 private:
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Gauge& in_flight_;
  prometheus::Counter& unaudited_;
};

}  // namespace daicho::rpc
