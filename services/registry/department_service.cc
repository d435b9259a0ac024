#include "services/registry/department_service.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/sheet/sheet.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"
#include "services/registry/department_store.h"
#include "services/registry/department_wire.h"
#include "services/registry/domain/department.h"
#include "services/registry/import_file.h"
#include "services/registry/import_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kGetDepartment{"daicho.registry.v1.DepartmentService.GetDepartment"};
constexpr rpc::Method kListDepartments{"daicho.registry.v1.DepartmentService.ListDepartments"};
constexpr rpc::Method kImportDepartments{"daicho.registry.v1.DepartmentService.ImportDepartments"};
constexpr rpc::Method kListDepartmentRevisions{
    "daicho.registry.v1.DepartmentService.ListDepartmentRevisions"};

constexpr char kImported[] = "department.imported";

absl::StatusOr<domain::DepartmentImport> PlanImport(const rpc::Call& call, pg::Transaction& tx,
                                                    const std::string& content) {
  ASSIGN_OR_RETURN(sheet::Sheet sheet, sheet::ReadSheet(content));
  store::LockLedger(tx);
  ASSIGN_OR_RETURN(const domain::DepartmentsByCode known, store::AllDepartments(tx));
  ASSIGN_OR_RETURN(const domain::DepartmentsByCode imported, store::LastImported(tx));
  domain::DepartmentImport plan =
      domain::PlanDepartmentImport(std::move(sheet.records), known, imported, call.now());
  NameCells(sheet.kind, plan);
  return plan;
}

absl::Status Save(const rpc::Call& call, pg::Transaction& tx,
                  const domain::DepartmentImport& plan) {
  std::vector<domain::Department> departments = plan.created;
  departments.insert(departments.end(), plan.updated.begin(), plan.updated.end());
  return store::SaveDepartments(
      tx, departments,
      {.actor = call.caller().subject, .act = kImported, .effective_on = TokyoDay(call.now())});
}

Event ImportEvent(const domain::DepartmentImport& plan, const std::string& content) {
  return {.type = kImported,
          .resource = "departments",
          .changes = {{.path = "created_count", .after = absl::StrCat(plan.created.size())},
                      {.path = "file_sha256", .after = absl::BytesToHexString(Sha256(content))},
                      {.path = "row_count", .after = absl::StrCat(plan.row_count)},
                      {.path = "unchanged_count", .after = absl::StrCat(plan.unchanged_count)},
                      {.path = "updated_count", .after = absl::StrCat(plan.updated.size())}}};
}

// The department at `code` as it was on `day`; as it is without one.
absl::StatusOr<domain::Department> LoadOn(const rpc::Call& call, pg::Transaction& tx,
                                          const std::string& code,
                                          std::optional<absl::CivilDay> day) {
  if (!day) return store::GetDepartment(tx, code);
  if (const absl::CivilDay today = TokyoDay(call.now()); *day > today) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "DATE_IN_FUTURE",
                  {"The day is in the future; what is planned for it is in the reorganisations.",
                   "日付が未来です。予定されている組織改編は一覧で確認してください。"},
                  {{"field", "read_on"}, {"day", FormatDay(*day)}, {"today", FormatDay(today)}});
  }
  ASSIGN_OR_RETURN(std::optional<domain::Department> found,
                   store::FindDepartmentOn(tx, code, *day));
  if (found && (!found->valid_from || *found->valid_from <= *day)) return *std::move(found);
  return Refuse(absl::StatusCode::kNotFound, "DEPARTMENT_NOT_FOUND",
                {"There was no such department on that day; look it up in the list.",
                 "その日にその所属はありませんでした。一覧で確認してください。"},
                {{"department", absl::StrCat("departments/", code)}, {"day", FormatDay(*day)}});
}

}  // namespace

