#include "common/server/audit_sink.h"

#include "common/rpc/channel.h"
#include "common/rpc/handle.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"

namespace daicho::server {

work::DeliverBatch AuditOver(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<audit::v1::AuditService::Stub> stub = audit::v1::AuditService::NewStub(channel);
  return [stub](const std::vector<work::Outgoing>& batch, absl::Time deadline) {
    audit::v1::AppendEventsRequest request;
    for (const work::Outgoing& row : batch) request.add_events(row.payload);
    grpc::ClientContext context;
    rpc::Address(context, deadline);
    audit::v1::AppendEventsResponse response;
    return rpc::FromGrpc(stub->AppendEvents(&context, request, &response));
  };
}

}  // namespace daicho::server
