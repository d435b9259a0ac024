// The ledger as the public may ask about it, as of one moment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/base/compact_text.h"
#include "services/registry/domain/hash_index.h"
#include "services/registry/domain/look_alike.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/domain/warning.h"

namespace daicho::registry::domain {

// What the public may know of a department.
struct PublicDepartment {
  std::string code;
  std::string display_name;
  std::string contact_desk;                   // May be empty.
  std::string parent;                         // Code of the department above. Empty at the top.
  std::optional<absl::CivilDay> valid_until;  // Last day. Unset: still exists.
  std::vector<std::string> successors;        // Codes; of one that has ended.
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
  DirectorySnapshot();

  // Every account that has `key`, or had it until it was renamed. What is pointed to lives as long
  // as this snapshot, here and below.
  std::vector<Holder> HoldersOf(absl::string_view key) const;
  // Null when there is none.
  const LookupEntry* Account(absl::string_view id) const;
  const PublicDepartment* Department(absl::string_view code) const;
  // By code, else by exact name: those that exist on `today`. Instead of one that has ended, those
  // that took over from it. Empty when there is none, or several that exist have that name.
  std::vector<const PublicDepartment*> FindDepartments(absl::string_view code_or_name,
                                                       absl::CivilDay today) const;
  // Accounts of the department itself, in no order.
  std::vector<const LookupEntry*> AccountsOf(absl::string_view department) const;
  // The warning in force on `key`. Null when there is none.
  const PublicWarning* WarningOf(absl::string_view key) const;
  // Some accounts whose handles may look like `handle`; a few dozen at most.
  std::vector<const LookupEntry*> Resembling(const Likeness& handle) const;

  // Makes the snapshot that follows another one.
  class Editor;

 private:
  void AddHeirs(const PublicDepartment& department, absl::CivilDay today, int depth,
                std::vector<const PublicDepartment*>& heirs) const;

  struct Kept {  // By its id.
    std::uint64_t hash = 0;
    std::shared_ptr<const LookupEntry> entry;
  };
  struct Pointer {  // By its key, or its department.
    std::uint64_t hash = 0;
    const LookupEntry* entry = nullptr;  // Of `accounts_`.
  };
  struct Alike {  // By half of what its handle looks like.
    std::uint64_t hash = 0;
    std::uint64_t characters = 0;
    const LookupEntry* entry = nullptr;  // Of `accounts_`.
  };
  struct GivenUp {  // By the former key.
    std::uint64_t hash = 0;
    std::shared_ptr<const LookupEntry> entry;
    CompactText key;
    absl::CivilDay on;
  };
  using Departments = absl::flat_hash_map<std::string, PublicDepartment>;  // By code.
  using Warnings = absl::flat_hash_map<std::string, PublicWarning>;        // By key.

  HashIndex<Kept> accounts_;
  HashIndex<Pointer> by_key_;
  HashIndex<Pointer> by_department_;
  HashIndex<Alike> by_likeness_;
  HashIndex<GivenUp> given_up_;
  std::shared_ptr<const Departments> departments_;
  std::shared_ptr<const Warnings> warnings_;
};

class DirectorySnapshot::Editor {
 public:
  explicit Editor(const DirectorySnapshot& from);

  // Each takes the place of what was there before; a repeat changes nothing. The former keys of an
  // account are put after it, all of them, each time it is.
  void Put(LookupEntry entry);
  void Put(const FormerHolding& former);
  void Put(PublicDepartment department);
  void Put(PublicWarning warning);

  DirectorySnapshot Finish() &&;

 private:
  std::shared_ptr<const LookupEntry> Find(absl::string_view id) const;
  void Forget(const LookupEntry& entry);

  HashIndex<Kept>::Editor accounts_;
  HashIndex<Pointer>::Editor by_key_;
  HashIndex<Pointer>::Editor by_department_;
  HashIndex<Alike>::Editor by_likeness_;
  HashIndex<GivenUp>::Editor given_up_;
  // Of the former snapshot until something is put; then copies of its own.
  std::shared_ptr<const Departments> departments_;
  std::shared_ptr<const Warnings> warnings_;
  std::shared_ptr<Departments> own_departments_;
  std::shared_ptr<Warnings> own_warnings_;
};

}  // namespace daicho::registry::domain