grpc::Status DepartmentServiceImpl::GetDepartment(grpc::ServerContext* context,
                                                  const v1::GetDepartmentRequest* request,
                                                  v1::Department* response) {
  return rpc::Read(
      env_, *context, kGetDepartment, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Department> {
        ASSIGN_OR_RETURN(const std::string code,
                         daicho::wire::ParseDepartmentName(request->name(), "name"));
        ASSIGN_OR_RETURN(const domain::Department department,
                         LoadOn(call, tx, code, daicho::wire::FromDate(request->read_on())));
        return wire::ToProto(department);
      });
}

grpc::Status DepartmentServiceImpl::ListDepartments(grpc::ServerContext* context,
                                                    const v1::ListDepartmentsRequest* request,
                                                    v1::ListDepartmentsResponse* response) {
  return rpc::Read(
      env_, *context, kListDepartments, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListDepartmentsResponse> {
        ASSIGN_OR_RETURN(const domain::DepartmentFilter filter, wire::Parse(*request));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListDepartments.name, caller, *request));
        ASSIGN_OR_RETURN(
            std::vector<domain::Department> departments,
            store::ListDepartments(tx, filter, position.empty() ? "" : position.front(), size + 1));
        v1::ListDepartmentsResponse out;
        ASSIGN_OR_RETURN(const int total, store::CountDepartments(tx, filter));
        out.set_total_size(total);
        if (static_cast<int>(departments.size()) > size) {
          departments.pop_back();
          out.set_next_page_token(env_.page_tokens->Make(kListDepartments.name, caller, *request,
                                                         {departments.back().code}));
        }
        for (const domain::Department& department : departments) {
          *out.add_departments() = wire::ToProto(department);
        }
        return out;
      });
}

grpc::Status DepartmentServiceImpl::ImportDepartments(grpc::ServerContext* context,
                                                      const v1::ImportDepartmentsRequest* request,
                                                      v1::ImportDepartmentsResponse* response) {
  return rpc::Write(env_, *context, kImportDepartments, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ImportDepartmentsResponse> {
                      ASSIGN_OR_RETURN(const domain::DepartmentImport plan,
                                       PlanImport(call, unit.tx(), request->content()));
                      if (!plan.problems.empty()) {
                        if (request->validate_only()) return wire::ToProto(plan);
                        return wire::RefuseProblems(plan.problems);
                      }
                      RETURN_IF_ERROR(Save(call, unit.tx(), plan));
                      RETURN_IF_ERROR(unit.Announce(ImportEvent(plan, request->content())));
                      return wire::ToProto(plan);
                    });
}

grpc::Status DepartmentServiceImpl::ListDepartmentRevisions(
    grpc::ServerContext* context, const v1::ListDepartmentRevisionsRequest* request,
    v1::ListDepartmentRevisionsResponse* response) {
  return rpc::Read(
      env_, *context, kListDepartmentRevisions, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListDepartmentRevisionsResponse> {
        ASSIGN_OR_RETURN(const std::string code,
                         daicho::wire::ParseDepartmentName(request->name(), "name"));
        RETURN_IF_ERROR(store::GetDepartment(tx, code).status());
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListDepartmentRevisions.name, caller, *request));
        std::int64_t before = std::numeric_limits<std::int64_t>::max();
        if (!position.empty()) (void)absl::SimpleAtoi(position.front(), &before);
        ASSIGN_OR_RETURN(std::vector<domain::DepartmentRevision> revisions,
                         store::ListDepartmentRevisions(tx, code, before, size + 1));
        v1::ListDepartmentRevisionsResponse out;
        if (static_cast<int>(revisions.size()) > size) {
          revisions.pop_back();
          out.set_next_page_token(
              env_.page_tokens->Make(kListDepartmentRevisions.name, caller, *request,
                                     {absl::StrCat(revisions.back().department.revision)}));
        }
        for (const domain::DepartmentRevision& revision : revisions) {
          *out.add_revisions() = wire::ToProto(revision);
        }
        return out;
      });
}

}  // namespace daicho::registry
