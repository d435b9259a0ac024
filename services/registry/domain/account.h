// Official accounts and what may become of them (domain.md §3). Pure: no clock, no I/O, no
// protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/registry/domain/account_life.h"
#include "services/registry/domain/account_state.h"

namespace daicho::registry::domain {

// What makes an account itself: no two live accounts share a key.
struct Identity {
  std::string key;            // "x:akitavision".
  std::string canonical_url;  // "https://x.com/akitavision".

  friend bool operator==(const Identity&, const Identity&) = default;
};

enum class OriginKind {
  kForm,    // By an agreed OPEN form.
  kImport,  // By the first import of an existing ledger.
};

struct Origin {
  OriginKind kind = OriginKind::kForm;
  std::string form;    // UUID; with kForm.
  std::string source;  // Where the row was taken from; with kImport. May be empty.

  friend bool operator==(const Origin&, const Origin&) = default;
};

// Why an account closes. T 5-9-3, T 5-9-4.
enum class CloseReason { kInactive, kTermEnded, kMerged, kSecurity, kQuality, kOther };

inline constexpr CloseReason kAllCloseReasons[] = {CloseReason::kInactive, CloseReason::kTermEnded,
                                                   CloseReason::kMerged,   CloseReason::kSecurity,
                                                   CloseReason::kQuality,  CloseReason::kOther};

struct Closing {
  CloseReason reason = CloseReason::kOther;
  std::string reason_detail;    // May be empty but with kOther.
  std::string successor;        // UUID of the account that takes over; never empty with kMerged.
  absl::CivilDay effective_on;  // First day on which the account is no longer official.

  friend bool operator==(const Closing&, const Closing&) = default;
};

// What shows that an account is gone and stays gone (domain.md §12.3).
struct ClosingEvidence {
  std::string removal;            // How it was removed on the platform.
  absl::CivilDay unlisted_on;     // When the organisation's pages no longer showed it.
  std::string handle_protection;  // What keeps the handle from being taken by someone else.

  friend bool operator==(const ClosingEvidence&, const ClosingEvidence&) = default;
};

// A page of the organisation on which the account was seen linked.
struct PageSighting {
  std::string url;
  absl::CivilDay seen_on;  // Last day.

  friend bool operator==(const PageSighting&, const PageSighting&) = default;
};

// Where the organisation's own pages show the account. T 6-1.
struct Listing {
  std::optional<PageSighting> organization_page;  // 公式アカウント一覧.
  std::optional<PageSighting> section_page;

  friend bool operator==(const Listing&, const Listing&) = default;
};

struct Account {
  std::string id;             // UUID, lower case.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  AccountState state = AccountState::kPreparing;
  Condition condition = Condition::kNormal;
  std::string department;            // Code.
  std::string platform;              // Platform id, the same as in `fields`.
  std::optional<Identity> identity;  // nullopt while the URL is only planned.
  // Day on which a form last gave it another identity. Set once one has.
  std::optional<absl::CivilDay> identity_changed_on;
  Fields fields;  // GovernedFields, flat: "purpose", "operators[0].title".
  Origin origin;
  std::string last_form;                    // UUID; empty while no form changed it.
  std::optional<absl::CivilDay> opened_on;  // First day it was open, where known.
  std::optional<Closing> closing;           // From kClosing on.
  std::optional<ClosingEvidence> evidence;  // With kClosed and kMerged.
  Listing listing;
  Fields facts;  // AccountFacts, flat: "verification.state".
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Account&, const Account&) = default;
};

// Whether it has not become a tombstone.
bool IsAlive(const Account& account);
Standing StandingOf(const Account& account);

// Every fact about `account` by its path in registry.v1.Account: what events and histories compare.
Fields Facts(const Account& account);

// "INACTIVE"; nullopt for any other text.
absl::string_view ToText(CloseReason reason);
std::optional<CloseReason> ParseCloseReason(absl::string_view text);

// One version of an account, and who made it so.
struct Revision {
  Account account;
  std::string actor;   // "users/…", "services/…".
  std::string act;     // "account.opened".
  std::string reason;  // May be empty.
  std::string form;    // UUID of the form that made it. Empty when it was none.
};

// An identity that an account gave up by being renamed.
struct FormerKey {
  std::string key;
  absl::CivilDay until_on;  // First day on which it was no longer the account's.

  friend bool operator==(const FormerKey&, const FormerKey&) = default;
};

// A change that is decided but not stored.
struct Change {
  Account after;
  std::optional<FormerKey> former_key;
  Event event;
};

