#include "services/approval/attachment_wire.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::approval::wire {
namespace {

constexpr std::size_t kSha256Bytes = 32;

absl::Status RefuseAttachmentName() {
  constexpr char kForm[] = "forms/UUID/attachments/UUID";
  return RefuseFields({{"name", "INVALID_NAME", absl::StrCat("Write it as ", kForm, "."),
                        absl::StrCat(kForm, " の形で指定してください。")}});
}

}  // namespace

absl::StatusOr<UploadCommand> Parse(const v1::AttachmentHeader& header) {
  UploadCommand command{.size_bytes = header.size_bytes(), .sha256 = header.sha256()};
  ASSIGN_OR_RETURN(command.form, ParseFormOf(header.form()));
  ASSIGN_OR_RETURN(command.name, domain::NormalizeFileName(header.file_name()));
  if (command.sha256.empty() || command.sha256.size() == kSha256Bytes) return command;
  return RefuseFields(
      {{"sha256", "INVALID_HASH", "Give the 32 bytes of the file's SHA-256, or leave it out.",
        "ファイルのSHA-256(32バイト)を指定するか、省略してください。"}});
}

absl::StatusOr<std::string> ParseFormOf(const std::string& form) {
  return daicho::wire::ParseUuidName("forms", form, "form");
}

absl::StatusOr<AttachmentName> ParseAttachmentName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4) return RefuseAttachmentName();
  const auto form = daicho::wire::ParseUuidName("forms", absl::StrCat(parts[0], "/", parts[1]), "");
  const auto id =
      daicho::wire::ParseUuidName("attachments", absl::StrCat(parts[2], "/", parts[3]), "");
  if (!form.ok() || !id.ok()) return RefuseAttachmentName();
  return AttachmentName{*form, *id};
}

absl::StatusOr<absl::string_view> ChunkOf(const v1::UploadAttachmentRequest& message) {
  if (message.has_header() || message.chunk().empty()) {
    return Refuse(absl::StatusCode::kInvalidArgument, "WRONG_MESSAGE_ORDER",
                  {"The first message has the header and nothing else, the others one piece of the "
                   "content each; send them so.",
                   "最初のメッセージは header だけ、以後は内容を一つずつ送ってください。"});
  }
  if (message.chunk().size() > domain::kBlockBytes) {
    return Refuse(absl::StatusCode::kInvalidArgument, "CHUNK_TOO_LARGE",
                  {"A piece has at most 262,144 bytes; send smaller ones.",
                   "一回に送れるのは262,144バイトまでです。小さく分けて送ってください。"});
  }
  return absl::string_view(message.chunk());
}

v1::AttachmentFile ToProto(const domain::Attachment& attachment) {
  v1::AttachmentFile out;
  out.set_name(NameOf(attachment));
  out.set_file_name(attachment.file_name);
  out.set_media_type(attachment.media_type);
  out.set_size_bytes(attachment.size_bytes);
  out.set_sha256(attachment.sha256);
  out.set_uploader(attachment.uploader.subject);
  out.set_uploader_display_name(attachment.uploader.display_name);
  *out.mutable_create_time() = daicho::wire::ToTimestamp(attachment.create_time);
  if (attachment.remove_time) {
    *out.mutable_remove_time() = daicho::wire::ToTimestamp(*attachment.remove_time);
  }
  return out;
}

}  // namespace daicho::approval::wire
