// The part of AIP-160 that filters of lists speak, and AIP-132's order_by: text to values, and no
// further. Which fields there are is for each list to say.
//
//   department:0303 AND state=ACTIVE            both
//   防災 情報                                   both words, anywhere
//   platform=x OR platform=youtube state=ACTIVE OR binds tighter than AND: (x or youtube), and
//   ACTIVE NOT state=CLOSED   -state=CLOSED            not display_name:"AND (1)" quoted, with \"
//   and \\ inside
//
// Between words, full-width signs （）＝：＜＞ and spaces mean the same as their plain forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho {

enum class FilterOperator {
  kEqual,           // =
  kNotEqual,        // !=
  kLess,            // <
  kLessOrEqual,     // <=
  kGreater,         // >
  kGreaterOrEqual,  // >=
  kHas,             // :
};

inline constexpr FilterOperator kAllFilterOperators[] = {
    FilterOperator::kEqual,       FilterOperator::kNotEqual, FilterOperator::kLess,
    FilterOperator::kLessOrEqual, FilterOperator::kGreater,  FilterOperator::kGreaterOrEqual,
    FilterOperator::kHas};

absl::string_view ToText(FilterOperator op);

// A part of a filter, and the character of it at which it begins, from 1.
struct FilterText {
  std::string text;
  int position = 1;
  bool quoted = false;
};

struct FilterNode {
  enum class Kind {
    kAnd,         // All `children`, at least two.
    kOr,          // One of `children`, at least two.
    kNot,         // Not the one child.
    kComparison,  // `field` `op` `value`.
    kWord,        // `value` alone.
  };
  Kind kind = Kind::kWord;
  std::vector<FilterNode> children;
  FilterText field;
  FilterOperator op = FilterOperator::kEqual;
  FilterText value;
};

inline constexpr int kMaxFilterBytes = 2000;
inline constexpr int kMaxFilterTerms = 50;  // Comparisons and words.
inline constexpr int kMaxFilterDepth = 20;  // Parentheses within parentheses.

// nullopt when there is nothing in it. Refuses with INVALID_ARGUMENT (INVALID_FILTER) what cannot
// be read (SYNTAX) or is over a limit (TOO_LONG, TOO_MANY_TERMS, TOO_DEEP).
absl::StatusOr<std::optional<FilterNode>> ParseFilter(absl::string_view text);

// INVALID_ARGUMENT (INVALID_FILTER): what is wrong at a character of the filter. `en` and `ja` are
// whole sentences; where it is is put before them.
absl::Status RefuseFilter(int position, absl::string_view reason, absl::string_view en,
                          absl::string_view ja);

// One field to order by.
struct OrderTerm {
  std::string field;
  bool descending = false;

  friend bool operator==(const OrderTerm&, const OrderTerm&) = default;
};

// "display_name desc, update_time": in this order. Refuses with INVALID_ARGUMENT
// (INVALID_ORDER_BY).
absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(absl::string_view text);
absl::Status RefuseOrderBy(absl::string_view reason, absl::string_view en, absl::string_view ja);

}  // namespace daicho
