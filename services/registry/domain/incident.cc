#include "services/registry/domain/incident.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::domain {
namespace {

constexpr IncidentState kAllStates[] = {IncidentState::kOpen, IncidentState::kClosed,
                                        IncidentState::kWithdrawn};

constexpr IncidentActKind kAllActKinds[] = {
    IncidentActKind::kOpened,   IncidentActKind::kDutyDone, IncidentActKind::kDutyNotNeeded,
    IncidentActKind::kNoted,    IncidentActKind::kClosed,   IncidentActKind::kReopened,
    IncidentActKind::kWithdrawn};

std::string TokyoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", time, absl::FixedTimeZone(9 * 60 * 60));
}

std::string EventTypeOf(IncidentActKind kind) {
  switch (kind) {
    case IncidentActKind::kOpened:
      return "incident.opened";
    case IncidentActKind::kDutyDone:
    case IncidentActKind::kDutyNotNeeded:
      return "incident.duty_recorded";
    case IncidentActKind::kNoted:
      return "incident.noted";
    case IncidentActKind::kClosed:
      return "incident.closed";
    case IncidentActKind::kReopened:
      return "incident.reopened";
    case IncidentActKind::kWithdrawn:
      return "incident.withdrawn";
  }
  return "";
}

// What `record` says about a duty, by its path in registry.v1.IncidentDuty.
void AddDutyFacts(const std::string& path, const IncidentAct& record, Fields& facts) {
  const bool done = record.kind == IncidentActKind::kDutyDone;
  facts[absl::StrCat(path, ".id")] = record.duty;
  facts[absl::StrCat(path, ".outcome")] = done ? "DONE" : "NOT_NEEDED";
  if (done) facts[absl::StrCat(path, ".done_time")] = TokyoTime(record.act_time);
  if (!record.text.empty()) facts[absl::StrCat(path, ".evidence")] = record.text;
  if (!record.url.empty()) facts[absl::StrCat(path, ".evidence_url")] = record.url;
}

// What the acts of an incident say, by path.
void AddActFacts(const Incident& incident, Fields& facts) {
  int warnings = 0;
  for (std::size_t i = 0; i < incident.acts.size(); ++i) {
    const IncidentAct& act = incident.acts[i];
    if (!act.warning.id.empty()) {
      facts[absl::StrCat("warnings[", warnings++, "].warning")] =
          absl::StrCat("warnings/", act.warning.id);
    }
    if (act.kind != IncidentActKind::kNoted) continue;
    facts[absl::StrCat("acts[", i, "].act_time")] = TokyoTime(act.act_time);
    facts[absl::StrCat("acts[", i, "].text")] = act.text;
  }
  const std::vector<DutyStanding> standings = StandingsOf(incident);
  for (std::size_t i = 0; i < standings.size(); ++i) {
    if (standings[i].record == nullptr) continue;
    AddDutyFacts(absl::StrCat("duties[", i, "]"), *standings[i].record, facts);
  }
  if (const IncidentAct* closing = ClosingOf(incident)) {
    facts["cause"] = closing->cause;
    facts["lesson"] = closing->text;
    if (!closing->clauses.empty()) facts["lesson_clauses"] = absl::StrJoin(closing->clauses, ", ");
  }
  if (const IncidentAct* withdrawal = WithdrawalOf(incident)) {
    facts["withdrawal_reason"] = withdrawal->text;
  }
}

// Every fact about `incident` by its path in registry.v1.Incident.
Fields IncidentFacts(const Incident& incident) {
  Fields facts;
  if (incident.revision == 0) return facts;  // Not opened yet.
  facts["kind"] = std::string(ToText(incident.kind));
  facts["state"] = std::string(ToText(incident.state));
  facts["department"] = absl::StrCat("departments/", incident.department);
  for (std::size_t i = 0; i < incident.accounts.size(); ++i) {
    facts[absl::StrCat("accounts[", i, "].account")] =
        absl::StrCat("accounts/", incident.accounts[i].id);
  }
  if (!incident.url.empty()) facts["url"] = incident.url;
  facts["detect_time"] = TokyoTime(incident.detect_time);
  facts["seen_at"] = incident.seen_at;
  facts["summary"] = incident.summary;
  AddActFacts(incident, facts);
  return facts;
}

