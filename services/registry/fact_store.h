// Grants, samples of goals and the coverage of verification, in PostgreSQL.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/registry/domain/goal.h"
#include "services/registry/domain/grant.h"
#include "services/registry/domain/verification.h"

namespace daicho::registry::store {

// Refuses with NOT_FOUND (GRANT_NOT_FOUND).
absl::StatusOr<domain::Grant> GetGrant(pg::Transaction& tx, absl::string_view id);
// Refuses with ALREADY_EXISTS (GRANT_EXISTS) while one for the same account, person and fiscal year
// is in force.
absl::Status InsertGrant(pg::Transaction& tx, const domain::Grant& grant);
// domain::KeyOf() of those who have a grant in force for the fiscal year.
absl::StatusOr<std::set<std::string>> GrantHolders(pg::Transaction& tx, const std::string& account,
                                                   int fiscal_year);
// Stores the revocation. With the next Execute() or Commit() of `tx`, refuses with ABORTED
// (ETAG_MISMATCH) when somebody else revoked it meanwhile.
void SaveRevocation(pg::Transaction& tx, const domain::Grant& grant);
// At most `limit` grants after the one with id `after`, oldest first.
absl::StatusOr<std::vector<domain::Grant>> ListGrants(pg::Transaction& tx,
                                                      const domain::GrantFilter& filter,
                                                      const std::string& after, int limit);

void InsertGoalSample(pg::Transaction& tx, const domain::GoalSample& sample);
// Where a page of samples begins: after this one. Newest day first.
struct SamplePosition {
  std::string sampled_on = "infinity";
  std::string metric;
};
// At most `limit` samples, the newest of each day and metric. Empty `metric`: all.
absl::StatusOr<std::vector<domain::GoalSample>> ListGoalSamples(pg::Transaction& tx,
                                                                const std::string& account,
                                                                const std::string& metric,
                                                                const SamplePosition& after,
                                                                int limit);

// Which accounts coverage looks at; empty means all.
struct CoverageFilter {
  std::vector<std::string> departments;  // Codes.
  std::string platform;
};
// Calls `take` for each open account, by age, reading few at a time.
absl::Status ForEachOpenAccount(pg::Transaction& tx, const CoverageFilter& filter,
                                const std::function<void(domain::CoveredAccount)>& take);

// `code` and those below it. Refuses with NOT_FOUND (DEPARTMENT_NOT_FOUND).
absl::StatusOr<std::vector<std::string>> DepartmentSubtree(pg::Transaction& tx,
                                                           absl::string_view code);

}  // namespace daicho::registry::store
