#include "services/registry/incident_store.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

using nlohmann::json;

// What ReadIncident() reads.
#define INCIDENT_COLUMNS                                                                          \
  "id, revision, kind, state, department, url, detect_time, seen_at, summary, create_time, "      \
  "update_time, "                                                                                 \
  "(SELECT coalesce(json_agg(json_build_object("                                                  \
  "    'id', accounts.id, 'label', accounts.fields ->> 'display_name',"                           \
  "    'department', accounts.department) ORDER BY position), '[]')"                              \
  "   FROM incident_accounts JOIN accounts ON accounts.id = incident_accounts.account"            \
  "  WHERE incident_accounts.incident = incidents.id), "                                          \
  "(SELECT coalesce(json_agg(json_build_object("                                                  \
  "    'kind', act.kind, 'duty', act.duty,"                                                       \
  "    'act_micros', (extract(epoch FROM act.act_time) * 1000000)::bigint,"                       \
  "    'record_micros', (extract(epoch FROM act.record_time) * 1000000)::bigint,"                 \
  "    'actor', act.actor, 'actor_name', act.actor_name, 'content', act.content, 'url', act.url," \
  "    'cause', act.cause, 'clauses', act.clauses, 'warning', act.warning,"                       \
  "    'warning_url', warning.canonical_url) ORDER BY act.position), '[]')"                       \
  "   FROM incident_acts AS act"                                                                  \
  "   LEFT JOIN impersonation_warnings AS warning ON warning.id = act.warning"                    \
  "  WHERE act.incident = incidents.id)"

// $1 to $5: closed too, kind, department, overdue at, state.
#define INCIDENT_MATCHES                                                        \
  "CASE $5 WHEN '' THEN $1 OR state = 'OPEN' ELSE state = $5 END"               \
  " AND ($2 = '' OR kind = $2)"                                                 \
  " AND ($3 = '' OR department = $3"                                            \
  "      OR EXISTS (SELECT 1 FROM incident_accounts"                            \
  "                   JOIN accounts ON accounts.id = incident_accounts.account" \
  "                  WHERE incident_accounts.incident = incidents.id"           \
  "                    AND accounts.department = $3))"                          \
  " AND ($4::timestamptz IS NULL OR due_time < $4)"

const pg::Statement kSelectIncident{"registry_select_incident", R"sql(
  SELECT )sql" INCIDENT_COLUMNS R"sql(
    FROM incidents
   WHERE id = $1
)sql"};

const pg::Statement kListIncidentRows{"registry_list_incidents", R"sql(
  SELECT )sql" INCIDENT_COLUMNS R"sql(
    FROM incidents
   WHERE )sql" INCIDENT_MATCHES R"sql(
     AND ($6::uuid IS NULL OR id < $6)
   ORDER BY id DESC
   LIMIT $7
)sql"};

const pg::Statement kCountIncidents{"registry_count_incidents", R"sql(
  SELECT count(*)
    FROM incidents
   WHERE )sql" INCIDENT_MATCHES R"sql(
)sql"};

// $2: the condition that goes with the incident's kind.
const pg::Statement kSelectIncidentUse{"registry_select_incident_use", R"sql(
  SELECT true, warning.id, warning.canonical_url
    FROM impersonation_warnings AS warning
   WHERE warning.withdrawn_on IS NULL
     AND warning.id IN (SELECT warning FROM incident_acts WHERE incident = $1)
     AND NOT EXISTS (SELECT 1
                       FROM incident_acts AS act
                       JOIN incidents AS other ON other.id = act.incident
                      WHERE act.warning = warning.id
                        AND other.id <> $1
                        AND other.state <> 'WITHDRAWN')
  UNION ALL
  SELECT false, account.id, account.fields ->> 'display_name'
    FROM incident_accounts AS named
    JOIN incidents AS this ON this.id = named.incident
    JOIN accounts AS account ON account.id = named.account
   WHERE named.incident = $1
     AND account.state NOT IN ('CLOSED', 'MERGED')
     AND account.condition = $2
     AND NOT EXISTS (SELECT 1
                       FROM incident_accounts AS also
                       JOIN incidents AS other ON other.id = also.incident
                      WHERE also.account = account.id
                        AND other.id <> $1
                        AND other.kind = this.kind
                        AND other.state <> 'WITHDRAWN')
   ORDER BY 1 DESC, 2
)sql"};

const pg::Statement kInsertIncident{"registry_insert_incident", R"sql(
  INSERT INTO incidents (id, revision, kind, state, department, url, detect_time, seen_at, summary,
                         due_time, create_time, update_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
)sql"};

const pg::Statement kInsertIncidentAccount{"registry_insert_incident_account", R"sql(
  INSERT INTO incident_accounts (incident, position, account)
  VALUES ($1, $2, $3)
)sql"};

const pg::Statement kUpdateIncident{"registry_update_incident", R"sql(
  UPDATE incidents
     SET revision = $2, state = $3, due_time = $4, update_time = $5
   WHERE id = $1
     AND revision = $2 - 1
)sql"};

const pg::Statement kInsertIncidentAct{"registry_insert_incident_act", R"sql(
  INSERT INTO incident_acts (incident, position, kind, duty, act_time, record_time, actor,
                             actor_name, content, url, cause, clauses, warning)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
          CASE $3 WHEN 'CLOSED' THEN $12::text[] END, $13)
)sql"};

