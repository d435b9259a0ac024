// Signs the log's checkpoints, and has them cosigned by witnesses of other offices.
//
// An entry gets its index in the transaction that stores it, the tree grows in the same, and only
// what is committed is signed. Nothing is signed that does not continue what was signed last; that
// is kept in the database and, because a database may be restored from an old backup, in a file
// beside the key too, which is on disk before anybody sees the signature.
#pragma once

#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "daicho/config/v1/config.pb.h"
#include "services/audit/domain/checkpoint.h"
#include "services/audit/domain/note.h"

namespace daicho::audit {

struct Witness {
  std::string address;
  domain::VerifierKey key;
};

// What a configuration says of checkpoints.
struct CheckpointPolicy {
  domain::KeyRing keys;
  std::string last_file;  // Holds what was signed last.
  std::vector<Witness> witnesses;
  int required_cosignatures = 0;

  const std::string& origin() const { return keys.signers.front().verifier.name; }
};

// Null when the configuration names no key. INVALID_ARGUMENT and FAILED_PRECONDITION say what is
// wrong with it.
absl::StatusOr<std::shared_ptr<const CheckpointPolicy>> PolicyOf(
    const config::v1::ServerConfig& config);

// Several processes may have one each: the lock of a row lets one sign at a time.
class Checkpointer {
 public:
  Checkpointer(pg::Pool* pool, const Clock* clock, std::shared_ptr<const CheckpointPolicy> policy,
               prometheus::Registry& registry);
  ~Checkpointer();

  // Does Turn() every second from now on, and logs what goes wrong when it begins to.
  void Start();

  // Signs what the log has grown to, asks the witnesses, and serves what enough of them cosigned.
  // DATA_LOSS when the log does not continue what was signed last: then nothing is signed.
  absl::Status Turn();

 private:
  absl::Status Sign();
  absl::Status Cosign();
  absl::StatusOr<bool> IsUpToDate();
  // Refuses unless the log at `head` continues `note`, if there is one.
  absl::Status CheckContinues(pg::Transaction& tx, const domain::TreeHead& head,
                              const std::string& note);
  // The note beside the key; empty when there is none yet. DATA_LOSS when it is something else.
  absl::StatusOr<std::string> LoadKept();
  absl::StatusOr<std::vector<domain::Signature>> Ask(const Witness& witness,
                                                     const domain::SignedCheckpoint& checkpoint);
  absl::Status Serve(const domain::SignedNote& note);
  // How much of a checkpoint speaks for it: its size, then its cosignatures.
  std::pair<std::int64_t, int> WorthOf(const std::string& note) const;

  pg::Pool* const pool_;
  const Clock* const clock_;
  const std::shared_ptr<const CheckpointPolicy> policy_;
  std::map<std::string, std::int64_t> cosigned_sizes_;  // By address, as far as known.
  prometheus::Gauge& signed_size_;
  prometheus::Gauge& served_size_;
  prometheus::Gauge& refused_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace daicho::audit
