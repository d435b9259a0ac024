// What commands about accounts share.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "services/cli/command.h"

namespace daicho::cli {

// Which accounts a command is about, and the flags that say so.
absl::StatusOr<registry::v1::ListAccountsRequest> ListRequest(const Arguments& arguments);
std::vector<Flag> ListFlags();

// `account export`.
Command ExportCommand();

}  // namespace daicho::cli
