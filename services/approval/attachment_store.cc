#include "services/approval/attachment_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

const pg::Statement kLockForm{"approval_lock_form", R"sql(
  SELECT id FROM forms WHERE id = $1 FOR UPDATE
)sql"};

const pg::Statement kListAttachments{"approval_list_attachments", R"sql(
  SELECT id, form_id, file_name, name_key, media_type, size_bytes, sha256, uploader, uploader_name,
         create_time, remove_time, remover
    FROM attachments
   WHERE form_id = $1
     AND ($2::uuid IS NULL OR id = $2)
   ORDER BY id
)sql"};

const pg::Statement kInsertContent{"approval_insert_attachment_content", R"sql(
  INSERT INTO attachment_contents (id, create_time)
  VALUES ($1, $2)
)sql"};

const pg::Statement kInsertChunk{"approval_insert_attachment_chunk", R"sql(
  INSERT INTO attachment_chunks (content, position, bytes)
  VALUES ($1, $2, $3)
)sql"};

const pg::Statement kSelectChunk{"approval_select_attachment_chunk", R"sql(
  SELECT bytes
    FROM attachment_chunks
   WHERE content = $1
     AND position = $2
)sql"};

const pg::Statement kInsertAttachment{"approval_insert_attachment", R"sql(
  INSERT INTO attachments (id, form_id, file_name, name_key, media_type, size_bytes, sha256,
                           uploader, uploader_name, create_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

const pg::Statement kRemoveAttachment{"approval_remove_attachment", R"sql(
  UPDATE attachments
     SET remove_time = $2, remover = $3
   WHERE id = $1
     AND remove_time IS NULL
)sql"};

domain::Attachment AttachmentOf(const pg::Row& row) {
  return {.id = row.Text(0),
          .form = row.Text(1),
          .file_name = row.Text(2),
          .name_key = row.Text(3),
          .media_type = row.Text(4),
          .size_bytes = row.Int64(5),
          .sha256 = row.Bytes(6),
          .uploader = {row.Text(7), row.Text(8)},
          .create_time = row.Time(9).value_or(absl::UnixEpoch()),
          .remove_time = row.Time(10),
          .remover = row.Text(11)};
}

absl::StatusOr<std::vector<domain::Attachment>> Select(pg::Transaction& tx, absl::string_view form,
                                                       const std::optional<std::string>& id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListAttachments, {form, id}));
  std::vector<domain::Attachment> attachments;
  for (int i = 0; i < rows.size(); ++i) attachments.push_back(AttachmentOf(rows[i]));
  return attachments;
}

}  // namespace

void LockForm(pg::Transaction& tx, absl::string_view form) { tx.Queue(kLockForm, {form}); }

absl::StatusOr<std::vector<domain::Attachment>> ListAttachments(pg::Transaction& tx,
                                                                absl::string_view form) {
  return Select(tx, form, std::nullopt);
}

absl::StatusOr<domain::Attachment> GetAttachment(pg::Transaction& tx, absl::string_view form,
                                                 absl::string_view id) {
  ASSIGN_OR_RETURN(std::vector<domain::Attachment> found, Select(tx, form, std::string(id)));
  if (found.empty()) return RefuseUnknownAttachment();
  return std::move(found.front());
}

ContentWriter::ContentWriter(pg::Transaction& tx, std::string id, absl::Time now)
    : tx_(tx), id_(std::move(id)) {
  tx_.Queue(kInsertContent, {id_, now});
}

absl::Status ContentWriter::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), domain::kBlockBytes - block_.size());
    block_.append(bytes.data(), count);
    bytes.remove_prefix(count);
    if (block_.size() == domain::kBlockBytes) RETURN_IF_ERROR(WriteBlock());
  }
  return absl::OkStatus();
}

absl::Status ContentWriter::Finish() { return block_.empty() ? absl::OkStatus() : WriteBlock(); }

absl::Status ContentWriter::WriteBlock() {
  RETURN_IF_ERROR(tx_.Execute(kInsertChunk, {id_, position_, pg::Bytes{block_}}).status());
  ++position_;
  block_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadBlock(pg::Transaction& tx, absl::string_view id, int position) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectChunk, {id, position}));
  if (rows.size() == 1) return rows[0].Bytes(0);
  return absl::InternalError(absl::StrCat("attachment ", id, " has no block ", position));
}

void Insert(pg::Transaction& tx, const domain::Attachment& attachment) {
  tx.Queue(kInsertAttachment,
           {attachment.id, attachment.form, attachment.file_name, attachment.name_key,
            attachment.media_type, attachment.size_bytes, pg::Bytes{attachment.sha256},
            attachment.uploader.subject, attachment.uploader.display_name, attachment.create_time});
}

void SaveRemoval(pg::Transaction& tx, const domain::Attachment& attachment) {
  tx.QueueOne(kRemoveAttachment, {attachment.id, attachment.remove_time, attachment.remover},
              RefuseUnknownAttachment());
}

absl::Status RefuseUnknownAttachment() {
  return Refuse(absl::StatusCode::kNotFound, "ATTACHMENT_NOT_FOUND",
                {"The form has no such file; look at the list of its files.",
                 "この協議書にそのファイルは添付されていません。添付の一覧を確認してください。"});
}

absl::Status CheckAttachments(pg::Transaction& tx, const domain::Form& form) {
  LockForm(tx, form.id);
  ASSIGN_OR_RETURN(const std::vector<domain::Attachment> existing, ListAttachments(tx, form.id));
  return domain::CheckNamed(form, existing);
}

}  // namespace daicho::approval::store
