#include "services/policy/finding_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"

namespace daicho::policy::store {
namespace {

using nlohmann::json;

const pg::Statement kTakeTurn{"policy_take_turn", R"sql(
  UPDATE finding_turn
     SET holder = $1, held_until = clock_timestamp() + $2 * INTERVAL '1 millisecond'
   WHERE holder = $1
      OR held_until IS NULL
      OR held_until < clock_timestamp()
  RETURNING followed_change, digest, checked_on
)sql"};

const pg::Statement kKeepTurn{"policy_keep_turn", R"sql(
  UPDATE finding_turn
     SET held_until = clock_timestamp() + $2 * INTERVAL '1 millisecond'
   WHERE holder = $1
)sql"};

const pg::Statement kGiveTurnBack{"policy_give_turn_back", R"sql(
  UPDATE finding_turn
     SET held_until = NULL
   WHERE holder = $1
)sql"};

const pg::Statement kAdopt{"policy_adopt_guideline", R"sql(
  INSERT INTO adopted_guidelines (digest, version, adopt_time)
  VALUES ($1, $2, $3)
  ON CONFLICT DO NOTHING
)sql"};

// So that a whole run follows.
const pg::Statement kSetGuideline{"policy_set_guideline", R"sql(
  UPDATE finding_turn
     SET digest = $1, checked_on = NULL
)sql"};

const pg::Statement kSetFollowed{"policy_set_followed", R"sql(
  UPDATE finding_turn
     SET followed_change = $1
)sql"};

const pg::Statement kFindRun{"policy_find_run", R"sql(
  SELECT id
    FROM finding_runs
   WHERE finish_time IS NULL
)sql"};

const pg::Statement kInsertRun{"policy_insert_run", R"sql(
  INSERT INTO finding_runs (id, guideline_version, checked_on, start_time)
  VALUES ($1, $2, $3, $4)
)sql"};

// A run that is taken up again ends under the guideline and on the day of its end.
const pg::Statement kTakeUpRun{"policy_take_up_run", R"sql(
  UPDATE finding_runs
     SET guideline_version = $2, checked_on = $3
   WHERE id = $1
)sql"};

const pg::Statement kFinishRun{"policy_finish_run", R"sql(
  UPDATE finding_runs
     SET finish_time = $2, account_count = $3
   WHERE id = $1
)sql"};

const pg::Statement kSetChecked{"policy_set_checked", R"sql(
  UPDATE finding_turn
     SET checked_on = $1, followed_change = COALESCE(followed_change, $2)
)sql"};

const pg::Statement kPutDepartments{"policy_put_departments", R"sql(
  INSERT INTO ledger_departments AS known (code, parent, display_name, kind)
  SELECT code, NULLIF(parent, ''), display_name, kind
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
         AS told (code, parent, display_name, kind)
  ON CONFLICT (code) DO UPDATE
     SET parent = EXCLUDED.parent, display_name = EXCLUDED.display_name, kind = EXCLUDED.kind
   WHERE (known.parent, known.display_name, known.kind)
         IS DISTINCT FROM (EXCLUDED.parent, EXCLUDED.display_name, EXCLUDED.kind)
)sql"};

// Of most accounts nothing is new. They are left out beforehand: ON CONFLICT would lock their rows,
// which is a write. LIMIT has them looked up one by one, however few there were when the statement
// was planned.
const pg::Statement kPutAccounts{"policy_put_accounts", R"sql(
  INSERT INTO checked_accounts (id, department, platform, display_name)
  SELECT told.id, told.department, told.platform, told.display_name
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
         AS told (id, department, platform, display_name)
    LEFT JOIN LATERAL (SELECT known.id
                         FROM checked_accounts AS known
                        WHERE known.id = told.id
                          AND (known.department, known.platform, known.display_name)
                              = (told.department, told.platform, told.display_name)
                        LIMIT 1) AS same ON true
   WHERE same.id IS NULL
  ON CONFLICT (id) DO UPDATE
     SET department = EXCLUDED.department, platform = EXCLUDED.platform,
         display_name = EXCLUDED.display_name
)sql"};

const pg::Statement kMoveFindings{"policy_move_findings", R"sql(
  UPDATE standing_findings
     SET department = told.department, revision = revision + 1
    FROM unnest($1::uuid[], $2::text[]) AS told (id, department)
   WHERE standing_findings.account = told.id
     AND standing_findings.mended_time IS NULL
     AND standing_findings.department <> told.department
)sql"};

const pg::Statement kLoadStanding{"policy_load_standing", R"sql(
  SELECT account, id, rule_id, clause, severity, faults
    FROM standing_findings
   WHERE account = ANY ($1::uuid[])
     AND mended_time IS NULL
)sql"};

const pg::Statement kListAccountsWith{"policy_list_accounts_with", R"sql(
  SELECT DISTINCT account
    FROM standing_findings
   WHERE mended_time IS NULL
     AND rule_id = ANY ($1::text[])
     AND account > $2::uuid
   ORDER BY account
   LIMIT $3
)sql"};

const pg::Statement kInsertFindings{"policy_insert_findings", R"sql(
  INSERT INTO standing_findings (id, revision, account, department, rule_id, clause, severity,
                                 faults, first_seen_time, seen_time)
  SELECT id, 1, account, department, rule_id, clause, severity, faults, $8, $8
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::json[])
         AS found (id, account, department, rule_id, clause, severity, faults)
)sql"};

const pg::Statement kAlterFindings{"policy_alter_findings", R"sql(
  UPDATE standing_findings
     SET clause = found.clause, severity = found.severity, faults = found.faults,
         seen_time = $5, revision = revision + 1
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[])
         AS found (id, clause, severity, faults)
   WHERE standing_findings.id = found.id
)sql"};

