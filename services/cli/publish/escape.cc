#include "services/cli/publish/escape.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace daicho::cli::publish {
namespace {

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace

std::string JsonText(const Json& json) { return absl::StrCat(Dump(json, 2), "\n"); }

Markup ScriptJson(const Json& json) {
  return {absl::StrReplaceAll(Dump(json, -1), {{"<", "\\u003c"},
                                               {">", "\\u003e"},
                                               {"&", "\\u0026"},
                                               {"\xE2\x80\xA8", "\\u2028"},
                                               {"\xE2\x80\xA9", "\\u2029"}})};
}

}  // namespace daicho::cli::publish
