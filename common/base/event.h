// What a handler announces: an act in the past tense. The caller, the time and the RPC are added
// where the call is known (common/rpc).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace daicho {

// The largest event the audit log takes, serialized, in bytes. A call whose event would be larger
// is refused before anything commits: an event that cannot be delivered would hold up all others.
inline constexpr std::size_t kMaxEventBytes = 1 << 20;

// Fields of a message, flat: path to value as text. An unset field has no entry.
// "fields.purpose", "fields.publishing_method.operators[0].display_name".
using Fields = std::map<std::string, std::string>;

// One field before and after; empty means unset.
struct FieldChange {
  std::string path;
  std::string before;
  std::string after;

  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

// Every path whose value differs, in the order of the paths.
std::vector<FieldChange> Diff(const Fields& before, const Fields& after);

struct Event {
  std::string type;                  // "form.submitted"
  std::string resource;              // "forms/…"
  std::vector<std::string> related;  // Other resources of the same act: "accounts/…".
  std::string department;            // "departments/…" concerned.
  std::string reason;                // What the actor gave as reason. May be empty.
  std::vector<FieldChange> changes;

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace daicho
