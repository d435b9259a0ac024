// Statements about absences.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/approval/domain/absence.h"

namespace daicho::approval::store {

// Queues only.
void InsertAbsence(pg::Transaction& tx, const domain::Absence& absence);

// Refuses with NOT_FOUND (ABSENCE_NOT_FOUND). Nobody else changes it until the end of `tx`.
absl::StatusOr<domain::Absence> GetAbsence(pg::Transaction& tx, const std::string& id);

// Queues only.
void SaveAbsenceEnd(pg::Transaction& tx, const domain::Absence& absence);

// Those in force on `today` at any of the departments. They stay so until the end of `tx`.
absl::StatusOr<std::vector<domain::Absence>> AbsencesInForce(
    pg::Transaction& tx, const std::vector<std::string>& departments, absl::CivilDay today);

// Those of `people`, by index, in `departments` that are not over on `today`, oldest first. Nobody
// else changes them until the end of `tx`.
absl::StatusOr<std::vector<domain::Absence>> AbsencesNotOver(
    pg::Transaction& tx, const std::vector<std::string>& people,
    const std::vector<std::string>& departments, absl::CivilDay today);

// Which to list.
struct AbsenceQuery {
  std::optional<std::string> department;      // Unset means all.
  std::optional<absl::CivilDay> not_over_on;  // Set leaves out those that are over then.
  std::optional<std::string> before;          // UUID of the last one of the page before.
  int limit = 50;
};

// The latest first; one more than `limit` when there are more.
absl::StatusOr<std::vector<domain::Absence>> ListAbsences(pg::Transaction& tx,
                                                          const AbsenceQuery& query);

}  // namespace daicho::approval::store
