// Accounts between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/account.pb.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/condition.h"
#include "services/registry/domain/import.h"
#include "services/registry/domain/merge.h"
#include "services/registry/domain/platform.h"
#include "services/registry/domain/query.h"
#include "services/registry/domain/use.h"

namespace daicho::registry::wire {

using daicho::wire::Target;

enum class Action { kOpen, kChange, kClose, kGrant, kSuspend };

// An account that a form merges away, as the form names it.
struct AbsorbedName {
  std::string account;  // UUID.
  std::optional<std::int64_t> agreed_revision;
};

struct ApplyCommand {
  Action action = Action::kOpen;
  domain::AgreedForm form;
  std::string account;  // UUID; empty with kOpen.
  std::optional<std::int64_t> agreed_revision;
  Fields fields;                               // With kOpen and kChange.
  domain::Closing closing;                     // With kClose.
  domain::UseOfAccount use;                    // With kGrant.
  std::vector<AbsorbedName> absorbed;          // With kChange; no account twice, nor its own.
  std::optional<absl::CivilDay> effective_on;  // The day the form names.
  std::string agreed_by;                       // "users/…". May be empty.
};

struct OpeningCommand {
  Target target;
  absl::CivilDay opened_on;
};

struct ListingCommand {
  Target target;
  domain::Listing listing;
};

struct ClosingCommand {
  Target target;
  domain::ClosingEvidence evidence;
};

struct ConditionCommand {
  Target target;
  domain::ConditionReport report;
};

// "accounts/UUID" → "UUID". Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> ParseAccountName(const std::string& name);

// Refuse with INVALID_ARGUMENT (INVALID_FIELD), and but for ApplyForm with ABORTED (ETAG_MISMATCH).
absl::StatusOr<ApplyCommand> Parse(const v1::ApplyFormRequest& request);
absl::StatusOr<OpeningCommand> Parse(const v1::ConfirmOpeningRequest& request);
// Pages that show which accounts are the organisation's.
struct OwnPages {
  std::shared_ptr<const domain::PlatformTable> platforms;
  std::vector<std::string> hosts;  // With all hosts beneath them. Empty: any that is no platform's.
};
// Refuses a page that is not the organisation's own (T 6-1): INVALID_URL, NOT_OUR_PAGE.
absl::StatusOr<ListingCommand> Parse(const v1::RecordListingRequest& request,
                                     const OwnPages& pages);
absl::StatusOr<ClosingCommand> Parse(const v1::ConfirmClosingRequest& request);
absl::StatusOr<ConditionCommand> Parse(const v1::ReportConditionRequest& request);
absl::StatusOr<domain::OverdueFilter> Parse(const v1::ListOverdueClosingsRequest& request);

// Fail only as a fault: when what is stored fits no message.
v1::Account::State ToProto(domain::AccountState state);
v1::Account::Condition ToProto(domain::Condition condition);
absl::StatusOr<v1::Account> ToProto(const domain::Account& account);
absl::StatusOr<v1::AccountRevision> ToProto(const domain::Revision& revision);

v1::ApplyFormResponse ToProto(const domain::Ruling& ruling);
// `account` is CLOSING.
v1::OverdueClosing ToOverdueClosing(const domain::Account& account, absl::CivilDay today);
v1::ImportAccountsResponse ToProto(const domain::AccountImport& plan);

// Page tokens' positions.
std::vector<std::string> OverduePositionOf(const domain::Account& account);
domain::OverduePosition ParseOverduePosition(const std::vector<std::string>& position);

}  // namespace daicho::registry::wire
