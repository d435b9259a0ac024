// Hands out the ledger as of one moment (domain.md §5).
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/snapshot_service.grpc.pb.h"

namespace daicho::registry {

class SnapshotServiceImpl final : public v1::SnapshotService::Service {
 public:
  explicit SnapshotServiceImpl(rpc::Env env) : env_(std::move(env)) {}

  grpc::Status StreamSnapshot(grpc::ServerContext* context,
                              const v1::StreamSnapshotRequest* request,
                              grpc::ServerWriter<v1::StreamSnapshotResponse>* writer) override;

 private:
  const rpc::Env env_;
};

}  // namespace daicho::registry
