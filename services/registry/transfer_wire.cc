#include "services/registry/transfer_wire.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/registry/domain/reorganization.h"

namespace daicho::registry::wire {
namespace {

v1::TransferFinding::Role ToProto(domain::HolderRole role) {
  switch (role) {
    case domain::HolderRole::kAccountManager:
      return v1::TransferFinding::ROLE_ACCOUNT_MANAGER;
    case domain::HolderRole::kOperator:
      return v1::TransferFinding::ROLE_OPERATOR;
    case domain::HolderRole::kHead:
      return v1::TransferFinding::ROLE_HEAD;
    case domain::HolderRole::kDeputy:
      return v1::TransferFinding::ROLE_DEPUTY;
    case domain::HolderRole::kTeamLeader:
      return v1::TransferFinding::ROLE_TEAM_LEADER;
    case domain::HolderRole::kGrantHolder:
      return v1::TransferFinding::ROLE_GRANT_HOLDER;
  }
  return v1::TransferFinding::ROLE_UNSPECIFIED;
}

// The code in `name`, if the ledger ever had such a department; else noted.
std::string KnownCode(const std::string& name, const domain::DepartmentsByCode& departments,
                      const std::string& field, std::vector<Violation>& violations) {
  auto code = daicho::wire::ParseDepartmentName(name, field);
  if (code.ok() && departments.count(*code) > 0) return *std::move(code);
  violations.push_back(
      {field, "DEPARTMENT_NOT_FOUND",
       "The directory has no such department; write it as departments/CODE.",
       "その所属は登録されていません。departments/コード の形で指定してください。"});
  return "";
}

}  // namespace

absl::StatusOr<std::vector<domain::Transfer>> Parse(const v1::SweepTransfersRequest& request,
                                                    const domain::DepartmentsByCode& departments,
                                                    absl::CivilDay today) {
  std::vector<domain::Transfer> people;
  std::vector<Violation> violations;
  for (int i = 0; i < request.people_size(); ++i) {
    const v1::TransferredPerson& asked = request.people(i);
    const std::string path = absl::StrCat("people[", i, "]");
    domain::Transfer person{.subject = asked.subject(), .display_name = asked.display_name()};
    if (person.subject.empty() && person.display_name.empty()) {
      violations.push_back({path + ".subject", "REQUIRED", "Give the subject, the name, or both.",
                            "職員のIDか氏名の少なくとも一方を指定してください。"});
    }
    const std::string left =
        KnownCode(asked.department_left(), departments, path + ".department_left", violations);
    person.departments_left = domain::HeirsOf(departments, left, today);
    person.departments_left.insert(left);
    if (!asked.department_joined().empty()) {
      person.department_joined = KnownCode(asked.department_joined(), departments,
                                           path + ".department_joined", violations);
    }
    people.push_back(std::move(person));
  }
  if (!violations.empty()) return RefuseFields(violations);
  return people;
}

v1::SweepTransfersResponse ToProto(const std::vector<domain::HeldRole>& roles) {
  v1::SweepTransfersResponse out;
  for (const domain::HeldRole& role : roles) {
    v1::TransferFinding& finding = *out.add_findings();
    finding.set_person(role.person);
    finding.set_account(absl::StrCat("accounts/", role.account));
    finding.set_account_display_name(role.account_display_name);
    finding.set_platform(role.platform);
    finding.set_department(absl::StrCat("departments/", role.department));
    finding.set_role(ToProto(role.role));
    finding.set_field(role.field);
    finding.set_subject(role.subject);
    finding.set_display_name(role.display_name);
    finding.set_by_name_only(role.by_name_only);
  }
  return out;
}

}  // namespace daicho::registry::wire