// Each whole run has seen what stood when it began.
const pg::Statement kMendFindings{"policy_mend_findings", R"sql(
  UPDATE standing_findings
     SET mended_time = $2, revision = revision + 1,
         seen_time = GREATEST(seen_time, (SELECT max(start_time)
                                            FROM finding_runs
                                           WHERE finish_time IS NOT NULL))
   WHERE id = ANY ($1::uuid[])
)sql"};

constexpr char kSelectFindings[] = R"sql(
  SELECT found.id, found.revision, found.account, accounts.display_name, found.department,
         accounts.platform, found.rule_id, found.clause, found.severity, found.faults,
         found.first_seen_time,
         CASE WHEN found.mended_time IS NOT NULL THEN found.seen_time
              ELSE GREATEST(found.seen_time, (SELECT max(start_time)
                                                FROM finding_runs
                                               WHERE finish_time IS NOT NULL)) END,
         found.mended_time, found.acknowledge_reason, found.acknowledged_until,
         found.acknowledged_by, found.acknowledge_time
    FROM standing_findings AS found
    JOIN checked_accounts AS accounts ON accounts.id = found.account
   WHERE )sql";

const pg::Statement kDepartmentsUnder{"policy_departments_under", R"sql(
  WITH RECURSIVE under AS (
    SELECT $1::text AS code
     UNION
    SELECT ledger_departments.code
      FROM under
      JOIN ledger_departments ON ledger_departments.parent = under.code
  )
  SELECT code FROM under
)sql"};

const pg::Statement kLastRun{"policy_last_run", R"sql(
  SELECT guideline_version, start_time, account_count
    FROM finding_runs
   WHERE finish_time IS NOT NULL
   ORDER BY start_time DESC
   LIMIT 1
)sql"};

const pg::Statement kCountByRule{"policy_count_by_rule", R"sql(
  SELECT found.rule_id, found.severity, found.department,
         COALESCE(departments.display_name, ''),
         count(*) FILTER (WHERE found.mended_time IS NULL),
         count(*) FILTER (WHERE found.mended_time IS NULL AND found.acknowledged_until >= $3),
         count(*) FILTER (WHERE found.mended_time IS NULL AND found.first_seen_time >= $2),
         count(*) FILTER (WHERE found.mended_time >= $2)
    FROM standing_findings AS found
    LEFT JOIN ledger_departments AS departments ON departments.code = found.department
   WHERE (found.mended_time IS NULL OR found.mended_time >= $2)
     AND ($1::text[] IS NULL OR found.department = ANY ($1))
   GROUP BY found.rule_id, found.severity, found.department, departments.display_name
   ORDER BY found.rule_id, found.severity, found.department
)sql"};

const pg::Statement kAcknowledge{"policy_acknowledge_finding", R"sql(
  UPDATE standing_findings
     SET revision = revision + 1, acknowledge_reason = $3, acknowledged_until = $4,
         acknowledged_by = $5, acknowledge_time = $6
   WHERE id = $1
     AND revision = $2 - 1
)sql"};

