#include "services/approval/transfer_store.h"

#include "common/base/status_macros.h"
#include "services/approval/store.h"

namespace daicho::approval::store {
namespace {

// $1 people, $2 a department each of them left, $3 states of open forms, $4 how many. Whether what
// waits to be read is of that department says the form.
const pg::Statement kSelectWaiting{"approval_select_waiting", R"sql(
  SELECT forms.id
    FROM forms
   WHERE ((forms.state = ANY($3::text[]) OR forms.state IN ('AGREED', 'CONFLICT'))
          AND (coalesce(forms.keeper, forms.drafter), forms.department) IN
                (SELECT person, department
                   FROM unnest($1::text[], $2::text[]) AS one (person, department)))
      OR (forms.state = ANY($3::text[])
          AND EXISTS (SELECT
                            FROM jsonb_each_text(forms.content) AS entry (path, value)
                           WHERE entry.value = ANY($1::text[])
                             AND entry.path LIKE '%.subject'))
      OR forms.id IN
           (SELECT form_steps.form_id
              FROM form_steps
             WHERE coalesce(form_steps.reviewer, form_steps.absent) = ANY($1::text[])
               AND form_steps.absent IS NOT NULL
               AND form_steps.review_time IS NULL
               AND form_steps.round = forms.round)
   ORDER BY forms.id
   LIMIT $4
     FOR UPDATE OF forms
)sql"};

}  // namespace

absl::StatusOr<std::vector<domain::Form>> LoadWaiting(pg::Transaction& tx, const Departures& left,
                                                      int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectWaiting, {left.people, left.departments,
                                                                      OpenStates(), limit}));
  std::vector<std::string> ids;
  for (int i = 0; i < rows.size(); ++i) ids.push_back(rows[i].Text(0));
  return Load(tx, ids);
}

}  // namespace daicho::approval::store
