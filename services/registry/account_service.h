// Serves AccountService. What changes accounts is in account_service.cc, what lists them and reads
// them as they were in account_list_service.cc.
#pragma once

#include <memory>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry {

class AccountServiceImpl final : public v1::AccountService::Service {
 public:
  // `own_hosts`: of the web sites whose pages show which accounts are the organisation's.
  AccountServiceImpl(rpc::Env env, std::shared_ptr<const domain::PlatformTable> platforms,
                     std::vector<std::string> own_hosts = {})
      : env_(std::move(env)), platforms_(std::move(platforms)), own_hosts_(std::move(own_hosts)) {}

  grpc::Status GetAccount(grpc::ServerContext* context, const v1::GetAccountRequest* request,
                          v1::Account* response) override;
  grpc::Status ListAccounts(grpc::ServerContext* context, const v1::ListAccountsRequest* request,
                            v1::ListAccountsResponse* response) override;
  grpc::Status LookupAccountAsOf(grpc::ServerContext* context,
                                 const v1::LookupAccountAsOfRequest* request,
                                 v1::LookupAccountResponse* response) override;
  grpc::Status ListAccountRevisions(grpc::ServerContext* context,
                                    const v1::ListAccountRevisionsRequest* request,
                                    v1::ListAccountRevisionsResponse* response) override;
  grpc::Status ImportAccounts(grpc::ServerContext* context,
                              const v1::ImportAccountsRequest* request,
                              v1::ImportAccountsResponse* response) override;
  grpc::Status ApplyForm(grpc::ServerContext* context, const v1::ApplyFormRequest* request,
                         v1::ApplyFormResponse* response) override;
  grpc::Status ConfirmOpening(grpc::ServerContext* context,
                              const v1::ConfirmOpeningRequest* request,
                              v1::Account* response) override;
  grpc::Status RecordListing(grpc::ServerContext* context, const v1::RecordListingRequest* request,
                             v1::Account* response) override;
  grpc::Status ConfirmClosing(grpc::ServerContext* context,
                              const v1::ConfirmClosingRequest* request,
                              v1::Account* response) override;
  grpc::Status ReportCondition(grpc::ServerContext* context,
                               const v1::ReportConditionRequest* request,
                               v1::Account* response) override;
  grpc::Status ListOverdueClosings(grpc::ServerContext* context,
                                   const v1::ListOverdueClosingsRequest* request,
                                   v1::ListOverdueClosingsResponse* response) override;

 private:
  const rpc::Env env_;
  const std::shared_ptr<const domain::PlatformTable> platforms_;
  const std::vector<std::string> own_hosts_;
};

// Fills in what has no versions: what was last seen of the accounts' posts, and open advice.
absl::Status AddPresent(pg::Transaction& tx, const std::vector<v1::Account*>& accounts);

}  // namespace daicho::registry
