#include "services/approval/attachment_service.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/approval/attachment_content.h"
#include "services/approval/attachment_store.h"
#include "services/approval/attachment_wire.h"
#include "services/approval/handling.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kUpload{"daicho.approval.v1.AttachmentService.UploadAttachment"};
constexpr rpc::Method kDownload{"daicho.approval.v1.AttachmentService.DownloadAttachment"};
constexpr rpc::Method kListAttachments{"daicho.approval.v1.AttachmentService.ListAttachments"};
constexpr rpc::Method kRemove{"daicho.approval.v1.AttachmentService.RemoveAttachment"};

// Each holds a thread and a connection of the database while it comes in.
constexpr int kMostUploads = 4;

// One of the few uploads that may go on at a time.
class Turn {
 public:
  explicit Turn(std::atomic<int>* going_on) : going_on_(*going_on) {}
  Turn(const Turn&) = delete;
  ~Turn() {
    if (taken_) --going_on_;
  }

  // RESOURCE_EXHAUSTED (TOO_MANY_STREAMS).
  absl::Status Take() {
    taken_ = true;
    if (++going_on_ <= kMostUploads) return absl::OkStatus();
    return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                  {"Four files are coming in already; try again in a moment.",
                   "同時に受け付けられる添付は4件までです。しばらくしてからやり直してください。"});
  }

 private:
  std::atomic<int>& going_on_;
  bool taken_ = false;
};

// A form of the caller's that is with its drafter.
absl::StatusOr<domain::Form> LoadWritable(pg::Transaction& tx, const rpc::Call& call,
                                          const std::string& id) {
  ASSIGN_OR_RETURN(domain::Form form, store::Get(tx, id));
  RETURN_IF_ERROR(call.AdmitDepartment(form.department));
  RETURN_IF_ERROR(Allows(form, domain::ActKind::kUpdated));
  return form;
}

absl::Status CheckRoom(pg::Transaction& tx, const wire::UploadCommand& command) {
  ASSIGN_OR_RETURN(const std::vector<domain::Attachment> existing,
                   store::ListAttachments(tx, command.form));
  return domain::CheckRoom(existing, command.name, command.size_bytes);
}

absl::Status RefuseOtherSize() {
  return Refuse(absl::StatusCode::kInvalidArgument, "SIZE_MISMATCH",
                {"What came is not as long as the header says; send the whole file again.",
                 "受信した大きさが最初に示された大きさと異なります。全体を送り直してください。"});
}

absl::Status RefuseOtherHash() {
  return Refuse(absl::StatusCode::kInvalidArgument, "HASH_MISMATCH",
                {"What came does not have the SHA-256 of the header; send the file again.",
                 "受信した内容のSHA-256が最初に示された値と異なります。ファイルを送り直して"
                 "ください。"});
}

// Writes what comes, as it comes, and gives its hash.
absl::StatusOr<std::string> TakeContent(pg::Transaction& tx, const std::string& id, absl::Time now,
                                        const wire::UploadCommand& command,
                                        const rpc::Receive<v1::UploadAttachmentRequest>& receive) {
  store::ContentWriter writer(tx, id, now);
  Sha256Stream hash;
  std::int64_t size = 0;
  v1::UploadAttachmentRequest message;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, receive(&message));
    if (!more) break;
    ASSIGN_OR_RETURN(const absl::string_view chunk, wire::ChunkOf(message));
    size += static_cast<std::int64_t>(chunk.size());
    if (size > command.size_bytes) return RefuseOtherSize();
    hash.Add(chunk);
    RETURN_IF_ERROR(writer.Append(chunk));
  }
  if (size != command.size_bytes) return RefuseOtherSize();
  RETURN_IF_ERROR(writer.Finish());
  std::string sha256 = hash.Finish();
  if (!command.sha256.empty() && sha256 != command.sha256) return RefuseOtherHash();
  return sha256;
}

absl::StatusOr<std::string> CheckContent(pg::Transaction& tx, const std::string& id,
                                         const wire::UploadCommand& command) {
  const Content content = {
      .size_bytes = command.size_bytes,
      .block_bytes = domain::kBlockBytes,
      .read_block = [&](int position) { return store::ReadBlock(tx, id, position); }};
  ASSIGN_OR_RETURN(std::string media_type, MediaTypeOf(content));
  RETURN_IF_ERROR(domain::CheckExtension(command.name.shown, media_type));
  return media_type;
}

