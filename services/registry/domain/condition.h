// What is the matter with an account, as it is reported (domain.md §3; T 5-9-4, T 6-2).
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {

// In which capacity somebody reports.
enum class Reporter {
  kDepartment,  // Staff or head of the account's own department.
  kPrOffice,
  kItSecurity,
};

// What is reported, the newest of which the ledger holds as facts under "condition_report.".
struct ConditionReport {
  Condition condition = Condition::kNormal;
  absl::CivilDay since;   // First day of it.
  std::string reason;     // What happened; with kNormal, what shows that it is over.
  std::string successor;  // UUID of the account that stands in. With kCompromised; may be empty.
  std::string notice;     // To readers. Not with kNormal; may be empty.
};

// Takes `report` up. nullopt when the ledger says all of it already.
//
// PERMISSION_DENIED (CONDITION_NOT_YOURS): a department reports what has befallen its account;
// suspending it and saying that all is well again are for the PR office and IT security. T 5-9-4.
// FAILED_PRECONDITION: ACCOUNT_NOT_ALIVE, CONDITION_ALREADY_NORMAL, CONDITION_GRAVER,
// URL_STILL_PLANNED, DATE_IN_FUTURE, DATE_BEFORE_ACCOUNT, DATE_BEFORE_CONDITION,
// SUCCESSOR_NOT_FOUND when `successor_exists` does not hold.
absl::StatusOr<std::optional<Change>> ReportCondition(const Account& account,
                                                      const ConditionReport& report,
                                                      Reporter reporter, bool successor_exists,
                                                      absl::Time now);

}  // namespace daicho::registry::domain
