// The accounts of the ledger as forms are compared with them (T 5-9-1), in memory.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/wire/fields.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/ledger.h"

namespace daicho::policy {

// Accounts that are open or agreed to open. Empty until the ledger was first read; then as it was
// when it last could be read. Thread-safe.
class KnownAccounts {
 public:
  // Keeps nothing when no rule of the guideline compares accounts. `ledger` outlives it.
  KnownAccounts(const domain::Guideline& guideline, const Ledger& ledger);

  // Takes up what changed since the last time. UNAVAILABLE (REGISTRY_UNAVAILABLE).
  absl::Status Follow(absl::Time now);

  // Runs `body` on the accounts. It is short: who follows waits.
  void With(const std::function<void(const domain::Neighbours&)>& body) const;

 private:
  void Take(const registry::v1::StreamSnapshotResponse& part);

  const Ledger& ledger_;
  const bool compares_;
  std::int64_t change_ = 0;             // Of the thread that follows,
  daicho::wire::FieldReader compared_;  // and so is this.
  mutable absl::Mutex mutex_;
  domain::Neighbours neighbours_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daicho::policy
