// What the ledger answers when somebody asks whether an account is really the organisation's
// (domain.md §3.2). A wrong kOfficial is the worst answer there is: in doubt it is another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/base/compact_text.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

enum class Verdict {
  kOfficial,                // In the ledger, open, in order, and shown on an official page.
  kOfficialButSuspended,    // The same, but suspended.
  kCompromised,             // Somebody else holds it.
  kFormerlyOfficial,        // Was official once.
  kUnconfirmed,             // In the ledger, but not open or not shown on an official page.
  kKnownImpersonation,      // The organisation warns of it.
  kDepartmentHasNoAccount,  // Asked by department: it has no official account there.
  kUnknown,                 // The ledger does not know it. Not an accusation.
};

inline constexpr Verdict kAllVerdicts[] = {Verdict::kOfficial,
                                           Verdict::kOfficialButSuspended,
                                           Verdict::kCompromised,
                                           Verdict::kFormerlyOfficial,
                                           Verdict::kUnconfirmed,
                                           Verdict::kKnownImpersonation,
                                           Verdict::kDepartmentHasNoAccount,
                                           Verdict::kUnknown};

// One account of the ledger, as far as the public may know it.
struct LookupEntry {
  CompactText account;       // UUID.
  CompactText key;           // Canonical identity. Empty while the URL is only planned.
  InternedText platform;     // Platform id.
  CompactText handle;        // As the ledger has it. May be empty.
  CompactText display_name;  // As readers see it.
  CompactText url;           // Canonical URL. Empty while only planned.
  InternedText department;   // Code.
  InternedText listing_url;  // Official page it was seen on. Empty: on none. T 6-1.
  AccountState state = AccountState::kPreparing;
  Condition condition = Condition::kNormal;
  bool personal =
      false;  // A person's own account (T 5-1): nobody is pointed to it, nor told its name.
  bool opened = false;  // It was once open: reported so, or taken over from an existing ledger.
  // First day on which it is no longer official. From kClosing on, and of a person's own account
  // the day after its exception ends.
  std::optional<absl::CivilDay> closing_effective_on;
  // Day on which no official page showed it any more. With kClosed and kMerged.
  std::optional<absl::CivilDay> unlisted_on;
  CompactText successor;  // UUID of the account that takes over or stands in. May be empty.
  CompactText notice;     // To readers, while something is the matter. May be empty.
  CompactText platform_account_id;  // The platform's own immutable id. Empty where not known.

  friend bool operator==(const LookupEntry&, const LookupEntry&) = default;
};

// How far a chain of successors is followed. Merged accounts are merged again; no real chain is as
// long.
inline constexpr int kMostSuccessors = 10;

// What the ledger says of `entry` on `today`.
Verdict Decide(const LookupEntry& entry, absl::CivilDay today);

// First day on which `entry` was no longer official, as of `today`. nullopt unless Decide() says
// kFormerlyOfficial.
std::optional<absl::CivilDay> OfficialUntil(const LookupEntry& entry, absl::CivilDay today);

// An account that has a key, or had it until it was renamed.
struct Holder {
  const LookupEntry* entry = nullptr;
  std::optional<absl::CivilDay> given_up_on;  // First day on which it had the key no longer.
};

struct Finding {
  Verdict verdict = Verdict::kUnknown;
  const LookupEntry* entry = nullptr;            // Null when no account is told of.
  std::optional<absl::CivilDay> official_until;  // With kFormerlyOfficial.
  bool id_differs = false;  // With kUnknown: the ledger's account of that name has another id.
};

// What the ledger says of a key that `holders` have or had. The one that has it and is alive
// speaks for it; the ledger has at most one. Else the one that had it last: a tombstone, or an
// account since renamed, whose present standing says nothing of its former name.
Finding Judge(const std::vector<Holder>& holders, absl::CivilDay today);

// `finding` for an account whose own id on its platform is `platform_account_id`; empty says
// nothing. A name of ours that belongs to another id was registered anew by somebody: the account
// asked about is not ours, whatever its name.
Finding WithPlatformId(const Finding& finding, absl::string_view platform_account_id);

// How many other channels are named at most.
inline constexpr int kMaxAlternatives = 5;

// Where else readers find the organisation while `entry` is suspended: accounts that are official
// today, of its own department, else of the nearest department above that has any; those on the
// same platform first. `accounts_of` gives every account of a department code, `above` the code of
// the department above, "" at the top.
std::vector<const LookupEntry*> Alternatives(
    const LookupEntry& entry, absl::CivilDay today,
    absl::FunctionRef<std::vector<const LookupEntry*>(absl::string_view)> accounts_of,
    absl::FunctionRef<std::string(absl::string_view)> above);

// The answer as one sentence for a person, and the notice to readers, if there is one.
struct Sentence {
  std::string ja;
  std::string en;
};
// `department` and `contact_desk` are names to show; either may be empty.
Sentence Explain(const Finding& finding, absl::string_view department,
                 absl::string_view contact_desk);

}  // namespace daicho::registry::domain
