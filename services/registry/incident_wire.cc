#include "services/registry/incident_wire.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

using daicho::wire::ToTimestamp;

constexpr int kMostAccounts = 50;
constexpr int kMostClauses = 20;

// To the microsecond, as the database keeps it.
absl::Time ClockOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(daicho::wire::FromTimestamp(time)));
}

absl::Status CheckPage(const std::string& url, const char* field) {
  if (url.empty() || absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://")) {
    return absl::OkStatus();
  }
  return RefuseFields({{.field = field,
                        .reason = "INVALID_URL",
                        .en = "The address of the page; it begins with https:// or http://.",
                        .ja = "ページのURLを https:// か http:// から記入してください。"}});
}

absl::Status RefuseTooMany(const char* field, int most) {
  return RefuseFields({{.field = field,
                        .reason = "TOO_MANY",
                        .en = absl::StrCat("At most ", most, " can be named."),
                        .ja = absl::StrCat(most, "件以内で指定してください。")}});
}

absl::StatusOr<std::vector<domain::IncidentLink>> ParseAccounts(
    const v1::CreateIncidentRequest& request) {
  if (request.accounts_size() > kMostAccounts) return RefuseTooMany("accounts", kMostAccounts);
  std::vector<domain::IncidentLink> accounts;
  std::set<std::string> seen;
  for (int i = 0; i < request.accounts_size(); ++i) {
    const std::string field = absl::StrCat("accounts[", i, "]");
    ASSIGN_OR_RETURN(const std::string id,
                     daicho::wire::ParseUuidName("accounts", request.accounts(i), field));
    if (seen.insert(id).second) accounts.push_back({.id = id});
  }
  return accounts;
}

absl::StatusOr<domain::IncidentLink> ParseWarningLink(const std::string& name) {
  domain::IncidentLink link;
  if (name.empty()) return link;
  ASSIGN_OR_RETURN(link.id, daicho::wire::ParseUuidName("warnings", name, "warning"));
  return link;
}

// Proto and domain share the names of their values behind the prefix. nullopt: not stated.
std::optional<domain::IncidentKind> KindOf(v1::Incident::Kind kind) {
  const std::string name = v1::Incident::Kind_Name(kind);
  return domain::ParseIncidentKind(absl::StripPrefix(name, "KIND_"));
}

std::optional<domain::IncidentState> StateOf(v1::Incident::State state) {
  const std::string name = v1::Incident::State_Name(state);
  return domain::ParseIncidentState(absl::StripPrefix(name, "STATE_"));
}

// What both kinds of answer tell of a duty.
v1::IncidentDuty ToProto(const domain::DutyStanding& standing, bool open, absl::Time now) {
  const domain::Duty& duty = *standing.duty;
  v1::IncidentDuty out;
  out.set_id(std::string(duty.id));
  out.set_title(std::string(duty.title));
  out.set_title_ja(std::string(duty.title_ja));
  for (std::string& clause : domain::ClausesOf(duty)) out.add_clauses(std::move(clause));
  out.set_mandatory(duty.mandatory);
  if (standing.due_time) *out.mutable_due_time() = ToTimestamp(*standing.due_time);
  if (standing.record == nullptr) {
    out.set_overdue(open && standing.due_time && *standing.due_time < now);
    return out;
  }
  const bool done = standing.record->kind == domain::IncidentActKind::kDutyDone;
  out.set_outcome(done ? v1::IncidentDuty::OUTCOME_DONE : v1::IncidentDuty::OUTCOME_NOT_NEEDED);
  if (done) *out.mutable_done_time() = ToTimestamp(standing.record->act_time);
  out.set_evidence(standing.record->text);
  out.set_evidence_url(standing.record->url);
  out.mutable_actor()->set_subject(standing.record->actor.subject);
  out.mutable_actor()->set_display_name(standing.record->actor.display_name);
  return out;
}

