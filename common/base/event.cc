#include "common/base/event.h"

#include <algorithm>

namespace daicho {

std::vector<FieldChange> Diff(const Fields& before, const Fields& after) {
  std::vector<FieldChange> changes;
  for (const auto& [path, value] : before) {
    const auto now = after.find(path);
    if (now == after.end()) changes.push_back({path, value, ""});
    if (now != after.end() && now->second != value) changes.push_back({path, value, now->second});
  }
  for (const auto& [path, value] : after) {
    if (before.find(path) == before.end()) changes.push_back({path, "", value});
  }
  std::sort(changes.begin(), changes.end(),
            [](const FieldChange& a, const FieldChange& b) { return a.path < b.path; });
  return changes;
}

}  // namespace daicho
