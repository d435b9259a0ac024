#include "services/policy/domain/path.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/policy/domain/text.h"

namespace daicho::policy::domain {

Path FieldPath(std::string text) { return {.text = std::move(text)}; }

Path ListPath(std::string list, absl::string_view rest) {
  Path path{.in_list = true, .list = std::move(list), .rest = std::string(rest)};
  path.text = absl::StrCat(path.list, path.rest);
  return path;
}

const std::string& ValueAt(const FieldsView& fields, const std::string& path) {
  static const std::string& unset = *new std::string;
  if (fields.places != nullptr) {
    const auto place = fields.places->find(&path);
    if (place != fields.places->end()) return *place->second;
  }
  const auto found = fields.all.find(path);
  return found == fields.all.end() ? unset : found->second;
}

std::vector<std::string> EntriesOf(const FieldsView& fields, const std::string& list) {
  const std::string prefix = absl::StrCat(list, "[");
  std::vector<int> indexes;
  for (auto it = fields.all.lower_bound(prefix);
       it != fields.all.end() && absl::StartsWith(it->first, prefix); ++it) {
    const absl::string_view rest = absl::string_view(it->first).substr(prefix.size());
    int index = 0;
    if (!absl::SimpleAtoi(rest.substr(0, rest.find(']')), &index)) continue;
    if (indexes.empty() || indexes.back() != index) indexes.push_back(index);
  }
  std::sort(indexes.begin(), indexes.end());
  std::vector<std::string> entries;
  for (const int index : indexes) entries.push_back(absl::StrCat(prefix, index, "]"));
  return entries;
}

int FilledEntries(const FieldsView& fields, const std::string& list) {
  int filled = 0;
  for (const std::string& entry : EntriesOf(fields, list)) {
    for (auto it = fields.all.lower_bound(entry);
         it != fields.all.end() && absl::StartsWith(it->first, entry); ++it) {
      if (IsBlank(it->second)) continue;
      ++filled;
      break;
    }
  }
  return filled;
}

void ForEach(const FieldsView& fields, const Path& path,
             absl::FunctionRef<void(const std::string&, const std::string&)> visit) {
  if (!path.in_list) return visit(path.text, ValueAt(fields, path.text));
  for (const std::string& entry : EntriesOf(fields, path.list)) {
    const std::string full = absl::StrCat(entry, path.rest);
    visit(full, ValueAt(fields, full));
  }
}

bool HasValue(const FieldsView& fields, const Path& path) {
  if (!path.in_list) return !IsBlank(ValueAt(fields, path.text));
  const std::string prefix = absl::StrCat(path.list, "[");
  for (auto it = fields.all.lower_bound(prefix);
       it != fields.all.end() && absl::StartsWith(it->first, prefix); ++it) {
    if (absl::EndsWith(it->first, path.rest) && !IsBlank(it->second)) return true;
  }
  return false;
}

}  // namespace daicho::policy::domain
