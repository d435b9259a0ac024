// Standing findings: what is wrong with an account, from the day it is first seen until it is
// mended (domain.md §6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/policy/domain/guideline.h"

namespace daicho::policy::domain {

// What one rule has against one account now. What moves with the day alone ("400 days ago") is left
// out of the facts, so that nothing is new tomorrow when nothing has changed.
struct Trouble {
  std::string rule_id;
  std::string clause;
  Severity severity = Severity::kBlock;
  std::vector<Fault> faults;

  friend bool operator==(const Trouble&, const Trouble&) = default;
};

// Everything the guideline has against an account, in the order of its rules. Rules are about
// accounts that run: nothing is wrong with an account that is not active.
std::vector<Trouble> TroublesOf(const Guideline& guideline, const Subject& account, bool active);

// A trouble that is known to stand.
struct KnownTrouble {
  std::string id;  // UUID.
  Trouble trouble;
};

// What evaluating an account anew changes of what stood.
struct TroubleChange {
  std::vector<Trouble> appeared;
  std::vector<KnownTrouble> altered;  // Stands on with other faults or another weight.
  std::vector<std::string> mended;    // Ids.
};

TroubleChange Compare(const std::vector<KnownTrouble>& known, const std::vector<Trouble>& found);

// The trouble in the words the guideline has today. A rule that the guideline no longer has leaves
// fields and facts without words.
std::vector<Finding> InWords(const Guideline& guideline, const Trouble& trouble,
                             absl::CivilDay today);

// 了承: the PR office takes note of a finding, which then is not asked after until the end date is
// over.
struct Acknowledgement {
  std::string reason;
  absl::CivilDay end_date;  // The last day.
  std::string actor;        // "users/…"
  absl::Time time;

  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

// Refuses with FAILED_PRECONDITION (FINDING_MENDED) what no longer stands, and with
// INVALID_ARGUMENT (INVALID_FIELD) an end date that is over or more than a year away.
absl::Status CheckAcknowledgement(bool stands, absl::CivilDay end_date, absl::CivilDay today);

}  // namespace daicho::policy::domain
