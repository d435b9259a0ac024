// Forms, and the policy and terms they put into effect, on paper.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "daicho/approval/v1/document_service.grpc.pb.h"
#include "services/cli/form_act.h"
#include "services/cli/labels.h"
#include "services/cli/output_file.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using Request = v1::RenderDocumentRequest;
using Response = v1::RenderDocumentResponse;

absl::Status CheckMayWrite(const std::string& path, bool force) {
  std::error_code ignored;
  if (force || !std::filesystem::is_regular_file(path, ignored)) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "FILE_EXISTS",
                {absl::StrCat(path,
                              " exists; name another file with --out, or replace it with "
                              "--force."),
                 absl::StrCat(path,
                              " は既にあります。--out で別の名前を指定するか、--force を付けて"
                              "置き換えてください。")},
                {{"file", path}});
}

absl::StatusOr<Request> RequestOf(const Arguments& arguments) {
  Request request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("forms", arguments.operands[0]));
  ASSIGN_OR_RETURN(const int document, ParseEnum(*Request::Document_descriptor(),
                                                 arguments.Get("document", "form"), "document"));
  ASSIGN_OR_RETURN(const int format, ParseEnum(*Request::Format_descriptor(),
                                               arguments.Get("format", "pdf"), "format"));
  request.set_document(static_cast<Request::Document>(document));
  request.set_format(static_cast<Request::Format>(format));
  return request;
}

absl::StatusOr<Exit> Print(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string path, RequiredFlag(arguments, "out"));
  ASSIGN_OR_RETURN(const Request request, RequestOf(arguments));
  RETURN_IF_ERROR(CheckMayWrite(path, arguments.Has("force")));
  v1::DocumentHeader header;
  std::string bytes;
  RETURN_IF_ERROR((session.ReadStream<v1::DocumentService::Stub, Request, Response>(
      &v1::DocumentService::Stub::RenderDocument, request, [&](const Response& message) {
        if (message.has_header()) header = message.header();
        bytes += message.chunk();
      })));
  if (Sha256(bytes) != header.sha256()) return RefuseOtherHash();
  RETURN_IF_ERROR(WriteOutput(path, bytes));
  session.around().out << Printable(path) << " に書き出しました / written: " << bytes.size()
                       << " bytes\n";
  return Exit::kOk;
}

}  // namespace

std::vector<Command> FormPrintCommands() {
  return {
      {"form print",
       "FORM",
       "協議書(様式第1号)、利用方針、利用規約をA4のPDF又はHTMLで書き出します。",
       "Prints a form, or the usage policy or terms of use it puts into effect, as PDF or HTML.",
       {{"document", "form|policy|terms", "協議書、利用方針、利用規約。既定は form",
         "What to print. Default: form"},
        {"format", "pdf|html", "既定は pdf", "Default: pdf"},
        {"out", "FILE", "書き出すファイル", "File to write, whole or not at all"},
        {"force", "", "既にあるファイルを置き換える", "Replace a file that exists"}},
       {"daicho form print forms/0197b1f0-… --out=協議書.pdf --as pr-office",
        "daicho form print forms/0197b1f0-… --document=policy --format=html "
        "--out=利用方針.html"},
       Print}};
}

}  // namespace daicho::cli
