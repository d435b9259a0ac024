// Every statement approval sends to its database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

// The form as one statement sees it, route and acts included. Refuses with NOT_FOUND
// (FORM_NOT_FOUND). `id` is a UUID.
absl::StatusOr<domain::Form> Get(pg::Transaction& tx, absl::string_view id);

// Those of the forms that exist, the newest first.
absl::StatusOr<std::vector<domain::Form>> Load(pg::Transaction& tx,
                                               const std::vector<std::string>& ids);

// The same as far as an inbox shows them: without route, acts and changes, and of the content the
// action, the account and "fields.display_name" alone.
absl::StatusOr<std::vector<domain::Form>> LoadSummaries(pg::Transaction& tx,
                                                        const std::vector<std::string>& ids);

// Stores a form that was just created. Queues only: its error shows at commit.
void Insert(pg::Transaction& tx, const domain::Form& form);

// Writes `form` over the revision before it, with its last act. Refuses with ABORTED
// (ETAG_MISMATCH) when somebody else got there first, and with FAILED_PRECONDITION
// (ANOTHER_FORM_IN_ROUTE) when another form about its account is on its way.
absl::Status Save(pg::Transaction& tx, const domain::Form& form);

// Takes the next 受付番号 of the fiscal year. It is used if, and only if, the transaction commits;
// others wait until then.
absl::StatusOr<int> NextReceptionNumber(pg::Transaction& tx, int fiscal_year);

// Names of the states in which people can still do something to a form.
std::vector<std::string> OpenStates();

// Which forms to list. Unset means all.
struct Query {
  // "departments/…": forms of it, those via it, and those of departments it took over from.
  std::optional<std::string> reader;
  std::optional<std::string> department;  // "departments/…": forms of it alone.
  std::vector<domain::State> states;
  std::optional<std::string> account;  // "accounts/…"
  std::optional<std::string> before;   // Id of the last form of the page before.
  int limit = 50;
};

struct Page {
  std::vector<domain::Form> forms;  // Newest first.
  bool has_more = false;
  std::int64_t total = 0;  // How many match on all pages.
};

absl::StatusOr<Page> List(pg::Transaction& tx, const Query& query);

}  // namespace daicho::approval::store
