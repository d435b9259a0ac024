// What forms do to an account besides changing what is governed: grant its use (Y 2-2), and suspend
// it at once (T 5-9-4). Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/registry/domain/grant.h"
#include "services/registry/domain/merge.h"

namespace daicho::registry::domain {

// Who an agreed GRANT form names, and for when.
struct UseOfAccount {
  std::vector<GrantHolder> users;
  std::optional<absl::CivilDay> valid_from;   // nullopt: today.
  std::optional<absl::CivilDay> valid_until;  // nullopt: the end of the fiscal year.
};

// Grants the use of `account`, of whatever department, to all users or to none. `ids` has a new
// UUID for each, `holders` KeyOf() of those who have a grant for that fiscal year. Conflicts, under
// "use.users[i]": GRANT_EXISTS and as GrantAccess() refuses.
Ruling GrantUse(const Account& account, const AgreedForm& form, const UseOfAccount& use,
                const std::vector<std::string>& ids, const std::set<std::string>& holders,
                absl::string_view actor, absl::Time now);

// Suspends `account` because of a closing for security that was submitted; nothing changes where it
// is suspended already or something graver is the matter with it. Conflicts: ACCOUNT_NOT_ALIVE,
// URL_STILL_PLANNED.
Ruling SuspendAtOnce(const Account& account, const AgreedForm& form, absl::Time now);

}  // namespace daicho::registry::domain
