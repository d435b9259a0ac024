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

  friend bool operator==(const ImportedAccount&, const ImportedAccount&) = default;
};

// A file that has been read, before it is compared with the ledger.
struct AccountFile {
  ImportTable table;
  std::vector<ImportedAccount> accounts;  // Each identity once.
  int repeated_count = 0;                 // Rows that say again what an earlier one said.
};

// Reads a file of accounts. Problems, besides those of ReadTable: DEPARTMENT_NOT_FOUND,
// DEPARTMENT_AMBIGUOUS, UNKNOWN_SERVICE, SERVICE_DIFFERS (from what the URL is), what Canonicalize
// refuses, REPEATED_ROW_DIFFERS, CLAIMED_TWICE (by two departments).
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
  int unchanged_count = 0;              // Rows the ledger or an earlier row already says.
  std::vector<ImportProblem> problems;  // By line. With any, nothing may be stored.
};

// Compares `file` with the ledger. Problems: ACCOUNT_TAKEN (another department has it),
// ACCOUNT_DIFFERS, ACCOUNT_CLOSED, ACCOUNT_RENAMED: changing these takes a form; KEY_UNDER_WARNING.
AccountImport PlanAccountImport(AccountFile file, const std::vector<KnownAccount>& known);

// The account that `imported` becomes.
Account NewAccount(const ImportedAccount& imported, std::string id, absl::Time now);

}  // namespace daicho::registry::domain
