// The guideline and its checks: the guideline is read when the server starts, nothing is kept.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "common/rpc/handle.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "services/policy/guideline.h"
#include "services/policy/known_accounts.h"

namespace daicho::policy {

class PolicyServiceImpl final : public v1::PolicyService::Service {
 public:
  // `guideline` and `known` outlive it.
  PolicyServiceImpl(rpc::Env env, const LoadedGuideline& guideline, const KnownAccounts& known)
      : env_(std::move(env)), guideline_(guideline), known_(known) {}

  grpc::Status GetGuideline(grpc::ServerContext* context, const v1::GetGuidelineRequest* request,
                            v1::Guideline* response) override;
  grpc::Status CheckForm(grpc::ServerContext* context, const v1::CheckFormRequest* request,
                         v1::CheckFormResponse* response) override;
  grpc::Status CheckAccount(grpc::ServerContext* context, const v1::CheckAccountRequest* request,
                            v1::CheckAccountResponse* response) override;

 private:
  // The accounts a form is compared with: those that the caller named, else those of the ledger.
  void WithNeighbours(const std::vector<domain::OtherAccount>& named,
                      const std::function<void(const domain::Neighbours&)>& body) const;

  const rpc::Env env_;
  const LoadedGuideline& guideline_;
  const KnownAccounts& known_;
};

}  // namespace daicho::policy
