#include "services/audit/domain/log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/utf8.h"

namespace daicho::audit::domain {
namespace {

constexpr std::size_t kMaxSearchBytes = 1000;
constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

absl::Status EventAltered(absl::string_view event_id) {
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "EVENT_ALTERED",
      {.en = "The log already holds an event with this id and other content; an event "
             "cannot be changed. Announce a new one.",
       .ja = "同じ識別子で内容の異なる事象が既に記録されています。記録済みの事象は変更でき"
             "ません。新しい事象として記録してください。"},
      {{"event_id", event_id}});
}

}  // namespace

absl::StatusOr<Growth> Grow(Frontier frontier, std::map<std::string, Hash> known,
                            std::vector<NewEvent> batch) {
  Growth growth{.frontier = std::move(frontier)};
  for (NewEvent& event : batch) {
    const Hash leaf_hash = LeafHash(event.leaf);
    const auto [earlier, is_new] = known.emplace(event.event_id, leaf_hash);
    if (earlier->second != leaf_hash) return EventAltered(event.event_id);
    if (!is_new) continue;
    growth.entries.push_back(
        {.index = growth.frontier.size, .leaf_hash = leaf_hash, .event = std::move(event)});
    for (Node& node : Append(growth.frontier, leaf_hash)) growth.nodes.push_back(std::move(node));
  }
  return growth;
}

std::string SearchText(absl::string_view text) {
  std::string searchable;
  while (!text.empty()) {
    const std::size_t length = text[0] == '\0' ? 0 : CharacterLength(text);
    const absl::string_view character = length == 0 ? kReplacement : text.substr(0, length);
    if (searchable.size() + character.size() > kMaxSearchBytes) break;
    absl::StrAppend(&searchable, character);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return searchable;
}

}  // namespace daicho::audit::domain
