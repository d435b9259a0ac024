#include "services/approval/inbox_store.h"

#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

// The filters with which every list ends: the forms' department or NULL, their states, their
// actions; no states or actions means all.
#define FORM_MATCHES(form, department, states, actions)                       \
  " AND (" department "::text IS NULL OR " form ".department = " department   \
  ")"                                                                         \
  " AND (cardinality(" states "::text[]) = 0 OR " form ".state = ANY(" states \
  "))"                                                                        \
  " AND (cardinality(" actions "::text[]) = 0 OR " form ".action = ANY(" actions "))"

// $2 neither wrote the form of the step nor did anything at another step of its round.
#define NOT_INVOLVED                                                              \
  " AND NOT EXISTS (SELECT FROM form_acts"                                        \
  "                  WHERE form_acts.form_id = form_steps.form_id"                \
  "                    AND form_acts.actor = $2"                                  \
  "                    AND form_acts.kind IN ('CREATED', 'UPDATED', 'SUBMITTED'," \
  "                                           'SUBMITTED_URGENTLY'))"             \
  " AND NOT EXISTS (SELECT FROM form_acts AS acts"                                \
  "                  WHERE acts.form_id = form_steps.form_id"                     \
  "                    AND acts.actor = $2"                                       \
  "                    AND acts.round = form_steps.round"                         \
  "                    AND acts.step IS NOT NULL"                                 \
  "                    AND acts.step <> form_steps.position)"

// $1 department, $2 person, $3 decides for the department, $4 is of the PR
// office, $5 and $6 where the page before ended, $7 how many. Of the steps that wait, "mine" has
// those the person may decide: neither an author of the form nor somebody who has acted in its
// route.
const pg::Statement kListMine{"approval_list_inbox_mine", R"sql(
  SELECT waiting.form_id, waiting.due_on
    FROM (
      (SELECT form_steps.form_id, form_steps.due_on
         FROM form_steps
        WHERE form_steps.department = $1
          AND form_steps.due_on IS NOT NULL
          AND (form_steps.due_on, form_steps.form_id) > ($5::date, $6::uuid)
          AND CASE WHEN form_steps.kind = 'PR_OFFICE' THEN $4::boolean ELSE $3::boolean END
         )sql" NOT_INVOLVED R"sql(
          AND EXISTS (SELECT
                        FROM forms AS matching
                       WHERE matching.id = form_steps.form_id)sql" FORM_MATCHES("matching", "$8",
                                                                                "$9", "$10") R"sql()
        ORDER BY form_steps.due_on, form_steps.form_id
        LIMIT $7)
      UNION ALL
      (SELECT forms.id, forms.due_on
         FROM forms
        WHERE forms.department = $1
          AND forms.due_on IS NOT NULL
          AND (forms.due_on, forms.id) > ($5::date, $6::uuid)
          AND coalesce(forms.keeper, forms.drafter) = $2
         )sql" FORM_MATCHES("forms", "$8", "$9", "$10") R"sql(
        ORDER BY forms.due_on, forms.id
        LIMIT $7)
    ) AS waiting
   ORDER BY waiting.due_on, waiting.form_id
   LIMIT $7
)sql"};

// $1 department, $2 and $3 where the page before ended, $4 how many, $5 the day before which it is
// due.
const pg::Statement kListDepartment{"approval_list_inbox_department", R"sql(
  SELECT waiting.form_id, waiting.due_on
    FROM (
      (SELECT form_steps.form_id, form_steps.due_on
         FROM form_steps
        WHERE form_steps.department = $1
          AND form_steps.due_on IS NOT NULL
          AND (form_steps.due_on, form_steps.form_id) > ($2::date, $3::uuid)
          AND form_steps.due_on < $5::date
          AND EXISTS (SELECT
                        FROM forms AS matching
                       WHERE matching.id = form_steps.form_id)sql" FORM_MATCHES("matching", "$6",
                                                                                "$7", "$8") R"sql()
        ORDER BY form_steps.due_on, form_steps.form_id
        LIMIT $4)
      UNION ALL
      (SELECT forms.id, forms.due_on
         FROM forms
        WHERE forms.department = $1
          AND forms.due_on IS NOT NULL
          AND (forms.due_on, forms.id) > ($2::date, $3::uuid)
          AND forms.due_on < $5::date
         )sql" FORM_MATCHES("forms", "$6", "$7", "$8") R"sql(
        ORDER BY forms.due_on, forms.id
        LIMIT $4)
    ) AS waiting
   ORDER BY waiting.due_on, waiting.form_id
   LIMIT $4
)sql"};

