#include "services/registry/fact_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/department_store.h"

namespace daicho::registry::store {
namespace {

constexpr int kAccountsAtOnce = 5000;
constexpr char kFirstId[] = "00000000-0000-0000-0000-000000000000";

#define GRANT_COLUMNS                                                              \
  "id, revision, account, subject, display_name, title, fiscal_year, valid_from, " \
  "valid_until, granted_by, grant_time, revoked_by, revoke_time, revoke_reason, form"

const pg::Statement kSelectGrant{"registry_select_grant", R"sql(
  SELECT )sql" GRANT_COLUMNS R"sql(
    FROM account_grants
   WHERE id = $1
)sql"};

const pg::Statement kInsertGrant{"registry_insert_grant", R"sql(
  INSERT INTO account_grants (id, revision, account, holder, subject, display_name, title,
                              fiscal_year, valid_from, valid_until, granted_by, grant_time, form)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
)sql"};

const pg::Statement kGrantHolders{"registry_grant_holders", R"sql(
  SELECT holder
    FROM account_grants
   WHERE account = $1
     AND fiscal_year = $2
     AND revoke_time IS NULL
)sql"};

const pg::Statement kSaveRevocation{"registry_save_revocation", R"sql(
  UPDATE account_grants
     SET revision = $2, revoked_by = $3, revoke_time = $4, revoke_reason = $5
   WHERE id = $1
     AND revision = $2 - 1
)sql"};

// $6: due for renewal, as nothing to the same person follows.
const pg::Statement kListGrants{"registry_list_grants", R"sql(
  SELECT )sql" GRANT_COLUMNS R"sql(
    FROM account_grants AS given
   WHERE id > $1::uuid
     AND ($2 = '' OR account = NULLIF($2, '')::uuid)
     AND ($3 = '' OR subject = $3 OR display_name = $3)
     AND ($4 = '' OR EXISTS (SELECT 1 FROM accounts
                              WHERE accounts.id = given.account
                                AND accounts.department = $4))
     AND ($5::integer = 0 OR fiscal_year = $5)
     AND ($6::date IS NULL
          OR (valid_until <= $6
              AND revoke_time IS NULL
              AND EXISTS (SELECT 1 FROM accounts
                           WHERE accounts.id = given.account
                             AND accounts.state IN ('PREPARING', 'ACTIVE', 'CLOSING'))
              AND NOT EXISTS (SELECT 1 FROM account_grants AS later
                               WHERE later.account = given.account
                                 AND later.holder = given.holder
                                 AND later.fiscal_year > given.fiscal_year
                                 AND later.revoke_time IS NULL)))
     AND ($7 OR revoke_time IS NULL)
   ORDER BY id
   LIMIT $8
)sql"};

const pg::Statement kInsertGoalSample{"registry_insert_goal_sample", R"sql(
  INSERT INTO account_goal_samples (id, account, metric, value, sampled_on, recorded_by,
                                    record_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
)sql"};

const pg::Statement kListGoalSamples{"registry_list_goal_samples", R"sql(
  SELECT DISTINCT ON (sampled_on, metric)
         id, account, metric, value, sampled_on, recorded_by, record_time
    FROM account_goal_samples
   WHERE account = $1
     AND ($2 = '' OR metric = $2)
     AND (sampled_on < $3::date OR (sampled_on = $3::date AND metric > $4))
   ORDER BY sampled_on DESC, metric, id DESC
   LIMIT $5
)sql"};

const pg::Statement kListOpenAccounts{"registry_list_open_accounts", R"sql(
  SELECT id, department, platform, fields ->> 'display_name', facts ->> 'verification.state',
         facts ->> 'verification.reason', facts ->> 'verification.expires_on'
    FROM accounts
   WHERE id > $1::uuid
     AND state IN ('ACTIVE', 'CLOSING')
     AND (cardinality($2::text[]) = 0 OR department = ANY ($2::text[]))
     AND ($3 = '' OR platform = $3)
   ORDER BY id
   LIMIT $4
)sql"};

const pg::Statement kDepartmentSubtree{"registry_department_subtree", R"sql(
  WITH RECURSIVE below AS (
    SELECT code FROM departments WHERE code = $1
     UNION
    SELECT departments.code
      FROM departments
      JOIN below ON departments.parent_code = below.code
  )
  SELECT code
    FROM below
   ORDER BY code
)sql"};

domain::Grant ReadGrant(const pg::Row& row) {
  return {.id = row.Text(0),
          .revision = row.Int64(1),
          .account = row.Text(2),
          .holder = {.subject = row.Text(3), .display_name = row.Text(4), .title = row.Text(5)},
          .fiscal_year = static_cast<int>(row.Int64(6)),
          .valid_from = row.Day(7).value_or(absl::CivilDay()),
          .valid_until = row.Day(8).value_or(absl::CivilDay()),
          .granted_by = row.Text(9),
          .grant_time = row.Time(10).value_or(absl::InfinitePast()),
          .revoked_by = row.Text(11),
          .revoke_time = row.Time(12),
          .revoke_reason = row.Text(13),
          .form = row.Text(14)};
}

}  // namespace

absl::StatusOr<domain::Grant> GetGrant(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectGrant, {id}));
  if (rows.size() > 0) return ReadGrant(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "GRANT_NOT_FOUND",
                {"There is no such grant; look it up in the list.",
                 "その利用許可はありません。一覧で確認してください。"},
                {{"grant", absl::StrCat("grants/", id)}});
}

