// Hands out the public list (domain.md §10).
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/public_list_service.grpc.pb.h"
#include "services/registry/domain/platform.h"
#include "services/registry/domain/public_list.h"

namespace daicho::registry {

class PublicListServiceImpl final : public v1::PublicListService::Service {
 public:
  PublicListServiceImpl(rpc::Env env, std::shared_ptr<const domain::PlatformTable> platforms,
                        domain::Organization organization)
      : env_(std::move(env)),
        platforms_(std::move(platforms)),
        organization_(std::move(organization)) {}

  grpc::Status StreamPublicList(grpc::ServerContext* context,
                                const v1::StreamPublicListRequest* request,
                                grpc::ServerWriter<v1::StreamPublicListResponse>* writer) override;

 private:
  const rpc::Env env_;
  const std::shared_ptr<const domain::PlatformTable> platforms_;
  const domain::Organization organization_;
};

}  // namespace daicho::registry
