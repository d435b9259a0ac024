// Goals of accounts and how far they were reached (T 5-5). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {

// How much of a goal was reached on a day.
struct GoalSample {
  std::string id;       // UUID.
  std::string account;  // UUID.
  std::string metric;
  std::int64_t value = 0;
  absl::CivilDay sampled_on;
  std::string recorded_by;
  absl::Time record_time;

  friend bool operator==(const GoalSample&, const GoalSample&) = default;
};

struct GoalSampleChange {
  GoalSample sample;
  Event event;
};

// Target of the first of an account's goals with that metric; nullopt when it is no goal.
std::optional<std::int64_t> TargetOf(const Fields& governed, absl::string_view metric);

// `value` in percent of `target`, rounded down; the largest number there is where it is larger. 0
// without a positive target.
std::int64_t AchievedPercent(std::int64_t value, std::int64_t target);

// Takes a sample of one of the account's goals. INVALID_ARGUMENT (INVALID_FIELD);
// FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE, METRIC_NOT_A_GOAL, DATE_IN_FUTURE).
absl::StatusOr<GoalSampleChange> RecordGoalSample(const Account& account, GoalSample sample,
                                                  absl::Time now);

}  // namespace daicho::registry::domain
