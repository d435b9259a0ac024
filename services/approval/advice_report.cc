#include "services/approval/advice_report.h"

#include <grpcpp/client_context.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "common/rpc/handle.h"
#include "daicho/registry/v1/open_advice_service.grpc.pb.h"
#include "services/approval/advice_store.h"
#include "services/approval/advice_wire.h"

namespace daicho::approval {

absl::Status ReportOpenAdvice(work::UnitOfWork& unit, const std::string& account, absl::Time now) {
  ASSIGN_OR_RETURN(const std::int64_t number, store::NextReportNumber(unit.tx(), account));
  ASSIGN_OR_RETURN(const domain::OpenAdvice open, store::LoadOpenAdvice(unit.tx(), account));
  const std::string event_id = NewUuid(now);
  return unit.Send(
      {.event_id = event_id,
       .destination = kAdviceDestination,
       .subject = account,
       .payload = wire::ToReport(account, number, open, event_id).SerializeAsString()});
}

work::DeliverOne ReportOver(const std::shared_ptr<grpc::Channel>& channel) {
  std::shared_ptr<registry::v1::OpenAdviceService::Stub> stub =
      registry::v1::OpenAdviceService::NewStub(channel);
  return [stub](const work::Outgoing& row, work::UnitOfWork&, absl::Time deadline) -> absl::Status {
    registry::v1::ReportOpenAdviceRequest request;
    if (!request.ParseFromString(row.payload)) {
      return absl::InternalError(
          absl::StrCat("outbox row ", row.event_id, " is no ReportOpenAdvice"));
    }
    grpc::ClientContext context;
    rpc::Address(context, deadline);
    registry::v1::ReportOpenAdviceResponse response;
    return rpc::FromGrpc(stub->ReportOpenAdvice(&context, request, &response));
  };
}

absl::Status RerouteOpenAdvice(work::UnitOfWork& unit,
                               const std::vector<domain::Succession>& successions,
                               const std::string& reorganization, const domain::Person& actor,
                               absl::Time now) {
  std::vector<std::string> departments, accounts;
  for (const domain::Succession& one : successions) {
    (one.account.empty() ? departments : accounts)
        .push_back(one.account.empty() ? one.department : one.account);
  }
  ASSIGN_OR_RETURN(const std::vector<domain::Advice> advices,
                   store::LoadConcernedAdvice(unit.tx(), departments, accounts));
  for (const domain::Advice& advice : advices) {
    const std::optional<domain::AdviceChange> change =
        RerouteAdvice(advice, successions, reorganization, actor, now);
    if (!change) continue;
    store::SaveAdvice(unit.tx(), change->after);
    RETURN_IF_ERROR(unit.Announce(change->event));
  }
  return absl::OkStatus();
}

}  // namespace daicho::approval
