// What was seen of accounts' posts (domain.md §5). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/refusal.h"

namespace daicho::registry::domain {

// The most observations in one batch.
inline constexpr int kMostObservations = 10'000;
// How far ahead of ours the clock of whoever observed may be.
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);

// The newest that is known of one account's posts.
struct Activity {
  std::optional<absl::Time> last_post_time;  // nullopt: no post was ever seen.
  absl::Time observe_time;                   // When somebody looked.
  std::string source;
  // Posts in the 90 days up to observe_time; nullopt: not counted.
  std::optional<int> posts_in_90_days = std::nullopt;

  friend bool operator==(const Activity&, const Activity&) = default;
};

// One observation of a batch.
struct Observation {
  int row = 0;          // Position in the batch, from 0.
  std::string account;  // UUID.
  Activity activity;

  friend bool operator==(const Observation&, const Observation&) = default;
};

// What is wrong with the times of an observation; nullopt when nothing is. The field is
// "last_post_time" or "observe_time"; reasons: TIME_IN_FUTURE, TIME_TOO_EARLY,
// POST_AFTER_OBSERVATION.
std::optional<Violation> ProblemOfTimes(const Activity& activity, absl::Time now);

// What is wrong with the number of posts; nullopt when nothing is. It is neither negative nor more
// than 100,000, and above 0 if, and only if, the newest post is from the 90 days. The field is
// "posts_in_90_days", the reason POSTS_DO_NOT_FIT.
std::optional<Violation> ProblemOfPosts(const Activity& activity);

// Whether `a` is the newer of two observations of one account. Of two from the same moment, one is
// chosen that is the same whichever came first.
bool IsNewer(const Activity& a, const Activity& b);

// The newest observation of each account, in the order of their ids: what is stored in that order
// by several writers at once never waits in a circle.
std::vector<Observation> NewestOfEach(std::vector<Observation> observations);

}  // namespace daicho::registry::domain
