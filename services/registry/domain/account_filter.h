// Which accounts a list shows, and in which order: filter and order_by as people write them, with
// their fields and types resolved. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

enum class AccountField {
  kDepartment,
  kPlatform,
  kState,
  kCondition,
  kVerification,
  kKind,
  kOperatorType,
  kHandle,
  kDisplayName,
  kUrl,
  kOpenedOn,
  kCreateTime,
  kUpdateTime,
  kLastPostTime,
  kListed,  // Seen on a page of the organisation. T 6-1.
};

// One question about one account; the answer is yes or no, never neither.
struct AccountTest {
  enum class Kind {
    kIs,        // The stored `field` is `text`. For url: it is the account with that key.
    kWithin,    // It belongs to the department with code `text`, or to one below it.
    kSameText,  // `field`, folded, is `text`.
    kContains,  // `field`, folded, holds `text`.
    kWord,    // Display name, handle, URL, purpose or name of the department holds `text`, folded.
    kHas,     // `field` is known. For last_post_time: somebody has looked.
    kBefore,  // `field` is before `time`, or `day`. An account that never posted posted before
              // any time; of one that nobody has looked at nothing is known.
    kFrom,    // `field` is `time` or `day`, or later.
    kNever,   // It was seen never to have posted.
  };
  Kind kind = Kind::kWord;
  AccountField field = AccountField::kDepartment;
  std::string text;
  absl::Time time;
  absl::CivilDay day;

  friend bool operator==(const AccountTest&, const AccountTest&) = default;
};

struct AccountCondition {
  enum class Kind { kAll, kAny, kNot, kTest };
  Kind kind = Kind::kTest;
  std::vector<AccountCondition> parts;  // One with kNot.
  AccountTest test;                     // With kTest.

  friend bool operator==(const AccountCondition&, const AccountCondition&) = default;
};

enum class AccountOrderBy {
  kDepartment,    // Department, platform, age.
  kDisplayName,   // By code point, of the first 100 characters.
  kLastPostTime,  // An account without posts comes before all others.
  kUpdateTime,
};

inline constexpr AccountOrderBy kAllAccountOrders[] = {
    AccountOrderBy::kDepartment, AccountOrderBy::kDisplayName, AccountOrderBy::kLastPostTime,
    AccountOrderBy::kUpdateTime};

struct AccountOrder {
  AccountOrderBy by = AccountOrderBy::kDepartment;
  bool descending = false;

  friend bool operator==(const AccountOrder&, const AccountOrder&) = default;
};

// Which accounts, in which order.
struct AccountQuery {
  std::optional<AccountCondition> condition;  // nullopt: all.
  AccountOrder order;
  std::string only_department;  // Code: whatever the condition, no other. Empty: any.
};

// Refuses with INVALID_ARGUMENT (INVALID_FILTER); the violation's reason is one of those of
// ParseFilter(), UNKNOWN_FIELD, INVALID_VALUE or INVALID_COMPARISON.
absl::StatusOr<std::optional<AccountCondition>> ReadAccountFilter(absl::string_view filter,
                                                                  const PlatformTable& platforms);

// Refuses with INVALID_ARGUMENT (INVALID_ORDER_BY).
absl::StatusOr<AccountOrder> ReadAccountOrder(absl::string_view order_by);

// Whether the answer depends on posts, of which the ledger keeps the newest alone.
bool DependsOnPosts(const AccountQuery& query);

// Text as a search compares it: width and compatibility forms (NFKC), case and kana do not count;
// a line feed or tab is a space.
std::string FoldSearch(absl::string_view text);

// What a search looks through: display name, handle, URL and purpose, folded, a line each.
std::string SearchTextOf(const Account& account);

}  // namespace daicho::registry::domain
