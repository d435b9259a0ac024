// What the store and the wire of standing findings both speak of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/policy/domain/trouble.h"

namespace daicho::policy::store {

// A finding as people see it.
struct Finding {
  std::string id;
  std::int64_t revision = 0;
  std::string account;
  std::string account_display_name;
  std::string department;
  std::string platform;
  domain::Trouble trouble;
  absl::Time first_seen;
  absl::Time last_seen;
  std::optional<absl::Time> mended;
  std::optional<domain::Acknowledgement> acknowledgement;
};

enum class FindingView { kOpen, kStanding, kAcknowledged, kMended };

struct FindingQuery {
  FindingView view = FindingView::kOpen;
  std::string rule_id;   // Empty: any.
  std::string severity;  // "BLOCK". Empty: any.
  std::string account;   // UUID. Empty: any.
  std::optional<std::vector<std::string>> departments;
  std::optional<absl::Time> since;  // First seen, or mended.
  absl::CivilDay today;
};
// A whole run that came to its end.
struct FindingRun {
  std::string guideline_version;
  absl::Time start;
  std::int64_t account_count = 0;
};
// How many findings a rule has in a department. `appeared` and `mended`: since the time asked for.
struct FindingCount {
  std::string rule_id;
  domain::Severity severity = domain::Severity::kBlock;
  std::string department;
  std::string department_display_name;
  std::int64_t standing = 0;
  std::int64_t acknowledged = 0;
  std::int64_t appeared = 0;
  std::int64_t mended = 0;
};

}  // namespace daicho::policy::store
