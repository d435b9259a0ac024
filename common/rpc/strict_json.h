// JSON from outside, of which two readers must not read different things.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/string_view.h"

namespace daicho::rpc {

// The value, or nullopt when it is not JSON in UTF-8, an object has a key twice, or it is nested
// deeper than 8 levels.
std::optional<nlohmann::json> ParseStrictJson(absl::string_view text);

}  // namespace daicho::rpc
