// Who calls, when, and what that lets them do.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daicho/access/v1/access.pb.h"

namespace daicho::rpc {

// Who is calling, as the peer certificate and the token say.
struct Caller {
  std::string subject;       // "users/hirose", "services/approval", "anonymous".
  std::string display_name;  // As the token gives it. Empty for services.
  std::set<access::v1::Role> roles;
  std::string department;  // "departments/…". Empty when the token names none.
  std::string service;     // With ROLE_SYSTEM: the name its certificate stands for.

  bool Has(access::v1::Role role) const { return roles.count(role) > 0; }
};

// One admitted call. `now` is read once, so that one call sees one time, and to the microsecond, so
// that the database keeps it as it is.
class Call {
 public:
  Call(Caller caller, access::v1::Scope scope, absl::Time now, absl::Time deadline);

  const Caller& caller() const { return caller_; }
  absl::Time now() const { return now_; }
  absl::Time deadline() const { return deadline_; }

  // Says to which departments the record at hand belongs, right after it is loaded. Refuses with
  // PERMISSION_DENIED (FOREIGN_DEPARTMENT) when the call's scope is the own department and none of
  // them is it. A handler with that scope that never asks fails as a fault: deny by default.
  absl::Status AdmitDepartment(absl::string_view department) const;
  absl::Status AdmitAnyDepartment(const std::vector<std::string>& departments) const;

  // For lists: the only department whose records may be shown; nullopt for all.
  std::optional<std::string> OnlyDepartment() const;

  // Whether the scope has been looked at, or is SCOPE_ANY.
  bool scope_settled() const { return scope_settled_; }

  std::string rpc;          // "daicho.approval.v1.FormService/SubmitForm"
  std::string request_id;   // Empty for a Read.
  std::string traceparent;  // W3C; made here when the caller brought none.

 private:
  Caller caller_;
  access::v1::Scope scope_;
  absl::Time now_;
  absl::Time deadline_;
  mutable bool scope_settled_;
};

}  // namespace daicho::rpc