absl::Status InsertGrant(pg::Transaction& tx, const domain::Grant& grant) {
  const absl::Status inserted =
      tx.Execute(kInsertGrant, {grant.id, grant.revision, grant.account,
                                domain::KeyOf(grant.holder), pg::NullIfEmpty(grant.holder.subject),
                                grant.holder.display_name, pg::NullIfEmpty(grant.holder.title),
                                grant.fiscal_year, grant.valid_from, grant.valid_until,
                                grant.granted_by, grant.grant_time, pg::NullIfEmpty(grant.form)})
          .status();
  if (!pg::Violates(inserted, "account_grants_one_in_force")) return inserted;
  return Refuse(
      absl::StatusCode::kAlreadyExists, "GRANT_EXISTS",
      {"This person has a grant for this account and fiscal year already; revoke that one "
       "first.",
       "この人には、このアカウントの同じ年度の許可がすでにあります。先にそれを取り消して"
       "ください。"},
      {{"fiscal_year", absl::StrCat(grant.fiscal_year)}});
}

absl::StatusOr<std::set<std::string>> GrantHolders(pg::Transaction& tx, const std::string& account,
                                                   int fiscal_year) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kGrantHolders, {account, fiscal_year}));
  std::set<std::string> holders;
  for (int i = 0; i < rows.size(); ++i) holders.insert(rows[i].Text(0));
  return holders;
}

void SaveRevocation(pg::Transaction& tx, const domain::Grant& grant) {
  tx.QueueOne(kSaveRevocation,
              {grant.id, grant.revision, grant.revoked_by, grant.revoke_time, grant.revoke_reason},
              EtagMismatch());
}

absl::StatusOr<std::vector<domain::Grant>> ListGrants(pg::Transaction& tx,
                                                      const domain::GrantFilter& filter,
                                                      const std::string& after, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListGrants, {after.empty() ? kFirstId : after, filter.account,
                                            filter.person, filter.department, filter.fiscal_year,
                                            filter.due_by, filter.include_revoked, limit}));
  std::vector<domain::Grant> grants;
  for (int i = 0; i < rows.size(); ++i) grants.push_back(ReadGrant(rows[i]));
  return grants;
}

void InsertGoalSample(pg::Transaction& tx, const domain::GoalSample& sample) {
  tx.Queue(kInsertGoalSample, {sample.id, sample.account, sample.metric, sample.value,
                               sample.sampled_on, sample.recorded_by, sample.record_time});
}

absl::StatusOr<std::vector<domain::GoalSample>> ListGoalSamples(pg::Transaction& tx,
                                                                const std::string& account,
                                                                const std::string& metric,
                                                                const SamplePosition& after,
                                                                int limit) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListGoalSamples, {account, metric, after.sampled_on, after.metric, limit}));
  std::vector<domain::GoalSample> samples;
  for (int i = 0; i < rows.size(); ++i) {
    samples.push_back({.id = rows[i].Text(0),
                       .account = rows[i].Text(1),
                       .metric = rows[i].Text(2),
                       .value = rows[i].Int64(3),
                       .sampled_on = rows[i].Day(4).value_or(absl::CivilDay()),
                       .recorded_by = rows[i].Text(5),
                       .record_time = rows[i].Time(6).value_or(absl::InfinitePast())});
  }
  return samples;
}

absl::Status ForEachOpenAccount(pg::Transaction& tx, const CoverageFilter& filter,
                                const std::function<void(domain::CoveredAccount)>& take) {
  std::string after = kFirstId;
  for (;;) {
    ASSIGN_OR_RETURN(const pg::Result rows,
                     tx.Execute(kListOpenAccounts,
                                {after, filter.departments, filter.platform, kAccountsAtOnce}));
    for (int i = 0; i < rows.size(); ++i) {
      take({.id = rows[i].Text(0),
            .department = rows[i].Text(1),
            .platform = rows[i].Text(2),
            .display_name = rows[i].Text(3),
            .verification = {.state = domain::ParseVerificationState(rows[i].Text(4)),
                             .reason = rows[i].Text(5),
                             .expires_on = ParseDay(rows[i].Text(6))}});
      after = rows[i].Text(0);
    }
    if (rows.size() < kAccountsAtOnce) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<std::string>> DepartmentSubtree(pg::Transaction& tx,
                                                           absl::string_view code) {
  RETURN_IF_ERROR(GetDepartment(tx, code).status());
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kDepartmentSubtree, {code}));
  std::vector<std::string> codes;
  for (int i = 0; i < rows.size(); ++i) codes.push_back(rows[i].Text(0));
  return codes;
}

}  // namespace daicho::registry::store
