#include "services/approval/reroute_store.h"

#include "common/base/status_macros.h"
#include "services/approval/store.h"

namespace daicho::approval::store {
namespace {

const pg::Statement kSelectConcerned{"approval_select_concerned", R"sql(
  SELECT forms.id
    FROM forms
   WHERE (forms.state = ANY($3::text[])
          AND (forms.department = ANY($1::text[]) OR forms.account = ANY($2::text[])))
      OR EXISTS (SELECT FROM form_steps
                  WHERE form_id = forms.id AND form_steps.round = forms.round
                    AND coalesce(form_steps.heir, form_steps.department) = ANY($1::text[])
                    AND (forms.state = ANY($3::text[])
                         OR (form_steps.absent IS NOT NULL AND form_steps.review_time IS NULL)))
   ORDER BY forms.id
     FOR UPDATE OF forms
)sql"};

// $1 departments, $2 their successors, $3 accounts or '', $4 reorganization. What an entry with an
// account gives to one department, the entry without gives to no other, be it of an earlier part of
// the same reorganization.
const pg::Statement kLetSuccessorsRead{"approval_let_successors_read", R"sql(
  WITH successions AS (
    SELECT department, successor, account
      FROM unnest($1::text[], $2::text[], $3::text[]) AS one (department, successor, account)
  ), named AS (
    SELECT forms.id, forms.department
      FROM forms
     WHERE forms.department = ANY($1::text[])
     UNION
    SELECT form_steps.form_id, form_steps.department
      FROM form_steps
      JOIN forms
        ON forms.id = form_steps.form_id
       AND forms.round = form_steps.round
     WHERE form_steps.department = ANY($1::text[])
     UNION
    SELECT form_readers.form_id, form_readers.department
      FROM form_readers
     WHERE form_readers.department = ANY($1::text[])
  )
  INSERT INTO form_readers (form_id, department, predecessor, reorganization)
  SELECT named.id, successions.successor, named.department, $4
    FROM named
    JOIN forms
      ON forms.id = named.id
    JOIN successions
      ON successions.department = named.department
   WHERE successions.successor <> successions.department
     AND (successions.account = coalesce(forms.ledger_account, forms.account)
          OR (successions.account = ''
              AND NOT EXISTS (SELECT
                                FROM successions AS others
                               WHERE others.department = named.department
                                 AND others.account = coalesce(forms.ledger_account, forms.account))
              AND NOT EXISTS (SELECT
                                FROM form_readers
                               WHERE form_readers.form_id = named.id
                                 AND form_readers.predecessor = named.department
                                 AND form_readers.reorganization = $4)))
  ON CONFLICT (form_id, department, predecessor) DO NOTHING
)sql"};

const pg::Statement kSelectHeirs{"approval_select_heirs", R"sql(
  SELECT DISTINCT form_readers.department
    FROM form_readers
   WHERE form_readers.form_id = $1
   ORDER BY form_readers.department
)sql"};

}  // namespace

absl::StatusOr<std::vector<domain::Form>> LoadConcerned(pg::Transaction& tx,
                                                        const std::vector<std::string>& departments,
                                                        const std::vector<std::string>& accounts) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kSelectConcerned, {departments, accounts, OpenStates()}));
  std::vector<std::string> ids;
  for (int i = 0; i < rows.size(); ++i) ids.push_back(rows[i].Text(0));
  return Load(tx, ids);
}

absl::Status LetSuccessorsRead(pg::Transaction& tx, const Successions& successions,
                               const std::string& reorganization) {
  return tx
      .Execute(kLetSuccessorsRead, {successions.departments, successions.successors,
                                    successions.accounts, reorganization})
      .status();
}

absl::StatusOr<std::vector<std::string>> HeirsOf(pg::Transaction& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectHeirs, {id}));
  std::vector<std::string> heirs;
  for (int i = 0; i < rows.size(); ++i) heirs.push_back(rows[i].Text(0));
  return heirs;
}

}  // namespace daicho::approval::store
