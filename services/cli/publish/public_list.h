// The public list (公式アカウント一覧) as values: what a publication is made of (domain.md §10).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daicho::cli::publish {

enum class Standing {
  kOfficial,
  kSuspended,    // Official, but suspended.
  kCompromised,  // In the hands of somebody else.
  kFormer,       // Not official any more.
  kUnconfirmed,  // Renamed, and not seen under the new name yet.
};

// Texts may be empty, but for codes, ids and names.
struct Department {
  std::string code;
  std::string name;
  std::string kana;
  std::string parent;  // Code.
  std::string page_url;
  std::string contact_desk;
  std::string local_government_code;
};

struct Account {
  std::string id;          // UUID.
  std::string department;  // Code.
  std::string platform;    // Id.
  std::string platform_name;
  std::string handle;
  std::string display_name;  // Empty for a person's own account.
  std::string url;
  Standing standing = Standing::kOfficial;
  std::optional<absl::CivilDay> opened_on;
  // First day on which it is not official any more, past or to come.
  std::optional<absl::CivilDay> official_until;
  std::string successor;  // UUID.
  std::optional<absl::CivilDay> condition_since;
  std::string notice;
  std::string policy_url;
  bool verified = false;
  bool former_name = false;  // A name that was given up, rather than an account.
};

// A known impersonator.
struct Warning {
  std::string platform_name;
  std::string handle;
  std::string url;
  std::string imitated_account;  // UUID.
  std::optional<absl::CivilDay> known_since;
  std::string text;
};

enum class ChangeKind {
  kOpened,
  kRenamed,
  kMoved,
  kClosing,
  kClosed,
  kSuspended,
  kCompromised,
  kRestored,
};

struct Change {
  std::string id;  // UUID.
  ChangeKind kind = ChangeKind::kOpened;
  absl::Time time;
  Account account;  // As it was then.
  std::string display_name_before;
  std::string url_before;
  std::string department_before;  // Code.
};

struct PublicList {
  absl::Time as_of;
  std::string organization_name;
  std::string local_government_code;
  std::map<std::string, Department> departments;  // By code; every one there is.
  std::vector<Account> accounts;
  std::vector<Warning> warnings;
  std::vector<Change> changes;
};

// What the publisher says beside the list.
struct Site {
  std::string base_url;            // Where it is published, with "/" at the end. May be empty.
  std::string contact_department;  // Code of the department to ask. May be empty.
};

// Everything that is published, by its path below the folder: "index.html",
// "departments/0101.html". Pure: the same list and site give the same bytes, in whatever order the
// list's rows come. Departments without an account on the list have no page.
std::map<std::string, std::string> Render(PublicList list, const Site& site);

}  // namespace daicho::cli::publish
