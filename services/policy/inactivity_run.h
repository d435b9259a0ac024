// One run over the ledger: every account, where it stands on a day.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/call.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/domain/inactivity_report.h"
#include "services/policy/ledger.h"

namespace daicho::policy {

// What a run is made of.
struct RunInput {
  absl::CivilDay as_of;
  const domain::Guideline* guideline = nullptr;  // With a ladder.
  domain::ExemptionsByAccount exemptions;
};

// What is done with what it finds. A failure ends the run.
struct RunOutput {
  std::function<absl::Status(const domain::ReportRow&)> row;
  // After each message of the ledger: how many accounts are done, of how many.
  std::function<absl::Status(std::int64_t done, std::int64_t total)> progress;
};

struct RunResult {
  domain::Report report;  // Without creator.
  std::vector<domain::DepartmentCounts> departments;
};

// Reads the ledger as of one moment. Refuses with UNAVAILABLE (REGISTRY_UNAVAILABLE).
absl::StatusOr<RunResult> RunOverLedger(const Ledger& ledger, const rpc::Call& call,
                                        const RunInput& input, const RunOutput& output);

}  // namespace daicho::policy
