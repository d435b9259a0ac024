// Commands that take the audit log along, and check it without a service.
#pragma once

#include <vector>

#include "services/cli/command.h"
#include "services/cli/session.h"

namespace daicho::cli {

// Part of the group "audit": export, receipt, key.
std::vector<Command> AuditFileCommands();

// `audit verify --export` and `--receipt`.
absl::StatusOr<Exit> VerifyExport(Session& session, const Arguments& arguments);
absl::StatusOr<Exit> VerifyReceipt(Session& session, const Arguments& arguments);

}  // namespace daicho::cli
