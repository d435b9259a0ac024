// What the public list is made of, in PostgreSQL, page by page: a page is what fits in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/public_list.h"
#include "services/registry/domain/query.h"

namespace daicho::registry::store {

// At most `limit` accounts that are past preparation, but for tombstones whose name an open account
// has again, after `after`, by department, platform and
// age. The last one is the next `after`.
absl::StatusOr<std::vector<domain::PublicFacts>> ListPublicFacts(
    pg::Transaction& tx, const domain::PublicListPosition& after, int limit);

struct FormerNamePage {
  std::vector<domain::FormerName> names;
  std::string last_key;  // The next `after_key`. Empty: there are no more.
};

// At most `limit` names given up on `from` or later which no open account has now, each as its last
// holder had it; by key, after `after_key`.
absl::StatusOr<FormerNamePage> ListFormerNames(pg::Transaction& tx, absl::CivilDay from,
                                               const std::string& after_key, int limit);

// Where a page of steps begins: after this version.
struct StepPosition {
  absl::Time time;
  std::string account = "00000000-0000-0000-0000-000000000000";
  std::int64_t revision = 0;
};

// At most `limit` steps after `after`, oldest first; first versions are none.
absl::StatusOr<std::vector<domain::Step>> ListSteps(pg::Transaction& tx, const StepPosition& after,
                                                    int limit);

}  // namespace daicho::registry::store
