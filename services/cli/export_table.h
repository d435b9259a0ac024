// Accounts as a table for offices: the columns an import takes, and what the ledger says besides.
#pragma once

#include <map>
#include <string>

#include "common/sheet/table.h"
#include "daicho/registry/v1/account.pb.h"

namespace daicho::cli {

// People read "運用中 ACTIVE", programs "ACTIVE".
enum class Reader { kPeople, kPrograms };

// The columns, without rows.
sheet::Table AccountTable();

// The row of `account` in it. `department_names` by `departments/{department}`.
std::vector<std::string> AccountRow(const registry::v1::Account& account,
                                    const std::map<std::string, std::string>& department_names,
                                    Reader reader);

}  // namespace daicho::cli
