#include "services/approval/store.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

using nlohmann::json;

const pg::Statement kSelectForms{"approval_select_forms", R"sql(
  SELECT forms.id, forms.revision, forms.state, forms.action, forms.department, forms.account,
         forms.content, forms.drafter, forms.drafter_name, forms.round, forms.changes,
         forms.reception_year, forms.reception_number, forms.received_on, forms.apply_time,
         forms.ledger_account, forms.conflict_reason, forms.conflict_message, forms.create_time,
         forms.update_time, forms.differences,
         (SELECT coalesce(json_agg(json_build_object(
                   'kind', kind, 'department', department, 'department_name', department_name,
                   'decider', decider, 'decider_name', decider_name,
                   'micros', (extract(epoch FROM decide_time) * 1000000)::bigint,
                   'absent', absent, 'absent_name', absent_name, 'deputy_reason', deputy_reason,
                   'review_micros', (extract(epoch FROM review_time) * 1000000)::bigint,
                   'asked_by', asked_by, 'reviewer', reviewer, 'reviewer_name', reviewer_name,
                   'heir', heir, 'heir_name', heir_name)
                 ORDER BY position), '[]')
            FROM form_steps
           WHERE form_id = forms.id AND form_steps.round = forms.round),
         (SELECT coalesce(json_agg(json_build_object(
                   'kind', kind, 'actor', actor, 'actor_name', actor_name, 'role', role,
                   'micros', (extract(epoch FROM act_time) * 1000000)::bigint,
                   'round', form_acts.round, 'step', step, 'comment', comment,
                   'deputy_reason', deputy_reason, 'advice_kind', advice_kind,
                   'advice_due_on', advice_due_on, 'to_step', to_step, 'findings', findings)
                 ORDER BY position), '[]')
            FROM form_acts
           WHERE form_id = forms.id),
         forms.deputy,
         coalesce(forms.keeper, forms.drafter), coalesce(forms.keeper_name, forms.drafter_name)
    FROM forms
   WHERE forms.id = ANY($1::uuid[])
   ORDER BY forms.id DESC
)sql"};

// The columns of kSelectForms.
const pg::Statement kSelectSummaries{"approval_select_summaries", R"sql(
  SELECT forms.id, forms.revision, forms.state, forms.action, forms.department, forms.account,
         jsonb_strip_nulls(jsonb_build_object(
           'action', forms.content -> 'action', 'account', forms.content -> 'account',
           'fields.display_name', forms.content -> 'fields.display_name')),
         forms.drafter, forms.drafter_name, forms.round, '[]', forms.reception_year,
         forms.reception_number, forms.received_on, forms.apply_time, forms.ledger_account,
         forms.conflict_reason, forms.conflict_message, forms.create_time, forms.update_time, '[]',
         '[]', '[]', NULL, coalesce(forms.keeper, forms.drafter),
         coalesce(forms.keeper_name, forms.drafter_name)
    FROM forms
   WHERE forms.id = ANY($1::uuid[])
   ORDER BY forms.id DESC
)sql"};

const pg::Statement kInsertForm{"approval_insert_form", R"sql(
  INSERT INTO forms (id, revision, state, action, department, account, content, drafter,
                     drafter_name, round, changes, create_time, update_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '[]', $10, $11)
)sql"};

const pg::Statement kUpdateForm{"approval_update_form", R"sql(
  UPDATE forms
     SET revision = $2, state = $3, content = $4, round = $5, changes = $6, reception_year = $7,
         reception_number = $8, received_on = $9, apply_time = $10, ledger_account = $11,
         conflict_reason = $12, conflict_message = $13, update_time = $14, department = $15,
         due_on = $16, differences = $17, deputy = $18, keeper = $19, keeper_name = $20
   WHERE id = $1
     AND revision = $2 - 1
)sql"};

