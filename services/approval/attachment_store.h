// Files that belong to forms, in PostgreSQL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/approval/domain/attachment.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

// Keeps everybody else from changing the form, and the files on it, until the end of `tx`. Is sent
// with the next statement.
void LockForm(pg::Transaction& tx, absl::string_view form);

// Files of a form, removed ones too, in the order in which they were added. `form` is a UUID.
absl::StatusOr<std::vector<domain::Attachment>> ListAttachments(pg::Transaction& tx,
                                                                absl::string_view form);

// One file of a form, removed or not. Refuses with NOT_FOUND (ATTACHMENT_NOT_FOUND).
absl::StatusOr<domain::Attachment> GetAttachment(pg::Transaction& tx, absl::string_view form,
                                                 absl::string_view id);

// Writes content as it comes; at most one block of it is held. Seen by nobody until Insert().
class ContentWriter {
 public:
  // `id` is a new UUID: that of the attachment to be.
  ContentWriter(pg::Transaction& tx, std::string id, absl::Time now);

  absl::Status Append(absl::string_view bytes);
  // Writes what is left.
  absl::Status Finish();

 private:
  absl::Status WriteBlock();

  pg::Transaction& tx_;
  const std::string id_;
  std::string block_;
  int position_ = 0;
};

// Block `position` of a content, from 0: kBlockBytes but for the last. Fails as a fault when there
// is none.
absl::StatusOr<std::string> ReadBlock(pg::Transaction& tx, absl::string_view id, int position);

// Adds a file whose content was written. Queues only.
void Insert(pg::Transaction& tx, const domain::Attachment& attachment);

// Stores that a file was removed. Queues only; refuses with NOT_FOUND (ATTACHMENT_NOT_FOUND) at the
// next statement when it was removed before.
void SaveRemoval(pg::Transaction& tx, const domain::Attachment& attachment);

// NOT_FOUND (ATTACHMENT_NOT_FOUND).
absl::Status RefuseUnknownAttachment();

// For submission: whether the files that `form` names are those that were added to it, as
// domain::CheckNamed() says. Nobody adds or removes one from here until the end of `tx`.
absl::Status CheckAttachments(pg::Transaction& tx, const domain::Form& form);

}  // namespace daicho::approval::store
