// A document as PDF: A4 upright, fonts embedded, text that can be searched, "1 / 3" at the foot.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/paper/document.h"
#include "common/paper/fonts.h"

namespace daicho::paper {

// The same document gives the same bytes with the same versions of the fonts, Pango and Cairo. May
// be called by many threads at a time. Refuses with RESOURCE_EXHAUSTED (DOCUMENT_TOO_LONG) what has
// more than 2,000 pages.
absl::StatusOr<std::string> RenderPdf(const Fonts& fonts, const Document& document);

}  // namespace daicho::paper
