#include "services/policy/inactivity_advice.h"

#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "daicho/approval/v1/advice_service.grpc.pb.h"
#include "services/policy/inactivity_wire.h"

namespace daicho::policy {
namespace {

// A no that stays one, however often it is asked.
bool IsFinal(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  return reason == "ACCOUNT_NOT_FOUND" || reason == "ACCOUNT_NOT_ALIVE" ||
         reason == "INVALID_FIELD";
}

}  // namespace

absl::Status SendAdvice(work::UnitOfWork& unit, const std::string& account,
                        const domain::ClosingAdvice& advice, absl::Time now) {
  const std::string event_id = NewUuid(now);
  return unit.Send({.event_id = event_id,
                    .destination = kApprovalDestination,
                    .subject = absl::StrCat("accounts/", account),
                    .payload = wire::ToRequest(account, advice, event_id).SerializeAsString()});
}

work::DeliverOne AdviseOver(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<approval::v1::AdviceService::Stub> stub =
      approval::v1::AdviceService::NewStub(channel);
  return [stub](const work::Outgoing& row, work::UnitOfWork& unit,
                absl::Time deadline) -> absl::Status {
    approval::v1::CreateAdviceRequest request;
    if (!request.ParseFromString(row.payload)) {
      return absl::InternalError(absl::StrCat("outbox row ", row.event_id, " is no CreateAdvice"));
    }
    grpc::ClientContext context;
    rpc::Address(context, deadline);
    approval::v1::Advice advice;
    const absl::Status status = rpc::FromGrpc(stub->CreateAdvice(&context, request, &advice));
    if (!IsFinal(status)) return status;
    return unit.Announce({.type = "inactivity.advice_refused",
                          .resource = request.account(),
                          .related = {},
                          .department = "",
                          .reason = ReasonOf(status),
                          .changes = {}});
  };
}

work::Encoder OwnEncoder(const rpc::Env& env) {
  return [env](const Event& event) {
    rpc::Caller caller = {
        .subject = "services/policy", .roles = {access::v1::ROLE_SYSTEM}, .service = env.service};
    rpc::Call call(std::move(caller), access::v1::SCOPE_ANY, env.clock->Now(),
                   absl::InfiniteFuture());
    call.rpc = "daicho.policy.v1.InactivityService/CreateInactivityReport";
    return rpc::AuditEncoder(env, call)(event);
  };
}

}  // namespace daicho::policy
