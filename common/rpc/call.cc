#include "common/rpc/call.h"

#include <algorithm>

#include "common/base/refusal.h"

namespace daicho::rpc {

Call::Call(Caller caller, access::v1::Scope scope, absl::Time now, absl::Time deadline)
    : caller_(std::move(caller)),
      scope_(scope),
      now_(absl::FromUnixMicros(absl::ToUnixMicros(now))),
      deadline_(deadline),
      scope_settled_(scope == access::v1::SCOPE_ANY) {}

absl::Status Call::AdmitDepartment(absl::string_view department) const {
  return AdmitAnyDepartment({std::string(department)});
}

absl::Status Call::AdmitAnyDepartment(const std::vector<std::string>& departments) const {
  if (scope_ == access::v1::SCOPE_ANY) return absl::OkStatus();
  const bool own =
      scope_ == access::v1::SCOPE_OWN_DEPARTMENT && !caller_.department.empty() &&
      std::find(departments.begin(), departments.end(), caller_.department) != departments.end();
  if (!own) {
    return Refuse(
        absl::StatusCode::kPermissionDenied, "FOREIGN_DEPARTMENT",
        {"This belongs to another department; ask that department, or sign in for it.",
         "ほかの所属のものです。担当の所属に依頼するか、その所属の権限で操作してください。"});
  }
  scope_settled_ = true;
  return absl::OkStatus();
}

std::optional<std::string> Call::OnlyDepartment() const {
  if (scope_ == access::v1::SCOPE_ANY) return std::nullopt;
  scope_settled_ = true;
  return caller_.department;
}

}  // namespace daicho::rpc
