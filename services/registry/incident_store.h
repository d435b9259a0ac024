// Incidents in PostgreSQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "services/registry/domain/incident.h"

namespace daicho::registry::store {

// An incident, and who may see it.
struct StoredIncident {
  domain::Incident incident;
  std::vector<std::string> departments;  // Its own, then those that have its accounts now. Codes.
};

// Refuses with NOT_FOUND (INCIDENT_NOT_FOUND).
absl::StatusOr<StoredIncident> GetIncident(pg::Transaction& tx, absl::string_view id);

// Stores a new incident.
void InsertIncident(pg::Transaction& tx, const domain::Incident& incident);
// Stores the next revision, and its last act. With the next Execute() or Commit() of `tx`, refuses
// with ABORTED (ETAG_MISMATCH) when somebody else stored one meanwhile.
void SaveIncident(pg::Transaction& tx, const domain::Incident& incident);

// What the public is told because of `incident` and of no other that stands.
absl::StatusOr<domain::IncidentUse> GetIncidentUse(pg::Transaction& tx,
                                                   const domain::Incident& incident);

struct IncidentQuery {
  bool closed_too = false;                     // And withdrawn ones.
  std::optional<domain::IncidentState> state;  // Only these, whatever `closed_too` says.
  std::optional<domain::IncidentKind> kind;
  std::string department;                // Code: its own, or one that has its accounts. Empty: all.
  std::optional<absl::Time> overdue_at;  // With a mandatory duty open after its time then.
};
// At most `limit` incidents before the one with id `before`, newest first; empty `before`: from the
// newest.
absl::StatusOr<std::vector<domain::Incident>> ListIncidents(pg::Transaction& tx,
                                                            const IncidentQuery& query,
                                                            const std::string& before, int limit);
absl::StatusOr<int> CountIncidents(pg::Transaction& tx, const IncidentQuery& query);

}  // namespace daicho::registry::store
