// What approval asks of other services, in its own name.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/rpc/call.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/approval/domain/finding.h"
#include "services/approval/domain/form.h"

namespace daicho::approval {

// What a call of the registry that failed is to whoever called us: UNAVAILABLE
// (REGISTRY_UNAVAILABLE), or a fault.
absl::Status RegistryFailed(const grpc::Status& status);

// Departments that routes lead to besides those of the form: "departments/…".
struct Desks {
  std::string personal_data;             // "personal-data" to rules. Empty: nobody is asked.
  std::string it_security;               // "it-security" to rules. Empty: nobody is asked.
  std::vector<std::string> circulation;  // 回覧
};

// Thread-safe. A peer that cannot be reached is refused with UNAVAILABLE (REGISTRY_UNAVAILABLE,
// POLICY_UNAVAILABLE): nothing has changed, and the same request may be sent again. Anything else
// unexpected from a peer is a fault.
class Peers {
 public:
  Peers(std::shared_ptr<grpc::Channel> registry, std::shared_ptr<grpc::Channel> policy);

  // What a CHANGE would change and a CLOSE close, as the ledger has it now. nullopt with any other
  // form. FAILED_PRECONDITION (LEDGER_CONFLICT) when there is no such account.
  absl::StatusOr<std::optional<registry::v1::Account>> GetLedger(const rpc::Call& call,
                                                                 const domain::Form& form) const;

  // Asks about the rest a submission needs: what the guideline says, and the route. `ledger` is
  // GetLedger(), `pr_office` is "departments/…". FAILED_PRECONDITION: DEPARTMENT_NOT_FOUND,
  // DEPARTMENT_ENDED, or as domain::DeriveRoute() refuses.
  absl::StatusOr<domain::Submission> PrepareSubmission(
      const rpc::Call& call, const domain::Form& form,
      const std::optional<registry::v1::Account>& ledger, const std::string& pr_office,
      const Desks& desks) const;

  // The account as the ledger has it now, or had it at `as_of`. `name` is "accounts/UUID".
  // NOT_FOUND (ACCOUNT_NOT_FOUND).
  absl::StatusOr<registry::v1::Account> GetAccount(
      const rpc::Call& call, const std::string& name,
      std::optional<absl::Time> as_of = std::nullopt) const;

  // The same; nullopt when the ledger has none.
  absl::StatusOr<std::optional<registry::v1::Account>> FindAccount(
      const std::string& name, absl::Time deadline, const std::string& traceparent = "",
      std::optional<absl::Time> as_of = std::nullopt) const;

  // FAILED_PRECONDITION (DEPARTMENT_NOT_FOUND).
  absl::StatusOr<registry::v1::Department> GetDepartment(const rpc::Call& call,
                                                         const std::string& name) const;

  // Departments that took over from it by now, and from those again: "departments/…". Empty while
  // it stands. Refuses as GetDepartment().
  absl::StatusOr<std::set<std::string>> GetHeirs(const rpc::Call& call,
                                                 const std::string& name) const;

  // What the guideline says about the form as it is; `ledger` is GetLedger().
  absl::StatusOr<std::vector<domain::Finding>> CheckForm(
      const rpc::Call& call, const domain::Form& form,
      const std::optional<registry::v1::Account>& ledger) const;

  // How silent the account is by the guideline, its exemption considered. nullopt when the
  // guideline does not say when silence counts.
  absl::StatusOr<std::optional<policy::v1::InactivityRow>> AssessAccount(
      const rpc::Call& call, const std::string& account) const;

  // FAILED_PRECONDITION (LEDGER_CONFLICT) with what is wrong unless the ledger could take the form
  // now; of an urgent closing that is being submitted, suspend its account besides.
  absl::Status CheckLedger(const rpc::Call& call, const domain::Form& form) const;

  // Puts an agreed form into effect; a repeat with the same request_id changes nothing and gets
  // the first answer. What the ledger refuses for good is OUTCOME_CONFLICT too.
  absl::StatusOr<registry::v1::ApplyFormResponse> Apply(
      const registry::v1::ApplyFormRequest& request, absl::Time deadline) const;

 private:
  // The same, or who took over from it: what is named may have ended since.
  absl::StatusOr<domain::Department> GetStanding(const rpc::Call& call,
                                                 const std::string& name) const;
  absl::StatusOr<domain::Others> GetOthers(const rpc::Call& call,
                                           const std::vector<domain::Finding>& findings,
                                           const Desks& desks) const;
  absl::StatusOr<std::vector<domain::Finding>> CheckForm(
      const rpc::Call& call, const domain::Form& form, registry::v1::Department::Kind kind,
      const std::optional<registry::v1::Account>& ledger) const;
  // FAILED_PRECONDITION (LEDGER_CONFLICT) unless the ledger would do what `request` says.
  absl::Status Validate(const rpc::Call& call, registry::v1::ApplyFormRequest request) const;

  std::unique_ptr<registry::v1::AccountService::Stub> accounts_;
  std::unique_ptr<registry::v1::DepartmentService::Stub> departments_;
  std::unique_ptr<policy::v1::PolicyService::Stub> policy_;
  std::unique_ptr<policy::v1::InactivityService::Stub> inactivity_;
};

}  // namespace daicho::approval
