#include "services/approval/document_store.h"

#include <algorithm>
#include <limits>

#include "common/base/civil.h"
#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

const pg::Statement kListEnactments{"approval_list_enactments", R"sql(
  SELECT forms.action, forms.reception_year, forms.reception_number, forms.received_on,
         forms.content ->> 'effective_on'
    FROM forms
   WHERE forms.ledger_account = $1
     AND forms.state = 'APPLIED'
     AND forms.action IN ('OPEN', 'CHANGE')
     AND (forms.reception_year, forms.reception_number) < ($2, $3)
   ORDER BY forms.reception_year DESC, forms.reception_number DESC
   LIMIT 100
)sql"};

}  // namespace

absl::StatusOr<std::vector<domain::Enactment>> ListEnactments(pg::Transaction& tx,
                                                              const domain::Form& form) {
  std::vector<domain::Enactment> enactments;
  if (form.draft.account.empty()) return enactments;
  const domain::Reception before =
      form.reception.value_or(domain::Reception{.fiscal_year = std::numeric_limits<int>::max()});
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListEnactments, {form.draft.account, before.fiscal_year, before.number}));
  for (int i = 0; i < rows.size(); ++i) {
    const pg::Row row = rows[i];
    enactments.push_back(
        {.action = domain::ActionNamed(row.Text(0)).value_or(domain::Action::kOpen),
         .reception = {.fiscal_year = static_cast<int>(row.Int64(1)),
                       .number = static_cast<int>(row.Int64(2)),
                       .received_on = row.Day(3).value_or(absl::CivilDay())},
         .effective_on = ParseDay(row.Text(4))});
  }
  std::reverse(enactments.begin(), enactments.end());
  return enactments;
}

}  // namespace daicho::approval::store
