#include "services/registry/open_advice_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

using nlohmann::json;

const pg::Statement kSave{"registry_save_open_advice", R"sql(
  INSERT INTO account_open_advice AS known (account, report_number, open_count, earliest_due_on,
                                            advices, report_time)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (account) DO UPDATE
     SET report_number = EXCLUDED.report_number, open_count = EXCLUDED.open_count,
         earliest_due_on = EXCLUDED.earliest_due_on, advices = EXCLUDED.advices,
         report_time = EXCLUDED.report_time
   WHERE EXCLUDED.report_number > known.report_number
)sql"};

}  // namespace

absl::StatusOr<bool> SaveOpenAdvice(pg::Transaction& tx, const std::string& account,
                                    std::int64_t report_number, const OpenAdvice& open,
                                    absl::Time now) {
  ASSIGN_OR_RETURN(
      const pg::Result saved,
      tx.Execute(kSave,
                 {account, report_number, open.count, open.earliest_due_on,
                  json(open.advices).dump(-1, ' ', false, json::error_handler_t::replace), now}));
  return saved.rows_affected() == 1;
}

}  // namespace daicho::registry::store
