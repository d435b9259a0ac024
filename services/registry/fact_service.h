// Serves FactService.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry {

class FactServiceImpl final
    : public v1::FactService::WithCallbackMethod_StreamActivity<v1::FactService::Service> {
 public:
  // A stream ends once its client has neither sent nor read for `patience`.
  FactServiceImpl(rpc::Env env, std::shared_ptr<const domain::PlatformTable> platforms,
                  absl::Duration patience = absl::Minutes(1))
      : env_(std::move(env)), platforms_(std::move(platforms)), patience_(patience) {}

  grpc::Status ReportActivity(grpc::ServerContext* context,
                              const v1::ReportActivityRequest* request,
                              v1::ReportActivityResponse* response) override;
  grpc::ServerBidiReactor<v1::ReportActivityRequest, v1::ReportActivityResponse>* StreamActivity(
      grpc::CallbackServerContext* context) override;
  grpc::Status RecordVerification(grpc::ServerContext* context,
                                  const v1::RecordVerificationRequest* request,
                                  v1::Account* response) override;
  grpc::Status CheckVerificationReadiness(
      grpc::ServerContext* context, const v1::CheckVerificationReadinessRequest* request,
      v1::CheckVerificationReadinessResponse* response) override;
  grpc::Status GetVerificationCoverage(grpc::ServerContext* context,
                                       const v1::GetVerificationCoverageRequest* request,
                                       v1::GetVerificationCoverageResponse* response) override;
  grpc::Status RecordProfile(grpc::ServerContext* context, const v1::RecordProfileRequest* request,
                             v1::Account* response) override;
  grpc::Status AttestCustody(grpc::ServerContext* context, const v1::AttestCustodyRequest* request,
                             v1::Account* response) override;
  grpc::Status RecordWatch(grpc::ServerContext* context, const v1::RecordWatchRequest* request,
                           v1::Account* response) override;
  grpc::Status GrantAccess(grpc::ServerContext* context, const v1::GrantAccessRequest* request,
                           v1::Grant* response) override;
  grpc::Status RevokeGrant(grpc::ServerContext* context, const v1::RevokeGrantRequest* request,
                           v1::Grant* response) override;
  grpc::Status ListGrants(grpc::ServerContext* context, const v1::ListGrantsRequest* request,
                          v1::ListGrantsResponse* response) override;
  grpc::Status RecordGoalSample(grpc::ServerContext* context,
                                const v1::RecordGoalSampleRequest* request,
                                v1::GoalSample* response) override;
  grpc::Status ListGoalSamples(grpc::ServerContext* context,
                               const v1::ListGoalSamplesRequest* request,
                               v1::ListGoalSamplesResponse* response) override;

 private:
  const rpc::Env env_;
  const std::shared_ptr<const domain::PlatformTable> platforms_;
  const absl::Duration patience_;
  std::atomic<int> streams_ = 0;  // StreamActivity calls going on.
};

}  // namespace daicho::registry
