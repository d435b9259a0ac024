#include "services/approval/apply_relay.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/approval/announce.h"
#include "services/approval/store.h"
#include "services/approval/wire.h"

namespace daicho::approval {
namespace {

constexpr char kSubject[] = "services/approval";

absl::Status Deliver(const Peers& peers, const Clock& clock, const work::Outgoing& row,
                     work::UnitOfWork& unit, absl::Time deadline) {
  registry::v1::ApplyFormRequest request;
  if (!request.ParseFromString(row.payload)) {
    return absl::InternalError(absl::StrCat("outbox row ", row.event_id, " is no ApplyForm"));
  }
  ASSIGN_OR_RETURN(const auto response, peers.Apply(request, deadline));
  ASSIGN_OR_RETURN(const std::string id, wire::ParseName(request.form()));
  ASSIGN_OR_RETURN(const domain::Form form, store::Get(unit.tx(), id));
  const domain::Actor approval = {.person = {.subject = kSubject},
                                  .roles = {domain::Role::kSystem}};
  ASSIGN_OR_RETURN(const domain::Change change,
                   RecordApplication(form, wire::ToApplication(response, clock.Now()), approval));
  RETURN_IF_ERROR(store::Save(unit.tx(), change.after));
  return Announce(unit, change);
}

}  // namespace

absl::StatusOr<work::Outgoing> ToOutgoing(const domain::Form& agreed, absl::Time now) {
  const std::string event_id = NewUuid(now);
  ASSIGN_OR_RETURN(const auto request, wire::ToApplyRequest(agreed, event_id));
  return work::Outgoing{
      .event_id = event_id,
      .destination = kRegistryDestination,
      .subject = agreed.draft.account.empty() ? NameOf(agreed) : agreed.draft.account,
      .payload = request.SerializeAsString()};
}

work::DeliverOne ApplyTo(std::shared_ptr<const Peers> peers, const Clock* clock) {
  return [peers = std::move(peers), clock](const work::Outgoing& row, work::UnitOfWork& unit,
                                           absl::Time deadline) {
    return Deliver(*peers, *clock, row, unit, deadline);
  };
}

work::Encoder RelayEncoder(const rpc::Env& env) {
  return [env](const Event& event) {
    rpc::Caller caller = {
        .subject = kSubject, .roles = {access::v1::ROLE_SYSTEM}, .service = env.service};
    rpc::Call call(std::move(caller), access::v1::SCOPE_ANY, env.clock->Now(),
                   absl::InfiniteFuture());
    call.rpc = "daicho.registry.v1.AccountService/ApplyForm";
    return rpc::AuditEncoder(env, call)(event);
  };
}

}  // namespace daicho::approval
