#include "services/approval/advice_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

using nlohmann::json;

const pg::Statement kSelectAdvices{"approval_select_advices", R"sql(
  SELECT advices.id, advices.revision, advices.state, advices.kind, advices.account,
         advices.account_name, advices.department, advices.advice, advices.due_on,
         advices.findings, advices.form, advices.create_time, advices.update_time,
         (SELECT coalesce(json_agg(json_build_object(
                   'kind', kind, 'actor', actor, 'actor_name', actor_name,
                   'micros', (extract(epoch FROM act_time) * 1000000)::bigint,
                   'content', content, 'form', coalesce(form, ''))
                 ORDER BY position), '[]')
            FROM advice_acts
           WHERE advice_id = advices.id)
    FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place)
    JOIN advices ON advices.id = wanted.id
   ORDER BY wanted.place
)sql"};

const pg::Statement kInsertAdvice{"approval_insert_advice", R"sql(
  INSERT INTO advices (id, revision, state, kind, account, account_name, department, advice, due_on,
                       findings, create_time, update_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
)sql"};

const pg::Statement kUpdateAdvice{"approval_update_advice", R"sql(
  UPDATE advices
     SET revision = $2, state = $3, department = $4, form = $5, update_time = $6
   WHERE id = $1
     AND revision = $2 - 1
)sql"};

const pg::Statement kInsertAct{"approval_insert_advice_act", R"sql(
  INSERT INTO advice_acts (advice_id, position, kind, actor, actor_name, act_time, content, form)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

const pg::Statement kListAdvices{"approval_list_advices", R"sql(
  SELECT id
    FROM advices
   WHERE ($1::text IS NULL OR department = $1)
     AND ($2::text IS NULL OR account = $2)
     AND (NOT $3::boolean OR state IN ('OPEN', 'ANSWERED'))
     AND ($4::date IS NULL OR (state = 'OPEN' AND due_on < $4))
     AND ($5::uuid IS NULL OR id < $5)
   ORDER BY id DESC
   LIMIT $6
)sql"};

const pg::Statement kCountAdvices{"approval_count_advices", R"sql(
  SELECT count(*)
    FROM advices
   WHERE ($1::text IS NULL OR department = $1)
     AND ($2::text IS NULL OR account = $2)
     AND (NOT $3::boolean OR state IN ('OPEN', 'ANSWERED'))
     AND ($4::date IS NULL OR (state = 'OPEN' AND due_on < $4))
)sql"};

const pg::Statement kListReminders{"approval_list_advice_reminders", R"sql(
  SELECT id
    FROM advices
   WHERE state = 'OPEN'
     AND due_on <= $1
     AND ($2::date IS NULL OR (due_on, id) > ($2, $3::uuid))
   ORDER BY due_on, id
   LIMIT $4
)sql"};

const pg::Statement kCountReminders{"approval_count_advice_reminders", R"sql(
  SELECT count(*), count(*) FILTER (WHERE due_on < $2)
    FROM advices
   WHERE state = 'OPEN'
     AND due_on <= $1
)sql"};

const pg::Statement kSelectConcerned{"approval_select_concerned_advice", R"sql(
  SELECT id
    FROM advices
   WHERE state IN ('OPEN', 'ANSWERED')
     AND (department = ANY($1::text[]) OR account = ANY($2::text[]))
   ORDER BY id
     FOR UPDATE
)sql"};

const pg::Statement kNextReport{"approval_next_advice_report", R"sql(
  INSERT INTO advice_reports (account, last_number)
  VALUES ($1, 1)
  ON CONFLICT (account) DO UPDATE
     SET last_number = advice_reports.last_number + 1
  RETURNING last_number
)sql"};

const pg::Statement kSelectOpen{"approval_select_open_advice", R"sql(
  SELECT id, count(*) OVER (), min(due_on) FILTER (WHERE state = 'OPEN') OVER ()
    FROM advices
   WHERE account = $1
     AND state IN ('OPEN', 'ANSWERED')
   ORDER BY id DESC
   LIMIT $2
)sql"};

const pg::Statement kFindOpen{"approval_find_open_advice", R"sql(
  SELECT id
    FROM advices
   WHERE account = $1
     AND kind = $2
     AND findings = $3::jsonb
     AND state IN ('OPEN', 'ANSWERED')
   ORDER BY id DESC
   LIMIT 1
)sql"};

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> UnlessEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<domain::AdviceAct> ParseActs(const std::string& text) {
  std::vector<domain::AdviceAct> acts;
  for (const json& entry : json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    acts.push_back({.kind = domain::AdviceActKindNamed(TextAt(entry, "kind"))
                                .value_or(domain::AdviceActKind::kCreated),
                    .actor = {TextAt(entry, "actor"), TextAt(entry, "actor_name")},
                    .time = absl::FromUnixMicros(entry.value("micros", std::int64_t{0})),
                    .text = TextAt(entry, "content"),
                    .form = TextAt(entry, "form")});
  }
  return acts;
}

std::vector<std::string> ParseList(const std::string& text) {
  std::vector<std::string> list;
  for (const json& entry : json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    if (entry.is_string()) list.push_back(entry.get<std::string>());
  }
  return list;
}

domain::Advice AdviceOf(const pg::Row& row) {
  return {.id = row.Text(0),
          .revision = row.Int64(1),
          .state = domain::AdviceStateNamed(row.Text(2)).value_or(domain::AdviceState::kNone),
          .kind = domain::AdviceKindNamed(row.Text(3)).value_or(domain::AdviceKind::kReconsider),
          .account = row.Text(4),
          .account_display_name = row.Text(5),
          .department = row.Text(6),
          .text = row.Text(7),
          .due_on = row.Day(8).value_or(absl::CivilDay()),
          .findings = ParseList(row.Text(9)),
          .form = row.Text(10),
          .acts = ParseActs(row.Text(13)),
          .create_time = row.Time(11).value_or(absl::UnixEpoch()),
          .update_time = row.Time(12).value_or(absl::UnixEpoch())};
}

void QueueLastAct(pg::Transaction& tx, const domain::Advice& advice) {
  const domain::AdviceAct& act = advice.acts.back();
  tx.Queue(kInsertAct,
           {advice.id, static_cast<int>(advice.acts.size()) - 1, NameOf(act.kind),
            act.actor.subject, act.actor.display_name, act.time, act.text, UnlessEmpty(act.form)});
}

// What `ids` name, in that order.
absl::StatusOr<std::vector<domain::Advice>> Load(pg::Transaction& tx, const pg::Result& ids,
                                                 int most) {
  std::vector<std::string> wanted;
  for (int i = 0; i < ids.size() && i < most; ++i) wanted.push_back(ids[i].Text(0));
  std::vector<domain::Advice> advices;
  if (wanted.empty()) return advices;
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAdvices, {wanted}));
  for (int i = 0; i < rows.size(); ++i) advices.push_back(AdviceOf(rows[i]));
  return advices;
}

}  // namespace

