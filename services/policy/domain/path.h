// Where a rule looks: paths into the flat fields of a form.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "common/base/event.h"

namespace daicho::policy::domain {

// A path, taken apart when the guideline is loaded. Goes through at most one list.
struct Path {
  std::string text;      // "fields.goals.metric"
  bool in_list = false;  // Goes through a list, or names one.
  std::string list;      // The list's own path, "fields.goals". Empty unless `in_list`.
  std::string rest;      // What follows an entry's index, ".metric". Empty for a list of values.

  friend bool operator==(const Path&, const Path&) = default;
};

// Path to a single field, and to every entry of `list`.
Path FieldPath(std::string text);
Path ListPath(std::string list, absl::string_view rest = "");

// Where the values of a guideline's paths are, found once for many subjects whose fields are read
// into the same place. By the address of the path: a guideline stays where it is.
using Places = absl::flat_hash_map<const std::string*, const std::string*>;

// Fields as rules look at them.
struct FieldsView {
  FieldsView(const Fields& all, const Places* places = nullptr)  // NOLINT
      : all(all), places(places) {}

  const Fields& all;
  const Places* places;  // Null: none is known.
};

// The value at `path`, which is not in a list; "" when unset.
const std::string& ValueAt(const FieldsView& fields, const std::string& path);

// Paths of the entries of `list`, empty ones too, in their order: "fields.goals[0]", ….
std::vector<std::string> EntriesOf(const FieldsView& fields, const std::string& list);

// Entries of `list` in which some value is not blank.
int FilledEntries(const FieldsView& fields, const std::string& list);

// Calls `visit(path, value)` for the field, or for the field of every entry of its list; value ""
// where it is unset.
void ForEach(const FieldsView& fields, const Path& path,
             absl::FunctionRef<void(const std::string& path, const std::string& value)> visit);

// Whether some value at `path`, or some entry of the list it names, is not blank.
bool HasValue(const FieldsView& fields, const Path& path);

}  // namespace daicho::policy::domain
