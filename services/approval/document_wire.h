// Documents between what is on the wire and what is printed.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "daicho/approval/v1/document_service.pb.h"

namespace daicho::approval::wire {

struct RenderCommand {
  std::string form;  // UUID.
  v1::RenderDocumentRequest::Document document = v1::RenderDocumentRequest::DOCUMENT_FORM;
  v1::RenderDocumentRequest::Format format = v1::RenderDocumentRequest::FORMAT_PDF;
};

// Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<RenderCommand> Parse(const v1::RenderDocumentRequest& request);

// What is said of `bytes` before they come.
v1::DocumentHeader HeaderOf(v1::RenderDocumentRequest::Format format, const std::string& bytes);

}  // namespace daicho::approval::wire
