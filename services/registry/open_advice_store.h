// Open advice about accounts, in PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"

namespace daicho::registry::store {

struct OpenAdvice {
  int count = 0;
  std::optional<absl::CivilDay> earliest_due_on;
  std::vector<std::string> advices;  // "advices/…", newest first.
};

// Takes what is open about an account (UUID) unless a report with that number or a later one was
// taken before; says whether it did.
absl::StatusOr<bool> SaveOpenAdvice(pg::Transaction& tx, const std::string& account,
                                    std::int64_t report_number, const OpenAdvice& open,
                                    absl::Time now);

}  // namespace daicho::registry::store
