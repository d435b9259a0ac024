// Incidents between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/incident_service.pb.h"
#include "services/registry/domain/incident.h"

namespace daicho::registry::wire {

// What is asked for, with links that name their ids alone.
struct DutyCommand {
  std::string incident;  // UUID.
  std::int64_t revision = 0;
  domain::DutyReport report;
};

struct NoteCommand {
  std::string incident;  // UUID.
  std::int64_t revision = 0;
  std::optional<absl::Time> event_time;  // nullopt: now.
  std::string text;
};

struct CloseIncidentCommand {
  std::string incident;  // UUID.
  std::int64_t revision = 0;
  domain::IncidentConclusion conclusion;
};

struct ReopenCommand {
  std::string incident;  // UUID.
  std::int64_t revision = 0;
  std::string reason;
};

struct WithdrawIncidentCommand {
  std::string incident;  // UUID.
  std::int64_t revision = 0;
  std::string reason;
};

struct IncidentFilter {
  std::optional<domain::IncidentState> state;
  std::optional<domain::IncidentKind> kind;
  std::string department;  // Code; empty: all.
};

// Refuse with INVALID_ARGUMENT (INVALID_FIELD), changes also with ABORTED (ETAG_MISMATCH).
absl::StatusOr<std::string> ParseIncidentName(const std::string& name);
absl::StatusOr<domain::IncidentReport> Parse(const v1::CreateIncidentRequest& request);
absl::StatusOr<DutyCommand> Parse(const v1::RecordDutyRequest& request);
absl::StatusOr<NoteCommand> Parse(const v1::AddIncidentNoteRequest& request);
absl::StatusOr<CloseIncidentCommand> Parse(const v1::CloseIncidentRequest& request);
absl::StatusOr<ReopenCommand> Parse(const v1::ReopenIncidentRequest& request);
absl::StatusOr<WithdrawIncidentCommand> Parse(const v1::WithdrawIncidentRequest& request);
absl::StatusOr<IncidentFilter> Parse(const v1::ListIncidentsRequest& request);

// What is overdue, is so at `now`.
v1::Incident ToProto(const domain::Incident& incident, absl::Time now);
// Without acts, and without who did the duties and what shows it.
v1::Incident ToListed(const domain::Incident& incident, absl::Time now);

}  // namespace daicho::registry::wire
