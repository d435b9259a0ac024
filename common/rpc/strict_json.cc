#include "common/rpc/strict_json.h"

#include <set>
#include <string>
#include <vector>

namespace daicho::rpc {
namespace {

constexpr std::size_t kMaxDepth = 8;

// Follows the parser and notes what RFC 8259 leaves open and we do not take.
class Strictness {
 public:
  bool operator()(int /*depth*/, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    switch (event) {
      case nlohmann::json::parse_event_t::object_start:
      case nlohmann::json::parse_event_t::array_start:
        keys_.emplace_back();
        broken = broken || keys_.size() > kMaxDepth;
        break;
      case nlohmann::json::parse_event_t::object_end:
      case nlohmann::json::parse_event_t::array_end:
        keys_.pop_back();
        break;
      case nlohmann::json::parse_event_t::key:
        broken = !keys_.back().insert(parsed.get<std::string>()).second || broken;
        break;
      case nlohmann::json::parse_event_t::value:
        break;
    }
    return true;
  }

  bool broken = false;

 private:
  std::vector<std::set<std::string>> keys_;  // Of each value now open.
};

}  // namespace

std::optional<nlohmann::json> ParseStrictJson(absl::string_view text) {
  Strictness strictness;
  nlohmann::json json = nlohmann::json::parse(
      text.begin(), text.end(),
      [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        return strictness(depth, event, parsed);
      },
      /*allow_exceptions=*/false);
  if (json.is_discarded() || strictness.broken) return std::nullopt;
  return json;
}

}  // namespace daicho::rpc
