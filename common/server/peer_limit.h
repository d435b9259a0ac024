// What the calls of one peer may hold of a server that gives each call a thread.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace daicho::server {

// A call of a synchronous service keeps its thread until the client has taken the whole answer, and
// gRPC (1.51) gives the client all the time it wants. One peer that reads nothing would bring a
// service to a halt for everybody. Outlives the server.
class PeerLimit {
 public:
  // `most`: calls of one certificate at a time; more are cancelled. `patience`: how long a client
  // may take for an answer once its call is done; then the call is cancelled.
  PeerLimit(int most, absl::Duration patience);
  ~PeerLimit();

  // For ServerBuilder::experimental().SetInterceptorCreators().
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> Creator();

 private:
  class Call;
  class Factory;
  struct Answering {
    grpc::ServerContextBase* context;
    absl::Time since;
  };

  // Whether there is room for one more call of `peer`. It is counted in any case.
  bool Enter(const std::string& peer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(const std::string& peer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CancelSlow();

  const int most_;
  const absl::Duration patience_;
  absl::Mutex mutex_;
  std::map<std::string, int> calls_ ABSL_GUARDED_BY(mutex_);  // By the URI in the certificate.
  std::list<Answering> answering_ ABSL_GUARDED_BY(mutex_);    // Oldest first.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace daicho::server