// `before` with `act` as its next revision, and the event that says what differs.
IncidentChange WithAct(const Incident& before, Incident after, IncidentAct act) {
  after.revision = before.revision + 1;
  after.update_time = act.record_time;
  after.acts.push_back(std::move(act));
  const IncidentAct& done = after.acts.back();
  Event event{.type = EventTypeOf(done.kind),
              .resource = absl::StrCat("incidents/", after.id),
              .department = absl::StrCat("departments/", after.department),
              .changes = Diff(IncidentFacts(before), IncidentFacts(after))};
  if (done.kind == IncidentActKind::kReopened || done.kind == IncidentActKind::kDutyNotNeeded ||
      done.kind == IncidentActKind::kWithdrawn) {
    event.reason = done.text;
  }
  for (const IncidentLink& account : after.accounts) {
    event.related.push_back(absl::StrCat("accounts/", account.id));
  }
  if (!done.warning.id.empty()) {
    event.related.push_back(absl::StrCat("warnings/", done.warning.id));
  }
  return {.after = std::move(after), .event = std::move(event)};
}

// `before` as `state`, by what `actor` does now.
IncidentChange InState(IncidentState state, const Incident& before, const IncidentActor& actor,
                       absl::Time now, IncidentAct act) {
  Incident after = before;
  after.state = state;
  act.act_time = act.record_time = now;
  act.actor = actor;
  return WithAct(before, std::move(after), std::move(act));
}

absl::Status CheckTimeHasCome(absl::Time time, absl::string_view field, absl::Time now) {
  if (time <= now) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "TIME_IN_FUTURE",
                {"The time is in the future; report it once it has come.",
                 "日時が未来です。その時刻が来てから記録してください。"},
                {{"field", field}, {"time", TokyoTime(time)}, {"now", TokyoTime(now)}});
}

absl::Status CheckDetected(const Incident& incident, absl::Time done_time) {
  if (done_time >= incident.detect_time) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "TIME_BEFORE_DETECTION",
                {"Nothing can have been done before the incident was detected; mend the time.",
                 "事案を認知する前の日時です。日時を直してください。"},
                {{"field", "done_time"},
                 {"time", TokyoTime(done_time)},
                 {"detect_time", TokyoTime(incident.detect_time)}});
}

absl::Status CheckOpen(const Incident& incident) {
  if (incident.state == IncidentState::kOpen) return absl::OkStatus();
  if (incident.state == IncidentState::kWithdrawn) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "INCIDENT_WITHDRAWN",
                  {"The incident was withdrawn as a mistake; open it again if it was none.",
                   "誤りとして取り下げた事案です。誤りでなかった場合は再開してください。"},
                  {{"withdraw_time", TokyoTime(incident.update_time)}});
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "INCIDENT_CLOSED",
                {"The incident is closed; open it again if it is not over.",
                 "対応が完了した事案です。続きがある場合は再開してください。"},
                {{"close_time", TokyoTime(incident.update_time)}});
}

absl::Status RefuseField(absl::string_view field, absl::string_view reason, std::string en,
                         std::string ja) {
  return RefuseFields({{.field = std::string(field),
                        .reason = std::string(reason),
                        .en = std::move(en),
                        .ja = std::move(ja)}});
}

absl::Status CheckSubject(const IncidentReport& report) {
  if (!report.accounts.empty()) return absl::OkStatus();
  if (report.kind == IncidentKind::kImpersonation && !report.url.empty()) return absl::OkStatus();
  return RefuseField(
      "accounts", "REQUIRED",
      "Name the accounts concerned; of an impersonation, the fake's url will do.",
      "関係するアカウントを指定してください。なりすましの場合は、偽のページの url だけ"
      "でも登録できます。");
}

absl::StatusOr<const Duty*> RequireDuty(IncidentKind kind, const std::string& id) {
  if (const Duty* duty = FindDuty(kind, id)) return duty;
  std::vector<std::string> known;
  for (const Duty& duty : DutiesOf(kind)) known.emplace_back(duty.id);
  const std::string ids = absl::StrJoin(known, ", ");
  return RefuseField(
      "duty", "UNKNOWN_DUTY",
      absl::StrCat("An incident of this kind has no such duty; name one of ", ids, "."),
      absl::StrCat("この種別の事案にその措置はありません。", ids, " から選んでください。"));
}

