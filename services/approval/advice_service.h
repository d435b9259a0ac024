// The RPCs on advice about accounts.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "common/rpc/handle.h"
#include "daicho/approval/v1/advice_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "services/approval/domain/advice.h"

namespace daicho::approval {

class AdviceServiceImpl final : public v1::AdviceService::Service {
 public:
  AdviceServiceImpl(rpc::Env env, const std::shared_ptr<grpc::Channel>& registry);

  grpc::Status CreateAdvice(grpc::ServerContext* context, const v1::CreateAdviceRequest* request,
                            v1::Advice* response) override;
  grpc::Status AnswerAdvice(grpc::ServerContext* context, const v1::AnswerAdviceRequest* request,
                            v1::Advice* response) override;
  grpc::Status CloseAdvice(grpc::ServerContext* context, const v1::CloseAdviceRequest* request,
                           v1::Advice* response) override;
  grpc::Status GetAdvice(grpc::ServerContext* context, const v1::GetAdviceRequest* request,
                         v1::Advice* response) override;
  grpc::Status ListAdvices(grpc::ServerContext* context, const v1::ListAdvicesRequest* request,
                           v1::ListAdvicesResponse* response) override;
  grpc::Status ListAdviceReminders(grpc::ServerContext* context,
                                   const v1::ListAdviceRemindersRequest* request,
                                   v1::ListAdviceRemindersResponse* response) override;

 private:
  // What the ledger says of an account now. NOT_FOUND (ACCOUNT_NOT_FOUND), UNAVAILABLE
  // (REGISTRY_UNAVAILABLE).
  absl::StatusOr<domain::AdvisedAccount> AskLedger(const rpc::Call& call,
                                                   const std::string& account) const;

  const rpc::Env env_;
  const std::unique_ptr<registry::v1::AccountService::Stub> accounts_;
};

}  // namespace daicho::approval