v1::IncidentAct ToProto(const domain::IncidentAct& act) {
  v1::IncidentAct out;
  v1::IncidentAct::Kind kind = v1::IncidentAct::KIND_UNSPECIFIED;
  v1::IncidentAct::Kind_Parse(absl::StrCat("KIND_", domain::ToText(act.kind)), &kind);
  out.set_kind(kind);
  out.mutable_actor()->set_subject(act.actor.subject);
  out.mutable_actor()->set_display_name(act.actor.display_name);
  *out.mutable_act_time() = ToTimestamp(act.act_time);
  *out.mutable_record_time() = ToTimestamp(act.record_time);
  out.set_duty(act.duty);
  out.set_text(act.text);
  out.set_url(act.url);
  out.set_cause(act.cause);
  for (const std::string& clause : act.clauses) out.add_lesson_clauses(clause);
  if (!act.warning.id.empty()) out.set_warning(absl::StrCat("warnings/", act.warning.id));
  return out;
}

void AddLinks(const domain::Incident& incident, v1::Incident& out) {
  for (const domain::IncidentLink& account : incident.accounts) {
    v1::IncidentAccount& entry = *out.add_accounts();
    entry.set_account(absl::StrCat("accounts/", account.id));
    entry.set_display_name(account.label);
  }
  std::set<std::string> seen;
  for (const domain::IncidentAct& act : incident.acts) {
    if (act.warning.id.empty() || !seen.insert(act.warning.id).second) continue;
    v1::IncidentWarning& entry = *out.add_warnings();
    entry.set_warning(absl::StrCat("warnings/", act.warning.id));
    entry.set_canonical_url(act.warning.label);
  }
}

}  // namespace

absl::StatusOr<std::string> ParseIncidentName(const std::string& name) {
  return daicho::wire::ParseUuidName("incidents", name, "name");
}

absl::StatusOr<domain::IncidentReport> Parse(const v1::CreateIncidentRequest& request) {
  domain::IncidentReport report{.url = request.url(),
                                .detect_time = ClockOf(request.detect_time()),
                                .seen_at = request.seen_at(),
                                .summary = request.summary()};
  const auto kind = KindOf(request.kind());
  if (!kind) {
    return RefuseFields({{.field = "kind",
                          .reason = "REQUIRED",
                          .en = "Say what went wrong.",
                          .ja = "事案の種別を指定してください。"}});
  }
  report.kind = *kind;
  ASSIGN_OR_RETURN(report.department,
                   daicho::wire::ParseDepartmentName(request.department(), "department"));
  ASSIGN_OR_RETURN(report.accounts, ParseAccounts(request));
  ASSIGN_OR_RETURN(report.warning, ParseWarningLink(request.warning()));
  RETURN_IF_ERROR(CheckPage(request.url(), "url"));
  return report;
}