// What is given for a duty that was done, or that is not needed, and nothing of the other.
absl::Status CheckShape(const DutyReport& report) {
  const bool evidence = !report.evidence.empty() || !report.url.empty();
  const bool not_needed = !report.not_needed_reason.empty();
  if (report.done_time.has_value() == not_needed) {
    return RefuseField(
        "done_time", "REQUIRED", "Give either done_time, with evidence, or not_needed_reason.",
        "実施日時(done_time)と根拠、または不要の理由(not_needed_reason)のどちらか一方を"
        "指定してください。");
  }
  if (not_needed && (evidence || !report.warning.id.empty())) {
    return RefuseField("not_needed_reason", "NOT_BOTH",
                       "What is not needed has neither evidence nor a warning; leave those out.",
                       "不要とする場合、根拠や注意喚起は指定できません。");
  }
  if (report.done_time && !evidence) {
    return RefuseField("evidence", "REQUIRED",
                       "Say what shows that it was done: text, evidence_url or both.",
                       "実施したことがわかる根拠を、文章か evidence_url で指定してください。");
  }
  return absl::OkStatus();
}

absl::Status CheckMayBeLeftOut(const Duty& duty) {
  if (!duty.mandatory) return absl::OkStatus();
  const std::string en =
      absl::StrCat("\"", duty.title, "\" (", duty.clauses, ") must be done; record when it was.");
  const std::string ja = absl::StrCat("「", duty.title_ja, "」(", duty.clauses,
                                      ")は必須の措置です。実施した日時を記録してください。");
  return Refuse(absl::StatusCode::kFailedPrecondition, "INCIDENT_DUTY_MANDATORY", {en, ja},
                {{"field", "not_needed_reason"}, {"duty", duty.id}});
}

// One entry for each mandatory duty that is open.
std::vector<Violation> OpenDuties(const Incident& incident) {
  std::vector<Violation> open;
  const std::vector<DutyStanding> standings = StandingsOf(incident);
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const Duty& duty = *standings[i].duty;
    if (!duty.mandatory || standings[i].record != nullptr) continue;
    open.push_back({.field = absl::StrCat("duties[", i, "]"),
                    .reason = "INCIDENT_DUTY_OPEN",
                    .en = absl::StrCat(duty.title, " (", duty.id, "; ", duty.clauses, ")"),
                    .ja = absl::StrCat(duty.title_ja, "(", duty.id, "、", duty.clauses, ")")});
  }
  return open;
}

absl::Status CheckDutiesDone(const Incident& incident) {
  const std::vector<Violation> open = OpenDuties(incident);
  if (open.empty()) return absl::OkStatus();
  std::vector<std::string> en;
  std::vector<std::string> ja;
  for (const Violation& duty : open) {
    en.push_back(duty.en);
    ja.push_back(duty.ja);
  }
  const std::string message =
      absl::StrCat("Mandatory duties are open; record them first: ", absl::StrJoin(en, ", "), ".");
  const std::string message_ja = absl::StrCat(
      "必須の措置が済んでいません。先に記録してください: ", absl::StrJoin(ja, "、"), "。");
  return RefusePreconditions("INCIDENT_DUTY_OPEN", {message, message_ja}, open);
}

// Four eyes: what somebody else reported, staff do not make away with by themselves.
absl::Status CheckOpenedBy(const Incident& incident, const IncidentActor& actor) {
  const std::string& opener = incident.acts.front().actor.subject;
  if (opener == actor.subject) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "INCIDENT_OPENED_BY_ANOTHER",
                {"Somebody else opened the incident; ask them, the department's head or the PR "
                 "office to withdraw it.",
                 "ほかの人が登録した事案です。取下げは登録した人、所属長または秘書課に依頼して"
                 "ください。"},
                {{"opened_by", opener}});
}