const pg::Statement kInsertAcknowledgement{"policy_insert_acknowledgement", R"sql(
  INSERT INTO finding_acknowledgements (id, finding, reason, end_date, actor, act_time)
  VALUES ($1, $2, $3, $4, $5, $6)
)sql"};

std::string TextOf(domain::Severity severity) {
  switch (severity) {
    case domain::Severity::kBlock:
      return "BLOCK";
    case domain::Severity::kWarn:
      return "WARN";
    case domain::Severity::kInfo:
      return "INFO";
  }
  return "";
}

domain::Severity SeverityOf(absl::string_view text) {
  return text == "BLOCK"  ? domain::Severity::kBlock
         : text == "WARN" ? domain::Severity::kWarn
                          : domain::Severity::kInfo;
}

std::string TextOf(const std::vector<domain::Fault>& faults) {
  json list = json::array();
  for (const domain::Fault& fault : faults) {
    list.push_back({{"field", fault.field}, {"facts", fault.facts}});
  }
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<domain::Fault> FaultsOf(const std::string& text) {
  std::vector<domain::Fault> faults;
  for (const json& entry : json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    domain::Fault& fault = faults.emplace_back();
    fault.field = entry.value("field", "");
    const json facts = entry.value("facts", json::object());
    for (const auto& [key, value] : facts.items()) {
      if (value.is_string()) fault.facts[key] = value.get<std::string>();
    }
  }
  return faults;
}

// The trouble in the columns from `first` on: rule_id, clause, severity, faults.
domain::Trouble TroubleOf(const pg::Row& row, int first) {
  return {row.Text(first), row.Text(first + 1), SeverityOf(row.Text(first + 2)),
          FaultsOf(row.Text(first + 3))};
}

Finding FindingOf(const pg::Row& row) {
  Finding finding{.id = row.Text(0),
                  .revision = row.Int64(1),
                  .account = row.Text(2),
                  .account_display_name = row.Text(3),
                  .department = row.Text(4),
                  .platform = row.Text(5),
                  .trouble = TroubleOf(row, 6),
                  .first_seen = row.Time(10).value_or(absl::InfinitePast()),
                  .last_seen = row.Time(11).value_or(absl::InfinitePast()),
                  .mended = row.Time(12),
                  .acknowledgement = std::nullopt};
  if (const auto end_date = row.Day(14)) {
    finding.acknowledgement = {.reason = row.Text(13),
                               .end_date = *end_date,
                               .actor = row.Text(15),
                               .time = row.Time(16).value_or(absl::InfinitePast())};
  }
  return finding;
}

// The conditions of a query, and what they bind.
class Conditions {
 public:
  explicit Conditions(const FindingQuery& query) {
    AddView(query);
    if (!query.rule_id.empty()) Add("found.rule_id = ", query.rule_id);
    if (!query.severity.empty()) Add("found.severity = ", query.severity);
    if (!query.account.empty()) Add("found.account = ", query.account, "::uuid");
    if (query.departments) Add("found.department = ANY (", *query.departments, "::text[])");
    if (!query.since) return;
    Add(query.view == FindingView::kMended ? "found.mended_time >= " : "found.first_seen_time >= ",
        *query.since);
  }

  void Add(absl::string_view before, pg::Param value, absl::string_view after = "") {
    params_.push_back(std::move(value));
    absl::StrAppend(&sql_, " AND ", before, "$", params_.size(), after);
  }

  const std::string& sql() const { return sql_; }
  std::vector<pg::Param> Take() { return std::move(params_); }

 private:
  void AddView(const FindingQuery& query) {
    sql_ = query.view == FindingView::kMended ? "found.mended_time IS NOT NULL"
                                              : "found.mended_time IS NULL";
    if (query.view == FindingView::kOpen) {
      Add("(found.acknowledged_until IS NULL OR found.acknowledged_until < ", query.today, ")");
    } else if (query.view == FindingView::kAcknowledged) {
      Add("found.acknowledged_until >= ", query.today);
    }
  }

  std::string sql_;
  std::vector<pg::Param> params_;
};

std::int64_t Milliseconds(absl::Duration length) { return absl::ToInt64Milliseconds(length); }

}  // namespace

absl::StatusOr<std::optional<Turn>> TakeTurn(pg::Transaction& tx, absl::string_view holder,
                                             absl::Duration length) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kTakeTurn, {holder, Milliseconds(length)}));
  if (rows.size() == 0) return std::optional<Turn>();
  Turn turn{
      .followed_change = std::nullopt, .digest = rows[0].Text(1), .checked_on = rows[0].Day(2)};
  if (!rows[0].IsNull(0)) turn.followed_change = rows[0].Int64(0);
  return std::optional<Turn>(std::move(turn));
}

