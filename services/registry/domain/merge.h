// One form that merges accounts: the form's own account takes the others over (統合; T 5-9-3,
// domain.md §12.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/grant.h"

namespace daicho::registry::domain {

// An account to be merged away.
struct Absorbed {
  std::string id;                               // UUID, as the form names it.
  std::optional<Account> account;               // nullopt when the ledger has none.
  std::optional<std::int64_t> agreed_revision;  // nullopt when the form's etag says none.
};

// What a form comes to: every change it makes, its own account first, or everything that stands in
// its way.
struct Ruling {
  std::vector<Change> changes;
  std::vector<Conflict> conflicts;
  std::vector<GrantChange> grants = {};
  std::string account = {};  // UUID; set where no change names it.
};

Ruling ToRuling(Decision decision);

// Puts a CHANGE form into effect, as `changed` says, that merges `absorbed` into `survivor`: all or
// none. Each absorbed account is CLOSING from `effective_on` on, whatever its department.
// Conflicts besides those of `changed`: ACCOUNT_IS_CLOSING, ACCOUNT_NOT_IN_ORDER and
// PLATFORM_ID_CHANGED of the survivor; under "absorbed_accounts[i]" ACCOUNT_NOT_FOUND and those of
// BeAbsorbed().
Ruling Merge(const Account& survivor, Decision changed, const AgreedForm& form,
             const std::vector<Absorbed>& absorbed, absl::CivilDay effective_on, absl::Time now);

}  // namespace daicho::registry::domain
