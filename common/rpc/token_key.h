// Keys of one token issuer, from a JWKS file (RFC 7517).
#pragma once

#include <cjose/cjose.h>

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/followed_file.h"

namespace daicho::rpc {

struct JwkDeleter {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
using Jwk = std::shared_ptr<cjose_jwk_t>;

// Keys by `kid`; at most one has none ("").
using KeySet = std::map<std::string, Jwk>;

// The P-256 signing keys in a JWKS. Other keys are passed over; FAILED_PRECONDITION when none is
// left, two have the same id, or one is broken.
absl::StatusOr<KeySet> ParseKeySet(absl::string_view jwks);

// A key set that follows its file. Thread-safe.
class KeyFile {
 public:
  explicit KeyFile(std::string path) : file_(std::move(path)) {}

  // Reads the file, whether it changed or not.
  absl::Status Load();

  // Reads the file when it changed; looks at most once a second. A file that cannot be used is
  // logged, and the keys stay as they were.
  void Follow();

  // The key named `kid`; with "" the only key there is. Null when there is none.
  Jwk Find(const std::string& kid) const;

  // Grows with each reading: what was verified under another number has to be verified anew.
  int generation() const;

 private:
  FollowedFile file_;
  mutable absl::Mutex mutex_;
  KeySet keys_ ABSL_GUARDED_BY(mutex_);
  int generation_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daicho::rpc
