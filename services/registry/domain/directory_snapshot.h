// The ledger as the public may ask about it, as of one moment.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/domain/sharded_map.h"

namespace daicho::registry::domain {

// What the public may know of a department.
struct PublicDepartment {
  std::string code;
  std::string display_name;
  std::string contact_desk;  // May be empty.
};

// A key that an account gave up by being renamed.
struct FormerHolding {
  std::string key;
  std::string account;  // UUID.
  absl::CivilDay until_on;
};

// Immutable, and so free to be read by any thread. A copy shares what it holds.
class DirectorySnapshot {
 public:
  // Every account that has `key`, or had it until it was renamed. What is pointed to lives as long
  // as this snapshot, here and below.
  std::vector<Holder> HoldersOf(absl::string_view key) const;
  // Null when there is none.
  const LookupEntry* Account(absl::string_view id) const;
  const PublicDepartment* Department(absl::string_view code) const;

  // Makes the snapshot that follows another one.
  class Editor;

 private:
  struct Holding {
    std::string account;
    std::optional<absl::CivilDay> given_up_on;

    friend bool operator==(const Holding&, const Holding&) = default;
  };

  using Accounts = ShardedMap<std::shared_ptr<const LookupEntry>>;
  using Holdings = ShardedMap<std::vector<Holding>>;  // By key.
  using Departments = ShardedMap<PublicDepartment>;

  Accounts accounts_;
  Holdings holdings_;
  Departments departments_;
};

class DirectorySnapshot::Editor {
 public:
  explicit Editor(const DirectorySnapshot& from);

  // Each takes the place of what was there before; a repeat changes nothing.
  void Put(LookupEntry entry);
  void Put(const FormerHolding& former);
  void Put(PublicDepartment department);

  DirectorySnapshot Finish() &&;

 private:
  void Hold(const std::string& key, Holding holding);

  Accounts::Editor accounts_;
  Holdings::Editor holdings_;
  Departments::Editor departments_;
};

}  // namespace daicho::registry::domain
