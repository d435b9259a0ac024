// Ends a call at its deadline even while it waits for a client that does not read.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <memory>

#include "absl/time/time.h"

namespace daicho::rpc {

// Cancels the call of `context` at `deadline` (real clock), unless destroyed before. A client that
// named no deadline of its own would otherwise hold a thread and a database connection for as long
// as it likes.
class CancelAt {
 public:
  CancelAt(const grpc::ServerContext& context, absl::Time deadline);
  CancelAt(const CancelAt&) = delete;
  CancelAt& operator=(const CancelAt&) = delete;
  ~CancelAt();

 private:
  struct Target;
  const std::shared_ptr<Target> target_;
  grpc::Alarm alarm_;
};

}  // namespace daicho::rpc
