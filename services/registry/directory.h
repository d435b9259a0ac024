// Keeps the ledger in memory for lookups, so that a busy day of the public does not reach the
// database (domain.md §3.2).
//
// Loaded in full before the server takes calls, then kept up by asking for what changed since the
// last change seen. That misses nothing: change sequences are handed out under a lock that is held
// until commit, and so become visible in their order.
#pragma once

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/registry/directory_store.h"
#include "services/registry/domain/directory_snapshot.h"

namespace daicho::registry {

// Thread-safe. Wake() and Current() never wait for the database.
class Directory {
 public:
  struct Options {
    pg::Pool* pool = nullptr;
    const Clock* clock = nullptr;
    absl::Duration max_age = absl::Seconds(60);         // Older, it answers nothing.
    absl::Duration interval = absl::Milliseconds(200);  // Between refreshes.
  };

  // Loads the whole ledger, then keeps it fresh from a thread of its own until destroyed. Fails
  // when the database does.
  static absl::StatusOr<std::unique_ptr<Directory>> Open(const Options& options);
  ~Directory();

  // Has it refreshed now: something was committed.
  void Wake();

  struct View {
    std::shared_ptr<const domain::DirectorySnapshot> snapshot;
    absl::Time as_of;  // Everything stored before this instant is in the snapshot.
  };
  // What is known at `now`. UNAVAILABLE (DIRECTORY_STALE) when it is older than `max_age`.
  absl::StatusOr<View> Current(absl::Time now) const;

 private:
  explicit Directory(const Options& options) : options_(options) {}

  absl::Status Refresh();
  std::shared_ptr<const domain::DirectorySnapshot> Latest() const;
  void KeepFresh();
  // Waits for the next refresh; false when there shall be none.
  bool AwaitNext();

  const Options options_;
  store::DirectoryCursor cursor_;  // Of the refreshing thread alone.

  // Apart from what the refreshing thread waits with: readers of a lock that somebody waits with
  // look at what is waited for.
  mutable absl::Mutex view_mutex_;
  View view_ ABSL_GUARDED_BY(view_mutex_);

  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace daicho::registry
