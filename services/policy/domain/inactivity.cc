#include "services/policy/domain/inactivity.h"

#include "common/base/civil.h"

namespace daicho::policy::domain {
namespace {

// The rung an account stands on after its base, and since when.
Silence OnLadder(Silence silence, bool ever_posted, const Ladder& ladder, absl::CivilDay today) {
  const auto reached = [&](int months, Bucket bucket) {
    const absl::CivilDay due = FirstDayAfter(*silence.base, months);
    if (today < due) return false;
    silence.bucket = bucket;
    silence.due = due;
    return true;
  };
  const Bucket last = ever_posted ? Bucket::kCandidate : Bucket::kNeverPosted;
  if (reached(ladder.candidate_months, last)) return silence;
  if (reached(ladder.warning_months, Bucket::kWarning)) return silence;
  reached(ladder.notice_months, Bucket::kNotice);
  return silence;
}

}  // namespace

absl::CivilDay InactiveFrom(absl::CivilDay base, int years) {
  return FirstDayAfter(base, 12 * years);
}

Silence Classify(const AccountActivity& activity, const Ladder& ladder, absl::CivilDay today) {
  Silence silence;
  silence.base = activity.last_post ? activity.last_post : activity.opened;
  if (silence.base) silence.days = today - *silence.base;
  if (activity.term_last_day && today > *activity.term_last_day) {
    silence.bucket = Bucket::kTermEnded;
    silence.due = *activity.term_last_day + 1;
    return silence;
  }
  if (activity.exempt_until && today <= *activity.exempt_until) {
    silence.bucket = Bucket::kExempt;
    return silence;
  }
  const bool observed = activity.observed && today - *activity.observed <= ladder.unobserved_days;
  if (!observed || !silence.base) {
    silence.bucket = Bucket::kNeedsCheck;
    if (activity.observed) silence.due = *activity.observed + ladder.unobserved_days + 1;
    return silence;
  }
  return OnLadder(silence, activity.last_post.has_value(), ladder, today);
}

}  // namespace daicho::policy::domain
