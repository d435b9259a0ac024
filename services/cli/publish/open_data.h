// The list as open data, in the manner of 自治体標準オープンデータセット; README.md beside the
// files explains the columns.
#pragma once

#include <string>

#include "services/cli/publish/arrangement.h"

namespace daicho::cli::publish {

std::string AccountsCsv(const Arrangement& arrangement);  // UTF-8 with BOM.
std::string AccountsJson(const Arrangement& arrangement);
std::string DepartmentsJson(const Arrangement& arrangement);
std::string DataReadme();

}  // namespace daicho::cli::publish
