#include "services/approval/document_wire.h"

#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::approval::wire {

absl::StatusOr<RenderCommand> Parse(const v1::RenderDocumentRequest& request) {
  RenderCommand command = {.document = request.document(), .format = request.format()};
  ASSIGN_OR_RETURN(command.form, daicho::wire::ParseUuidName("forms", request.name(), "name"));
  return command;
}

v1::DocumentHeader HeaderOf(v1::RenderDocumentRequest::Format format, const std::string& bytes) {
  v1::DocumentHeader header;
  header.set_media_type(format == v1::RenderDocumentRequest::FORMAT_HTML
                            ? "text/html; charset=utf-8"
                            : "application/pdf");
  header.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  header.set_sha256(Sha256(bytes));
  return header;
}

}  // namespace daicho::approval::wire
