#include <vector>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/department_service.h"
#include "services/registry/department_store.h"
#include "services/registry/transfer_store.h"
#include "services/registry/transfer_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kSweepTransfers{"daicho.registry.v1.DepartmentService.SweepTransfers"};

constexpr int kMostFindings = 5000;

}  // namespace

grpc::Status DepartmentServiceImpl::SweepTransfers(grpc::ServerContext* context,
                                                   const v1::SweepTransfersRequest* request,
                                                   v1::SweepTransfersResponse* response) {
  return rpc::Read(
      env_, *context, kSweepTransfers, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::SweepTransfersResponse> {
        ASSIGN_OR_RETURN(const domain::DepartmentsByCode departments, store::AllDepartments(tx));
        ASSIGN_OR_RETURN(const std::vector<domain::Transfer> people,
                         wire::Parse(*request, departments, TokyoDay(call.now())));
        ASSIGN_OR_RETURN(const std::vector<domain::HeldRole> roles,
                         store::FindHeldRoles(tx, people, TokyoDay(call.now()), kMostFindings + 1));
        if (static_cast<int>(roles.size()) > kMostFindings) {
          return Refuse(absl::StatusCode::kFailedPrecondition, "TOO_MANY_FINDINGS",
                        {"They hold more than 5,000 roles; ask about fewer people at once.",
                         "該当が5,000件を超えます。対象の職員を分けて照会してください。"});
        }
        return wire::ToProto(roles);
      });
}

}  // namespace daicho::registry
