#include "services/registry/domain/activity.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/time/civil_time.h"

namespace daicho::registry::domain {
namespace {

// 2004-01-01 in Tokyo: the oldest of the platforms began in that year.
const absl::Time kEarliest =
    absl::FromCivil(absl::CivilDay(2004, 1, 1), absl::FixedTimeZone(9 * 60 * 60));

Violation InFuture(const char* field) {
  return {.field = field,
          .reason = "TIME_IN_FUTURE",
          .en = "This is more than five minutes ahead of our clock; set the clock right.",
          .ja = "現在より5分以上先の日時です。観測側の時計を合わせてください。"};
}

Violation TooEarly(const char* field) {
  return {.field = field,
          .reason = "TIME_TOO_EARLY",
          .en = "This is before 2004, when no platform was there yet; mend the year.",
          .ja = "2004年より前の日時です。年を確認してください。"};
}

auto Rank(const Activity& activity) {
  return std::tuple(activity.observe_time, activity.last_post_time.value_or(absl::InfinitePast()),
                    absl::string_view(activity.source), activity.posts_in_90_days.value_or(-1));
}

}  // namespace

std::optional<Violation> ProblemOfTimes(const Activity& activity, absl::Time now) {
  if (activity.observe_time > now + kClockSkew) return InFuture("observe_time");
  if (activity.observe_time < kEarliest) return TooEarly("observe_time");
  if (!activity.last_post_time) return std::nullopt;
  if (*activity.last_post_time < kEarliest) return TooEarly("last_post_time");
  if (*activity.last_post_time <= activity.observe_time) return std::nullopt;
  return Violation{.field = "last_post_time",
                   .reason = "POST_AFTER_OBSERVATION",
                   .en = "A post cannot be newer than the moment somebody looked; mend one.",
                   .ja = "投稿日時が確認日時より後です。どちらかを直してください。"};
}

std::optional<Violation> ProblemOfPosts(const Activity& activity) {
  if (!activity.posts_in_90_days) return std::nullopt;
  constexpr int kMost = 100'000;
  const int posts = *activity.posts_in_90_days;
  const bool posted = activity.last_post_time &&
                      *activity.last_post_time > activity.observe_time - absl::Hours(90 * 24);
  if (posts >= 0 && posts <= kMost && (posts > 0) == posted) return std::nullopt;
  return Violation{.field = "posts_in_90_days",
                   .reason = "POSTS_DO_NOT_FIT",
                   .en =
                       "The number of posts in 90 days and the time of the newest post do not "
                       "fit; mend one or leave the number out.",
                   .ja =
                       "90日間の投稿数と最終投稿日時が合いません。どちらかを直すか、投稿数を"
                       "空欄にしてください。"};
}

bool IsNewer(const Activity& a, const Activity& b) { return Rank(a) > Rank(b); }

std::vector<Observation> NewestOfEach(std::vector<Observation> observations) {
  std::sort(observations.begin(), observations.end(),
            [](const Observation& a, const Observation& b) {
              if (a.account != b.account) return a.account < b.account;
              return IsNewer(a.activity, b.activity);
            });
  const auto end = std::unique(
      observations.begin(), observations.end(),
      [](const Observation& a, const Observation& b) { return a.account == b.account; });
  observations.erase(end, observations.end());
  return observations;
}

}  // namespace daicho::registry::domain
