#include "services/registry/directory_store.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "services/registry/warning_store.h"

namespace daicho::registry::store {
namespace {

constexpr int kPage = 5000;

const pg::Statement kOneMoment{
    "directory_one_moment", R"sql(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY)sql"};

// Of a version what the view public_accounts has of an account.
#define ENTRY_COLUMNS                                                                             \
  "change_sequence, id, key, platform, fields->>'handle', fields->>'display_name', "              \
  "canonical_url, department, COALESCE(organization_page_url, section_page_url), state, "         \
  "condition, opened_on IS NOT NULL OR origin_kind = 'IMPORT', "                                  \
  "account_official_end(closing_effective_on, fields), "                                          \
  "evidence_unlisted_on, COALESCE(CASE WHEN condition <> 'NORMAL' AND state NOT IN "              \
  "('CLOSED', 'MERGED') THEN split_part(facts->>'condition_report.successor', '/', 2) END, "      \
  "closing_successor::text), facts->>'condition_report.notice', fields->>'platform_account_id', " \
  "fields->>'kind' = 'KIND_PERSONAL_EXCEPTION'"
const pg::Statement kChangedAccounts{"directory_changed_accounts", R"sql(
  SELECT change_sequence, id, key, platform, handle, display_name, canonical_url, department,
         listing_url, state, condition, opened, closing_effective_on, evidence_unlisted_on,
         successor, notice, platform_account_id, personal,
         EXISTS (SELECT 1 FROM account_former_keys WHERE account = public_accounts.id)
    FROM public_accounts
   WHERE change_sequence > $1
   ORDER BY change_sequence
   LIMIT $2)sql"};

constexpr int kRenamed = 18;  // Column: it has former keys.

const pg::Statement kFormerKeys{"directory_former_keys", R"sql(
  SELECT key, account, until_on
    FROM account_former_keys
   WHERE account = ANY ($1::uuid[]))sql"};

const pg::Statement kChangedDepartments{"directory_changed_departments", R"sql(
  SELECT change_sequence, code, display_name, contact_desk, parent_code, valid_until,
         array_to_string(successor_codes, ',')
    FROM departments
   WHERE change_sequence > $1
   ORDER BY change_sequence
   LIMIT $2)sql"};

// Every account that had the key by then, as it was then.
const pg::Statement kHoldersAsOf{"directory_holders_as_of", R"sql(
  SELECT )sql" ENTRY_COLUMNS R"sql(
    FROM account_revisions AS version
   WHERE id IN (SELECT id FROM account_revisions WHERE key = $1 AND change_sequence <= $2)
     AND revision = (SELECT max(revision)
                       FROM account_revisions
                      WHERE id = version.id
                        AND change_sequence <= $2)
)sql"};

const pg::Statement kAccountAsOf{"directory_account_as_of", R"sql(
  SELECT )sql" ENTRY_COLUMNS R"sql(
    FROM account_revisions
   WHERE id = $1
     AND change_sequence <= $2
   ORDER BY revision DESC
   LIMIT 1
)sql"};

// The key counts as given up by then when the account had it, and has been renamed since.
const pg::Statement kFormerKeyAsOf{"directory_former_key_as_of", R"sql(
  SELECT former.key, former.account, former.until_on
    FROM account_former_keys AS former
   WHERE former.key = $1
     AND EXISTS (SELECT 1
                   FROM account_revisions AS renamed
                  WHERE renamed.id = former.account
                    AND renamed.change_sequence <= $2
                    AND renamed.identity_changed_on >= former.until_on)
)sql"};

const pg::Statement kDepartmentAsOf{"directory_department_as_of", R"sql(
  SELECT change_sequence, code, display_name, contact_desk, parent_code, valid_until,
         array_to_string(successor_codes, ',')
    FROM department_revisions
   WHERE code = $1
     AND change_sequence <= $2
   ORDER BY revision DESC
   LIMIT 1
)sql"};

absl::StatusOr<domain::LookupEntry> ToEntry(const pg::Row& row) {
  const auto state = domain::ParseAccountState(row.Text(9));
  const auto condition = domain::ParseCondition(row.Text(10));
  if (!state || !condition) {
    return absl::InternalError(absl::StrCat("account ", row.Text(1), " is in an unknown state"));
  }
  return domain::LookupEntry{.account = row.Text(1),
                             .key = row.Text(2),
                             .platform = row.Text(3),
                             .handle = row.Text(4),
                             .display_name = row.Bool(17) ? "" : row.Text(5),
                             .url = row.Text(6),
                             .department = row.Text(7),
                             .listing_url = row.Text(8),
                             .state = *state,
                             .condition = *condition,
                             .personal = row.Bool(17),
                             .opened = row.Bool(11),
                             .closing_effective_on = row.Day(12),
                             .unlisted_on = row.Day(13),
                             .successor = row.Text(14),
                             .notice = row.Text(15),
                             .platform_account_id = row.Text(16)};
}

domain::PublicDepartment ToDepartment(const pg::Row& row) {
  return {.code = row.Text(1),
          .display_name = row.Text(2),
          .contact_desk = row.Text(3),
          .parent = row.Text(4),
          .valid_until = row.Day(5),
          .successors = absl::StrSplit(row.Text(6), ',', absl::SkipEmpty())};
}

absl::Status ReadAccounts(pg::Transaction& tx, DirectoryChanges& changes) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kChangedAccounts, {changes.next.accounts, kPage}));
  changes.accounts.reserve(rows.size());
  std::vector<std::string> renamed;
  for (int i = 0; i < rows.size(); ++i) {
    const pg::Row row = rows[i];
    ASSIGN_OR_RETURN(changes.accounts.emplace_back(), ToEntry(row));
    if (row.Bool(kRenamed)) renamed.push_back(row.Text(1));
    changes.next.accounts = row.Int64(0);
  }
  if (rows.size() == kPage) changes.complete = false;
  if (renamed.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const pg::Result former, tx.Execute(kFormerKeys, {renamed}));
  for (int i = 0; i < former.size(); ++i) {
    changes.former.push_back({former[i].Text(0), former[i].Text(1), *former[i].Day(2)});
  }
  return absl::OkStatus();
}