// What a deputy decided is to be read within 14 days.
const pg::Statement kListReview{"approval_list_inbox_review", R"sql(
  SELECT waiting.form_id, waiting.due_on
    FROM (SELECT form_steps.form_id,
                 (form_steps.decide_time AT TIME ZONE 'Asia/Tokyo')::date + 14 AS due_on
            FROM form_steps
            JOIN forms
              ON forms.id = form_steps.form_id
             AND forms.round = form_steps.round
           WHERE coalesce(form_steps.reviewer, form_steps.absent) = $1
             AND form_steps.absent IS NOT NULL
             AND form_steps.review_time IS NULL
             AND coalesce(form_steps.heir, form_steps.department) = $2
            )sql" FORM_MATCHES("forms", "$6", "$7", "$8") R"sql() AS waiting
   WHERE (waiting.due_on, waiting.form_id) > ($3::date, $4::uuid)
   ORDER BY waiting.due_on, waiting.form_id
   LIMIT $5
)sql"};

// $1 whether of all departments, $2 department, $3 and $4 where the page before ended, $5 how many.
// The state is no parameter: it chooses the index.
#define LIST_IN_STATE(state) \
  "SELECT forms.id, forms.due_on"                                              \
  "  FROM forms"                                                               \
  " WHERE forms.state = " state                                                \
  "   AND forms.due_on IS NOT NULL"                                            \
  "   AND ($1::boolean OR forms.department = $2)"                              \
  "   AND (forms.due_on, forms.id) > ($3::date, $4::uuid)" FORM_MATCHES("forms", "$6", "$7", "$8") \
  " ORDER BY forms.due_on, forms.id"                                           \
  " LIMIT $5"

const pg::Statement kListConflicts{"approval_list_inbox_conflicts", LIST_IN_STATE("'CONFLICT'")};
const pg::Statement kListReminders{"approval_list_inbox_reminders", LIST_IN_STATE("'ADVISED'")};

const pg::Statement kCountInbox{"approval_count_inbox", R"sql(
  SELECT (SELECT count(*)
            FROM form_steps
           WHERE form_steps.department = $1
             AND form_steps.due_on IS NOT NULL
             AND CASE WHEN form_steps.kind = 'PR_OFFICE' THEN $4::boolean ELSE $3::boolean END
            )sql" NOT_INVOLVED R"sql()
       + (SELECT count(*)
            FROM forms
           WHERE forms.department = $1
             AND forms.due_on IS NOT NULL
             AND coalesce(forms.keeper, forms.drafter) = $2),
         (SELECT count(*)
            FROM form_steps
           WHERE form_steps.department = $1
             AND form_steps.due_on IS NOT NULL)
       + (SELECT count(*)
            FROM forms
           WHERE forms.department = $1
             AND forms.due_on IS NOT NULL),
         (SELECT count(*)
            FROM form_steps
           WHERE form_steps.department = $1
             AND form_steps.due_on < $5::date)
       + (SELECT count(*)
            FROM forms
           WHERE forms.department = $1
             AND forms.due_on < $5::date),
         (SELECT count(*)
            FROM form_steps
            JOIN forms
              ON forms.id = form_steps.form_id
             AND forms.round = form_steps.round
           WHERE coalesce(form_steps.reviewer, form_steps.absent) = $2
             AND form_steps.absent IS NOT NULL
             AND form_steps.review_time IS NULL
             AND coalesce(form_steps.heir, form_steps.department) = $1),
         (SELECT count(*)
            FROM forms
           WHERE forms.state = 'CONFLICT'
             AND forms.due_on IS NOT NULL
             AND ($4::boolean OR forms.department = $1)),
         (SELECT count(*)
            FROM forms
           WHERE forms.state = 'ADVISED'
             AND forms.due_on IS NOT NULL
             AND ($4::boolean OR forms.department = $1))
)sql"};