const pg::Statement kUpsertStep{"approval_upsert_step", R"sql(
  INSERT INTO form_steps (form_id, round, position, kind, department, department_name, decider,
                          decider_name, decide_time, absent, absent_name, deputy_reason,
                          review_time, due_on, asked_by, reviewer, reviewer_name, heir,
                          heir_name)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
  ON CONFLICT (form_id, round, position) DO UPDATE
     SET department = EXCLUDED.department, department_name = EXCLUDED.department_name,
         decider = EXCLUDED.decider, decider_name = EXCLUDED.decider_name,
         decide_time = EXCLUDED.decide_time, absent = EXCLUDED.absent,
         absent_name = EXCLUDED.absent_name, deputy_reason = EXCLUDED.deputy_reason,
         review_time = EXCLUDED.review_time, due_on = EXCLUDED.due_on,
         reviewer = EXCLUDED.reviewer, reviewer_name = EXCLUDED.reviewer_name,
         heir = EXCLUDED.heir, heir_name = EXCLUDED.heir_name
)sql"};

const pg::Statement kInsertAct{"approval_insert_act", R"sql(
  INSERT INTO form_acts (form_id, position, kind, actor, actor_name, role, act_time, round, step,
                         comment, deputy_reason, advice_kind, advice_due_on, to_step, findings)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
)sql"};

const pg::Statement kNextReception{"approval_next_reception", R"sql(
  INSERT INTO reception_counters (fiscal_year, last_number)
  VALUES ($1, 1)
  ON CONFLICT (fiscal_year) DO UPDATE
     SET last_number = reception_counters.last_number + 1
  RETURNING last_number
)sql"};

const pg::Statement kListForms{"approval_list_forms", R"sql(
  SELECT forms.id
    FROM forms
   WHERE ($1::text IS NULL OR forms.department = $1
          OR EXISTS (SELECT FROM form_steps
                      WHERE form_id = forms.id AND form_steps.round = forms.round
                        AND form_steps.department = $1)
          OR EXISTS (SELECT FROM form_readers
                      WHERE form_id = forms.id AND form_readers.department = $1))
     AND ($2::text IS NULL OR forms.department = $2)
     AND (cardinality($3::text[]) = 0 OR forms.state = ANY($3))
     AND ($4::text IS NULL OR forms.account = $4)
     AND ($5::uuid IS NULL OR forms.id < $5)
   ORDER BY forms.id DESC
   LIMIT $6
)sql"};

const pg::Statement kCountForms{"approval_count_forms", R"sql(
  SELECT count(*)
    FROM forms
   WHERE ($1::text IS NULL OR forms.department = $1
          OR EXISTS (SELECT FROM form_steps
                      WHERE form_id = forms.id AND form_steps.round = forms.round
                        AND form_steps.department = $1)
          OR EXISTS (SELECT FROM form_readers
                      WHERE form_id = forms.id AND form_readers.department = $1))
     AND ($2::text IS NULL OR forms.department = $2)
     AND (cardinality($3::text[]) = 0 OR forms.state = ANY($3))
     AND ($4::text IS NULL OR forms.account = $4)
)sql"};

constexpr absl::string_view kOneInRoute = "forms_one_in_route";

std::optional<std::string> UnlessEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// Somebody as columns that are NULL while they are who they were at first.
struct PersonUnless {
  std::optional<std::string> subject;
  std::optional<std::string> display_name;
};

