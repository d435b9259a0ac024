// RPCs about standing findings (domain.md §6).
#pragma once

#include <utility>

#include "common/rpc/handle.h"
#include "daicho/policy/v1/finding_service.grpc.pb.h"
#include "services/policy/guideline.h"

namespace daicho::policy {

class FindingServiceImpl final : public v1::FindingService::Service {
 public:
  // `guideline` outlives it.
  FindingServiceImpl(rpc::Env env, const LoadedGuideline& guideline)
      : env_(std::move(env)), guideline_(guideline) {}

  grpc::Status GetFinding(grpc::ServerContext* context, const v1::GetFindingRequest* request,
                          v1::StandingFinding* response) override;
  grpc::Status ListFindings(grpc::ServerContext* context, const v1::ListFindingsRequest* request,
                            v1::ListFindingsResponse* response) override;
  grpc::Status SummarizeFindings(grpc::ServerContext* context,
                                 const v1::SummarizeFindingsRequest* request,
                                 v1::SummarizeFindingsResponse* response) override;
  grpc::Status AcknowledgeFinding(grpc::ServerContext* context,
                                  const v1::AcknowledgeFindingRequest* request,
                                  v1::StandingFinding* response) override;

 private:
  const rpc::Env env_;
  const LoadedGuideline& guideline_;
};

}  // namespace daicho::policy
