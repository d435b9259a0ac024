#include "common/wire/sealed_event.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace daicho::wire {
namespace {

using event::v1::Body;
using event::v1::Event;
using event::v1::FieldChange;

constexpr std::size_t kSaltBytes = 32;
constexpr absl::string_view kActorName = "actor.display_name";
constexpr absl::string_view kLargePart = "*";

// Fields that hold a registry.v1.Person or an approval.v1.Contact.
const std::set<absl::string_view>& HoldersOfPeople() {
  static const auto* const holders = new std::set<absl::string_view>{
      "absent", "account_manager", "actor",    "approver",  "contact",     "decider",
      "deputy", "drafter",         "head",     "holder",    "keeper",      "operators",
      "person", "recorder",        "reviewer", "successor", "team_leader", "users"};
  return *holders;
}

std::string NewSalt() {
  std::string salt(kSaltBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), kSaltBytes) != 1) std::abort();
  return salt;
}

absl::string_view WithoutIndex(absl::string_view segment) {
  return segment.substr(0, segment.find('['));
}

// The text that `path` names, for example "changes[3].before"; null when it names none that can be
// sealed.
std::string* TextAt(absl::string_view path, Event& event) {
  if (path == kActorName) return event.mutable_actor()->mutable_display_name();
  if (!absl::ConsumePrefix(&path, "changes[")) return nullptr;
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(path, "].");
  int index = 0;
  if (!absl::SimpleAtoi(parts.first, &index) || index < 0 || index >= event.changes_size()) {
    return nullptr;
  }
  FieldChange* change = event.mutable_changes(index);
  if (parts.second == "before") return change->mutable_before();
  if (parts.second == "after") return change->mutable_after();
  return nullptr;
}

void Seal(std::string path, std::string value, absl::string_view person, Event& event,
          std::vector<Body>& bodies) {
  if (value.empty()) return;
  Body body;
  body.set_path(std::move(path));
  body.set_salt(NewSalt());
  body.set_value(std::move(value));
  body.set_person(std::string(person));
  auto* sealed = event.add_sealed();
  sealed->set_path(body.path());
  sealed->set_hash(SealOf(body));
  bodies.push_back(std::move(body));
}

// Whose data the change at `path` tells: the subject that changed beside it, when one did.
struct Subjects {
  std::string before;
  std::string after;
};
Subjects SubjectsBeside(absl::string_view path, const Event& event) {
  const std::string beside = absl::StrCat(path.substr(0, path.rfind('.')), ".subject");
  for (const FieldChange& change : event.changes()) {
    if (change.path() == beside) return {change.before(), change.after()};
  }
  return {};
}

void SealPersonalValues(Event& event, std::vector<Body>& bodies) {
  std::string name = std::exchange(*event.mutable_actor()->mutable_display_name(), "");
  Seal(std::string(kActorName), std::move(name), event.actor().subject(), event, bodies);
  for (int i = 0; i < event.changes_size(); ++i) {
    FieldChange& change = *event.mutable_changes(i);
    if (!IsPersonal(change.path())) continue;
    const Subjects subjects = SubjectsBeside(change.path(), event);
    const std::string path = absl::StrCat("changes[", i, "]");
    Seal(path + ".before", std::exchange(*change.mutable_before(), ""), subjects.before, event,
         bodies);
    Seal(path + ".after", std::exchange(*change.mutable_after(), ""), subjects.after, event,
         bodies);
  }
}

// The hashes of the values inside go along: there may be hundreds.
void SealLargePart(Event& event, std::vector<Body>& bodies) {
  Event large;
  large.mutable_related_resources()->Swap(event.mutable_related_resources());
  large.mutable_changes()->Swap(event.mutable_changes());
  large.set_reason(std::exchange(*event.mutable_reason(), ""));
  large.mutable_sealed()->Swap(event.mutable_sealed());
  Seal(std::string(kLargePart), large.SerializeAsString(), "", event, bodies);
}

absl::Status NotWhatWasSealed(absl::string_view path) {
  return absl::DataLossError(
      absl::StrCat("the value of ", path, " is not the one that was sealed"));
}

}  // namespace

bool IsPersonal(absl::string_view path) {
  const std::vector<absl::string_view> segments = absl::StrSplit(path, '.');
  const absl::string_view last = segments.back();
  if (last == "department_head" || last == "person_display_name") return true;
  if (last != "display_name" && last != "title" && last != "email" && last != "extension") {
    return false;
  }
  return segments.size() > 1 &&
         HoldersOfPeople().count(WithoutIndex(segments[segments.size() - 2])) > 0;
}

std::vector<Body> SealValues(Event& event) {
  std::vector<Body> bodies;
  event.set_encoding(kEventEncoding);
  SealPersonalValues(event, bodies);
  if (event.ByteSizeLong() > kLargeLeafBytes) SealLargePart(event, bodies);
  return bodies;
}

std::string SealOf(const Body& body) { return Sha256(absl::StrCat(body.salt(), body.value())); }

absl::StatusOr<std::vector<std::string>> UnsealValues(const Bodies& bodies, Event& event) {
  std::map<std::string, const Body*> by_path;
  for (const Body& body : bodies) {
    if (!by_path.emplace(body.path(), &body).second) return NotWhatWasSealed(body.path());
  }
  std::vector<std::string> missing;
  // The large part brings more sealed values along, which then come behind it.
  for (int i = 0; i < event.sealed_size(); ++i) {
    const event::v1::SealedValue sealed = event.sealed(i);
    const auto found = by_path.find(sealed.path());
    if (found == by_path.end()) {
      missing.push_back(sealed.path());
      continue;
    }
    const Body& body = *found->second;
    if (SealOf(body) != sealed.hash()) return NotWhatWasSealed(sealed.path());
    if (sealed.path() == kLargePart) {
      if (!event.MergeFromString(body.value())) return NotWhatWasSealed(sealed.path());
    } else {
      std::string* text = TextAt(sealed.path(), event);
      if (text == nullptr || !text->empty()) return NotWhatWasSealed(sealed.path());
      *text = body.value();
    }
    by_path.erase(found);
  }
  if (!by_path.empty()) return NotWhatWasSealed(by_path.begin()->first);
  return missing;
}

bool ReadParcel(absl::string_view bytes, event::v1::Parcel& parcel) {
  if (!parcel.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (!parcel.leaf().empty()) return parcel.GetReflection()->GetUnknownFields(parcel).empty();
  parcel.Clear();
  parcel.set_leaf(std::string(bytes));
  return true;
}

absl::StatusOr<Event> EventIn(const event::v1::Parcel& parcel) {
  Event event;
  if (!event.ParseFromString(parcel.leaf())) {
    return absl::DataLossError("the leaf is no daicho.event.v1.Event");
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> missing, UnsealValues(parcel.bodies(), event));
  if (!missing.empty()) {
    return absl::DataLossError(absl::StrCat("the value of ", missing.front(), " is missing"));
  }
  return event;
}

}  // namespace daicho::wire
