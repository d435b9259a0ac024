// Reports about silent accounts, and exemptions (domain.md §5; T 5-9-3).
#pragma once

#include <memory>
#include <utility>

#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "services/policy/guideline.h"
#include "services/policy/ledger.h"

namespace daicho::policy {

class InactivityServiceImpl final : public v1::InactivityService::Service {
 public:
  InactivityServiceImpl(rpc::Env env, LoadedGuideline guideline,
                        const std::shared_ptr<grpc::Channel>& registry)
      : env_(std::move(env)), guideline_(std::move(guideline)), ledger_(registry) {}

  grpc::Status CreateInactivityReport(
      grpc::ServerContext* context, const v1::CreateInactivityReportRequest* request,
      grpc::ServerWriter<v1::CreateInactivityReportResponse>* writer) override;
  grpc::Status PreviewInactivityReport(
      grpc::ServerContext* context, const v1::PreviewInactivityReportRequest* request,
      grpc::ServerWriter<v1::PreviewInactivityReportResponse>* writer) override;
  grpc::Status GetInactivityReport(grpc::ServerContext* context,
                                   const v1::GetInactivityReportRequest* request,
                                   v1::InactivityReport* response) override;
  grpc::Status ListInactivityReports(grpc::ServerContext* context,
                                     const v1::ListInactivityReportsRequest* request,
                                     v1::ListInactivityReportsResponse* response) override;
  grpc::Status ListInactivityReportRows(grpc::ServerContext* context,
                                        const v1::ListInactivityReportRowsRequest* request,
                                        v1::ListInactivityReportRowsResponse* response) override;
  grpc::Status CompareInactivityReports(grpc::ServerContext* context,
                                        const v1::CompareInactivityReportsRequest* request,
                                        v1::CompareInactivityReportsResponse* response) override;
  grpc::Status GetPostingTable(grpc::ServerContext* context,
                               const v1::GetPostingTableRequest* request,
                               v1::PostingTable* response) override;
  grpc::Status AssessAccount(grpc::ServerContext* context, const v1::AssessAccountRequest* request,
                             v1::InactivityRow* response) override;
  grpc::Status GrantExemption(grpc::ServerContext* context,
                              const v1::GrantExemptionRequest* request,
                              v1::Exemption* response) override;
  grpc::Status RevokeExemption(grpc::ServerContext* context,
                               const v1::RevokeExemptionRequest* request,
                               v1::Exemption* response) override;
  grpc::Status ListExemptions(grpc::ServerContext* context,
                              const v1::ListExemptionsRequest* request,
                              v1::ListExemptionsResponse* response) override;

 private:
  const rpc::Env env_;
  const LoadedGuideline guideline_;
  const Ledger ledger_;
};

}  // namespace daicho::policy
