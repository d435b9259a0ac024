// The change feed: RFC 4287.
#pragma once

#include <string>

#include "services/cli/publish/arrangement.h"

namespace daicho::cli::publish {

// feed.atom: the newest changes first, at most 200.
std::string Feed(const Arrangement& arrangement);

}  // namespace daicho::cli::publish
