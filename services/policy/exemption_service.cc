// InactivityService: exemptions for a special reason (特段の理由).
#include <optional>
#include <string>
#include <vector>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/policy/exemption_store.h"
#include "services/policy/inactivity_service.h"
#include "services/policy/inactivity_wire.h"

namespace daicho::policy {
namespace {

constexpr rpc::Method kGrantExemption{"daicho.policy.v1.InactivityService.GrantExemption"};
constexpr rpc::Method kRevokeExemption{"daicho.policy.v1.InactivityService.RevokeExemption"};
constexpr rpc::Method kListExemptions{"daicho.policy.v1.InactivityService.ListExemptions"};

}  // namespace

grpc::Status InactivityServiceImpl::GrantExemption(grpc::ServerContext* context,
                                                   const v1::GrantExemptionRequest* request,
                                                   v1::Exemption* response) {
  return rpc::WriteAfter(
      env_, *context, kGrantExemption, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<domain::ExemptedAccount> {
        RETURN_IF_ERROR(
            daicho::wire::ParseUuidName("accounts", request->account(), "account").status());
        ASSIGN_OR_RETURN(const registry::v1::Account account,
                         ledger_.GetAccount(call, request->account()));
        return wire::ToExempted(account);
      },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const domain::ExemptedAccount& account) -> absl::StatusOr<v1::Exemption> {
        ASSIGN_OR_RETURN(const absl::CivilDay end_date, wire::ParseEndDate(*request));
        ASSIGN_OR_RETURN(const domain::ExemptionChange change,
                         domain::Grant(NewUuid(call.now()), account, request->reason(), end_date,
                                       call.caller().subject, call.now()));
        RETURN_IF_ERROR(store::InsertExemption(unit.tx(), change.after, TokyoDay(call.now())));
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status InactivityServiceImpl::RevokeExemption(grpc::ServerContext* context,
                                                    const v1::RevokeExemptionRequest* request,
                                                    v1::Exemption* response) {
  return rpc::Write(
      env_, *context, kRevokeExemption, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Exemption> {
        ASSIGN_OR_RETURN(const std::string id,
                         daicho::wire::ParseUuidName("exemptions", request->name(), "name"));
        ASSIGN_OR_RETURN(const domain::Exemption exemption, store::GetExemption(unit.tx(), id));
        ASSIGN_OR_RETURN(
            const domain::ExemptionChange change,
            domain::Revoke(exemption, request->reason(), call.caller().subject, call.now()));
        store::SaveRevocation(unit.tx(), change.after);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status InactivityServiceImpl::ListExemptions(grpc::ServerContext* context,
                                                   const v1::ListExemptionsRequest* request,
                                                   v1::ListExemptionsResponse* response) {
  return rpc::Read(
      env_, *context, kListExemptions, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListExemptionsResponse> {
        store::ExemptionQuery query{.account = "", .department = call.OnlyDepartment()};
        if (!request->account().empty()) {
          ASSIGN_OR_RETURN(query.account,
                           daicho::wire::ParseUuidName("accounts", request->account(), "account"));
        }
        if (request->in_force()) query.in_force = TokyoDay(call.now());
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(
            const std::vector<std::string> position,
            env_.page_tokens->Read(kListExemptions.name, call.caller().subject, *request));
        if (!position.empty()) query.before = position.front();
        ASSIGN_OR_RETURN(const auto exemptions, store::ListExemptions(tx, query));
        v1::ListExemptionsResponse answer;
        for (const domain::Exemption& exemption : exemptions) {
          *answer.add_exemptions() = wire::ToProto(exemption);
        }
        if (static_cast<int>(exemptions.size()) == query.limit) {
          answer.set_next_page_token(env_.page_tokens->Make(
              kListExemptions.name, call.caller().subject, *request, {exemptions.back().id}));
        }
        return answer;
      });
}

}  // namespace daicho::policy
