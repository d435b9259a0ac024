// Accounts in PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/pg/pg.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/import.h"
#include "services/registry/domain/query.h"

namespace daicho::registry::store {

// Who made a version of an account, and why.
struct Authorship {
  std::string actor;   // "users/…", "services/…".
  std::string reason;  // May be empty.
};

// Columns of one version, in the order that ReadAccount() takes them, and the first one after.
extern const char* const kAccountColumns;
inline constexpr int kVersionEnd = 29;
absl::StatusOr<domain::Account> ReadAccount(const pg::Row& row);

// Keeps every other writer of the ledger out until the end of `tx`, so that what is loaded after
// it still holds when it is saved. Is sent with the next statement.
void LockLedger(pg::Transaction& tx);

// Refuses with NOT_FOUND (ACCOUNT_NOT_FOUND).
absl::StatusOr<domain::Account> GetAccount(pg::Transaction& tx, absl::string_view id);
absl::StatusOr<std::optional<domain::Account>> FindAccount(pg::Transaction& tx,
                                                           absl::string_view id);
// Those of `ids` that the ledger has, in no order.
absl::StatusOr<std::vector<domain::Account>> FindAccounts(pg::Transaction& tx,
                                                          const std::vector<std::string>& ids);
// At most `limit` live accounts of the departments themselves.
absl::StatusOr<std::vector<domain::Account>> LiveAccountsOf(
    pg::Transaction& tx, const std::vector<std::string>& departments, int limit);
// As it was after change number `change` of the ledger; nullopt when it was not in it yet.
absl::StatusOr<std::optional<domain::Account>> FindAccountAsOf(pg::Transaction& tx,
                                                               absl::string_view id,
                                                               std::int64_t change);
// UUID of the live account with that identity; empty when none has it.
absl::StatusOr<std::string> FindHolder(pg::Transaction& tx, absl::string_view key);

// Stores `change` as the next version. With the next Execute() or Commit() of `tx`, refuses with
// ABORTED (ETAG_MISMATCH) when somebody else stored one meanwhile.
void SaveAccount(pg::Transaction& tx, const domain::Change& change, const Authorship& author);

// At most `limit` accounts that were to close before `today` and are not shown to be gone.
absl::StatusOr<std::vector<domain::Account>> ListOverdueClosings(
    pg::Transaction& tx, const domain::OverdueFilter& filter, absl::CivilDay today,
    const domain::OverduePosition& after, int limit);
absl::StatusOr<int> CountOverdueClosings(pg::Transaction& tx, const domain::OverdueFilter& filter,
                                         absl::CivilDay today);

// At most `limit` versions older than `before`, newest first.
absl::StatusOr<std::vector<domain::Revision>> ListRevisions(pg::Transaction& tx,
                                                            absl::string_view id,
                                                            std::int64_t before, int limit);

// What the ledger says of these identities.
absl::StatusOr<std::vector<domain::KnownAccount>> FindKnown(pg::Transaction& tx,
                                                            const std::vector<std::string>& keys);
// Stores new accounts, in one statement.
absl::Status InsertImported(pg::Transaction& tx, const std::vector<domain::Account>& accounts,
                            const Authorship& author);

}  // namespace daicho::registry::store
