// Files of forms between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "daicho/approval/v1/attachment_service.pb.h"
#include "services/approval/domain/attachment.h"

namespace daicho::approval::wire {

// A file that is coming.
struct UploadCommand {
  std::string form;  // UUID.
  domain::FileName name;
  std::int64_t size_bytes = 0;
  std::string sha256;  // Empty when not given.
};

// One file of one form; both are UUIDs.
struct AttachmentName {
  std::string form;
  std::string id;
};

// Refuse with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<UploadCommand> Parse(const v1::AttachmentHeader& header);
absl::StatusOr<AttachmentName> ParseAttachmentName(const std::string& name);
absl::StatusOr<std::string> ParseFormOf(const std::string& form);

// The next piece: 1 to kBlockBytes. INVALID_ARGUMENT (WRONG_MESSAGE_ORDER, CHUNK_TOO_LARGE).
absl::StatusOr<absl::string_view> ChunkOf(const v1::UploadAttachmentRequest& message);

v1::AttachmentFile ToProto(const domain::Attachment& attachment);

}  // namespace daicho::approval::wire