// What may be refused early is, so that nobody sends 20 MB in vain; what holds at the end is asked
// under the form's lock, so that it is not held while a slow client sends.
absl::StatusOr<v1::AttachmentFile> Upload(
    const rpc::Call& call, work::UnitOfWork& unit, const v1::AttachmentHeader& header,
    const rpc::Receive<v1::UploadAttachmentRequest>& receive) {
  pg::Transaction& tx = unit.tx();
  ASSIGN_OR_RETURN(const wire::UploadCommand command, wire::Parse(header));
  RETURN_IF_ERROR(LoadWritable(tx, call, command.form).status());
  RETURN_IF_ERROR(domain::CheckSize(command.size_bytes));
  RETURN_IF_ERROR(CheckRoom(tx, command));

  domain::Attachment attachment = {.id = NewUuid(call.now()),
                                   .form = command.form,
                                   .file_name = command.name.shown,
                                   .name_key = command.name.key,
                                   .size_bytes = command.size_bytes,
                                   .uploader = {call.caller().subject, call.caller().display_name},
                                   .create_time = call.now()};
  ASSIGN_OR_RETURN(attachment.sha256, TakeContent(tx, attachment.id, call.now(), command, receive));
  ASSIGN_OR_RETURN(attachment.media_type, CheckContent(tx, attachment.id, command));

  store::LockForm(tx, command.form);
  ASSIGN_OR_RETURN(const domain::Form form, LoadWritable(tx, call, command.form));
  RETURN_IF_ERROR(CheckRoom(tx, command));
  store::Insert(tx, attachment);
  RETURN_IF_ERROR(unit.Announce(UploadedEvent(form, attachment)));
  return wire::ToProto(attachment);
}

}  // namespace

grpc::Status AttachmentServiceImpl::UploadAttachment(
    grpc::ServerContext* context, grpc::ServerReader<v1::UploadAttachmentRequest>* reader,
    v1::AttachmentFile* response) {
  Turn turn(&uploads_);
  return rpc::WriteStream(
      env_, *context, kUpload, reader, response, [&] { return turn.Take(); }, Upload);
}

grpc::Status AttachmentServiceImpl::DownloadAttachment(
    grpc::ServerContext* context, const v1::DownloadAttachmentRequest* request,
    grpc::ServerWriter<v1::DownloadAttachmentResponse>* writer) {
  return rpc::ReadStream(
      env_, *context, kDownload, *request, writer,
      [&](const rpc::Call& call, pg::Transaction& tx,
          const rpc::Send<v1::DownloadAttachmentResponse>& send) -> absl::Status {
        ASSIGN_OR_RETURN(const auto name, wire::ParseAttachmentName(request->name()));
        RETURN_IF_ERROR(LoadReadable(tx, call, name.form).status());
        ASSIGN_OR_RETURN(const auto attachment, store::GetAttachment(tx, name.form, name.id));
        v1::DownloadAttachmentResponse message;
        *message.mutable_file() = wire::ToProto(attachment);
        RETURN_IF_ERROR(send(message));
        message.clear_file();
        std::int64_t sent = 0;
        for (int position = 0; sent < attachment.size_bytes; ++position) {
          ASSIGN_OR_RETURN(*message.mutable_chunk(), store::ReadBlock(tx, name.id, position));
          sent += static_cast<std::int64_t>(message.chunk().size());
          RETURN_IF_ERROR(send(message));
        }
        return absl::OkStatus();
      });
}

grpc::Status AttachmentServiceImpl::ListAttachments(grpc::ServerContext* context,
                                                    const v1::ListAttachmentsRequest* request,
                                                    v1::ListAttachmentsResponse* response) {
  return rpc::Read(env_, *context, kListAttachments, *request, response,
                   [&](const rpc::Call& call,
                       pg::Transaction& tx) -> absl::StatusOr<v1::ListAttachmentsResponse> {
                     ASSIGN_OR_RETURN(const std::string form, wire::ParseFormOf(request->form()));
                     RETURN_IF_ERROR(LoadReadable(tx, call, form).status());
                     ASSIGN_OR_RETURN(const auto attachments, store::ListAttachments(tx, form));
                     v1::ListAttachmentsResponse answer;
                     for (const domain::Attachment& one : attachments) {
                       if (one.remove_time && !request->show_removed()) continue;
                       *answer.add_attachments() = wire::ToProto(one);
                     }
                     return answer;
                   });
}

grpc::Status AttachmentServiceImpl::RemoveAttachment(grpc::ServerContext* context,
                                                     const v1::RemoveAttachmentRequest* request,
                                                     v1::AttachmentFile* response) {
  return rpc::Write(
      env_, *context, kRemove, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::AttachmentFile> {
        ASSIGN_OR_RETURN(const auto name, wire::ParseAttachmentName(request->name()));
        store::LockForm(unit.tx(), name.form);
        ASSIGN_OR_RETURN(const domain::Form form, LoadWritable(unit.tx(), call, name.form));
        ASSIGN_OR_RETURN(domain::Attachment attachment,
                         store::GetAttachment(unit.tx(), name.form, name.id));
        if (attachment.remove_time) return store::RefuseUnknownAttachment();
        attachment.remove_time = call.now();
        attachment.remover = call.caller().subject;
        store::SaveRemoval(unit.tx(), attachment);
        RETURN_IF_ERROR(unit.Announce(RemovedEvent(form, attachment)));
        return wire::ToProto(attachment);
      });
}

}  // namespace daicho::approval
