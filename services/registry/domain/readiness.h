// What has to be met before an account is put forward for verification (domain.md §8, T 6-1). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/activity.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

enum class Readiness { kMet, kNotMet, kUnknown };

// One condition, and whether the account meets it.
struct ReadinessCondition {
  std::string id;
  Readiness state = Readiness::kUnknown;
  std::string title;  // What it asks for, in English.
  std::string title_ja;
  std::string remedy;  // What to do; empty when it is met.
  std::string remedy_ja;
};

// Whether no programme's own condition may be called `id`, as one of every platform is.
bool IsGeneralCondition(absl::string_view id);

// Every condition of `programme`: those that hold on every platform first. `activity` is nullopt
// when no observation was ever reported.
std::vector<ReadinessCondition> CheckReadiness(const Account& account,
                                               const std::optional<Activity>& activity,
                                               const VerificationProgramme& programme,
                                               absl::CivilDay today);

}  // namespace daicho::registry::domain
