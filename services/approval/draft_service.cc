#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/approval/draft_wire.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kDraftFromAccount{"daicho.approval.v1.FormService.DraftFromAccount"};

}  // namespace

// Changes nothing; the registry is asked before the transaction all the same.
grpc::Status FormServiceImpl::DraftFromAccount(grpc::ServerContext* context,
                                               const v1::DraftFromAccountRequest* request,
                                               v1::DraftFromAccountResponse* response) {
  return rpc::WriteAfter(
      env_, *context, kDraftFromAccount, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<v1::DraftFromAccountResponse> {
        RETURN_IF_ERROR(wire::ParseAccountName(request->account(), "account"));
        ASSIGN_OR_RETURN(const auto account, peers_->GetAccount(call, request->account()));
        RETURN_IF_ERROR(call.AdmitDepartment(account.department()));
        v1::DraftFromAccountResponse answer;
        answer.set_department(account.department());
        ASSIGN_OR_RETURN(*answer.mutable_content(),
                         wire::DraftOf(account, request->action(), TokyoDay(call.now())));
        return answer;
      },
      [](const rpc::Call&, work::UnitOfWork&, const v1::DraftFromAccountResponse& answer)
          -> absl::StatusOr<v1::DraftFromAccountResponse> { return answer; });
}

}  // namespace daicho::approval
