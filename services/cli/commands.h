// The groups of commands, one file each.
#pragma once

#include <vector>

#include "services/cli/command.h"

namespace daicho::cli {

Group LookupCommands();
Group DepartmentCommands();
Group AccountCommands();
Group FactCommands();
Group WarningCommands();
Group IncidentCommands();
Group FormCommands();
Group AdviceCommands();
Group FindingCommands();
Group PolicyCommands();
Group ReportCommands();
Group AuditCommands();
Group TokenCommands();

// Part of the group "account".
std::vector<Command> ActivityCommands();
// Part of the group "form".
std::vector<Command> AttachmentCommands();

// All of them, as help lists them.
const std::vector<Group>& AllCommands();

}  // namespace daicho::cli
