#include "services/registry/department_wire.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/import_wire.h"

namespace daicho::registry::wire {
namespace {

v1::Department::Kind ToProto(domain::DepartmentKind kind) {
  switch (kind) {
    case domain::DepartmentKind::kPrefecturalOffice:
      return v1::Department::KIND_PREFECTURAL_OFFICE;
    case domain::DepartmentKind::kEducationBoard:
      return v1::Department::KIND_EDUCATION_BOARD;
    case domain::DepartmentKind::kCommissionedBody:
      return v1::Department::KIND_COMMISSIONED_BODY;
    case domain::DepartmentKind::kAffiliatedBody:
      return v1::Department::KIND_AFFILIATED_BODY;
    case domain::DepartmentKind::kOutOfScope:
      return v1::Department::KIND_OUT_OF_SCOPE;
  }
  return v1::Department::KIND_UNSPECIFIED;
}

std::string NameOf(const std::string& code) {
  return code.empty() ? "" : absl::StrCat("departments/", code);
}

}  // namespace

absl::StatusOr<domain::DepartmentFilter> Parse(const v1::ListDepartmentsRequest& request) {
  domain::DepartmentFilter filter{.display_name_contains = request.display_name_contains()};
  if (!request.parent().empty()) {
    ASSIGN_OR_RETURN(filter.parent, daicho::wire::ParseDepartmentName(request.parent(), "parent"));
  }
  filter.exists_on = daicho::wire::FromDate(request.exists_on());
  return filter;
}

v1::Department ToProto(const domain::Department& department) {
  v1::Department out;
  out.set_name(NameOf(department.code));
  out.set_etag(daicho::wire::EtagOf(department.revision));
  out.set_display_name(department.display_name);
  out.set_kana(department.kana);
  out.set_kind(ToProto(department.kind));
  out.set_parent(NameOf(department.parent));
  out.set_via_department(NameOf(department.via));
  out.set_page_url(department.page_url);
  out.set_contact_desk(department.contact_desk);
  if (department.valid_from) {
    *out.mutable_valid_from() = daicho::wire::ToDate(*department.valid_from);
  }
  if (department.valid_until) {
    *out.mutable_valid_until() = daicho::wire::ToDate(*department.valid_until);
  }
  out.set_local_government_code(department.local_government_code);
  *out.mutable_update_time() = daicho::wire::ToTimestamp(department.update_time);
  for (const std::string& successor : department.successors) {
    out.add_successors(NameOf(successor));
  }
  return out;
}

v1::DepartmentRevision ToProto(const domain::DepartmentRevision& revision) {
  v1::DepartmentRevision out;
  *out.mutable_department() = ToProto(revision.department);
  *out.mutable_effective_on() = daicho::wire::ToDate(revision.effective_on);
  out.set_actor(revision.actor);
  out.set_act(revision.act);
  out.set_reason(revision.reason);
  return out;
}

v1::ImportDepartmentsResponse ToProto(const domain::DepartmentImport& plan) {
  v1::ImportDepartmentsResponse out;
  out.set_row_count(plan.row_count);
  out.set_created_count(static_cast<int>(plan.created.size()));
  out.set_updated_count(static_cast<int>(plan.updated.size()));
  out.set_unchanged_count(plan.unchanged_count);
  for (const domain::ImportProblem& problem : plan.problems) {
    if (out.problems_size() == kMostProblems) break;
    SetProblem(problem, *out.add_problems());
  }
  return out;
}

}  // namespace daicho::registry::wire
