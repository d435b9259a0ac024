#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/approval/draft_wire.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kDraftFromAccount{"daicho.approval.v1.FormService.DraftFromAccount"};

// Names the accounts to be merged, as the ledger has them. A draft may be anybody's proposal: of
// another department's account it shows no more than that it changed. T 5-9-3.
absl::Status Absorb(const Peers& peers, const rpc::Call& call,
                    const v1::DraftFromAccountRequest& request, v1::FormContent* content) {
  if (request.action() != v1::Form::ACTION_CHANGE && request.absorbed_accounts_size() > 0) {
    return RefuseFields({{"absorbed_accounts", "NOT_APPLICABLE",
                          "Accounts are merged into one that is changed (ACTION_CHANGE).",
                          "統合は、統合先のアカウントの変更として協議します。"}});
  }
  for (int i = 0; i < request.absorbed_accounts_size(); ++i) {
    const std::string& name = request.absorbed_accounts(i);
    RETURN_IF_ERROR(wire::ParseAccountName(name, absl::StrCat("absorbed_accounts[", i, "]")));
    ASSIGN_OR_RETURN(const auto absorbed, peers.GetAccount(call, name));
    registry::v1::AbsorbedAccount& added = *content->add_absorbed_accounts();
    added.set_account(name);
    added.set_etag(absorbed.etag());
  }
  return absl::OkStatus();
}

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
        v1::DraftFromAccountResponse answer;
        // Whoever asks for the use of another department's account is told nothing of it. Y 2-2.
        if (request->action() == v1::Form::ACTION_GRANT) {
          RETURN_IF_ERROR(call.AdmitDepartment(call.caller().department));
          answer.set_department(call.caller().department);
          *answer.mutable_content() = wire::ApplicationFor(account.name(), TokyoDay(call.now()));
          return answer;
        }
        RETURN_IF_ERROR(call.AdmitDepartment(account.department()));
        answer.set_department(account.department());
        std::optional<policy::v1::InactivityRow> silence;
        if (request->action() == v1::Form::ACTION_CLOSE) {
          ASSIGN_OR_RETURN(silence, peers_->AssessAccount(call, account.name()));
        }
        ASSIGN_OR_RETURN(*answer.mutable_content(),
                         wire::DraftOf(account, request->action(), TokyoDay(call.now()), silence));
        RETURN_IF_ERROR(Absorb(*peers_, call, *request, answer.mutable_content()));
        return answer;
      },
      [](const rpc::Call&, work::UnitOfWork&, const v1::DraftFromAccountResponse& answer)
          -> absl::StatusOr<v1::DraftFromAccountResponse> { return answer; });
}

}  // namespace daicho::approval
