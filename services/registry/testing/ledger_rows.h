// Rows of the ledger for tests of what reads them, written as the stores write them: under the
// ledger's sequence.
#pragma once

#include <string>

#include "tests/support/database.h"

namespace daicho::testing {

struct AccountRow {
  std::string key;                // "x::akita"; the URL is made of it.
  std::string listing_url = "";   // Empty: on no page.
  std::string state = "ACTIVE";   // Closing states need `effective_on`.
  std::string effective_on = "";  // "2026-10-01"
  std::string successor = "";     // UUID.
  std::string department = "0101";
  double pause_seconds = 0;  // Between taking its place in the sequence and the commit.
};

class LedgerRows {
 public:
  explicit LedgerRows(const Database& database) : database_(database) {}

  // Makes the department, or renames it.
  void PutDepartment(const std::string& code, const std::string& display_name) const;
  // Makes an account that was imported; its display name is its key. Returns its UUID.
  std::string PutAccount(const AccountRow& row) const;
  // Accounts with the keys "x::many1" to "x::many" and `count`.
  void PutManyAccounts(int count) const;
  // UPDATE accounts SET `assignments`.
  void Change(const std::string& id, const std::string& assignments) const;
  void Rename(const std::string& id, const std::string& key, const std::string& former_key,
              const std::string& until_on) const;

 private:
  const Database& database_;
};

}  // namespace daicho::testing
