// Certificates that their authority took back (CRL, RFC 5280).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/followed_file.h"

struct X509_crl_st;

namespace daicho::rpc {

// A list that follows its file. It is asked at every call, so that a certificate that is taken back
// ends what its connections may do, not only new connections. Thread-safe.
class Revocations {
 public:
  // `crl_file`: one or more lists, as PEM. `ca_file`: the authorities; each list has to be signed
  // by one of them.
  Revocations(std::string crl_file, std::string ca_file);
  ~Revocations();

  // Reads the list, whether it changed or not. FAILED_PRECONDITION when it cannot be used.
  absl::Status Load();

  // Whether the certificate (PEM) was taken back, or is none. A replaced file is taken up within a
  // second; one that cannot be used is logged, and the list stays as it was. So does a list whose
  // next update is overdue: what was taken back does not come back. Before any list was read, all
  // are on it.
  bool Has(absl::string_view certificate);

 private:
  using Crl = std::shared_ptr<X509_crl_st>;
  using Lists = std::vector<Crl>;

  absl::StatusOr<Lists> ReadLists();
  void Follow();
  bool Find(absl::string_view certificate);

  FollowedFile file_;
  const std::string ca_file_;
  absl::Mutex mutex_;
  std::atomic<std::uint64_t> generation_ = 0;  // Of lists_; 0 before any was read.
  Lists lists_ ABSL_GUARDED_BY(mutex_);
  // Certificates asked for since the list was read. Reading one anew for each call would cost more
  // than a lookup.
  absl::flat_hash_map<std::string, bool> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daicho::rpc
