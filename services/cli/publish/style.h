// The one style sheet of the published pages.
#pragma once

namespace daicho::cli::publish {

extern const char kStyle[];

}  // namespace daicho::cli::publish
