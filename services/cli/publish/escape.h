// The one place where JSON becomes a text, or part of a page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/base/markup.h"

namespace daicho::cli::publish {

using Json = nlohmann::ordered_json;

// JSON in UTF-8, indented, with a line feed. Broken UTF-8 becomes U+FFFD.
std::string JsonText(const Json& json);

// JSON that may stand inside <script>: nothing in it can end the element or begin a comment.
Markup ScriptJson(const Json& json);

}  // namespace daicho::cli::publish
