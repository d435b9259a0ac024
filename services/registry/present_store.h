// What is known of accounts at present and has no versions, in PostgreSQL.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/registry/domain/activity.h"
#include "services/registry/open_advice_store.h"

namespace daicho::registry::store {

struct Present {
  std::optional<domain::Activity> activity;  // The newest observation; nullopt: none was reported.
  std::optional<OpenAdvice> open_advice;     // nullopt: none is open.
};

// With an array of UUIDs for $1.
extern const pg::Statement kLoadPresent;

// Of each of these accounts (UUIDs), by UUID; none where nothing is known.
absl::StatusOr<std::map<std::string, Present>> LoadPresent(
    pg::Transaction& tx, const std::vector<std::string>& accounts);

}  // namespace daicho::registry::store
