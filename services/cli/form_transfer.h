// 異動 on the command line: what waits for people goes to who took over.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "services/cli/command.h"

namespace daicho::cli {

// Whom the command line, or the file it names, says. INVALID_ARGUMENT (WRONG_COMMAND_LINE) unless
// each person is there by user id, with the department left and a successor.
absl::StatusOr<approval::v1::TransferPeopleRequest> TransferRequestOf(const Arguments& arguments);

std::string TransferText(const approval::v1::TransferPeopleRequest& request,
                         const approval::v1::TransferPeopleResponse& answer, int width);

// Part of the group "form".
std::vector<Command> FormTransferCommands();

}  // namespace daicho::cli
