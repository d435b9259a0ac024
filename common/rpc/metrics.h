// Metrics of the calls a process answers.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace daicho::rpc {

// Thread-safe.
//   daicho_calls_total{rpc,code}           calls answered, by RPC and status code
//   daicho_call_duration_seconds{rpc}      how long they took
//   daicho_calls_in_flight                 calls being answered now
//   daicho_refusals_not_audited_total      refusals kept out of the audit log (see handle.h)
class CallMetrics {
  static constexpr std::size_t kCodes = 17;  // OK to UNAUTHENTICATED.

 public:
  explicit CallMetrics(prometheus::Registry& registry);

  // One call: in flight from construction to destruction. `metrics` may be null.
  class Timer {
   public:
    // `rpc` is a literal, the same one for each call of an RPC.
    Timer(CallMetrics* metrics, const char* rpc);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    // How the call ended. UNKNOWN when never said.
    void set_code(absl::StatusCode code) { code_ = code; }

   private:
    CallMetrics* const metrics_;
    const char* const rpc_;
    const absl::Time start_;
    absl::StatusCode code_ = absl::StatusCode::kUnknown;
  };

  void CountUnaudited() { unaudited_.Increment(); }

 private:
  // What is counted of one RPC. Looking a series up by its labels takes longer than many a call.
  struct Series {
    std::string rpc;
    prometheus::Histogram* duration = nullptr;
    std::array<std::atomic<prometheus::Counter*>, kCodes> calls = {};  // By code; made when needed.
  };
  Series& SeriesOf(const char* rpc);
  void Count(const char* rpc, absl::StatusCode code, absl::Duration took);

  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Gauge& in_flight_;
  prometheus::Counter& unaudited_;
  absl::Mutex mutex_;
  absl::flat_hash_map<const char*, std::unique_ptr<Series>> series_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daicho::rpc