const pg::Statement kFindLapsing{"approval_find_lapsing", R"sql(
  SELECT forms.id
    FROM forms
   WHERE forms.due_on < $1::date
     AND forms.due_on IS NOT NULL
     AND forms.state IN ('ADVISED', 'RETURNED')
   ORDER BY forms.due_on, forms.id
   LIMIT $2
     FOR UPDATE SKIP LOCKED
)sql"};

bool Has(const domain::Actor& actor, domain::Role role) { return actor.roles.count(role) > 0; }

template <typename Enum>
std::vector<std::string> NamesOf(const std::vector<Enum>& values) {
  std::vector<std::string> names;
  for (const Enum value : values) names.emplace_back(domain::NameOf(value));
  return names;
}

absl::StatusOr<pg::Result> Select(pg::Transaction& tx, const InboxQuery& query) {
  const domain::Actor& reader = query.reader;
  const std::string& person = reader.person.subject;
  const bool head = Has(reader, domain::Role::kDepartmentHead);
  const bool pr_office = Has(reader, domain::Role::kPrOffice);
  const absl::CivilDay day = query.after_day;
  const std::string& form = query.after_form;
  const int limit = query.limit + 1;
  const auto& only = query.department;
  const std::vector<std::string> states = NamesOf(query.states), actions = NamesOf(query.actions);
  constexpr absl::CivilDay kNoDay(9999, 12, 31);
  switch (query.bucket) {
    case Bucket::kMine:
      return tx.Execute(kListMine, {reader.department, person, head, pr_office, day, form, limit,
                                    only, states, actions});
    case Bucket::kDepartment:
      return tx.Execute(kListDepartment,
                        {reader.department, day, form, limit, kNoDay, only, states, actions});
    case Bucket::kOverdue:
      return tx.Execute(kListDepartment,
                        {reader.department, day, form, limit, query.today, only, states, actions});
    case Bucket::kReview:
      return tx.Execute(kListReview,
                        {person, reader.department, day, form, limit, only, states, actions});
    case Bucket::kConflict:
      return tx.Execute(kListConflicts,
                        {pr_office, reader.department, day, form, limit, only, states, actions});
    case Bucket::kReminder:
      return tx.Execute(kListReminders,
                        {pr_office, reader.department, day, form, limit, only, states, actions});
  }
  return absl::InternalError("unknown bucket");
}

}  // namespace

absl::StatusOr<InboxPage> ListInbox(pg::Transaction& tx, const InboxQuery& query) {
  ASSIGN_OR_RETURN(const pg::Result rows, Select(tx, query));
  InboxPage page = {.has_more = rows.size() > query.limit};
  for (int i = 0; i < rows.size() && i < query.limit; ++i) {
    page.entries.push_back({rows[i].Text(0), rows[i].Day(1).value_or(absl::CivilDay())});
  }
  return page;
}

absl::StatusOr<InboxCounts> CountInbox(pg::Transaction& tx, const domain::Actor& reader,
                                       absl::CivilDay today) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kCountInbox, {reader.department, reader.person.subject,
                                            Has(reader, domain::Role::kDepartmentHead),
                                            Has(reader, domain::Role::kPrOffice), today}));
  const auto count = [&](int column) { return static_cast<int>(rows[0].Int64(column)); };
  return InboxCounts{count(0), count(1), count(2), count(3), count(4), count(5)};
}

absl::StatusOr<std::vector<std::string>> FindLapsing(pg::Transaction& tx, absl::CivilDay day,
                                                     int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kFindLapsing, {day, limit}));
  std::vector<std::string> forms;
  for (int i = 0; i < rows.size(); ++i) forms.push_back(rows[i].Text(0));
  return forms;
}

}  // namespace daicho::approval::store