absl::Status CheckNotInUse(const IncidentUse& use) {
  std::vector<Violation> used;
  for (const IncidentLink& warning : use.warnings) {
    used.push_back(
        {.field = absl::StrCat("warnings/", warning.id),
         .reason = "INCIDENT_IN_USE",
         .en = absl::StrCat("the warning about ", warning.label, " is in force; withdraw it first"),
         .ja = absl::StrCat(warning.label, " の注意喚起が有効です。先に取り下げてください")});
  }
  for (const IncidentLink& account : use.accounts) {
    used.push_back({.field = absl::StrCat("accounts/", account.id),
                    .reason = "INCIDENT_IN_USE",
                    .en = absl::StrCat("the public is told that ", account.label,
                                       " is not in order; report it in order first"),
                    .ja = absl::StrCat("「", account.label,
                                       "」に異常があると公表しています。先に正常に戻った旨を報告"
                                       "してください")});
  }
  if (used.empty()) return absl::OkStatus();
  std::vector<std::string> en;
  std::vector<std::string> ja;
  for (const Violation& violation : used) {
    en.push_back(violation.en);
    ja.push_back(violation.ja);
  }
  return RefusePreconditions(
      "INCIDENT_IN_USE",
      {absl::StrCat("The public is told of this incident: ", absl::StrJoin(en, "; "), "."),
       absl::StrCat("この事案に基づく公表が続いています: ", absl::StrJoin(ja, "。"), "。")},
      used);
}

}  // namespace

absl::string_view ToText(IncidentState state) {
  switch (state) {
    case IncidentState::kOpen:
      return "OPEN";
    case IncidentState::kClosed:
      return "CLOSED";
    case IncidentState::kWithdrawn:
      return "WITHDRAWN";
  }
  return "";
}

absl::string_view ToText(IncidentActKind kind) {
  switch (kind) {
    case IncidentActKind::kOpened:
      return "OPENED";
    case IncidentActKind::kDutyDone:
      return "DUTY_DONE";
    case IncidentActKind::kDutyNotNeeded:
      return "DUTY_NOT_NEEDED";
    case IncidentActKind::kNoted:
      return "NOTED";
    case IncidentActKind::kClosed:
      return "CLOSED";
    case IncidentActKind::kReopened:
      return "REOPENED";
    case IncidentActKind::kWithdrawn:
      return "WITHDRAWN";
  }
  return "";
}

std::optional<IncidentState> ParseIncidentState(absl::string_view text) {
  for (const IncidentState state : kAllStates) {
    if (ToText(state) == text) return state;
  }
  return std::nullopt;
}

std::optional<IncidentActKind> ParseIncidentActKind(absl::string_view text) {
  for (const IncidentActKind kind : kAllActKinds) {
    if (ToText(kind) == text) return kind;
  }
  return std::nullopt;
}

std::vector<DutyStanding> StandingsOf(const Incident& incident) {
  std::vector<DutyStanding> standings;
  for (const Duty& duty : DutiesOf(incident.kind)) {
    DutyStanding standing{.duty = &duty};
    for (const IncidentAct& act : incident.acts) {
      if (act.duty == duty.id) standing.record = &act;
    }
    if (duty.hours > 0) standing.due_time = incident.detect_time + absl::Hours(duty.hours);
    standings.push_back(standing);
  }
  return standings;
}

std::optional<absl::Time> DueTime(const Incident& incident) {
  std::optional<absl::Time> due;
  if (incident.state != IncidentState::kOpen) return due;
  for (const DutyStanding& standing : StandingsOf(incident)) {
    if (!standing.duty->mandatory || standing.record != nullptr || !standing.due_time) continue;
    due = due ? std::min(*due, *standing.due_time) : *standing.due_time;
  }
  return due;
}

// An incident that is closed or withdrawn takes no act but the one that opens it again.
const IncidentAct* ClosingOf(const Incident& incident) {
  return incident.state == IncidentState::kClosed ? &incident.acts.back() : nullptr;
}

const IncidentAct* WithdrawalOf(const Incident& incident) {
  return incident.state == IncidentState::kWithdrawn ? &incident.acts.back() : nullptr;
}

std::optional<Condition> ConditionOf(IncidentKind kind) {
  if (kind == IncidentKind::kTakeover) return Condition::kCompromised;
  if (kind == IncidentKind::kPlatformSuspension) return Condition::kSuspendedByPlatform;
  return std::nullopt;
}

