#include "services/cli/form_transfer.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/transfer_file.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using FormStub = v1::FormService::Stub;

absl::Status AddPerson(const TransferRow& row, v1::TransferPeopleRequest& request) {
  if (row.subject.empty() || row.left.empty() || row.successor.empty()) {
    return WrongCommandLine(
        absl::StrCat("Give the user id, the department left and the successor of each person",
                     row.name.empty() ? "" : ": ", row.name, "."),
        absl::StrCat("職員ごとに、ID、異動元の所属、後任のIDを指定してください",
                     row.name.empty() ? "" : ": ", row.name, "。"));
  }
  v1::TransferredPerson& person = *request.add_people();
  ASSIGN_OR_RETURN(*person.mutable_subject(), FullName("users", row.subject));
  ASSIGN_OR_RETURN(*person.mutable_department_left(), FullName("departments", row.left));
  if (!row.joined.empty()) {
    ASSIGN_OR_RETURN(*person.mutable_department_joined(), FullName("departments", row.joined));
  }
  ASSIGN_OR_RETURN(*person.mutable_successor()->mutable_subject(),
                   FullName("users", row.successor));
  person.mutable_successor()->set_display_name(row.successor_name);
  return absl::OkStatus();
}

std::string FieldText(const std::string& field) {
  const std::string label = FieldLabel(field);
  return label.empty() ? field : absl::StrCat(label, " ", field);
}

absl::StatusOr<Exit> Transfer(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(v1::TransferPeopleRequest request, TransferRequestOf(arguments));
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const auto answer, session.Write(&FormStub::TransferPeople, request));
  RETURN_IF_ERROR(
      session.Show(answer, [&](int width) { return TransferText(request, answer, width); }));
  return Exit::kOk;
}

}  // namespace

absl::StatusOr<v1::TransferPeopleRequest> TransferRequestOf(const Arguments& arguments) {
  std::vector<TransferRow> rows;
  if (!arguments.operands.empty()) {
    ASSIGN_OR_RETURN(rows, ReadTransferFile(arguments.operands[0]));
  } else {
    rows.push_back({arguments.Get("subject"), "", arguments.Get("left"), arguments.Get("joined"),
                    arguments.Get("successor"), arguments.Get("successor-name")});
  }
  v1::TransferPeopleRequest request;
  for (const TransferRow& row : rows) RETURN_IF_ERROR(AddPerson(row, request));
  return request;
}

std::string TransferText(const v1::TransferPeopleRequest& request,
                         const v1::TransferPeopleResponse& answer, int width) {
  Table table{{"職員", "内容", "対象", "所属", "項目", "後任"}, {}};
  for (const v1::TransferEffect& effect : answer.effects()) {
    table.rows.push_back({request.people(effect.person()).subject(), EnumLabel(effect.what()),
                          effect.name(), effect.department(), FieldText(effect.field()),
                          effect.successor().subject()});
  }
  return absl::StrCat(Render(table, width), answer.effects_size(), " 件、協議書 ",
                      answer.form_count(), " 件",
                      request.validate_only() ? " 試行(変更なし) dry run" : "", "\n");
}

std::vector<Command> FormTransferCommands() {
  return {
      {"form transfer",
       "[FILE]",
       "異動した職員の後閲と担当の協議書を後任に引き継ぎ、異動元での不在を終えます。異動した職員の"
       "名がある手続き中の協議書には、その旨を記録します。FILE は「ID,氏名,異動元,異動先,後任ID,"
       "後任氏名」のCSV(UTF-8)です。",
       "Gives what waits for people who were transferred to who took over, ends their absences, "
       "and says so on open forms that name them. FILE is CSV: "
       "subject,name,left,joined,successor,successor name.",
       {{"subject", "USER", "職員のID", "Whom, by id"},
        {"left", "DEPARTMENT", "異動元の所属", "Department left"},
        {"joined", "DEPARTMENT", "異動先の所属", "Department joined"},
        {"successor", "USER", "後任のID", "Who took over, by id"},
        {"successor-name", "NAME", "後任の氏名", "Their name"},
        {"dry-run", "", "何が引き継がれるかだけを表示", "Only say what would go to whom"}},
       {"daicho form transfer --subject=hirose --left=0201 --joined=0101 --successor=ito "
        "--dry-run --as pr-office",
        "daicho form transfer ido.csv --as pr-office --format=json"},
       Transfer}};
}

}  // namespace daicho::cli
