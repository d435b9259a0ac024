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

// The submission has told of the suspension; that there was nothing to suspend is told here.
absl::Status RecordSuspension(const registry::v1::ApplyFormRequest& request,
                              const registry::v1::ApplyFormResponse& response,
                              work::UnitOfWork& unit) {
  if (response.outcome() == registry::v1::ApplyFormResponse::OUTCOME_APPLIED) {
    return absl::OkStatus();
  }
  return unit.Announce({.type = "form.suspension_refused",
                        .resource = request.form(),
                        .related = {request.account()},
                        .department = request.department(),
                        .reason = response.conflict_reason()});
}

// What the ledger said, with what it holds besides when it could not take the form.
absl::StatusOr<domain::Application> ApplicationOf(const Peers& peers, const domain::Form& form,
                                                  const registry::v1::ApplyFormResponse& response,
                                                  absl::Time now, absl::Time deadline) {
  domain::Application application = wire::ToApplication(response, now);
  if (application.conflict_reason.empty()) return application;
  const std::string& name = form.draft.account.empty() ? application.account : form.draft.account;
  Fields ledger;
  if (!name.empty()) {
    ASSIGN_OR_RETURN(const auto account, peers.FindAccount(name, deadline));
    if (account) ledger = wire::LedgerOf(*account);
    // Whoever may read the form does not see the account of another department by it.
    if (account && account->department() != form.department) ledger = {};
  }
  application.differences = DifferencesOf(form, ledger);
  return application;
}

absl::Status Deliver(const Peers& peers, const Clock& clock, const work::Outgoing& row,
                     work::UnitOfWork& unit, absl::Time deadline) {
  registry::v1::ApplyFormRequest request;
  if (!request.ParseFromString(row.payload)) {
    return absl::InternalError(absl::StrCat("outbox row ", row.event_id, " is no ApplyForm"));
  }
  ASSIGN_OR_RETURN(const auto response, peers.Apply(request, deadline));
  if (request.action() == registry::v1::ApplyFormRequest::ACTION_SUSPEND) {
    return RecordSuspension(request, response, unit);
  }
  ASSIGN_OR_RETURN(const std::string id, wire::ParseName(request.form()));
  ASSIGN_OR_RETURN(const domain::Form form, store::Get(unit.tx(), id));
  ASSIGN_OR_RETURN(domain::Application application,
                   ApplicationOf(peers, form, response, clock.Now(), deadline));
  ASSIGN_OR_RETURN(const domain::Change change,
                   RecordApplication(form, std::move(application), OwnActor()));
  RETURN_IF_ERROR(store::Save(unit.tx(), change.after));
  return Announce(unit, change);
}

work::Outgoing OutgoingOf(const domain::Form& form, const registry::v1::ApplyFormRequest& request) {
  return {.event_id = request.request_id(),
          .destination = kRegistryDestination,
          .subject = form.draft.account.empty() ? NameOf(form) : form.draft.account,
          .payload = request.SerializeAsString()};
}

}  // namespace

absl::StatusOr<work::Outgoing> ToOutgoing(const domain::Form& agreed, absl::Time now) {
  ASSIGN_OR_RETURN(const auto request, wire::ToApplyRequest(agreed, NewUuid(now)));
  return OutgoingOf(agreed, request);
}

work::Outgoing ToSuspension(const domain::Form& submitted, absl::Time now) {
  return OutgoingOf(submitted, wire::ToSuspendRequest(submitted, NewUuid(now)));
}

work::DeliverOne ApplyTo(std::shared_ptr<const Peers> peers, const Clock* clock) {
  return [peers = std::move(peers), clock](const work::Outgoing& row, work::UnitOfWork& unit,
                                           absl::Time deadline) {
    return Deliver(*peers, *clock, row, unit, deadline);
  };
}

domain::Actor OwnActor() {
  return {.person = {.subject = kSubject}, .roles = {domain::Role::kSystem}};
}

work::Encoder RelayEncoder(const rpc::Env& env, const std::string& rpc) {
  return [env, rpc](const Event& event) {
    rpc::Caller caller = {
        .subject = kSubject, .roles = {access::v1::ROLE_SYSTEM}, .service = env.service};
    rpc::Call call(std::move(caller), access::v1::SCOPE_ANY, env.clock->Now(),
                   absl::InfiniteFuture());
    call.rpc = rpc;
    return rpc::AuditEncoder(env, call)(event);
  };
}

}  // namespace daicho::approval
