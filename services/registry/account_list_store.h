// Lists of accounts in PostgreSQL, and the ledger as it was.
//
// Changes of the ledger are numbered in the order in which they are committed, so that "all up to
// number n" is a state it really was in. Lists are read as of such a number: the pages of one list
// show one state, whatever is written meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/account_filter.h"

namespace daicho::registry::store {

// The number of the last change of the ledger; 0 before the first.
absl::StatusOr<std::int64_t> LastChange(pg::Transaction& tx);
// That of the last change made at `time` or before.
absl::StatusOr<std::int64_t> LastChangeBy(pg::Transaction& tx, absl::Time time);

// Which state of the ledger a list shows.
struct Moment {
  std::int64_t change = 0;  // The last change that shows.
  bool present = false;     // Nothing has changed since.
};

// A statement put together from parts of account_list_store.cc; all that callers chose is in
// `params`.
struct ComposedStatement {
  std::string sql;
  std::vector<pg::Param> params;
};

// A department, as far as conditions ask about it.
struct DepartmentRow {
  std::string code;
  std::string parent;      // Code. Empty at the top.
  std::string searchable;  // Name and kana, folded. Empty when no word is looked for.
};
using DepartmentRows = std::vector<DepartmentRow>;

// Every department as of `moment` when `query` speaks of subtrees or names; else none.
absl::StatusOr<DepartmentRows> DepartmentsFor(pg::Transaction& tx,
                                              const domain::AccountQuery& query, Moment moment);

// Which part of a list to read.
struct Window {
  std::vector<std::string> after;  // AccountPage::position of the page before; empty: from the top.
  int size = 50;                   // At most so many.
  int total = 0;                   // What CountAccounts() said.
};

// What ListAccounts() and CountAccounts() ask, for tests and measurements. `departments` are those
// of DepartmentsFor(), here and below.
ComposedStatement ComposePage(const domain::AccountQuery& query, const DepartmentRows& departments,
                              Moment moment, const Window& window);
ComposedStatement ComposeCount(const domain::AccountQuery& query, const DepartmentRows& departments,
                               Moment moment);

struct AccountPage {
  std::vector<domain::Account> accounts;
  std::vector<std::string> position;  // Of the last one.
  bool more = false;                  // There are others after it.
};

absl::StatusOr<AccountPage> ListAccounts(pg::Transaction& tx, const domain::AccountQuery& query,
                                         const DepartmentRows& departments, Moment moment,
                                         const Window& window);
absl::StatusOr<int> CountAccounts(pg::Transaction& tx, const domain::AccountQuery& query,
                                  const DepartmentRows& departments, Moment moment);

}  // namespace daicho::registry::store
