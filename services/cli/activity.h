// The file of `account report-activity`.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/fact_service.pb.h"

namespace daicho::cli {

// "2026-11-22 08:30" and "2026/11/22 08:30" in Asia/Tokyo, with or without seconds, or RFC 3339.
std::optional<absl::Time> ParseMoment(absl::string_view text);

// Batches of at most 10,000 rows, without request_id. Refuses with INVALID_ARGUMENT
// (UNREADABLE_FILE), naming the line.
absl::StatusOr<std::vector<registry::v1::ReportActivityRequest>> ReadActivityFile(
    absl::string_view csv);

}  // namespace daicho::cli
