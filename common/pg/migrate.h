// Brings a database to the schema this binary was built with.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"

namespace daicho::pg {

// One forward-only step, compiled in from schema/NNNN_what.sql.
struct Migration {
  absl::string_view name;  // "0001_departments"
  absl::string_view sql;
};

// Applies the steps the database lacks, each in a transaction of its own, oldest first. Safe to
// run twice and by two processes at once (a row lock, no advisory lock). FAILED_PRECONDITION when
// a step already applied has other content now, or the database knows steps this binary does not.
absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations,
                     absl::Time deadline);

// FAILED_PRECONDITION unless the database has exactly these steps. What `serve` asks first.
absl::Status CheckSchema(Connection& connection, const std::vector<Migration>& migrations,
                         absl::Time deadline);

}  // namespace daicho::pg
