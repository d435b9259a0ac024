// What stands on the public list (公式アカウント一覧) and what happened to it (domain.md §10; A,
// T 6-1). Pure: no clock, no I/O, no protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

// Whose list it is.
struct Organization {
  std::string name;                   // 地方公共団体名.
  std::string local_government_code;  // Six digits. May be empty.
};

// What the public may know of a version of an account, and what that depends on.
struct PublicFacts {
  std::string account;     // UUID.
  std::string department;  // Code.
  std::string platform;
  std::string handle;        // May be empty.
  std::string display_name;  // As readers see it.
  std::string url;           // Canonical. Empty while only planned.
  // A person's own account (T 5-1), whose display name is not for the list: it may be their name.
  bool personal = false;
  AccountState state = AccountState::kPreparing;
  Condition condition = Condition::kNormal;
  bool opened = false;  // It has been open on its platform.
  std::optional<absl::CivilDay> opened_on;
  // From kClosing on; of a person's own account the day after its exception ends.
  std::optional<absl::CivilDay> closing_effective_on;
  std::optional<absl::CivilDay> unlisted_on;  // Of a tombstone.
  std::string closing_successor;              // UUID. May be empty.
  std::optional<absl::CivilDay> condition_since;
  std::string condition_successor;  // UUID. May be empty.
  std::string notice;
  std::string policy_url;
  bool verified = false;
  bool renamed_unseen = false;  // It was renamed, and no page was seen since to show the new name.

  friend bool operator==(const PublicFacts&, const PublicFacts&) = default;
};

// How the organisation stands to an account.
enum class ListStanding {
  kOfficial,
  kSuspended,    // Official, but suspended.
  kCompromised,  // In the hands of somebody else.
  kFormer,       // Not official any more.
  kUnconfirmed,  // Renamed, and not seen under the new name yet, which may be anybody's.
};

// Where to go on in a list by department, platform and age: after this account.
struct PublicListPosition {
  std::string department;
  std::string platform;
  std::string account = "00000000-0000-0000-0000-000000000000";
};

// An account, or a name it has given up, as it stands on the list.
struct ListedAccount {
  ListStanding standing = ListStanding::kOfficial;
  PublicFacts facts;  // `display_name` is empty when it is not for the list.
  // First day on which it is not official any more: past with kFormer.
  std::optional<absl::CivilDay> official_until;
  std::string successor;     // UUID of the account that takes over. May be empty.
  bool former_name = false;  // A name that was given up.

  friend bool operator==(const ListedAccount&, const ListedAccount&) = default;
};

// How `facts` stand on the list of `today`; nullopt when they do not. Nothing is on it before it
// has been open; what is open stays on it whatever is edited; what is not official any more leaves
// it `former_days` after its last day, a tombstone or not, but for what is known to be in the hands
// of somebody else. Agrees with lookups on what is official no longer (domain/lookup.h).
std::optional<ListedAccount> Place(const PublicFacts& facts, absl::CivilDay today, int former_days);

// A name that an account gave up by being renamed, with the facts of its last version under it.
struct FormerName {
  PublicFacts facts;
  absl::CivilDay until_on;  // First day on which it was no longer the account's.
};

// The same for a former name, which leaves the list like a former account.
std::optional<ListedAccount> Place(const FormerName& name, absl::CivilDay today, int former_days);

enum class PublicChangeKind {
  kOpened,
  kRenamed,      // Name, handle or URL.
  kMoved,        // Another department took it over.
  kClosing,      // Agreed to close on a day to come.
  kClosed,       // Not official any more.
  kSuspended,    // By the platform or the organisation.
  kCompromised,  // 乗っ取り.
  kRestored,     // Neither any more.
};

// Something that happened to an account on the list.
struct PublicChange {
  std::string id;  // UUID; the same whenever it is told.
  PublicChangeKind kind = PublicChangeKind::kOpened;
  absl::Time time;
  ListedAccount account;  // As it stood then.
  // What it was before, with kRenamed and kMoved.
  std::string display_name_before;
  std::string url_before;
  std::string department_before;

  friend bool operator==(const PublicChange&, const PublicChange&) = default;
};

// Two versions of an account that follow each other.
struct Step {
  PublicFacts before;
  PublicFacts after;
  std::int64_t revision = 0;  // Of `after`.
  absl::Time time;            // When `after` was stored.
};

// What readers of the list are told of `step`: nothing of what was never on it, nor of a first
// version, as the import of a ledger opens nothing.
std::vector<PublicChange> ChangesOf(const Step& step);

// That `account` ceased to be official, at the first instant of the day. nullopt unless it has.
std::optional<PublicChange> ClosedChangeOf(const ListedAccount& account);

// "OPENED".
absl::string_view ToText(PublicChangeKind kind);

// The moment and the windows a list is made for.
struct PublicListQuery {
  absl::Time as_of;
  int former_days = 365;
  int change_days = 90;
};

}  // namespace daicho::registry::domain