PersonUnless Unless(const domain::Person& first, const domain::Person& person) {
  if (person == first) return {};
  return {person.subject, person.display_name};
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t NumberAt(const json& object, const char* key, std::int64_t otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : otherwise;
}

absl::Time TimeAt(const json& object, const char* key) {
  return absl::FromUnixMicros(NumberAt(object, key, 0));
}

// Never throws: text that is no UTF-8, which no request lets in, would be replaced.
std::string Dump(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

std::string ToJson(const Fields& fields) { return Dump(json(fields)); }

std::string ToJson(const std::vector<FieldChange>& changes) {
  json out = json::array();
  for (const FieldChange& change : changes) {
    out.push_back({{"path", change.path}, {"before", change.before}, {"after", change.after}});
  }
  return Dump(out);
}

json ParseJson(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Fields ParseFields(const std::string& text) {
  const json object = ParseJson(text);
  Fields fields;
  for (const auto& [path, value] : object.items()) {
    if (value.is_string()) fields.emplace(path, value.get<std::string>());
  }
  return fields;
}

std::vector<FieldChange> ParseChanges(const std::string& text) {
  std::vector<FieldChange> changes;
  for (const json& entry : ParseJson(text)) {
    changes.push_back({TextAt(entry, "path"), TextAt(entry, "before"), TextAt(entry, "after")});
  }
  return changes;
}

std::string ToJson(const std::vector<domain::Difference>& differences) {
  json out = json::array();
  for (const domain::Difference& one : differences) {
    out.push_back({{"path", one.path},
                   {"agreed_on", one.agreed_on},
                   {"ledger", one.ledger},
                   {"wanted", one.wanted}});
  }
  return Dump(out);
}

std::vector<domain::Difference> ParseDifferences(const std::string& text) {
  std::vector<domain::Difference> differences;
  for (const json& entry : ParseJson(text)) {
    differences.push_back({TextAt(entry, "path"), TextAt(entry, "agreed_on"),
                           TextAt(entry, "ledger"), TextAt(entry, "wanted")});
  }
  return differences;
}

std::string ToJson(const std::vector<domain::RuleCited>& rules) {
  json out = json::array();
  for (const domain::RuleCited& rule : rules) {
    out.push_back({{"rule_id", rule.rule_id}, {"clause", rule.clause}});
  }
  return Dump(out);
}

std::vector<domain::RuleCited> RulesAt(const json& object, const char* key) {
  std::vector<domain::RuleCited> rules;
  const auto found = object.find(key);
  if (found == object.end()) return rules;
  for (const json& entry : *found) {
    rules.push_back({TextAt(entry, "rule_id"), TextAt(entry, "clause")});
  }
  return rules;
}

std::string ToJson(const std::vector<domain::Finding>& findings) {
  json out = json::array();
  for (const domain::Finding& finding : findings) {
    out.push_back({{"rule_id", finding.rule_id},
                   {"clause", finding.clause},
                   {"severity", NameOf(finding.severity)},
                   {"field", finding.field},
                   {"message", finding.message},
                   {"message_ja", finding.message_ja},
                   {"facts", finding.facts},
                   {"guideline_version", finding.guideline_version}});
  }
  return Dump(out);
}

std::map<std::string, std::string> FactsAt(const json& object, const char* key) {
  std::map<std::string, std::string> facts;
  const auto found = object.find(key);
  if (found == object.end()) return facts;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) facts.emplace(name, value.get<std::string>());
  }
  return facts;
}

std::vector<domain::Finding> FindingsAt(const json& object, const char* key) {
  std::vector<domain::Finding> findings;
  const auto found = object.find(key);
  if (found == object.end()) return findings;
  for (const json& entry : *found) {
    findings.push_back(
        {.rule_id = TextAt(entry, "rule_id"),
         .clause = TextAt(entry, "clause"),
         .severity =
             domain::SeverityNamed(TextAt(entry, "severity")).value_or(domain::Severity::kBlock),
         .field = TextAt(entry, "field"),
         .message = TextAt(entry, "message"),
         .message_ja = TextAt(entry, "message_ja"),
         .facts = FactsAt(entry, "facts"),
         .guideline_version = TextAt(entry, "guideline_version")});
  }
  return findings;
}

std::vector<domain::Step> ParseSteps(const std::string& text) {
  std::vector<domain::Step> steps;
  for (const json& entry : ParseJson(text)) {
    domain::Step step = {
        .kind = domain::StepKindNamed(TextAt(entry, "kind")).value_or(domain::StepKind::kHead),
        .department = TextAt(entry, "department"),
        .department_display_name = TextAt(entry, "department_name"),
        .asked_by = RulesAt(entry, "asked_by"),
        .heir = TextAt(entry, "heir"),
        .heir_display_name = TextAt(entry, "heir_name")};
    if (const std::string decider = TextAt(entry, "decider"); !decider.empty()) {
      step.decider = domain::Person{decider, TextAt(entry, "decider_name")};
      step.decide_time = TimeAt(entry, "micros");
    }
    if (const std::string absent = TextAt(entry, "absent"); !absent.empty()) {
      step.deputy = domain::Deputy{.absent = {absent, TextAt(entry, "absent_name")},
                                   .reason = TextAt(entry, "deputy_reason")};
      const std::string reviewer = TextAt(entry, "reviewer");
      step.deputy->reviewer = reviewer.empty()
                                  ? step.deputy->absent
                                  : domain::Person{reviewer, TextAt(entry, "reviewer_name")};
      if (NumberAt(entry, "review_micros", -1) >= 0) {
        step.deputy->review_time = TimeAt(entry, "review_micros");
      }
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::optional<domain::FormAdvice> AdviceAt(const json& entry) {
  const auto kind = domain::AdviceKindNamed(TextAt(entry, "advice_kind"));
  const auto due_on = ParseDay(TextAt(entry, "advice_due_on"));
  if (!kind || !due_on) return std::nullopt;
  return domain::FormAdvice{*kind, *due_on};
}

std::vector<domain::Act> ParseActs(const std::string& text) {
  std::vector<domain::Act> acts;
  for (const json& entry : ParseJson(text)) {
    acts.push_back(
        {.kind = domain::ActKindNamed(TextAt(entry, "kind")).value_or(domain::ActKind::kCreated),
         .actor = {TextAt(entry, "actor"), TextAt(entry, "actor_name")},
         .role = domain::RoleNamed(TextAt(entry, "role")).value_or(domain::Role::kSystem),
         .time = TimeAt(entry, "micros"),
         .round = static_cast<int>(NumberAt(entry, "round", 0)),
         .step = static_cast<int>(NumberAt(entry, "step", -1)),
         .comment = TextAt(entry, "comment"),
         .deputy_reason = TextAt(entry, "deputy_reason"),
         .advice = AdviceAt(entry),
         .to_step = static_cast<int>(NumberAt(entry, "to_step", -1)),
         .findings = FindingsAt(entry, "findings")});
  }
  return acts;
}

domain::Form FormOf(const pg::Row& row) {
  domain::Form form = {
      .id = row.Text(0),
      .revision = row.Int64(1),
      .state = domain::StateNamed(row.Text(2)).value_or(domain::State::kNone),
      .department = row.Text(4),
      .draft = {.action = domain::ActionNamed(row.Text(3)).value_or(domain::Action::kOpen),
                .account = row.Text(5),
                .content = ParseFields(row.Text(6))},
      .drafter = {row.Text(7), row.Text(8)},
      .keeper = {row.Text(24), row.Text(25)},
      .round = static_cast<int>(row.Int64(9)),
      .steps = ParseSteps(row.Text(21)),
      .acts = ParseActs(row.Text(22)),
      .changes = ParseChanges(row.Text(10)),
      .deputy = row.Text(23),
      .create_time = row.Time(18).value_or(absl::UnixEpoch()),
      .update_time = row.Time(19).value_or(absl::UnixEpoch())};
  if (!row.IsNull(11)) {
    form.reception = {.fiscal_year = static_cast<int>(row.Int64(11)),
                      .number = static_cast<int>(row.Int64(12)),
                      .received_on = row.Day(13).value_or(absl::CivilDay())};
  }
  if (const auto apply_time = row.Time(14)) {
    form.application = {.account = row.Text(15),
                        .time = *apply_time,
                        .conflict_reason = row.Text(16),
                        .conflict_message = row.Text(17),
                        .differences = ParseDifferences(row.Text(20))};
  }
  return form;
}

std::vector<domain::Form> FormsOf(const pg::Result& rows) {
  std::vector<domain::Form> forms;
  for (int i = 0; i < rows.size(); ++i) forms.push_back(FormOf(rows[i]));
  return forms;
}

void QueueLastAct(pg::Transaction& tx, const domain::Form& form) {
  const domain::Act& act = form.acts.back();
  const auto unless_none = [](int step) {
    return step >= 0 ? std::optional<int>(step) : std::nullopt;
  };
  std::optional<std::string> advice_kind;
  std::optional<absl::CivilDay> advice_due_on;
  if (act.advice) {
    advice_kind = std::string(NameOf(act.advice->kind));
    advice_due_on = act.advice->due_on;
  }
  tx.Queue(kInsertAct,
           {form.id, static_cast<int>(form.acts.size()) - 1, NameOf(act.kind), act.actor.subject,
            act.actor.display_name, NameOf(act.role), act.time, act.round, unless_none(act.step),
            act.comment, UnlessEmpty(act.deputy_reason), advice_kind, advice_due_on,
            unless_none(act.to_step), ToJson(act.findings)});
}

void QueueStep(pg::Transaction& tx, const domain::Form& form, int position,
               std::optional<absl::CivilDay> due_on) {
  const domain::Step& step = form.steps[static_cast<std::size_t>(position)];
  std::optional<std::string> decider, decider_name, absent, absent_name, deputy_reason;
  std::optional<absl::Time> review_time;
  PersonUnless reviewer;
  if (step.decider) {
    decider = step.decider->subject;
    decider_name = step.decider->display_name;
  }
  if (step.deputy) {
    absent = step.deputy->absent.subject;
    absent_name = step.deputy->absent.display_name;
    deputy_reason = step.deputy->reason;
    review_time = step.deputy->review_time;
    reviewer = Unless(step.deputy->absent, step.deputy->reviewer);
  }
  tx.Queue(kUpsertStep,
           {form.id, form.round, position, NameOf(step.kind), step.department,
            step.department_display_name, decider, decider_name, step.decide_time, absent,
            absent_name, deputy_reason, review_time, due_on, ToJson(step.asked_by),
            reviewer.subject, reviewer.display_name, UnlessEmpty(step.heir),
            step.heir.empty() ? std::nullopt : std::optional(step.heir_display_name)});
}

// A step has a day while, and only while, it has to act.
void QueueSteps(pg::Transaction& tx, const domain::Form& form) {
  const std::vector<int> current = CurrentSteps(form);
  for (int position = 0; position < static_cast<int>(form.steps.size()); ++position) {
    const bool acts = std::find(current.begin(), current.end(), position) != current.end();
    QueueStep(tx, form, position, acts ? DueOn(form) : std::nullopt);
  }
}

absl::StatusOr<pg::Result> Update(pg::Transaction& tx, const domain::Form& form) {
  std::optional<int> reception_year, reception_number;
  std::optional<absl::CivilDay> received_on;
  if (form.reception) {
    reception_year = form.reception->fiscal_year;
    reception_number = form.reception->number;
    received_on = form.reception->received_on;
  }
  std::optional<absl::Time> apply_time;
  std::optional<std::string> account, conflict_reason, conflict_message;
  if (form.application) {
    apply_time = form.application->time;
    account = UnlessEmpty(form.application->account);
    conflict_reason = UnlessEmpty(form.application->conflict_reason);
    if (conflict_reason) conflict_message = form.application->conflict_message;
  }
  const PersonUnless keeper = Unless(form.drafter, form.keeper);
  const bool waits = IsWithDepartment(form.state) || form.state == domain::State::kConflict;
  return tx.Execute(kUpdateForm, {form.id,
                                  form.revision,
                                  NameOf(form.state),
                                  ToJson(form.draft.content),
                                  form.round,
                                  ToJson(form.changes),
                                  reception_year,
                                  reception_number,
                                  received_on,
                                  apply_time,
                                  account,
                                  conflict_reason,
                                  conflict_message,
                                  form.update_time,
                                  form.department,
                                  waits ? DueOn(form) : std::nullopt,
                                  ToJson(form.application ? form.application->differences
                                                          : std::vector<domain::Difference>()),
                                  UnlessEmpty(form.deputy),
                                  keeper.subject,
                                  keeper.display_name});
}

absl::Status RefuseSecondForm(const domain::Form& form) {
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "ANOTHER_FORM_IN_ROUTE",
      {"Another form about this account is on its way; wait for it, or withdraw it.",
       "このアカウントについて別の協議書が手続き中です。完了を待つか、取り下げてください。"},
      {{"account", form.draft.account}});
}

}  // namespace

absl::StatusOr<std::vector<domain::Form>> Load(pg::Transaction& tx,
                                               const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectForms, {ids}));
  return FormsOf(rows);
}

