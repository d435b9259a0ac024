// What policy asks of the registry.
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/snapshot_service.grpc.pb.h"

namespace daicho::policy {

// Every call refuses with UNAVAILABLE (REGISTRY_UNAVAILABLE) when the registry is away.
class Ledger {
 public:
  explicit Ledger(const std::shared_ptr<grpc::Channel>& channel);

  // Hands each message of a snapshot to `take`, in order, and stops with the first failure.
  absl::Status ReadSnapshot(
      const rpc::Call& call, const registry::v1::StreamSnapshotRequest& request,
      const std::function<absl::Status(const registry::v1::StreamSnapshotResponse&)>& take) const;

  // Refuses with NOT_FOUND (ACCOUNT_NOT_FOUND) what the ledger does not have.
  absl::StatusOr<registry::v1::Account> GetAccount(const rpc::Call& call,
                                                   const std::string& name) const;

 private:
  const std::unique_ptr<registry::v1::SnapshotService::Stub> snapshots_;
  const std::unique_ptr<registry::v1::AccountService::Stub> accounts_;
};

}  // namespace daicho::policy
