// Files that belong to forms.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "daicho/approval/v1/attachment_service.grpc.pb.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/form_act.h"
#include "services/cli/labels.h"
#include "services/cli/output_file.h"
#include "services/cli/progress.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using AttachmentStub = v1::AttachmentService::Stub;

constexpr std::size_t kPieceBytes = 256 << 10;

int Kilobytes(std::size_t bytes) { return static_cast<int>((bytes + 1023) >> 10); }

std::string ListText(const v1::ListAttachmentsResponse& list, int width) {
  Table table{{"ファイル名", "形式", "バイト数", "添付日時", "外した日時", "添付者"}, {}};
  for (const v1::AttachmentFile& file : list.attachments()) {
    table.rows.push_back({file.file_name(), file.media_type(), absl::StrCat(file.size_bytes()),
                          TimeText(file.create_time()),
                          file.has_remove_time() ? TimeText(file.remove_time()) : "",
                          file.uploader_display_name()});
  }
  return absl::StrCat(Render(table, width), list.attachments_size(), " 件\n");
}

absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(Session& session,
                                                            const std::string& form,
                                                            bool show_removed) {
  v1::ListAttachmentsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_form(), FullName("forms", form));
  request.set_show_removed(show_removed);
  return session.Read(&AttachmentStub::ListAttachments, request);
}

absl::StatusOr<v1::AttachmentFile> UploadOne(Session& session, const std::string& form,
                                             const std::string& path, int part) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path));
  v1::UploadAttachmentRequest first;
  v1::AttachmentHeader& header = *first.mutable_header();
  header.set_form(form);
  header.set_file_name(std::filesystem::path(path).filename());
  header.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  header.set_sha256(Sha256(bytes));
  Progress progress(session.around(), absl::StrCat("送信中 Sending ", header.file_name(), " (KB)"));
  const auto file =
      session.WriteStream<AttachmentStub, v1::UploadAttachmentRequest, v1::AttachmentFile>(
          &AttachmentStub::UploadAttachment,
          [&](const std::string& request_id,
              grpc::ClientWriter<v1::UploadAttachmentRequest>& writer) {
            header.set_request_id(request_id);
            v1::UploadAttachmentRequest piece;
            bool sent = writer.Write(first);
            for (std::size_t at = 0; sent && at < bytes.size(); at += kPieceBytes) {
              piece.set_chunk(bytes.substr(at, kPieceBytes));
              sent = writer.Write(piece);
              progress.Set(Kilobytes(at + piece.chunk().size()), Kilobytes(bytes.size()));
            }
          },
          part);
  if (ReasonOf(file.status()) != "ATTACHMENT_EXISTS") return file;
  // What is there already, but not named in the form: an earlier run may have been cut short.
  ASSIGN_OR_RETURN(const auto list, ListAttachments(session, form, /*show_removed=*/false));
  for (const v1::AttachmentFile& one : list.attachments()) {
    if (one.sha256() == header.sha256()) return one;
  }
  return file.status();
}

// Names `file` in the form, in place of an entry of that name.
void Name(const v1::AttachmentFile& file, v1::FormContent* content) {
  v1::Attachment* entry = nullptr;
  for (v1::Attachment& one : *content->mutable_attachments()) {
    if (one.file_name() == file.file_name()) entry = &one;
  }
  if (entry == nullptr) entry = content->add_attachments();
  entry->set_file_name(file.file_name());
  entry->set_media_type(file.media_type());
  entry->set_sha256(file.sha256());
  entry->set_size_bytes(file.size_bytes());
}

// Stores a form whose content names other files than before; `part` is the number of the change.
absl::Status SaveContent(Session& session, const v1::Form& form, v1::FormContent content,
                         int part) {
  if (content.SerializeAsString() == form.content().SerializeAsString()) return absl::OkStatus();
  v1::UpdateFormRequest request;
  request.set_name(form.name());
  ASSIGN_OR_RETURN(*request.mutable_etag(), session.EtagOr([&] { return form.etag(); }));
  request.mutable_content()->Swap(&content);
  return session.Write(&v1::FormService::Stub::UpdateForm, request, part).status();
}

absl::StatusOr<Exit> Attach(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string name, FullName("forms", arguments.operands[0]));
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, name));
  v1::FormContent content = form.content();
  const int files = static_cast<int>(arguments.operands.size()) - 1;
  for (int part = 0; part < files; ++part) {
    ASSIGN_OR_RETURN(
        const v1::AttachmentFile file,
        UploadOne(session, name, arguments.operands[static_cast<std::size_t>(part) + 1], part));
    Name(file, &content);
  }
  RETURN_IF_ERROR(SaveContent(session, form, std::move(content), files));
  ASSIGN_OR_RETURN(const auto list, ListAttachments(session, name, /*show_removed=*/false));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ListAll(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto list,
                   ListAttachments(session, arguments.operands[0], arguments.Has("all")));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

