// Silence of accounts (domain.md §5): how long, by the calendar of the Civil Code, and what
// follows.
#pragma once

#include <optional>

#include "absl/time/civil_time.h"

namespace daicho::policy::domain {

// First day on which an account silent since `base` counts as inactive. T 5-9-3.
absl::CivilDay InactiveFrom(absl::CivilDay base, int years);

// When silence counts, in whole months, and how long an observation is good for.
struct Ladder {
  int notice_months = 9;
  int warning_months = 11;
  int candidate_months = 12;
  int unobserved_days = 35;

  friend bool operator==(const Ladder&, const Ladder&) = default;
};

enum class Bucket {
  kActive,
  kNotice,
  kWarning,
  kCandidate,
  kNeverPosted,  // On the third rung, and nothing was ever posted.
  kTermEnded,
  kNeedsCheck,  // Nobody looked of late: silence is not absence of data.
  kExempt,
};

// What is known of an account. All days in Asia/Tokyo.
struct AccountActivity {
  std::optional<absl::CivilDay> last_post;  // Unset: none was ever seen.
  std::optional<absl::CivilDay> opened;
  std::optional<absl::CivilDay> observed;  // Somebody looked. Unset: nobody ever did.
  std::optional<absl::CivilDay> term_last_day;
  std::optional<absl::CivilDay> exempt_until;  // The last day of the exemption.
};

struct Silence {
  Bucket bucket = Bucket::kActive;
  std::optional<absl::CivilDay> base;  // The last post, or the opening.
  std::optional<absl::CivilDay> due;   // First day of the bucket, where it has one.
  absl::civil_diff_t days = 0;         // From the base to today.

  friend bool operator==(const Silence&, const Silence&) = default;
};

// Where an account stands on `today`. A term that is over comes first and needs no observation; an
// exemption, up to its last day, comes before silence, and so does a want of observation. An
// account that was not observed is never a candidate, nor is one whose base is unknown.
Silence Classify(const AccountActivity& activity, const Ladder& ladder, absl::CivilDay today);

}  // namespace daicho::policy::domain