absl::StatusOr<IncidentChange> OpenIncident(const IncidentReport& report, std::string id,
                                            const IncidentActor& actor, absl::Time now) {
  RETURN_IF_ERROR(CheckSubject(report));
  RETURN_IF_ERROR(CheckTimeHasCome(report.detect_time, "detect_time", now));
  Incident incident{.id = std::move(id),
                    .kind = report.kind,
                    .department = report.department,
                    .accounts = report.accounts,
                    .url = report.url,
                    .detect_time = report.detect_time,
                    .seen_at = report.seen_at,
                    .summary = report.summary,
                    .create_time = now};
  return WithAct(Incident{}, std::move(incident),
                 {.kind = IncidentActKind::kOpened,
                  .act_time = report.detect_time,
                  .record_time = now,
                  .actor = actor,
                  .text = report.summary,
                  .url = report.url,
                  .warning = report.warning});
}

absl::StatusOr<IncidentChange> RecordDuty(const Incident& incident, const DutyReport& report,
                                          const IncidentActor& actor, absl::Time now) {
  RETURN_IF_ERROR(CheckOpen(incident));
  ASSIGN_OR_RETURN(const Duty* duty, RequireDuty(incident.kind, report.duty));
  RETURN_IF_ERROR(CheckShape(report));
  IncidentAct act{.duty = report.duty, .record_time = now, .actor = actor};
  if (!report.done_time) {
    RETURN_IF_ERROR(CheckMayBeLeftOut(*duty));
    act.kind = IncidentActKind::kDutyNotNeeded;
    act.act_time = now;
    act.text = report.not_needed_reason;
    return WithAct(incident, incident, std::move(act));
  }
  RETURN_IF_ERROR(CheckTimeHasCome(*report.done_time, "done_time", now));
  RETURN_IF_ERROR(CheckDetected(incident, *report.done_time));
  act.kind = IncidentActKind::kDutyDone;
  act.act_time = *report.done_time;
  act.text = report.evidence;
  act.url = report.url;
  act.warning = report.warning;
  return WithAct(incident, incident, std::move(act));
}

absl::StatusOr<IncidentChange> AddNote(const Incident& incident, const std::string& text,
                                       absl::Time event_time, const IncidentActor& actor,
                                       absl::Time now) {
  RETURN_IF_ERROR(CheckOpen(incident));
  RETURN_IF_ERROR(CheckTimeHasCome(event_time, "event_time", now));
  return WithAct(incident, incident,
                 {.kind = IncidentActKind::kNoted,
                  .act_time = event_time,
                  .record_time = now,
                  .actor = actor,
                  .text = text});
}

absl::StatusOr<IncidentChange> CloseIncident(const Incident& incident,
                                             const IncidentConclusion& conclusion,
                                             const IncidentActor& actor, absl::Time now) {
  RETURN_IF_ERROR(CheckOpen(incident));
  RETURN_IF_ERROR(CheckDutiesDone(incident));
  return InState(IncidentState::kClosed, incident, actor, now,
                 {.kind = IncidentActKind::kClosed,
                  .text = conclusion.lesson,
                  .cause = conclusion.cause,
                  .clauses = conclusion.clauses});
}

absl::StatusOr<IncidentChange> ReopenIncident(const Incident& incident, const std::string& reason,
                                              const IncidentActor& actor, absl::Time now) {
  if (incident.state == IncidentState::kOpen) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "INCIDENT_NOT_CLOSED",
                  {"The incident is open already; go on with its duties.",
                   "この事案はすでに対応中です。措置の記録を続けてください。"});
  }
  return InState(IncidentState::kOpen, incident, actor, now,
                 {.kind = IncidentActKind::kReopened, .text = reason});
}

absl::StatusOr<IncidentChange> WithdrawIncident(const Incident& incident,
                                                const IncidentWithdrawal& withdrawal,
                                                const IncidentUse& use, const IncidentActor& actor,
                                                absl::Time now) {
  RETURN_IF_ERROR(CheckOpen(incident));
  if (withdrawal.own_alone) RETURN_IF_ERROR(CheckOpenedBy(incident, actor));
  RETURN_IF_ERROR(CheckNotInUse(use));
  return InState(IncidentState::kWithdrawn, incident, actor, now,
                 {.kind = IncidentActKind::kWithdrawn, .text = withdrawal.reason});
}

}  // namespace daicho::registry::domain