// Why the ledger cannot take an agreed form: it says something else since, and stays as it is.
struct Conflict {
  std::string reason;  // UPPER_SNAKE_CASE, as ApplyFormResponse lists them.
  std::string en;      // What is wrong and how to mend it.
  std::string ja;
  std::string field;    // The field at fault: "fields.url". May be empty.
  std::string account;  // UUID of the account in the way. May be empty.

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

using Decision = std::variant<Change, Conflict>;

// `after` as the next version of `before`, with the event that says what differs. `form` is a UUID;
// it and `reason` may be empty.
Change NextVersion(const Account& before, Account after, absl::string_view type,
                   absl::string_view form, absl::string_view reason, absl::Time now);

// FAILED_PRECONDITION (DATE_IN_FUTURE) naming `field` when `day` has not come in Tokyo.
absl::Status CheckNotInFuture(absl::CivilDay day, absl::string_view field, absl::Time now);

// An agreed form, as far as every action has it.
struct AgreedForm {
  std::string form;              // UUID.
  std::string department;        // Code.
  std::string reason;            // May be empty.
  std::string reception_number;  // 受付番号: "令和8年度 第12号". May be empty.
};

// What an agreed OPEN or CHANGE form asks for, and what the ledger has found out about it.
struct Claim {
  Fields fields;
  // Who the fields say it is: nullopt when only planned, a refusal when it cannot be an account.
  absl::StatusOr<std::optional<Identity>> identity = std::nullopt;
  std::string holder;   // UUID of the live account with that identity. Empty when none has it.
  bool warned = false;  // The public is warned of that identity as an impersonation.
};

// Puts an OPEN form into effect: a new account that is PREPARING.
// Conflicts: DEPARTMENT_NOT_FOUND, URL_NOT_ACCEPTED, KEY_UNDER_WARNING, ACCOUNT_EXISTS.
Decision Open(const AgreedForm& form, const Claim& claim, bool department_exists, std::string id,
              absl::Time now);

// Puts a CHANGE form into effect that was agreed on `agreed_revision` of `account`. A new identity
// starts unlisted, and the former one is kept as such if the account ever opened. The platform
// never changes: on another platform it is another account.
// Conflicts: FOREIGN_ACCOUNT, ACCOUNT_NOT_ALIVE, ACCOUNT_CHANGED, URL_NOT_ACCEPTED,
// KEY_UNDER_WARNING, ACCOUNT_EXISTS.
Decision ChangeFields(const Account& account, const AgreedForm& form,
                      std::optional<std::int64_t> agreed_revision, const Claim& claim,
                      absl::Time now);

// Puts a CLOSE form into effect: the account is CLOSING. T 5-9-3.
// A second form may correct the day until it has come, and later only to an earlier one.
// Conflicts: FOREIGN_ACCOUNT, ACCOUNT_NOT_ALIVE, ACCOUNT_CHANGED, SUCCESSOR_NOT_FOUND,
// CLOSING_IN_EFFECT.
Decision BeginClosing(const Account& account, const AgreedForm& form,
                      std::optional<std::int64_t> agreed_revision, const Closing& closing,
                      bool successor_exists, absl::Time now);

// Puts a CHANGE form into effect that merges `account` into `successor`, a UUID: it is CLOSING.
// T 5-9-3. The form may be another department's: the PR office has agreed.
// Conflicts: ACCOUNT_NOT_ALIVE, ACCOUNT_CHANGED, CLOSING_IN_EFFECT.
Decision BeAbsorbed(const Account& account, const AgreedForm& form,
                    std::optional<std::int64_t> agreed_revision, const std::string& successor,
                    absl::CivilDay effective_on, absl::Time now);

// PREPARING becomes ACTIVE. FAILED_PRECONDITION: ACCOUNT_NOT_PREPARING, ACCOUNT_NOT_IN_ORDER,
// URL_STILL_PLANNED, DATE_IN_FUTURE.
absl::StatusOr<Change> ConfirmOpening(const Account& account, absl::CivilDay opened_on,
                                      absl::Time now);

// Takes sightings up, the newest of each page (T 6-1); what was seen before the account got its
// present identity, or was agreed to be opened, meant another one. nullopt when `listing` says
// nothing newer. FAILED_PRECONDITION: ACCOUNT_NOT_ALIVE, DATE_IN_FUTURE.
absl::StatusOr<std::optional<Change>> RecordListing(const Account& account, const Listing& listing,
                                                    absl::Time now);

// CLOSING becomes CLOSED, or MERGED when a successor is named (domain.md §12.3).
// FAILED_PRECONDITION: ACCOUNT_NOT_CLOSING, DATE_IN_FUTURE.
absl::StatusOr<Change> ConfirmClosing(const Account& account, const ClosingEvidence& evidence,
                                      absl::Time now);

}  // namespace daicho::registry::domain
