#include "services/registry/present_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

using nlohmann::json;

domain::Activity ReadActivity(const pg::Row& row, absl::Time observe_time) {
  domain::Activity activity{
      .last_post_time = row.Time(2), .observe_time = observe_time, .source = row.Text(3)};
  if (!row.IsNull(4)) activity.posts_in_90_days = static_cast<int>(row.Int64(4));
  return activity;
}

OpenAdvice ReadOpenAdvice(const pg::Row& row) {
  OpenAdvice open{.count = static_cast<int>(row.Int64(5)), .earliest_due_on = row.Day(6)};
  for (const json& name : json::parse(row.Text(7), nullptr, /*allow_exceptions=*/false)) {
    if (name.is_string()) open.advices.push_back(name.get<std::string>());
  }
  return open;
}

}  // namespace

const pg::Statement kLoadPresent{"registry_load_present", R"sql(
  SELECT COALESCE(posts.account, advice.account), posts.observe_time, posts.last_post_time,
         posts.source, posts.posts_in_90_days, advice.open_count, advice.earliest_due_on,
         advice.advices
    FROM (SELECT account, observe_time, last_post_time, source, posts_in_90_days
            FROM account_activity
           WHERE account = ANY ($1::uuid[])) AS posts
    FULL JOIN (SELECT account, open_count, earliest_due_on, advices
                 FROM account_open_advice
                WHERE account = ANY ($1::uuid[])
                  AND open_count > 0) AS advice ON advice.account = posts.account
)sql"};

absl::StatusOr<std::map<std::string, Present>> LoadPresent(
    pg::Transaction& tx, const std::vector<std::string>& accounts) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLoadPresent, {accounts}));
  std::map<std::string, Present> found;
  for (int i = 0; i < rows.size(); ++i) {
    Present& present = found[rows[i].Text(0)];
    if (const auto observed = rows[i].Time(1)) {
      present.activity = ReadActivity(rows[i], *observed);
    }
    if (!rows[i].IsNull(5)) present.open_advice = ReadOpenAdvice(rows[i]);
  }
  return found;
}

}  // namespace daicho::registry::store