absl::StatusOr<domain::Advice> GetAdvice(pg::Transaction& tx, absl::string_view id) {
  const std::vector<std::string> wanted = {std::string(id)};
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAdvices, {wanted}));
  if (rows.size() == 1) return AdviceOf(rows[0]);
  return domain::NextAdviceState(domain::AdviceState::kNone, domain::AdviceActKind::kAnswered)
      .status();
}

void InsertAdvice(pg::Transaction& tx, const domain::Advice& advice) {
  tx.Queue(kInsertAdvice,
           {advice.id, advice.revision, NameOf(advice.state), NameOf(advice.kind), advice.account,
            advice.account_display_name, advice.department, advice.text, advice.due_on,
            json(advice.findings).dump(-1, ' ', false, json::error_handler_t::replace),
            advice.create_time, advice.update_time});
  QueueLastAct(tx, advice);
}

void SaveAdvice(pg::Transaction& tx, const domain::Advice& advice) {
  tx.QueueOne(kUpdateAdvice,
              {advice.id, advice.revision, NameOf(advice.state), advice.department,
               UnlessEmpty(advice.form), advice.update_time},
              EtagMismatch());
  QueueLastAct(tx, advice);
}

absl::StatusOr<AdvicePage> ListAdvices(pg::Transaction& tx, const AdviceQuery& query) {
  ASSIGN_OR_RETURN(const pg::Result ids,
                   tx.Execute(kListAdvices, {query.department, query.account, query.open,
                                             query.overdue_on, query.before, query.limit + 1}));
  AdvicePage page = {.has_more = ids.size() > query.limit};
  ASSIGN_OR_RETURN(page.advices, Load(tx, ids, query.limit));
  ASSIGN_OR_RETURN(
      const pg::Result count,
      tx.Execute(kCountAdvices, {query.department, query.account, query.open, query.overdue_on}));
  page.total = count[0].Int64(0);
  return page;
}

absl::StatusOr<AdvicePage> ListReminders(pg::Transaction& tx, const ReminderQuery& query) {
  ASSIGN_OR_RETURN(
      const pg::Result ids,
      tx.Execute(kListReminders, {query.until, query.after_day, query.after_id, query.limit + 1}));
  AdvicePage page = {.has_more = ids.size() > query.limit};
  ASSIGN_OR_RETURN(page.advices, Load(tx, ids, query.limit));
  ASSIGN_OR_RETURN(const pg::Result count, tx.Execute(kCountReminders, {query.until, query.today}));
  page.total = count[0].Int64(0);
  page.overdue_total = count[0].Int64(1);
  return page;
}

absl::StatusOr<std::vector<domain::Advice>> LoadConcernedAdvice(
    pg::Transaction& tx, const std::vector<std::string>& departments,
    const std::vector<std::string>& accounts) {
  ASSIGN_OR_RETURN(const pg::Result ids, tx.Execute(kSelectConcerned, {departments, accounts}));
  return Load(tx, ids, ids.size());
}

absl::StatusOr<std::optional<domain::Advice>> FindOpenAdvice(
    pg::Transaction& tx, absl::string_view account, domain::AdviceKind kind,
    const std::vector<std::string>& findings) {
  ASSIGN_OR_RETURN(const pg::Result ids,
                   tx.Execute(kFindOpen, {account, NameOf(kind), json(findings).dump()}));
  ASSIGN_OR_RETURN(std::vector<domain::Advice> found, Load(tx, ids, 1));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

absl::StatusOr<std::int64_t> NextReportNumber(pg::Transaction& tx, absl::string_view account) {
  ASSIGN_OR_RETURN(const pg::Result number, tx.Execute(kNextReport, {account}));
  return number[0].Int64(0);
}

absl::StatusOr<domain::OpenAdvice> LoadOpenAdvice(pg::Transaction& tx, absl::string_view account) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kSelectOpen, {account, domain::kMostNamesShown}));
  domain::OpenAdvice open;
  for (int i = 0; i < rows.size(); ++i) {
    open.count = static_cast<int>(rows[i].Int64(1));
    open.earliest_due_on = rows[i].Day(2);
    open.advices.push_back(absl::StrCat("advices/", rows[i].Text(0)));
  }
  return open;
}

}  // namespace daicho::approval::store
