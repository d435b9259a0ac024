#include "services/registry/reroute_relay.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"

namespace daicho::registry {

work::Outgoing ToOutgoing(approval::v1::RerouteFormsRequest request, absl::Time now) {
  const std::string event_id = NewUuid(now);
  request.set_request_id(event_id);
  return {.event_id = event_id,
          .destination = kApprovalDestination,
          .subject = "reorganizations",
          .payload = request.SerializeAsString()};
}

work::DeliverOne RerouteOver(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<approval::v1::FormService::Stub> stub =
      approval::v1::FormService::NewStub(channel);
  return [stub](const work::Outgoing& row, work::UnitOfWork&, absl::Time deadline) -> absl::Status {
    approval::v1::RerouteFormsRequest request;
    if (!request.ParseFromString(row.payload)) {
      return absl::InternalError(absl::StrCat("outbox row ", row.event_id, " is no RerouteForms"));
    }
    grpc::ClientContext context;
    rpc::Address(context, deadline);
    approval::v1::RerouteFormsResponse response;
    return rpc::FromGrpc(stub->RerouteForms(&context, request, &response));
  };
}

work::Encoder OwnEncoder(const rpc::Env& env) {
  return [env](const Event& event) {
    rpc::Caller caller = {
        .subject = "services/registry", .roles = {access::v1::ROLE_SYSTEM}, .service = env.service};
    rpc::Call call(std::move(caller), access::v1::SCOPE_ANY, env.clock->Now(),
                   absl::InfiniteFuture());
    call.rpc = "daicho.registry.v1.DepartmentService/ReorganizeDepartments";
    return rpc::AuditEncoder(env, call)(event);
  };
}

}  // namespace daicho::registry
