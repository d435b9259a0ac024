#include "services/policy/exemption_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::policy::store {
namespace {

#define EXEMPTION_COLUMNS                                                             \
  "id, account, account_name, department, reason, end_date, granted_by, grant_time, " \
  "revoked_by, revoke_time, revoke_reason"

const pg::Statement kGet{"policy_get_exemption", R"sql(
  SELECT )sql" EXEMPTION_COLUMNS R"sql(
    FROM inactivity_exemptions
   WHERE id = $1
)sql"};

// Two at once would not see each other: the second waits for this row.
const pg::Statement kLockAccount{"policy_lock_exempted_account", R"sql(
  INSERT INTO inactivity_exempted_accounts AS known (account, changed)
  VALUES ($1, 1)
  ON CONFLICT (account) DO UPDATE SET changed = known.changed + 1
)sql"};

const pg::Statement kNoteRevocation{"policy_note_revoked_exemption", R"sql(
  UPDATE inactivity_exempted_accounts
     SET changed = changed + 1
   WHERE account = $1
)sql"};

const pg::Statement kListUncheckedExemptions{"policy_list_unchecked_exemptions", R"sql(
  SELECT account, changed
    FROM inactivity_exempted_accounts
   WHERE changed <> checked
   ORDER BY account
   LIMIT $1
)sql"};

const pg::Statement kSetExemptionChecked{"policy_set_exemption_checked", R"sql(
  UPDATE inactivity_exempted_accounts
     SET checked = $2
   WHERE account = $1
)sql"};

const pg::Statement kInsert{"policy_insert_exemption", R"sql(
  INSERT INTO inactivity_exemptions (id, account, account_name, department, reason, end_date,
                                     granted_by, grant_time)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8
   WHERE NOT EXISTS (SELECT FROM inactivity_exemptions
                      WHERE account = $2 AND revoke_time IS NULL AND end_date >= $9)
)sql"};

const pg::Statement kRevoke{"policy_revoke_exemption", R"sql(
  UPDATE inactivity_exemptions
     SET revoked_by = $2, revoke_time = $3, revoke_reason = $4
   WHERE id = $1
     AND revoke_time IS NULL
)sql"};

const pg::Statement kList{"policy_list_exemptions", R"sql(
  SELECT )sql" EXEMPTION_COLUMNS R"sql(
    FROM inactivity_exemptions
   WHERE ($1 = '' OR account::text = $1)
     AND ($2::text IS NULL OR department = $2)
     AND ($3::date IS NULL OR (revoke_time IS NULL AND end_date >= $3))
     AND ($4::uuid IS NULL OR id < $4)
   ORDER BY id DESC
   LIMIT $5
)sql"};

const pg::Statement kLoadInForce{"policy_load_exemptions", R"sql(
  SELECT account, end_date, reason
    FROM inactivity_exemptions
   WHERE revoke_time IS NULL
     AND end_date >= $1
)sql"};

domain::Exemption ExemptionOf(const pg::Row& row) {
  return {.id = row.Text(0),
          .account = absl::StrCat("accounts/", row.Text(1)),
          .account_name = row.Text(2),
          .department = row.Text(3),
          .reason = row.Text(4),
          .end_date = row.Day(5).value_or(absl::CivilDay()),
          .granted_by = row.Text(6),
          .grant_time = row.Time(7).value_or(absl::UnixEpoch()),
          .revoked_by = row.Text(8),
          .revoke_time = row.Time(9).value_or(absl::Time()),
          .revoke_reason = row.Text(10)};
}

std::string AccountId(const domain::Exemption& exemption) {
  return std::string(absl::StripPrefix(exemption.account, "accounts/"));
}

}  // namespace

absl::StatusOr<domain::Exemption> GetExemption(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kGet, {id}));
  if (rows.size() == 1) return ExemptionOf(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "EXEMPTION_NOT_FOUND",
                {"There is no such exemption; look it up in the list.",
                 "この免除はありません。一覧で確認してください。"},
                {{"exemption", absl::StrCat("exemptions/", id)}});
}

absl::Status InsertExemption(pg::Transaction& tx, const domain::Exemption& exemption,
                             absl::CivilDay today) {
  const std::string account = AccountId(exemption);
  RETURN_IF_ERROR(tx.Execute(kLockAccount, {account}).status());
  ASSIGN_OR_RETURN(const pg::Result stored,
                   tx.Execute(kInsert, {exemption.id, account, exemption.account_name,
                                        exemption.department, exemption.reason, exemption.end_date,
                                        exemption.granted_by, exemption.grant_time, today}));
  if (stored.rows_affected() == 1) return absl::OkStatus();
  return Refuse(absl::StatusCode::kAlreadyExists, "EXEMPTION_EXISTS",
                {"This account is exempt already; revoke that exemption first.",
                 "このアカウントには有効な免除があります。先にそれを取り消してください。"},
                {{"account", exemption.account}});
}

void SaveRevocation(pg::Transaction& tx, const domain::Exemption& exemption) {
  tx.QueueOne(kRevoke,
              {exemption.id, exemption.revoked_by, exemption.revoke_time, exemption.revoke_reason},
              domain::Revoke(exemption, "", "", exemption.revoke_time).status());
  tx.Queue(kNoteRevocation, {absl::StripPrefix(exemption.account, "accounts/")});
}

absl::StatusOr<std::vector<domain::Exemption>> ListExemptions(pg::Transaction& tx,
                                                              const ExemptionQuery& query) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kList, {query.account, query.department, query.in_force, query.before,
                                      query.limit}));
  std::vector<domain::Exemption> exemptions;
  for (int i = 0; i < rows.size(); ++i) exemptions.push_back(ExemptionOf(rows[i]));
  return exemptions;
}

absl::StatusOr<domain::ExemptionsByAccount> LoadExemptions(pg::Transaction& tx,
                                                           absl::CivilDay day) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLoadInForce, {day}));
  domain::ExemptionsByAccount exemptions;
  for (int i = 0; i < rows.size(); ++i) {
    exemptions[rows[i].Text(0)] = {.until = rows[i].Day(1).value_or(absl::CivilDay()),
                                   .reason = rows[i].Text(2)};
  }
  return exemptions;
}

absl::StatusOr<std::vector<UncheckedExemption>> ListUncheckedExemptions(pg::Transaction& tx,
                                                                        int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListUncheckedExemptions, {limit}));
  std::vector<UncheckedExemption> unchecked;
  for (int i = 0; i < rows.size(); ++i) unchecked.push_back({rows[i].Text(0), rows[i].Int64(1)});
  return unchecked;
}

void SetChecked(pg::Transaction& tx, const std::vector<UncheckedExemption>& unchecked) {
  for (const UncheckedExemption& one : unchecked)
    tx.Queue(kSetExemptionChecked, {one.account, one.changed});
}

}  // namespace daicho::policy::store
