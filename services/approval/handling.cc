#include "services/approval/handling.h"

#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/approval/announce.h"
#include "services/approval/apply_relay.h"
#include "services/approval/reroute_store.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

// Not when a head reads afterwards a form that is on its way already: it is sent once.
bool IsJustAgreed(const domain::Form& form) {
  return form.state == domain::State::kAgreed && !domain::IsBesideTheRoute(form.acts.back().kind);
}

}  // namespace

domain::Actor ActorOf(const rpc::Caller& caller) {
  domain::Actor actor = {.person = {caller.subject, caller.display_name},
                         .department = caller.department};
  const auto take = [&](access::v1::Role role, domain::Role as) {
    if (caller.Has(role)) actor.roles.insert(as);
  };
  take(access::v1::ROLE_DEPARTMENT_STAFF, domain::Role::kDepartmentStaff);
  take(access::v1::ROLE_DEPARTMENT_HEAD, domain::Role::kDepartmentHead);
  take(access::v1::ROLE_PR_OFFICE, domain::Role::kPrOffice);
  take(access::v1::ROLE_IT_SECURITY, domain::Role::kItSecurity);
  take(access::v1::ROLE_ADMIN, domain::Role::kAdmin);
  return actor;
}

absl::StatusOr<domain::Form> LoadOwn(pg::Transaction& tx, const rpc::Call& call,
                                     const wire::Target& target) {
  ASSIGN_OR_RETURN(domain::Form form, store::Get(tx, target.id));
  RETURN_IF_ERROR(call.AdmitDepartment(form.department));
  if (form.revision != target.revision) return EtagMismatch();
  return form;
}

absl::StatusOr<domain::Form> LoadReadable(pg::Transaction& tx, const rpc::Call& call,
                                          const std::string& id) {
  ASSIGN_OR_RETURN(domain::Form form, store::Get(tx, id));
  if (call.AdmitAnyDepartment(ReadersOf(form)).ok()) return form;
  ASSIGN_OR_RETURN(const std::vector<std::string> heirs, store::HeirsOf(tx, id));
  RETURN_IF_ERROR(call.AdmitAnyDepartment(heirs));
  return form;
}

absl::StatusOr<domain::Form> LoadToDecide(pg::Transaction& tx, const rpc::Call& call,
                                          const wire::Target& target) {
  ASSIGN_OR_RETURN(domain::Form form, LoadReadable(tx, call, target.id));
  if (form.revision != target.revision) return EtagMismatch();
  return form;
}

absl::Status SaveAndAnnounce(work::UnitOfWork& unit, domain::Change& change, absl::Time now) {
  if (AwaitsReception(change.after)) {
    ASSIGN_OR_RETURN(const int number,
                     store::NextReceptionNumber(unit.tx(), domain::ReceptionYear(now)));
    Receive(change, number, now);
  }
  RETURN_IF_ERROR(store::Save(unit.tx(), change.after));
  if (IsJustAgreed(change.after)) {
    ASSIGN_OR_RETURN(const work::Outgoing outgoing, ToOutgoing(change.after, now));
    RETURN_IF_ERROR(unit.Send(outgoing));
  }
  if (change.after.acts.back().kind == domain::ActKind::kSubmittedUrgently) {
    RETURN_IF_ERROR(unit.Send(ToSuspension(change.after, now)));
  }
  return Announce(unit, change);
}

}  // namespace daicho::approval
