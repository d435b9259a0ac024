// First import of an existing ledger: rows of a file become a plan of what would be stored. Pure.
//
// The URL decides what an account is. Departments are taken by exact code or name, never by
// likeness; two departments that claim one account are a conflict for people to settle.
#pragma once

#include <string>
#include <vector>

#include "common/base/csv.h"
#include "common/base/event.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/import_table.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

// One account that the file claims.
struct ImportedAccount {
  int line = 0;
  std::string department;  // Code.
  std::string platform;
  Identity identity;
  Fields fields;  // platform, handle, display_name, url.
  std::string source;
  int position = 0;  // Of the column that names the department.
  // Column that says what no import takes over, "state" or "condition". Empty: none.
  std::string hindrance;

  friend bool operator==(const ImportedAccount&, const ImportedAccount&) = default;
};

// One side of a conflict: a row of the file, or the ledger.
struct ImportClaim {
  int line = 0;            // 0: the ledger.
  int position = 0;        // Of the column that names the department.
  std::string cell;        // "A12", in a workbook.
  std::string department;  // Code.
  std::string department_name;
  std::string display_name;
  std::string account;  // UUID, with the ledger.

  friend bool operator==(const ImportClaim&, const ImportClaim&) = default;
};

// An account that more than one department claims: for people to settle, never overwritten.
struct ImportConflict {
  std::string reason;  // CLAIMED_TWICE (by rows of the file) or ACCOUNT_TAKEN (the ledger has it).
  std::string canonical_url;
  std::string en;
  std::string ja;
  std::vector<ImportClaim> claims;  // Rows in their order, the ledger last.

  friend bool operator==(const ImportConflict&, const ImportConflict&) = default;
};

// A file that has been read, before it is compared with the ledger.
struct AccountFile {
  ImportTable table;
  std::vector<ImportedAccount> accounts;    // Each identity once.
  std::vector<ImportedAccount> tombstones;  // Those that the file says are closed or merged.
  std::vector<ImportConflict> conflicts;    // CLAIMED_TWICE.
  DepartmentNames departments;
  int repeated_count = 0;  // Rows that say again what an earlier one said.
};

// Reads a file of accounts; also one that was exported, of whose further columns only the state and
// the condition count. Problems, besides those of ReadTable: DEPARTMENT_NOT_FOUND,
// DEPARTMENT_AMBIGUOUS, UNKNOWN_SERVICE, SERVICE_DIFFERS (from what the URL is), what Canonicalize
// refuses, REPEATED_ROW_DIFFERS, UNKNOWN_STATE.
AccountFile ReadAccountFile(std::vector<CsvRecord> records, const DepartmentNames& departments,
                            const PlatformTable& platforms);

// What the ledger says already of an identity that the file claims. There may be several.
struct KnownAccount {
  enum class As {
    kImported,      // An import stored it so at first, whatever became of it since.
    kLive,          // It is the identity of a live account.
    kTombstone,     // It was, until the account closed.
    kFormer,        // It was, until the account was renamed.
    kImpersonator,  // The public is warned of it.
  };
  std::string key;
  As as = As::kLive;
  std::string account;     // UUID. This and the rest are empty with kImpersonator.
  std::string department;  // Code.
  std::string display_name;
};

// What an import would do.
struct AccountImport {
  int row_count = 0;
  std::vector<ImportedAccount> created;
  int unchanged_count = 0;  // Rows the ledger or an earlier row already says.
  // With any of either, nothing may be stored. By line.
  std::vector<ImportProblem> problems;
  std::vector<ImportConflict> conflicts;

  bool CanBeStored() const { return problems.empty() && conflicts.empty(); }
};

// Compares `file` with the ledger. Conflict: ACCOUNT_TAKEN (another department has it). Problems:
// ACCOUNT_DIFFERS, ACCOUNT_CLOSED, ACCOUNT_RENAMED: changing these takes a form; KEY_UNDER_WARNING;
// STATE_NOT_IMPORTED: a new account that the file calls anything but open and well.
AccountImport PlanAccountImport(AccountFile file, const std::vector<KnownAccount>& known);

// The account that `imported` becomes.
Account NewAccount(const ImportedAccount& imported, std::string id, absl::Time now);

}  // namespace daicho::registry::domain
