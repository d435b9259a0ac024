// Warnings between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "daicho/registry/v1/warning_service.pb.h"
#include "services/registry/domain/warning.h"

namespace daicho::registry::wire {

struct EditCommand {
  std::string warning;  // UUID.
  std::int64_t revision = 0;
  domain::WarningEdit edit;
};

struct WithdrawCommand {
  std::string warning;  // UUID.
  std::int64_t revision = 0;
  std::string reason;
};

// Refuse with INVALID_ARGUMENT (INVALID_FIELD), changes also with ABORTED (ETAG_MISMATCH).
absl::StatusOr<std::string> ParseWarningName(const std::string& name);
// The fields that people give.
absl::StatusOr<domain::Warning> Parse(const v1::CreateWarningRequest& request);
absl::StatusOr<EditCommand> Parse(const v1::UpdateWarningRequest& request);
absl::StatusOr<WithdrawCommand> Parse(const v1::WithdrawWarningRequest& request);

v1::ImpersonationWarning ToProto(const domain::Warning& warning);
// Without `evidence` and `created_by`.
v1::ImpersonationWarning ToListed(const domain::Warning& warning);

}  // namespace daicho::registry::wire
