#include "services/registry/public_list_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// The columns that ReadFacts() reads, of a row of `accounts` or `account_revisions`. An imported
// account was open when the ledger took it over, though no day is known.
#define PUBLIC_FACTS(row)                                                                         \
  row ".id, " row ".department, " row ".platform, " row ".fields ->> 'handle', " row              \
      ".fields ->> 'display_name', " row ".canonical_url, " row                                   \
      ".fields ->> 'kind' = 'KIND_PERSONAL_EXCEPTION', " row ".state, " row ".condition, " row    \
      ".opened_on IS NOT NULL OR " row ".origin_kind = 'IMPORT', " row                            \
      ".opened_on, "                                                                              \
      "account_official_end(" row ".closing_effective_on, " row ".fields), " row                  \
      ".evidence_unlisted_on, " row ".closing_successor, " row                                    \
      ".facts ->> 'condition_report.since', " row ".facts ->> 'condition_report.successor', " row \
      ".facts ->> 'condition_report.notice', " row ".fields ->> 'policy_url', " row               \
      ".facts ->> 'verification.state' = 'STATE_VERIFIED', " row                                  \
      ".identity_changed_on IS NOT NULL AND " row ".organization_page_url IS NULL AND " row       \
      ".section_page_url IS NULL"
constexpr int kFactsEnd = 20;  // First column after them.

// A tombstone whose name an open account has again is told by that one.
const pg::Statement kListPublicFacts{"public_list_accounts", R"sql(
  SELECT )sql" PUBLIC_FACTS("accounts") R"sql(
    FROM accounts
   WHERE (department, platform, id) > ($1, $2, $3::uuid)
     AND state <> 'PREPARING'
     AND (state IN ('ACTIVE', 'CLOSING')
          OR NOT EXISTS (SELECT FROM accounts AS holder
                          WHERE holder.key = accounts.key
                            AND holder.state IN ('ACTIVE', 'CLOSING')))
   ORDER BY department, platform, id
   LIMIT $4
)sql"};

const pg::Statement kListFormerNames{"public_list_former_names", R"sql(
  WITH former AS (
    SELECT DISTINCT ON (key) key, account, until_on
      FROM account_former_keys
     WHERE key > $1
       AND until_on >= $2
       AND NOT EXISTS (SELECT FROM accounts AS holder
                        WHERE holder.key = account_former_keys.key
                          AND holder.state IN ('ACTIVE', 'CLOSING'))
     ORDER BY key, until_on DESC, account
     LIMIT $3
  )
  SELECT )sql" PUBLIC_FACTS("last") R"sql(, former.key, former.until_on
    FROM former
   CROSS JOIN LATERAL (
     SELECT id, department, platform, fields, canonical_url, state, condition, opened_on,
            origin_kind, closing_effective_on, evidence_unlisted_on, closing_successor, facts,
            identity_changed_on, organization_page_url, section_page_url
       FROM account_revisions
      WHERE account_revisions.id = former.account
        AND account_revisions.key = former.key
      ORDER BY revision DESC
      LIMIT 1
   ) AS last
   ORDER BY former.key
)sql"};

const pg::Statement kListSteps{"public_list_steps", R"sql(
  SELECT )sql" PUBLIC_FACTS("earlier") R"sql(, )sql" PUBLIC_FACTS("later") R"sql(,
         later.revision, later.update_time
    FROM account_revisions AS later
    JOIN account_revisions AS earlier
      ON earlier.id = later.id
     AND earlier.revision = later.revision - 1
   WHERE (later.update_time, later.id, later.revision) > ($1, $2::uuid, $3)
   ORDER BY later.update_time, later.id, later.revision
   LIMIT $4
)sql"};

// What `accounts` holds as "accounts/UUID" in a map of texts.
std::string UuidOf(const std::string& name) {
  return std::string(absl::StripPrefix(name, "accounts/"));
}

// The facts in the columns from `first` on.
absl::StatusOr<domain::PublicFacts> ReadFacts(const pg::Row& row, int first) {
  const auto state = domain::ParseAccountState(row.Text(first + 7));
  const auto condition = domain::ParseCondition(row.Text(first + 8));
  if (!state || !condition) {
    return absl::InternalError(
        absl::StrCat("account ", row.Text(first), " is in an unknown state"));
  }
  return domain::PublicFacts{.account = row.Text(first),
                             .department = row.Text(first + 1),
                             .platform = row.Text(first + 2),
                             .handle = row.Text(first + 3),
                             .display_name = row.Text(first + 4),
                             .url = row.Text(first + 5),
                             .personal = row.Bool(first + 6),
                             .state = *state,
                             .condition = *condition,
                             .opened = row.Bool(first + 9),
                             .opened_on = row.Day(first + 10),
                             .closing_effective_on = row.Day(first + 11),
                             .unlisted_on = row.Day(first + 12),
                             .closing_successor = row.Text(first + 13),
                             .condition_since = ParseDay(row.Text(first + 14)),
                             .condition_successor = UuidOf(row.Text(first + 15)),
                             .notice = row.Text(first + 16),
                             .policy_url = row.Text(first + 17),
                             .verified = row.Bool(first + 18),
                             .renamed_unseen = row.Bool(first + 19)};
}

}  // namespace

absl::StatusOr<std::vector<domain::PublicFacts>> ListPublicFacts(
    pg::Transaction& tx, const domain::PublicListPosition& after, int limit) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListPublicFacts, {after.department, after.platform, after.account, limit}));
  std::vector<domain::PublicFacts> accounts;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(accounts.emplace_back(), ReadFacts(rows[i], 0));
  }
  return accounts;
}

absl::StatusOr<FormerNamePage> ListFormerNames(pg::Transaction& tx, absl::CivilDay from,
                                               const std::string& after_key, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListFormerNames, {after_key, from, limit}));
  FormerNamePage page;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(domain::PublicFacts facts, ReadFacts(rows[i], 0));
    const auto until_on = rows[i].Day(kFactsEnd + 1);
    if (!until_on) return absl::InternalError("account_former_keys holds a key without its day");
    page.names.push_back({.facts = std::move(facts), .until_on = *until_on});
    page.last_key = rows[i].Text(kFactsEnd);
  }
  return page;
}

absl::StatusOr<std::vector<domain::Step>> ListSteps(pg::Transaction& tx, const StepPosition& after,
                                                    int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListSteps, {after.time, after.account, after.revision, limit}));
  std::vector<domain::Step> steps;
  for (int i = 0; i < rows.size(); ++i) {
    domain::Step& step = steps.emplace_back();
    ASSIGN_OR_RETURN(step.before, ReadFacts(rows[i], 0));
    ASSIGN_OR_RETURN(step.after, ReadFacts(rows[i], kFactsEnd));
    step.revision = rows[i].Int64(2 * kFactsEnd);
    step.time = rows[i].Time(2 * kFactsEnd + 1).value_or(absl::InfinitePast());
  }
  return steps;
}

}  // namespace daicho::registry::store
