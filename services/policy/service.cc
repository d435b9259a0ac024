#include "services/policy/service.h"

#include "common/base/civil.h"
#include "services/policy/wire.h"

namespace daicho::policy {
namespace {

constexpr rpc::Method kGetGuideline{"daicho.policy.v1.PolicyService.GetGuideline"};
constexpr rpc::Method kCheckForm{"daicho.policy.v1.PolicyService.CheckForm"};

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
        const wire::FormToCheck form = wire::Parse(*request);
        const domain::Findings found =
            Evaluate(guideline_.domain, {form.fields, form.department_kind, TokyoDay(call.now())});
        return wire::ToProto(found, guideline_.domain.version);
      });
}

}  // namespace daicho::policy