absl::StatusOr<DutyCommand> Parse(const v1::RecordDutyRequest& request) {
  DutyCommand command{.report = {.duty = request.duty(),
                                 .evidence = request.evidence(),
                                 .url = request.evidence_url(),
                                 .not_needed_reason = request.not_needed_reason()}};
  ASSIGN_OR_RETURN(command.incident, ParseIncidentName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  ASSIGN_OR_RETURN(command.report.warning, ParseWarningLink(request.warning()));
  RETURN_IF_ERROR(CheckPage(request.evidence_url(), "evidence_url"));
  if (request.has_done_time()) command.report.done_time = ClockOf(request.done_time());
  return command;
}

absl::StatusOr<NoteCommand> Parse(const v1::AddIncidentNoteRequest& request) {
  NoteCommand command{.text = request.text()};
  ASSIGN_OR_RETURN(command.incident, ParseIncidentName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  if (request.has_event_time()) command.event_time = ClockOf(request.event_time());
  return command;
}

absl::StatusOr<CloseIncidentCommand> Parse(const v1::CloseIncidentRequest& request) {
  CloseIncidentCommand command{
      .conclusion = {.cause = request.cause(), .lesson = request.lesson()}};
  ASSIGN_OR_RETURN(command.incident, ParseIncidentName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  if (request.lesson_clauses_size() > kMostClauses) {
    return RefuseTooMany("lesson_clauses", kMostClauses);
  }
  for (int i = 0; i < request.lesson_clauses_size(); ++i) {
    const std::string& clause = request.lesson_clauses(i);
    if (!domain::IsClause(clause)) {
      return RefuseFields({{.field = absl::StrCat("lesson_clauses[", i, "]"),
                            .reason = "INVALID_CLAUSE",
                            .en = "Name a clause as findings do: \"T 6-1-5\".",
                            .ja = "条項は「T 6-1-5」のように指定してください。"}});
    }
    command.conclusion.clauses.push_back(clause);
  }
  return command;
}

absl::StatusOr<ReopenCommand> Parse(const v1::ReopenIncidentRequest& request) {
  ReopenCommand command{.reason = request.reason()};
  ASSIGN_OR_RETURN(command.incident, ParseIncidentName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  return command;
}

absl::StatusOr<WithdrawIncidentCommand> Parse(const v1::WithdrawIncidentRequest& request) {
  WithdrawIncidentCommand command{.reason = request.reason()};
  ASSIGN_OR_RETURN(command.incident, ParseIncidentName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  return command;
}

absl::StatusOr<IncidentFilter> Parse(const v1::ListIncidentsRequest& request) {
  IncidentFilter filter{.state = StateOf(request.state()), .kind = KindOf(request.kind())};
  if (request.department().empty()) return filter;
  ASSIGN_OR_RETURN(filter.department,
                   daicho::wire::ParseDepartmentName(request.department(), "department"));
  return filter;
}

v1::Incident ToProto(const domain::Incident& incident, absl::Time now) {
  v1::Incident out;
  out.set_name(absl::StrCat("incidents/", incident.id));
  out.set_etag(daicho::wire::EtagOf(incident.revision));
  v1::Incident::Kind kind = v1::Incident::KIND_UNSPECIFIED;
  v1::Incident::Kind_Parse(absl::StrCat("KIND_", domain::ToText(incident.kind)), &kind);
  out.set_kind(kind);
  const bool open = incident.state == domain::IncidentState::kOpen;
  v1::Incident::State state = v1::Incident::STATE_UNSPECIFIED;
  v1::Incident::State_Parse(absl::StrCat("STATE_", domain::ToText(incident.state)), &state);
  out.set_state(state);
  out.set_department(absl::StrCat("departments/", incident.department));
  AddLinks(incident, out);
  out.set_url(incident.url);
  *out.mutable_detect_time() = ToTimestamp(incident.detect_time);
  out.set_seen_at(incident.seen_at);
  out.set_summary(incident.summary);
  for (const domain::DutyStanding& standing : domain::StandingsOf(incident)) {
    *out.add_duties() = ToProto(standing, open, now);
  }
  const auto due_time = domain::DueTime(incident);
  out.set_overdue(due_time && *due_time < now);
  for (const domain::IncidentAct& act : incident.acts) *out.add_acts() = ToProto(act);
  if (const domain::IncidentAct* closing = domain::ClosingOf(incident)) {
    out.set_cause(closing->cause);
    out.set_lesson(closing->text);
    for (const std::string& clause : closing->clauses) out.add_lesson_clauses(clause);
  }
  if (const domain::IncidentAct* withdrawal = domain::WithdrawalOf(incident)) {
    out.set_withdrawal_reason(withdrawal->text);
  }
  *out.mutable_create_time() = ToTimestamp(incident.create_time);
  *out.mutable_update_time() = ToTimestamp(incident.update_time);
  return out;
}

v1::Incident ToListed(const domain::Incident& incident, absl::Time now) {
  v1::Incident out = ToProto(incident, now);
  out.clear_acts();
  for (v1::IncidentDuty& duty : *out.mutable_duties()) {
    duty.clear_evidence();
    duty.clear_evidence_url();
    duty.clear_actor();
  }
  return out;
}

}  // namespace daicho::registry::wire
