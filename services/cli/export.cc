#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/refusal.h"
#include "common/sheet/table.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/account.h"
#include "services/cli/export_table.h"
#include "services/cli/output_file.h"
#include "services/cli/progress.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;

enum class FileFormat { kCsv, kCsvCp932, kXlsx, kJson };

absl::StatusOr<FileFormat> ParseFileFormat(const Arguments& arguments) {
  const std::string text = arguments.Get("format", "csv");
  if (text == "csv") return FileFormat::kCsv;
  if (text == "csv-cp932") return FileFormat::kCsvCp932;
  if (text == "json") return FileFormat::kJson;
  if (text != "xlsx") {
    return WrongCommandLine("--format must be csv, csv-cp932, xlsx or json.",
                            "--format は csv、csv-cp932、xlsx、json のいずれかです。");
  }
  if (arguments.Has("out")) return FileFormat::kXlsx;
  return WrongCommandLine("Name the file for --format=xlsx with --out.",
                          "--format=xlsx のときは --out でファイルを指定してください。");
}

absl::StatusOr<std::map<std::string, std::string>> DepartmentNames(Session& session) {
  std::map<std::string, std::string> names;
  RETURN_IF_ERROR(session.ReadPages(&v1::DepartmentService::Stub::ListDepartments,
                                    v1::ListDepartmentsRequest(),
                                    [&](const v1::ListDepartmentsResponse& page) {
                                      for (const v1::Department& department : page.departments()) {
                                        names[department.name()] = department.display_name();
                                      }
                                    }));
  return names;
}

absl::StatusOr<sheet::Table> ReadTable(Session& session, const v1::ListAccountsRequest& request,
                                       Reader reader) {
  Progress progress(session.around(), "書出し中 Exporting");
  ASSIGN_OR_RETURN(const auto names, DepartmentNames(session));
  sheet::Table table = AccountTable();
  RETURN_IF_ERROR(session.ReadPages(
      &v1::AccountService::Stub::ListAccounts, request, [&](const v1::ListAccountsResponse& page) {
        for (const v1::Account& account : page.accounts()) {
          table.rows.push_back(AccountRow(account, names, reader));
        }
        progress.Set(static_cast<int>(table.rows.size()), page.total_size());
      }));
  progress.Finish(static_cast<int>(table.rows.size()));
  return table;
}

// Every cell in which something stands for a character that CP932 lacks.
std::string LossText(const std::vector<sheet::CellLoss>& losses, int width) {
  Table table{{"セル Cell", "列 Column", "文字 Character", "コード Code point", "代わり Written"},
              {}};
  for (const sheet::CellLoss& loss : losses) {
    table.rows.push_back(
        {sheet::ToText(loss.cell), loss.heading, loss.loss.character,
         absl::StrFormat("U+%04X", static_cast<std::uint32_t>(loss.loss.code_point)),
         loss.loss.written});
  }
  return absl::StrCat("CP932 にない文字 / Characters that CP932 lacks\n", Render(table, width));
}

absl::Status NotInCp932(int characters) {
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "NOT_IN_CP932",
      {absl::StrCat(characters,
                    " characters do not exist in CP932; nothing was written. Export csv or "
                    "xlsx, or write 〓 in their place with --replace."),
       absl::StrCat("CP932 にない文字が", characters,
                    "字あるため、何も書き出していません。csv か xlsx で書き出すか、--replace で"
                    "〓 に置き換えてください。")});
}

absl::StatusOr<std::string> WriteCp932(Session& session, const sheet::Table& table, bool replace) {
  ASSIGN_OR_RETURN(sheet::Cp932Csv csv, sheet::WriteCsvCp932(table));
  if (csv.losses.empty()) return std::move(csv.bytes);
  session.around().err << LossText(csv.losses, 0);
  const auto lost = std::count_if(csv.losses.begin(), csv.losses.end(),
                                  [](const auto& loss) { return !loss.loss.is_twin; });
  if (lost > 0 && !replace) return NotInCp932(static_cast<int>(lost));
  return std::move(csv.bytes);
}

absl::StatusOr<std::string> Write(Session& session, const sheet::Table& table, FileFormat format,
                                  bool replace) {
  switch (format) {
    case FileFormat::kCsv:
      return sheet::WriteCsvUtf8(table);
    case FileFormat::kCsvCp932:
      return WriteCp932(session, table, replace);
    case FileFormat::kXlsx:
      return sheet::WriteXlsx(table, session.around().now);
    case FileFormat::kJson:
      return sheet::WriteJson(table);
  }
  return absl::InternalError("no such format");
}

absl::StatusOr<Exit> Export(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const FileFormat format, ParseFileFormat(arguments));
  ASSIGN_OR_RETURN(const v1::ListAccountsRequest request, ListRequest(arguments));
  const Reader reader = format == FileFormat::kJson ? Reader::kPrograms : Reader::kPeople;
  ASSIGN_OR_RETURN(const sheet::Table table, ReadTable(session, request, reader));
  ASSIGN_OR_RETURN(const std::string bytes,
                   Write(session, table, format, arguments.Has("replace")));
  if (!arguments.Has("out")) {
    session.around().out << bytes;
    return Exit::kOk;
  }
  const std::string path = arguments.Get("out");
  RETURN_IF_ERROR(WriteOutput(path, bytes));
  session.around().out << table.rows.size() << " 件を " << Printable(path)
                       << " に書き出しました / accounts written\n";
  return Exit::kOk;
}

}  // namespace

Command ExportCommand() {
  Command command{
      "account export",
      "",
      "台帳を表(CSV、XLSX、JSON)に書き出します。書き出した表は account import で読み戻せます。",
      "Writes the ledger as a table (CSV, XLSX, JSON), which account import takes back.",
      {{"format", "csv|csv-cp932|xlsx|json",
        "csv は UTF-8(BOM付き)、csv-cp932 はシフトJIS系。既定は csv",
        "csv is UTF-8 with BOM, csv-cp932 what older Windows programs read. Default: csv"},
       {"out", "FILE", "書き出すファイル。既定は標準出力。xlsx では必須",
        "File to write, whole or not at all. Default: standard output; xlsx needs it"},
       {"replace", "", "CP932 にない文字を 〓 に置き換える(該当セルは一覧表示)",
        "Write 〓 for what CP932 lacks; every such cell is listed"}},
      {"daicho account export --format=xlsx --out=台帳.xlsx --as pr-office",
       "daicho account export --format=csv-cp932 --replace --out=ledger.csv --as pr-office",
       "daicho account export --department=0303 --state=active > 0303.csv"},
      Export};
  for (Flag& flag : ListFlags()) command.flags.push_back(std::move(flag));
  return command;
}

}  // namespace daicho::cli