absl::Status ReadDepartments(pg::Transaction& tx, DirectoryChanges& changes) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kChangedDepartments, {changes.next.departments, kPage}));
  for (int i = 0; i < rows.size(); ++i) {
    changes.departments.push_back(ToDepartment(rows[i]));
    changes.next.departments = rows[i].Int64(0);
  }
  if (rows.size() == kPage) changes.complete = false;
  return absl::OkStatus();
}

absl::Status ReadWarnings(pg::Transaction& tx, DirectoryChanges& changes) {
  ASSIGN_OR_RETURN(changes.warnings, ReadChangedWarnings(tx, changes.next.warnings, kPage));
  if (changes.warnings.empty()) return absl::OkStatus();
  changes.next.warnings = changes.warnings.back().change_sequence;
  if (changes.warnings.size() == kPage) changes.complete = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DirectoryChanges> ReadDirectoryChanges(pg::Transaction& tx,
                                                      const DirectoryCursor& since) {
  DirectoryChanges changes{.next = since, .complete = true};
  tx.Queue(kOneMoment, {});
  RETURN_IF_ERROR(ReadAccounts(tx, changes));
  RETURN_IF_ERROR(ReadDepartments(tx, changes));
  RETURN_IF_ERROR(ReadWarnings(tx, changes));
  return changes;
}

absl::StatusOr<DirectoryChanges> ReadDirectoryAsOf(pg::Transaction& tx, const std::string& key,
                                                   std::int64_t change) {
  DirectoryChanges as_of;
  const auto add = [&](const pg::Result& rows) -> absl::Status {
    for (int i = 0; i < rows.size(); ++i) {
      ASSIGN_OR_RETURN(as_of.accounts.emplace_back(), ToEntry(rows[i]));
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const pg::Result holders, tx.Execute(kHoldersAsOf, {key, change}));
  RETURN_IF_ERROR(add(holders));
  std::size_t next = 0;
  for (int step = 0; step < domain::kMostSuccessors && next < as_of.accounts.size(); ++step) {
    for (const std::size_t end = as_of.accounts.size(); next < end; ++next) {
      const std::string successor(as_of.accounts[next].successor);
      if (successor.empty()) continue;
      ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kAccountAsOf, {successor, change}));
      RETURN_IF_ERROR(add(rows));
    }
  }
  ASSIGN_OR_RETURN(const pg::Result former, tx.Execute(kFormerKeyAsOf, {key, change}));
  for (int i = 0; i < former.size(); ++i) {
    as_of.former.push_back({former[i].Text(0), former[i].Text(1), *former[i].Day(2)});
  }
  ASSIGN_OR_RETURN(as_of.warnings, ReadWarningsAsOf(tx, key, change));
  std::set<std::string> departments;
  for (const domain::LookupEntry& entry : as_of.accounts)
    departments.insert(std::string(entry.department));
  for (const std::string& code : departments) {
    ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kDepartmentAsOf, {code, change}));
    if (rows.size() == 0) continue;
    as_of.departments.push_back(ToDepartment(rows[0]));
  }
  return as_of;
}

}  // namespace daicho::registry::store
