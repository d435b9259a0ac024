// What reports about accounts have in common (domain.md §3): no form is needed, nothing governed is
// touched, and each is a version of the account.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/base/refusal.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {

// A fact is about an account that is alive. FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE).
absl::Status CheckAlive(const Account& account);

// Violations of fields that must, or must not, be given.
Violation Missing(absl::string_view field);
Violation NotWanted(absl::string_view field);
// `later` must not be before `earlier`: "custody.password_rotated_on", "custody.attested_on".
Violation DaysOutOfOrder(absl::string_view earlier, absl::string_view later);

// The day at `path` of a flat map; nullopt when unset.
std::optional<absl::CivilDay> DayAt(const Fields& fields, absl::string_view path);

// The next version of `account`, with `reported` in place of all facts under `group`: paths begin
// with "custody.", say. `type` is the event's: "account.custody_attested".
Change WithFacts(const Account& account, absl::string_view group, const Fields& reported,
                 absl::string_view type, absl::Time now);

// Takes up what a profile was seen to show (T 6-1, A); `profile` is flat: "profile.checked_on".
// nullopt when something newer is known, or the same. INVALID_ARGUMENT (INVALID_FIELD) without a
// day; FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE, DATE_IN_FUTURE).
absl::StatusOr<std::optional<Change>> RecordProfile(const Account& account, const Fields& profile,
                                                    absl::Time now);

// Takes up an attestation by `actor` of how access is kept (M 4-(4), Y, U 5); `custody` is flat:
// "custody.attested_on". As RecordProfile; INVALID_FIELD also without a number of holders, for a
// text, and for a day after the attestation.
absl::StatusOr<std::optional<Change>> AttestCustody(const Account& account, Fields custody,
                                                    absl::string_view actor, absl::Time now);

// Takes up a search by `actor` for impersonators (T 6-2, §7); `watch` is flat: "watch.watched_on".
// As RecordProfile; INVALID_FIELD also without place or result.
absl::StatusOr<std::optional<Change>> RecordWatch(const Account& account, Fields watch,
                                                  absl::string_view actor, absl::Time now);

}  // namespace daicho::registry::domain
