// A witness of audit logs: cosigns a checkpoint only when it continues the one it cosigned before,
// so that a log cannot show its readers different pasts. C2SP tlog-witness and cosignature/v1.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/http/http.h"
#include "daicho/config/v1/config.pb.h"
#include "services/audit/domain/checkpoint.h"
#include "services/audit/domain/note.h"

namespace daicho::audit {

class CosigningWitness {
 public:
  // Takes the state folder for itself. FAILED_PRECONDITION when another process has it, or a file
  // of it is none of ours; INVALID_ARGUMENT for a configuration that makes no sense.
  static absl::StatusOr<std::unique_ptr<CosigningWitness>> Make(
      const config::v1::WitnessConfig& config, const Clock* clock);
  ~CosigningWitness();

  // Answers POST /add-checkpoint. Thread-safe.
  http::Response Handle(const http::Request& request);

 private:
  struct WatchedLog {
    std::vector<domain::VerifierKey> keys;
    domain::TreeHead cosigned;  // What was cosigned last; empty at first.
  };

  explicit CosigningWitness(const Clock* clock) : clock_(clock) {}
  std::string StateFile(const std::string& origin) const;
  absl::Status LoadState();
  http::Response Cosign(const domain::CosignRequest& request,
                        const domain::SignedCheckpoint& checkpoint, WatchedLog& log)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  std::string state_dir_;
  int lock_ = -1;
  domain::KeyRing keys_;
  absl::Mutex mutex_;
  std::map<std::string, WatchedLog> logs_ ABSL_GUARDED_BY(mutex_);  // By origin.
};

}  // namespace daicho::audit
