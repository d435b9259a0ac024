#include "services/registry/transfer_store.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// Names as they are compared: width and spaces do not matter.
#define COMPARABLE(name) "replace(normalize(" name ", NFKC), ' ', '')"

// `held` is who holds which role, by what governs an account or by a grant that has not ended.
const pg::Statement kFindHeldRoles{"registry_find_held_roles", R"sql(
  WITH asked AS (
    SELECT place, subject, )sql" COMPARABLE("display_name") R"sql( AS display_name,
           string_to_array(departments_left, ',') AS departments_left, department_joined
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
        AS given (subject, display_name, departments_left, department_joined, place)
  ), held AS (
    SELECT accounts.id, accounts.fields ->> 'display_name' AS account_name, accounts.platform,
           accounts.department, holder.path,
           COALESCE(accounts.fields ->> (holder.path || '.subject'), '') AS subject,
           COALESCE(accounts.fields ->> (holder.path || '.display_name'), '') AS display_name
      FROM accounts
     CROSS JOIN LATERAL (
             SELECT DISTINCT regexp_replace(key, '\.(subject|display_name)$', '') AS path
               FROM jsonb_object_keys(accounts.fields) AS key
              WHERE key ~ '^(publishing_method|decision_makers)\..*\.(subject|display_name)$'
           ) AS holder
     WHERE accounts.state IN ('PREPARING', 'ACTIVE', 'CLOSING')
     UNION ALL
    SELECT accounts.id, accounts.fields ->> 'display_name', accounts.platform,
           accounts.department, 'grants/' || grants.id, COALESCE(grants.subject, ''),
           grants.display_name
      FROM account_grants AS grants
      JOIN accounts ON accounts.id = grants.account
     WHERE accounts.state IN ('PREPARING', 'ACTIVE', 'CLOSING')
       AND grants.revoke_time IS NULL
       AND grants.valid_until >= $6
  )
  SELECT asked.place - 1, held.id, held.account_name, held.platform, held.department, held.path,
         held.subject, held.display_name,
         NOT (asked.subject <> '' AND held.subject = asked.subject)
    FROM asked
    JOIN held
      ON (asked.subject <> '' AND held.subject = asked.subject)
      OR (asked.display_name <> ''
          AND (asked.subject = '' OR held.subject = '')
          AND held.department = ANY (asked.departments_left)
          AND )sql" COMPARABLE("held.display_name") R"sql( = asked.display_name)
   WHERE asked.department_joined = '' OR held.department <> asked.department_joined
   ORDER BY asked.place, held.department, held.platform, held.id, held.path
   LIMIT $5
)sql"};

}  // namespace

absl::StatusOr<std::vector<domain::HeldRole>> FindHeldRoles(
    pg::Transaction& tx, const std::vector<domain::Transfer>& people, absl::CivilDay today,
    int limit) {
  std::vector<std::string> subjects, names, left, joined;
  for (const domain::Transfer& person : people) {
    subjects.push_back(person.subject);
    names.push_back(person.display_name);
    left.push_back(absl::StrJoin(person.departments_left, ","));
    joined.push_back(person.department_joined);
  }
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kFindHeldRoles, {subjects, names, left, joined, limit, today}));
  std::vector<domain::HeldRole> found;
  for (int i = 0; i < rows.size(); ++i) {
    const std::string holder = rows[i].Text(5);
    const auto role = domain::RoleAt(holder);
    if (!role) continue;
    found.push_back({.person = static_cast<int>(rows[i].Int64(0)),
                     .account = rows[i].Text(1),
                     .account_display_name = rows[i].Text(2),
                     .platform = rows[i].Text(3),
                     .department = rows[i].Text(4),
                     .role = *role,
                     .field = role == domain::HolderRole::kGrantHolder
                                  ? holder
                                  : absl::StrCat("fields.", holder),
                     .subject = rows[i].Text(6),
                     .display_name = rows[i].Text(7),
                     .by_name_only = rows[i].Bool(8)});
  }
  return found;
}

}  // namespace daicho::registry::store
