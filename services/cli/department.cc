#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/department_plan.h"
#include "services/cli/import.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using DepartmentStub = v1::DepartmentService::Stub;

std::string ListText(const v1::ListDepartmentsResponse& list, int width) {
  Table table{{"所属", "所属名", "種別", "上位", "経由", "最終日"}, {}};
  for (const v1::Department& department : list.departments()) {
    table.rows.push_back({department.name(), department.display_name(),
                          EnumLabel(department.kind()), department.parent(),
                          department.via_department(), DayText(department.valid_until())});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> ListDepartments(Session& session, const Arguments& arguments) {
  v1::ListDepartmentsRequest request;
  if (arguments.Has("parent")) {
    ASSIGN_OR_RETURN(*request.mutable_parent(), FullName("departments", arguments.Get("parent")));
  }
  request.set_display_name_contains(arguments.Get("contains"));
  if (!arguments.Has("all")) *request.mutable_exists_on() = wire::ToDate(session.Today());
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&DepartmentStub::ListDepartments, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> GetDepartment(Session& session, const Arguments& arguments) {
  v1::GetDepartmentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("departments", arguments.operands[0]));
  if (arguments.Has("on")) {
    const auto day = ParseDay(arguments.Get("on"));
    if (!day) {
      return WrongCommandLine("--on is a day: 2026-04-01.",
                              "--on には日付を指定してください(例: 2026-04-01)。");
    }
    *request.mutable_read_on() = wire::ToDate(*day);
  }
  ASSIGN_OR_RETURN(const auto department, session.Read(&DepartmentStub::GetDepartment, request));
  RETURN_IF_ERROR(
      session.Show(department, [&](int) { return Render(LabelledFields(department)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ShowDepartmentHistory(Session& session, const Arguments& arguments) {
  v1::ListDepartmentRevisionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("departments", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto history,
                   session.ReadAll(&DepartmentStub::ListDepartmentRevisions, request));
  RETURN_IF_ERROR(session.Show(history, [&](int width) {
    Table table{
        {"適用日", "所属名", "上位", "経由", "最終日", "引継ぎ先", "内容", "理由", "実行者"}, {}};
    for (const v1::DepartmentRevision& revision : history.revisions()) {
      const v1::Department& department = revision.department();
      table.rows.push_back({DayText(revision.effective_on()), department.display_name(),
                            department.parent(), department.via_department(),
                            DayText(department.valid_until()),
                            absl::StrJoin(department.successors(), ", "), revision.act(),
                            revision.reason(), revision.actor()});
    }
    return Render(table, width);
  }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ImportDepartments(Session& session, const Arguments& arguments) {
  v1::ImportDepartmentsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_content(), ReadWholeFile(arguments.operands[0]));
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const auto answer,
                   SendImport(session, &DepartmentStub::ImportDepartments, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) {
    return ImportText(answer, answer.updated_count(), request.validate_only(), width);
  }));
  return answer.problems().empty() ? Exit::kOk : Exit::kUsage;
}

}  // namespace

Group DepartmentCommands() {
  Group group{
      "department",
      "所属を調べる、取り込む、組織改編する",
      "Departments and their reorganisation",
      {{"department list",
        "",
        "今日存在する所属を一覧します。",
        "Lists departments that exist today.",
        {{"all", "", "廃止された所属も含める", "Those that have ended as well"},
         {"parent", "DEPARTMENT", "この所属の直下だけ", "Only those directly under this one"},
         {"contains", "TEXT", "名前にこの文字を含むものだけ", "Only names with this text"}},
        {"daicho department list --contains=教育", "daicho department list --format=json"},
        ListDepartments},
       {"department get",
        "DEPARTMENT",
        "一つの所属を表示します。",
        "Shows one department.",
        {{"on", "DAY", "この日の内容", "As it was on this day"}},
        {"daicho department get 0101", "daicho department get 0101 --on=2026-04-01"},
        GetDepartment},
       {"department history",
        "DEPARTMENT",
        "所属の名称や位置の移り変わりを新しい順に表示します。",
        "Shows every version of a department, newest first.",
        {},
        {"daicho department history 0101"},
        ShowDepartmentHistory},
       {"department import",
        "FILE",
        "所属一覧(CSV: UTF-8・CP932、または XLSX)を取り込みます。"
        "一行でも問題があれば何も取り込みません。",
        "Imports departments (CSV in UTF-8 or CP932, or XLSX): all rows or none.",
        {{"dry-run", "", "何が起きるかだけを表示", "Only say what would happen"}},
        {"daicho department import departments.csv --dry-run --as admin",
         "daicho department import 所属一覧.xlsx --as admin"},
        ImportDepartments}}};
  for (Command& command : ReorganizationCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
