// A document as one HTML page: for screen readers, browsers and their printers. It holds no script,
// and loads nothing.
#pragma once

#include <string>

#include "common/paper/document.h"

namespace daicho::paper {

std::string RenderHtml(const Document& document);

}  // namespace daicho::paper
