#include "services/registry/domain/goal.h"

#include <limits>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/fact.h"

namespace daicho::registry::domain {

std::optional<std::int64_t> TargetOf(const Fields& governed, absl::string_view metric) {
  for (int i = 0;; ++i) {
    const std::string goal = absl::StrCat("goals[", i, "]");
    // Every goal has some entry that begins with its path.
    const auto first = governed.lower_bound(goal);
    if (first == governed.end() || first->first.compare(0, goal.size(), goal) != 0) {
      return std::nullopt;
    }
    const auto named = governed.find(goal + ".metric");
    if (named == governed.end() || named->second != metric) continue;
    std::int64_t target = 0;
    const auto given = governed.find(goal + ".target");
    if (given != governed.end()) (void)absl::SimpleAtoi(given->second, &target);
    return target;
  }
}

std::int64_t AchievedPercent(std::int64_t value, std::int64_t target) {
  if (target <= 0 || value <= 0) return 0;
  const absl::int128 percent = absl::int128(value) * 100 / target;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return percent > kMost ? kMost : static_cast<std::int64_t>(percent);
}

absl::StatusOr<GoalSampleChange> RecordGoalSample(const Account& account, GoalSample sample,
                                                  absl::Time now) {
  if (sample.value < 0) {
    return RefuseFields({{.field = "value",
                          .reason = "OUT_OF_RANGE",
                          .en = "What was counted is not negative; mend the value.",
                          .ja = "数えた値が負の数です。値を直してください。"}});
  }
  RETURN_IF_ERROR(CheckAlive(account));
  RETURN_IF_ERROR(CheckNotInFuture(sample.sampled_on, "sampled_on", now));
  if (!TargetOf(account.fields, sample.metric)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "METRIC_NOT_A_GOAL",
                  {"The account has no goal with this metric; take one of its goals, or file a "
                   "CHANGE form.",
                   "この指標はアカウントの目標にありません。目標にある指標を指定するか、変更を協議"
                   "してください。"},
                  {{"metric", sample.metric}});
  }
  sample.account = account.id;
  sample.record_time = now;
  Event event{.type = "account.goal_sampled",
              .resource = absl::StrCat("accounts/", account.id),
              .department = absl::StrCat("departments/", account.department),
              .changes = {{.path = "metric", .after = sample.metric},
                          {.path = "sampled_on", .after = FormatDay(sample.sampled_on)},
                          {.path = "value", .after = absl::StrCat(sample.value)}}};
  return GoalSampleChange{.sample = std::move(sample), .event = std::move(event)};
}

}  // namespace daicho::registry::domain
