// Incidents (事故・炎上・なりすまし): what was seen, done and learnt (domain.md §7). Pure: no
// clock, no I/O, no protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/registry/domain/account_state.h"
#include "services/registry/domain/incident_duty.h"

namespace daicho::registry::domain {

enum class IncidentState { kOpen, kClosed, kWithdrawn };

enum class IncidentActKind {
  kOpened,
  kDutyDone,
  kDutyNotNeeded,
  kNoted,
  kClosed,
  kReopened,
  kWithdrawn,
};

// "OPEN", "DUTY_DONE"; nullopt for any other text.
absl::string_view ToText(IncidentState state);
absl::string_view ToText(IncidentActKind kind);
std::optional<IncidentState> ParseIncidentState(absl::string_view text);
std::optional<IncidentActKind> ParseIncidentActKind(absl::string_view text);

// Something of the ledger that an incident names.
struct IncidentLink {
  std::string id;     // UUID; empty for none.
  std::string label;  // Display name of an account, canonical URL of a warning; as it is now.

  friend bool operator==(const IncidentLink&, const IncidentLink&) = default;
};

// Who recorded an act.
struct IncidentActor {
  std::string subject;       // "users/…"
  std::string display_name;  // May be empty.

  friend bool operator==(const IncidentActor&, const IncidentActor&) = default;
};

// One thing done about an incident. None is ever altered.
struct IncidentAct {
  IncidentActKind kind = IncidentActKind::kOpened;
  std::string duty;     // Id; with kDutyDone and kDutyNotNeeded.
  absl::Time act_time;  // When it happened.
  absl::Time record_time;
  IncidentActor actor;
  std::string text;                  // Summary, evidence, note, lesson, or reason.
  std::string url;                   // Page that shows it. May be empty.
  std::string cause;                 // With kClosed.
  std::vector<std::string> clauses;  // With kClosed: what the lesson asks to revise (U 6).
  IncidentLink warning;              // Public warning that was made. May be none.

  friend bool operator==(const IncidentAct&, const IncidentAct&) = default;
};

struct Incident {
  std::string id;             // UUID, lower case.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  IncidentKind kind = IncidentKind::kFlaming;
  IncidentState state = IncidentState::kOpen;
  std::string department;              // Code.
  std::vector<IncidentLink> accounts;  // Empty: an impersonation of a body without one.
  std::string url;                     // Of the fake or the post. May be empty.
  absl::Time detect_time;
  std::string seen_at;  // Where it was seen, and by whom.
  std::string summary;
  std::vector<IncidentAct> acts;  // In the order in which they were recorded.
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Incident&, const Incident&) = default;
};

// How one duty of an incident stands.
struct DutyStanding {
  const Duty* duty = nullptr;
  const IncidentAct* record = nullptr;  // The newest about it; null: it is open.
  std::optional<absl::Time> due_time;   // nullopt: no limit.
};
// Of every duty of the incident's kind, in order. Points into `incident`.
std::vector<DutyStanding> StandingsOf(const Incident& incident);

// The earliest time by which an open, mandatory duty is to be done. nullopt: none has a limit, or
// the incident is not open. It is overdue once that time has passed.
std::optional<absl::Time> DueTime(const Incident& incident);

// The act that closed it; null unless it is closed.
const IncidentAct* ClosingOf(const Incident& incident);
// The act that withdrew it; null unless it is withdrawn.
const IncidentAct* WithdrawalOf(const Incident& incident);

// What an account concerned is reported to be in while such an incident lasts. nullopt: nothing.
std::optional<Condition> ConditionOf(IncidentKind kind);

// A change that is decided but not stored. Its act is the last of `after.acts`.
struct IncidentChange {
  Incident after;
  Event event;
};

// What people give when an incident is opened.
struct IncidentReport {
  IncidentKind kind = IncidentKind::kFlaming;
  std::string department;  // Code.
  std::vector<IncidentLink> accounts;
  std::string url;
  IncidentLink warning;
  absl::Time detect_time;
  std::string seen_at;
  std::string summary;
};

// INVALID_ARGUMENT: INVALID_FIELD (of `accounts`, when neither they nor the fake's URL say what it
// is about). FAILED_PRECONDITION: TIME_IN_FUTURE.
absl::StatusOr<IncidentChange> OpenIncident(const IncidentReport& report, std::string id,
                                            const IncidentActor& actor, absl::Time now);

// That a duty was done, or is not needed: one of `done_time` and `not_needed_reason`.
struct DutyReport {
  std::string duty;
  std::optional<absl::Time> done_time;
  std::string evidence;  // With `done_time`, this or `url`.
  std::string url;
  std::string not_needed_reason;
  IncidentLink warning;
};

// Times are in order: detected, done, recorded. INVALID_ARGUMENT: INVALID_FIELD.
// FAILED_PRECONDITION: INCIDENT_CLOSED, INCIDENT_DUTY_MANDATORY, TIME_IN_FUTURE,
// TIME_BEFORE_DETECTION.
absl::StatusOr<IncidentChange> RecordDuty(const Incident& incident, const DutyReport& report,
                                          const IncidentActor& actor, absl::Time now);

// FAILED_PRECONDITION: INCIDENT_CLOSED, TIME_IN_FUTURE.
absl::StatusOr<IncidentChange> AddNote(const Incident& incident, const std::string& text,
                                       absl::Time event_time, const IncidentActor& actor,
                                       absl::Time now);

// What was learnt.
struct IncidentConclusion {
  std::string cause;
  std::string lesson;
  std::vector<std::string> clauses;  // To be revised (U 6). May be empty.
};

// FAILED_PRECONDITION: INCIDENT_CLOSED; INCIDENT_DUTY_OPEN, naming every mandatory duty that is.
absl::StatusOr<IncidentChange> CloseIncident(const Incident& incident,
                                             const IncidentConclusion& conclusion,
                                             const IncidentActor& actor, absl::Time now);

// FAILED_PRECONDITION: INCIDENT_NOT_CLOSED, when it is open.
absl::StatusOr<IncidentChange> ReopenIncident(const Incident& incident, const std::string& reason,
                                              const IncidentActor& actor, absl::Time now);

// What the public is told because of one incident and no other.
struct IncidentUse {
  std::vector<IncidentLink> warnings;  // In force.
  std::vector<IncidentLink> accounts;  // In the condition of the incident's kind.
};

// Why an incident is withdrawn.
struct IncidentWithdrawal {
  std::string reason;
  bool own_alone = false;  // The actor may withdraw what the actor opened, and nothing else.
};

// FAILED_PRECONDITION: INCIDENT_CLOSED, INCIDENT_WITHDRAWN, INCIDENT_OPENED_BY_ANOTHER;
// INCIDENT_IN_USE, naming all of `use`.
absl::StatusOr<IncidentChange> WithdrawIncident(const Incident& incident,
                                                const IncidentWithdrawal& withdrawal,
                                                const IncidentUse& use, const IncidentActor& actor,
                                                absl::Time now);

}  // namespace daicho::registry::domain
