#include "services/registry/account_change.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/account_store.h"

namespace daicho::registry {

absl::StatusOr<domain::Account> LoadAccount(const rpc::Call& call, pg::Transaction& tx,
                                            const std::string& name, const char* field) {
  ASSIGN_OR_RETURN(const std::string id, daicho::wire::ParseUuidName("accounts", name, field));
  ASSIGN_OR_RETURN(domain::Account account, store::GetAccount(tx, id));
  RETURN_IF_ERROR(call.AdmitDepartment(absl::StrCat("departments/", account.department)));
  return account;
}

absl::StatusOr<domain::Account> LoadForChange(const rpc::Call& call, pg::Transaction& tx,
                                              const daicho::wire::Target& target) {
  ASSIGN_OR_RETURN(domain::Account account, store::GetAccount(tx, target.id));
  RETURN_IF_ERROR(call.AdmitDepartment(absl::StrCat("departments/", account.department)));
  if (account.revision != target.revision) return EtagMismatch();
  return account;
}

absl::Status Store(const rpc::Call& call, work::UnitOfWork& unit, const domain::Change& change) {
  store::SaveAccount(unit.tx(), change,
                     {.actor = call.caller().subject, .reason = change.event.reason});
  return unit.Announce(change.event);
}

}  // namespace daicho::registry