std::string IncidentText(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::Time TimeAt(const json& object, const char* key) {
  return absl::FromUnixMicros(object.value(key, std::int64_t{0}));
}

json ParseRows(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

domain::IncidentAct ReadAct(const json& entry) {
  domain::IncidentAct act{
      .kind = domain::ParseIncidentActKind(IncidentText(entry, "kind"))
                  .value_or(domain::IncidentActKind::kNoted),
      .duty = IncidentText(entry, "duty"),
      .act_time = TimeAt(entry, "act_micros"),
      .record_time = TimeAt(entry, "record_micros"),
      .actor = {IncidentText(entry, "actor"), IncidentText(entry, "actor_name")},
      .text = IncidentText(entry, "content"),
      .url = IncidentText(entry, "url"),
      .cause = IncidentText(entry, "cause"),
      .warning = {IncidentText(entry, "warning"), IncidentText(entry, "warning_url")}};
  const auto clauses = entry.find("clauses");
  if (clauses == entry.end() || !clauses->is_array()) return act;
  for (const json& clause : *clauses) act.clauses.push_back(clause.get<std::string>());
  return act;
}

StoredIncident ReadIncident(const pg::Row& row) {
  StoredIncident stored;
  stored.incident = {
      .id = row.Text(0),
      .revision = row.Int64(1),
      .kind = domain::ParseIncidentKind(row.Text(2)).value_or(domain::IncidentKind::kFlaming),
      .state = domain::ParseIncidentState(row.Text(3)).value_or(domain::IncidentState::kOpen),
      .department = row.Text(4),
      .url = row.Text(5),
      .detect_time = row.Time(6).value_or(absl::InfinitePast()),
      .seen_at = row.Text(7),
      .summary = row.Text(8),
      .create_time = row.Time(9).value_or(absl::InfinitePast()),
      .update_time = row.Time(10).value_or(absl::InfinitePast())};
  stored.departments.push_back(stored.incident.department);
  for (const json& account : ParseRows(row.Text(11))) {
    stored.incident.accounts.push_back(
        {IncidentText(account, "id"), IncidentText(account, "label")});
    stored.departments.push_back(IncidentText(account, "department"));
  }
  for (const json& act : ParseRows(row.Text(12))) stored.incident.acts.push_back(ReadAct(act));
  return stored;
}

// "" for none.
template <typename Value>
std::string TextOf(const std::optional<Value>& value) {
  return value ? std::string(domain::ToText(*value)) : "";
}

void QueueLastIncidentAct(pg::Transaction& tx, const domain::Incident& incident) {
  const domain::IncidentAct& act = incident.acts.back();
  tx.Queue(kInsertIncidentAct,
           {incident.id, static_cast<int>(incident.acts.size()) - 1, domain::ToText(act.kind),
            pg::NullIfEmpty(act.duty), act.act_time, act.record_time, act.actor.subject,
            act.actor.display_name, pg::NullIfEmpty(act.text), pg::NullIfEmpty(act.url),
            pg::NullIfEmpty(act.cause), act.clauses, pg::NullIfEmpty(act.warning.id)});
}

}  // namespace

absl::StatusOr<StoredIncident> GetIncident(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectIncident, {id}));
  if (rows.size() > 0) return ReadIncident(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "INCIDENT_NOT_FOUND",
                {"There is no such incident; look it up in the list.",
                 "その事案はありません。一覧で確認してください。"},
                {{"incident", absl::StrCat("incidents/", id)}});
}

void InsertIncident(pg::Transaction& tx, const domain::Incident& incident) {
  tx.Queue(kInsertIncident,
           {incident.id, incident.revision, domain::ToText(incident.kind),
            domain::ToText(incident.state), incident.department, pg::NullIfEmpty(incident.url),
            incident.detect_time, incident.seen_at, incident.summary, domain::DueTime(incident),
            incident.create_time, incident.update_time});
  for (std::size_t i = 0; i < incident.accounts.size(); ++i) {
    tx.Queue(kInsertIncidentAccount, {incident.id, static_cast<int>(i), incident.accounts[i].id});
  }
  QueueLastIncidentAct(tx, incident);
}

void SaveIncident(pg::Transaction& tx, const domain::Incident& incident) {
  tx.QueueOne(kUpdateIncident,
              {incident.id, incident.revision, domain::ToText(incident.state),
               domain::DueTime(incident), incident.update_time},
              EtagMismatch());
  QueueLastIncidentAct(tx, incident);
}

absl::StatusOr<domain::IncidentUse> GetIncidentUse(pg::Transaction& tx,
                                                   const domain::Incident& incident) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kSelectIncidentUse, {incident.id, TextOf(domain::ConditionOf(incident.kind))}));
  domain::IncidentUse use;
  for (int i = 0; i < rows.size(); ++i) {
    (rows[i].Bool(0) ? use.warnings : use.accounts).push_back({rows[i].Text(1), rows[i].Text(2)});
  }
  return use;
}

absl::StatusOr<std::vector<domain::Incident>> ListIncidents(pg::Transaction& tx,
                                                            const IncidentQuery& query,
                                                            const std::string& before, int limit) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListIncidentRows,
                 {query.closed_too, TextOf(query.kind), query.department, query.overdue_at,
                  TextOf(query.state), pg::NullIfEmpty(before), limit}));
  std::vector<domain::Incident> incidents;
  for (int i = 0; i < rows.size(); ++i) incidents.push_back(ReadIncident(rows[i]).incident);
  return incidents;
}

absl::StatusOr<int> CountIncidents(pg::Transaction& tx, const IncidentQuery& query) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kCountIncidents, {query.closed_too, TextOf(query.kind), query.department,
                                   query.overdue_at, TextOf(query.state)}));
  return static_cast<int>(rows[0].Int64(0));
}

}  // namespace daicho::registry::store