// The file of that name on the form.
absl::StatusOr<v1::AttachmentFile> Find(Session& session, const std::string& form,
                                        const std::string& file_name) {
  ASSIGN_OR_RETURN(const auto list, ListAttachments(session, form, /*show_removed=*/false));
  for (const v1::AttachmentFile& file : list.attachments()) {
    if (file.file_name() == file_name || file.name() == file_name) return file;
  }
  return Refuse(absl::StatusCode::kNotFound, "ATTACHMENT_NOT_FOUND",
                {"The form has no file of this name; see: daicho form attachments.",
                 "この名前の添付はありません。daicho form attachments で確認してください。"});
}

absl::StatusOr<Exit> Download(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string out, RequiredFlag(arguments, "out"));
  ASSIGN_OR_RETURN(const v1::AttachmentFile file,
                   Find(session, arguments.operands[0], arguments.operands[1]));
  v1::DownloadAttachmentRequest request;
  request.set_name(file.name());
  std::string bytes;
  {
    Progress progress(session.around(), "受信中 Receiving (KB)");
    const auto take = [&](const v1::DownloadAttachmentResponse& message) {
      bytes += message.chunk();
      progress.Set(Kilobytes(bytes.size()), Kilobytes(static_cast<std::size_t>(file.size_bytes())));
    };
    RETURN_IF_ERROR((session.ReadStream<AttachmentStub, v1::DownloadAttachmentRequest,
                                        v1::DownloadAttachmentResponse>(
        &AttachmentStub::DownloadAttachment, request, take)));
  }
  if (Sha256(bytes) != file.sha256()) return RefuseOtherHash();
  RETURN_IF_ERROR(WriteOutput(out, bytes));
  RETURN_IF_ERROR(session.Show(file, [&](int) { return Render(LabelledFields(file)); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Remove(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string name, FullName("forms", arguments.operands[0]));
  ASSIGN_OR_RETURN(const v1::AttachmentFile file, Find(session, name, arguments.operands[1]));
  v1::RemoveAttachmentRequest request;
  request.set_name(file.name());
  ASSIGN_OR_RETURN(const v1::AttachmentFile removed,
                   session.Write(&AttachmentStub::RemoveAttachment, request));
  ASSIGN_OR_RETURN(const v1::Form form, LoadForm(session, name));
  v1::FormContent content = form.content();
  auto& named = *content.mutable_attachments();
  for (int i = named.size() - 1; i >= 0; --i) {
    if (named[i].file_name() == removed.file_name()) named.DeleteSubrange(i, 1);
  }
  RETURN_IF_ERROR(SaveContent(session, form, std::move(content), 1));
  RETURN_IF_ERROR(session.Show(removed, [&](int) { return Render(LabelledFields(removed)); }));
  return Exit::kOk;
}

}  // namespace

absl::Status RefuseOtherHash() {
  return Refuse(absl::StatusCode::kDataLoss, "HASH_MISMATCH",
                {"What came does not have the file's SHA-256; nothing was written. Try again.",
                 "受信した内容のSHA-256が一致しません。何も書き込んでいません。もう一度お試し"
                 "ください。"});
}

std::vector<Command> AttachmentCommands() {
  return {
      {"form attach",
       "FORM FILE…",
       "協議書にファイル(PDF・PNG・JPEG・DOCX・XLSX、1件20MBまで)を添付し、協議書に記載します。",
       "Adds files to a form (PDF, PNG, JPEG, DOCX, XLSX; 20 MB each) and names them in it.",
       {},
       {"daicho form attach forms/0197b1f0-… 利用方針案.pdf アイコン案.png --as hirose"},
       Attach},
      {"form attachments",
       "FORM",
       "協議書の添付ファイルを一覧します。",
       "Lists the files of a form.",
       {{"all", "", "外したものも含める", "Also those that were removed"}},
       {"daicho form attachments forms/0197b1f0-… --as pr-office"},
       ListAll},
      {"form download",
       "FORM NAME",
       "添付ファイルを受け取り、SHA-256を確かめて保存します。",
       "Fetches a file of a form, checks its SHA-256 and saves it.",
       {{"out", "FILE", "保存先", "Where to"}},
       {"daicho form download forms/0197b1f0-… 利用方針案.pdf --out=方針.pdf --as pr-office"},
       Download},
      {"form detach",
       "FORM NAME",
       "提出前の協議書から添付ファイルを外し、記載も消します。",
       "Takes a file off a form that is with its drafter, and out of its content.",
       {},
       {"daicho form detach forms/0197b1f0-… 利用方針案.pdf --as hirose"},
       Remove}};
}

}  // namespace daicho::cli