absl::StatusOr<std::vector<domain::Form>> LoadSummaries(pg::Transaction& tx,
                                                        const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectSummaries, {ids}));
  return FormsOf(rows);
}

absl::StatusOr<domain::Form> Get(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(std::vector<domain::Form> forms, Load(tx, {std::string(id)}));
  if (!forms.empty()) return std::move(forms.front());
  return Refuse(absl::StatusCode::kNotFound, "FORM_NOT_FOUND",
                {"There is no such form; look it up in the list.",
                 "この協議書はありません。一覧で確認してください。"},
                {{"form", absl::StrCat("forms/", id)}});
}

void Insert(pg::Transaction& tx, const domain::Form& form) {
  tx.Queue(kInsertForm,
           {form.id, form.revision, NameOf(form.state), NameOf(form.draft.action), form.department,
            UnlessEmpty(form.draft.account), ToJson(form.draft.content), form.drafter.subject,
            form.drafter.display_name, form.create_time, form.update_time});
  QueueLastAct(tx, form);
}

absl::Status Save(pg::Transaction& tx, const domain::Form& form) {
  const absl::StatusOr<pg::Result> updated = Update(tx, form);
  if (pg::Violates(updated.status(), kOneInRoute)) return RefuseSecondForm(form);
  RETURN_IF_ERROR(updated.status());
  if (updated->rows_affected() != 1) return EtagMismatch();
  QueueSteps(tx, form);
  QueueLastAct(tx, form);
  return absl::OkStatus();
}

