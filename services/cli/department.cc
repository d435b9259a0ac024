#include "absl/strings/str_cat.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/import.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using Stub = v1::DepartmentService::Stub;

std::string ListText(const v1::ListDepartmentsResponse& list, int width) {
  Table table{{"所属", "所属名", "種別", "上位", "経由"}, {}};
  for (const v1::Department& department : list.departments()) {
    table.rows.push_back({department.name(), department.display_name(),
                          EnumLabel(department.kind()), department.parent(),
                          department.via_department()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> List(Session& session, const Arguments& arguments) {
  v1::ListDepartmentsRequest request;
  if (arguments.Has("parent")) {
    ASSIGN_OR_RETURN(*request.mutable_parent(), FullName("departments", arguments.Get("parent")));
  }
  request.set_display_name_contains(arguments.Get("contains"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&Stub::ListDepartments, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Get(Session& session, const Arguments& arguments) {
  v1::GetDepartmentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("departments", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto department, session.Read(&Stub::GetDepartment, request));
  RETURN_IF_ERROR(
      session.Show(department, [&](int) { return Render(LabelledFields(department)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Import(Session& session, const Arguments& arguments) {
  v1::ImportDepartmentsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_content(), ReadWholeFile(arguments.operands[0]));
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const auto answer, SendImport(session, &Stub::ImportDepartments, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) {
    return ImportText(answer, answer.updated_count(), request.validate_only(), width);
  }));
  return answer.problems().empty() ? Exit::kOk : Exit::kUsage;
}

}  // namespace

Group DepartmentCommands() {
  return {"department",
          "所属を調べる、取り込む",
          "Departments",
          {{"department list",
            "",
            "所属を一覧します。",
            "Lists departments.",
            {{"parent", "DEPARTMENT", "この所属の直下だけ", "Only those directly under this one"},
             {"contains", "TEXT", "名前にこの文字を含むものだけ", "Only names with this text"}},
            {"daicho department list --contains=教育", "daicho department list --format=json"},
            List},
           {"department get",
            "DEPARTMENT",
            "一つの所属を表示します。",
            "Shows one department.",
            {},
            {"daicho department get 0101", "daicho department get departments/0101"},
            Get},
           {"department import",
            "FILE",
            "所属一覧(CSV: UTF-8・CP932、または XLSX)を取り込みます。"
            "一行でも問題があれば何も取り込みません。",
            "Imports departments (CSV in UTF-8 or CP932, or XLSX): all rows or none.",
            {{"dry-run", "", "何が起きるかだけを表示", "Only say what would happen"}},
            {"daicho department import departments.csv --dry-run --as admin",
             "daicho department import 所属一覧.xlsx --as admin"},
            Import}}};
}

}  // namespace daicho::cli
