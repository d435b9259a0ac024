// Standing findings in PostgreSQL, and whose turn it is to check accounts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "services/policy/domain/trouble.h"
#include "services/policy/finding_values.h"

namespace daicho::policy::store {

// What was done up to now by whoever had the turn.
struct Turn {
  std::optional<std::int64_t> followed_change;  // Of the ledger.
  std::string digest;                           // Of the guideline. Empty before the first run.
  std::optional<absl::CivilDay> checked_on;     // Day of the last whole run.
};

// Gives `holder` the turn, or keeps it, for `length`. nullopt: somebody else has it.
absl::StatusOr<std::optional<Turn>> TakeTurn(pg::Transaction& tx, absl::string_view holder,
                                             absl::Duration length);
// Keeps the turn, and everybody else from it until `tx` ends. ABORTED when somebody else has taken
// it: what is not committed by then must not be.
absl::Status KeepTurn(pg::Transaction& tx, absl::string_view holder, absl::Duration length);
// Lets others have it at once.
absl::Status GiveTurnBack(pg::Transaction& tx, absl::string_view holder);

// Takes a guideline up in place of the one before. False when it was taken up earlier and another
// has come since: an old process shall not undo what a new one does.
absl::StatusOr<bool> AdoptGuideline(pg::Transaction& tx, const Turn& turn,
                                    const std::string& digest, const std::string& version,
                                    absl::Time now);

void SetFollowed(pg::Transaction& tx, std::int64_t change);

// Begins a run over all accounts, or takes up the one that was cut off. Returns its id.
absl::StatusOr<std::string> BeginRun(pg::Transaction& tx, const std::string& guideline_version,
                                     absl::CivilDay day, absl::Time now);
// `change` is followed from here when nothing was before.
void FinishRun(pg::Transaction& tx, const std::string& id, absl::CivilDay day, std::int64_t change,
               std::int64_t account_count, absl::Time now);

struct LedgerDepartment {
  std::string code;
  std::string parent;  // Empty at the top.
  std::string display_name;
  std::string kind;
};
void PutDepartments(pg::Transaction& tx, const std::vector<LedgerDepartment>& departments);

struct CheckedAccount {
  std::string id;          // UUID.
  std::string department;  // Code.
  std::string platform;
  std::string display_name;
};
// Stores accounts, and moves what stands against them to their department.
void PutAccounts(pg::Transaction& tx, const std::vector<CheckedAccount>& accounts);

// What stands against these accounts, by account.
absl::StatusOr<std::map<std::string, std::vector<domain::KnownTrouble>>> LoadStanding(
    pg::Transaction& tx, const std::vector<std::string>& accounts);

// At most `limit` accounts after the UUID `after`, by id, against which one of `rules` stands.
absl::StatusOr<std::vector<std::string>> ListAccountsWith(pg::Transaction& tx,
                                                          const std::vector<std::string>& rules,
                                                          const std::string& after, int limit);

struct NewFinding {
  std::string id;  // UUID.
  std::string account;
  std::string department;
  domain::Trouble trouble;
};
void InsertFindings(pg::Transaction& tx, const std::vector<NewFinding>& findings, absl::Time now);
void AlterFindings(pg::Transaction& tx, const std::vector<domain::KnownTrouble>& altered,
                   absl::Time now);
void MendFindings(pg::Transaction& tx, const std::vector<std::string>& ids, absl::Time now);

// Refuses with NOT_FOUND (FINDING_NOT_FOUND).
absl::StatusOr<Finding> GetFinding(pg::Transaction& tx, const std::string& id);

// At most `limit`, newest first, before the one with the id `before`.
absl::StatusOr<std::vector<Finding>> ListFindings(pg::Transaction& tx, const FindingQuery& query,
                                                  const std::optional<std::string>& before,
                                                  int limit);
absl::StatusOr<std::int64_t> CountFindings(pg::Transaction& tx, const FindingQuery& query);

// The department and all that are under it.
absl::StatusOr<std::vector<std::string>> DepartmentsUnder(pg::Transaction& tx,
                                                          const std::string& code);

absl::StatusOr<std::optional<FindingRun>> LastRun(pg::Transaction& tx);

// `since` unset: nothing counts as new or mended.
absl::StatusOr<std::vector<FindingCount>> CountByRule(
    pg::Transaction& tx, const std::optional<std::vector<std::string>>& departments,
    std::optional<absl::Time> since, absl::CivilDay today);

// Stores an acknowledgement under the UUID `id`. Fails at the next statement with ABORTED
// (ETAG_MISMATCH) when somebody else changed the finding.
void SaveAcknowledgement(pg::Transaction& tx, const std::string& id, const Finding& finding);

}  // namespace daicho::policy::store