absl::StatusOr<int> NextReceptionNumber(pg::Transaction& tx, int fiscal_year) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kNextReception, {fiscal_year}));
  return static_cast<int>(rows[0].Int64(0));
}

std::vector<std::string> OpenStates() {
  std::vector<std::string> states;
  for (int i = 0; i < domain::kStateCount; ++i) {
    const auto state = static_cast<domain::State>(i);
    if (domain::IsOpen(state)) states.emplace_back(domain::NameOf(state));
  }
  return states;
}

absl::StatusOr<Page> List(pg::Transaction& tx, const Query& query) {
  std::vector<std::string> states;
  for (const domain::State state : query.states) states.emplace_back(domain::NameOf(state));
  ASSIGN_OR_RETURN(const pg::Result count, tx.Execute(kCountForms, {query.reader, query.department,
                                                                    states, query.account}));
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListForms, {query.reader, query.department, states, query.account,
                                           query.before, query.limit + 1}));
  std::vector<std::string> ids;
  for (int i = 0; i < rows.size() && i < query.limit; ++i) ids.push_back(rows[i].Text(0));
  Page page = {.has_more = rows.size() > query.limit, .total = count[0].Int64(0)};
  ASSIGN_OR_RETURN(page.forms, Load(tx, ids));
  return page;
}

}  // namespace daicho::approval::store
