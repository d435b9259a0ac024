#include "services/policy/service.h"

#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/policy/wire.h"

namespace daicho::policy {
namespace {

constexpr rpc::Method kGetGuideline{"daicho.policy.v1.PolicyService.GetGuideline"};
constexpr rpc::Method kCheckForm{"daicho.policy.v1.PolicyService.CheckForm"};
constexpr rpc::Method kCheckAccount{"daicho.policy.v1.PolicyService.CheckAccount"};

}  // namespace

grpc::Status PolicyServiceImpl::GetGuideline(grpc::ServerContext* context,
                                             const v1::GetGuidelineRequest* request,
                                             v1::Guideline* response) {
  return rpc::Read(env_, *context, kGetGuideline, *request, response,
                   [&](const rpc::Call&, pg::Transaction&) -> absl::StatusOr<v1::Guideline> {
                     return guideline_.proto;
                   });
}

grpc::Status PolicyServiceImpl::CheckForm(grpc::ServerContext* context,
                                          const v1::CheckFormRequest* request,
                                          v1::CheckFormResponse* response) {
  return rpc::Read(
      env_, *context, kCheckForm, *request, response,
      [&](const rpc::Call& call, pg::Transaction&) -> absl::StatusOr<v1::CheckFormResponse> {
        ASSIGN_OR_RETURN(const wire::ToCheck form, wire::Parse(*request));
        domain::Findings found;
        WithNeighbours(form.others, [&](const domain::Neighbours& neighbours) {
          found = Evaluate(guideline_.domain, {form.fields, form.department_kind,
                                               TokyoDay(call.now()), domain::SubjectKind::kForm,
                                               &neighbours, form.ledger ? &*form.ledger : nullptr});
        });
        return wire::ToProto(found, guideline_.domain.version);
      });
}

void PolicyServiceImpl::WithNeighbours(
    const std::vector<domain::OtherAccount>& named,
    const std::function<void(const domain::Neighbours&)>& body) const {
  if (named.empty()) return known_.With(body);
  domain::Neighbours neighbours(ComparedFields(guideline_.domain));
  for (const domain::OtherAccount& other : named) neighbours.Put(other);
  body(neighbours);
}

grpc::Status PolicyServiceImpl::CheckAccount(grpc::ServerContext* context,
                                             const v1::CheckAccountRequest* request,
                                             v1::CheckAccountResponse* response) {
  return rpc::Read(
      env_, *context, kCheckAccount, *request, response,
      [&](const rpc::Call& call, pg::Transaction&) -> absl::StatusOr<v1::CheckAccountResponse> {
        const wire::ToCheck account = wire::Parse(*request);
        domain::Findings found;
        if (request->account().account().state() == registry::v1::Account::STATE_ACTIVE) {
          found =
              Evaluate(guideline_.domain, {account.fields, account.department_kind,
                                           TokyoDay(call.now()), domain::SubjectKind::kAccount});
        }
        return wire::ToAccountProto(found, guideline_.domain.version);
      });
}

}  // namespace daicho::policy
