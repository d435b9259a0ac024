// Serves WarningService.
#pragma once

#include <memory>
#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/warning_service.grpc.pb.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry {

class WarningServiceImpl final : public v1::WarningService::Service {
 public:
  WarningServiceImpl(rpc::Env env, std::shared_ptr<const domain::PlatformTable> platforms)
      : env_(std::move(env)), platforms_(std::move(platforms)) {}

  grpc::Status CreateWarning(grpc::ServerContext* context, const v1::CreateWarningRequest* request,
                             v1::ImpersonationWarning* response) override;
  grpc::Status UpdateWarning(grpc::ServerContext* context, const v1::UpdateWarningRequest* request,
                             v1::ImpersonationWarning* response) override;
  grpc::Status WithdrawWarning(grpc::ServerContext* context,
                               const v1::WithdrawWarningRequest* request,
                               v1::ImpersonationWarning* response) override;
  grpc::Status GetWarning(grpc::ServerContext* context, const v1::GetWarningRequest* request,
                          v1::ImpersonationWarning* response) override;
  grpc::Status ListWarnings(grpc::ServerContext* context, const v1::ListWarningsRequest* request,
                            v1::ListWarningsResponse* response) override;

 private:
  const rpc::Env env_;
  const std::shared_ptr<const domain::PlatformTable> platforms_;
};

}  // namespace daicho::registry