absl::Status KeepTurn(pg::Transaction& tx, absl::string_view holder, absl::Duration length) {
  ASSIGN_OR_RETURN(const pg::Result kept, tx.Execute(kKeepTurn, {holder, Milliseconds(length)}));
  if (kept.rows_affected() == 1) return absl::OkStatus();
  return absl::AbortedError("another process has taken the turn to check accounts");
}

absl::Status GiveTurnBack(pg::Transaction& tx, absl::string_view holder) {
  return tx.Execute(kGiveTurnBack, {holder}).status();
}

absl::StatusOr<bool> AdoptGuideline(pg::Transaction& tx, const Turn& turn,
                                    const std::string& digest, const std::string& version,
                                    absl::Time now) {
  if (turn.digest == digest) return true;
  ASSIGN_OR_RETURN(const pg::Result adopted, tx.Execute(kAdopt, {digest, version, now}));
  if (adopted.rows_affected() == 0) return false;
  tx.Queue(kSetGuideline, {digest});
  return true;
}

void SetFollowed(pg::Transaction& tx, std::int64_t change) { tx.Queue(kSetFollowed, {change}); }

absl::StatusOr<std::string> BeginRun(pg::Transaction& tx, const std::string& guideline_version,
                                     absl::CivilDay day, absl::Time now) {
  ASSIGN_OR_RETURN(const pg::Result known, tx.Execute(kFindRun, {}));
  if (known.size() > 0) {
    tx.Queue(kTakeUpRun, {known[0].Text(0), guideline_version, day});
    return known[0].Text(0);
  }
  std::string id = NewUuid(now);
  tx.Queue(kInsertRun, {id, guideline_version, day, now});
  return id;
}

void FinishRun(pg::Transaction& tx, const std::string& id, absl::CivilDay day, std::int64_t change,
               std::int64_t account_count, absl::Time now) {
  tx.Queue(kFinishRun, {id, now, account_count});
  tx.Queue(kSetChecked, {day, change});
}

void PutDepartments(pg::Transaction& tx, const std::vector<LedgerDepartment>& departments) {
  std::vector<std::string> codes, parents, names, kinds;
  for (const LedgerDepartment& department : departments) {
    codes.push_back(department.code);
    parents.push_back(department.parent);
    names.push_back(department.display_name);
    kinds.push_back(department.kind);
  }
  tx.Queue(kPutDepartments, {codes, parents, names, kinds});
}

void PutAccounts(pg::Transaction& tx, const std::vector<CheckedAccount>& accounts) {
  std::vector<std::string> ids, departments, platforms, names;
  for (const CheckedAccount& account : accounts) {
    ids.push_back(account.id);
    departments.push_back(account.department);
    platforms.push_back(account.platform);
    names.push_back(account.display_name);
  }
  tx.Queue(kPutAccounts, {ids, departments, platforms, names});
  tx.Queue(kMoveFindings, {ids, departments});
}

absl::StatusOr<std::map<std::string, std::vector<domain::KnownTrouble>>> LoadStanding(
    pg::Transaction& tx, const std::vector<std::string>& accounts) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLoadStanding, {accounts}));
  std::map<std::string, std::vector<domain::KnownTrouble>> standing;
  for (int i = 0; i < rows.size(); ++i) {
    standing[rows[i].Text(0)].push_back({rows[i].Text(1), TroubleOf(rows[i], 2)});
  }
  return standing;
}

absl::StatusOr<std::vector<std::string>> ListAccountsWith(pg::Transaction& tx,
                                                          const std::vector<std::string>& rules,
                                                          const std::string& after, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListAccountsWith, {rules, after, limit}));
  std::vector<std::string> accounts;
  for (int i = 0; i < rows.size(); ++i) accounts.push_back(rows[i].Text(0));
  return accounts;
}

void InsertFindings(pg::Transaction& tx, const std::vector<NewFinding>& findings, absl::Time now) {
  if (findings.empty()) return;
  std::vector<std::string> ids, accounts, departments, rules, clauses, severities, faults;
  for (const NewFinding& finding : findings) {
    ids.push_back(finding.id);
    accounts.push_back(finding.account);
    departments.push_back(finding.department);
    rules.push_back(finding.trouble.rule_id);
    clauses.push_back(finding.trouble.clause);
    severities.push_back(TextOf(finding.trouble.severity));
    faults.push_back(TextOf(finding.trouble.faults));
  }
  tx.Queue(kInsertFindings, {ids, accounts, departments, rules, clauses, severities, faults, now});
}

