// The policy service's RPCs. It keeps nothing: the guideline is read when the server starts.
#pragma once

#include <memory>
#include <utility>

#include "common/rpc/handle.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "services/policy/guideline.h"

namespace daicho::policy {

class PolicyServiceImpl final : public v1::PolicyService::Service {
 public:
  PolicyServiceImpl(rpc::Env env, LoadedGuideline guideline)
      : env_(std::move(env)), guideline_(std::move(guideline)) {}

  grpc::Status GetGuideline(grpc::ServerContext* context, const v1::GetGuidelineRequest* request,
                            v1::Guideline* response) override;
  grpc::Status CheckForm(grpc::ServerContext* context, const v1::CheckFormRequest* request,
                         v1::CheckFormResponse* response) override;
  grpc::Status CheckAccount(grpc::ServerContext* context, const v1::CheckAccountRequest* request,
                            v1::CheckAccountResponse* response) override;

 private:
  const rpc::Env env_;
  const LoadedGuideline guideline_;
};

}  // namespace daicho::policy