void AlterFindings(pg::Transaction& tx, const std::vector<domain::KnownTrouble>& altered,
                   absl::Time now) {
  if (altered.empty()) return;
  std::vector<std::string> ids, clauses, severities, faults;
  for (const domain::KnownTrouble& one : altered) {
    ids.push_back(one.id);
    clauses.push_back(one.trouble.clause);
    severities.push_back(TextOf(one.trouble.severity));
    faults.push_back(TextOf(one.trouble.faults));
  }
  tx.Queue(kAlterFindings, {ids, clauses, severities, faults, now});
}

void MendFindings(pg::Transaction& tx, const std::vector<std::string>& ids, absl::Time now) {
  if (!ids.empty()) tx.Queue(kMendFindings, {ids, now});
}

absl::StatusOr<Finding> GetFinding(pg::Transaction& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.ExecuteComposed("policy_get_finding",
                                      absl::StrCat(kSelectFindings, "found.id = $1"), {id}));
  if (rows.size() > 0) return FindingOf(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "FINDING_NOT_FOUND",
                {"There is no such finding; look it up in the list.",
                 "この指摘はありません。一覧で確認してください。"},
                {{"finding", absl::StrCat("findings/", id)}});
}

absl::StatusOr<std::vector<Finding>> ListFindings(pg::Transaction& tx, const FindingQuery& query,
                                                  const std::optional<std::string>& before,
                                                  int limit) {
  Conditions conditions(query);
  if (before) conditions.Add("found.id < ", *before, "::uuid");
  const std::string sql =
      absl::StrCat(kSelectFindings, conditions.sql(), " ORDER BY found.id DESC LIMIT ", limit);
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.ExecuteComposed("policy_list_findings", sql, conditions.Take()));
  std::vector<Finding> findings;
  for (int i = 0; i < rows.size(); ++i) findings.push_back(FindingOf(rows[i]));
  return findings;
}

absl::StatusOr<std::int64_t> CountFindings(pg::Transaction& tx, const FindingQuery& query) {
  Conditions conditions(query);
  const std::string sql =
      absl::StrCat("SELECT count(*) FROM standing_findings AS found WHERE ", conditions.sql());
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.ExecuteComposed("policy_count_findings", sql, conditions.Take()));
  return rows[0].Int64(0);
}

absl::StatusOr<std::vector<std::string>> DepartmentsUnder(pg::Transaction& tx,
                                                          const std::string& code) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kDepartmentsUnder, {code}));
  std::vector<std::string> codes;
  for (int i = 0; i < rows.size(); ++i) codes.push_back(rows[i].Text(0));
  return codes;
}

absl::StatusOr<std::optional<FindingRun>> LastRun(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLastRun, {}));
  if (rows.size() == 0) return std::optional<FindingRun>();
  return std::optional<FindingRun>(FindingRun{
      rows[0].Text(0), rows[0].Time(1).value_or(absl::InfinitePast()), rows[0].Int64(2)});
}

absl::StatusOr<std::vector<FindingCount>> CountByRule(
    pg::Transaction& tx, const std::optional<std::vector<std::string>>& departments,
    std::optional<absl::Time> since, absl::CivilDay today) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kCountByRule, {departments, since.value_or(absl::InfiniteFuture()), today}));
  std::vector<FindingCount> counts;
  for (int i = 0; i < rows.size(); ++i) {
    const pg::Row row = rows[i];
    counts.push_back({row.Text(0), SeverityOf(row.Text(1)), row.Text(2), row.Text(3), row.Int64(4),
                      row.Int64(5), row.Int64(6), row.Int64(7)});
  }
  return counts;
}

void SaveAcknowledgement(pg::Transaction& tx, const std::string& id, const Finding& finding) {
  const domain::Acknowledgement& given = *finding.acknowledgement;
  tx.QueueOne(kAcknowledge,
              {finding.id, finding.revision, given.reason, given.end_date, given.actor, given.time},
              EtagMismatch());
  tx.Queue(kInsertAcknowledgement,
           {id, finding.id, given.reason, given.end_date, given.actor, given.time});
}

}  // namespace daicho::policy::store
