#include "services/registry/reorganization_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/fields_store.h"

namespace daicho::registry::store {
namespace {

#define COLUMNS \
  "id, revision, state, effective_on, reason, steps, outcome, actor, create_time, settle_time"

const pg::Statement kSelectReorganization{"registry_select_reorganization", R"sql(
  SELECT )sql" COLUMNS R"sql(
    FROM reorganizations
   WHERE id = $1
)sql"};

const pg::Statement kSelectDue{"registry_select_due_reorganization", R"sql(
  SELECT )sql" COLUMNS R"sql(
    FROM reorganizations
   WHERE state = 'SCHEDULED'
     AND effective_on <= $1
   ORDER BY effective_on, id
   LIMIT 1
)sql"};

const pg::Statement kSaveReorganization{"registry_save_reorganization", R"sql(
  INSERT INTO reorganizations ()sql" COLUMNS R"sql()
  VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7, $8, $9, $10)
  ON CONFLICT (id) DO UPDATE
     SET revision = EXCLUDED.revision, state = EXCLUDED.state, reason = EXCLUDED.reason,
         outcome = EXCLUDED.outcome, settle_time = EXCLUDED.settle_time
   WHERE reorganizations.revision = EXCLUDED.revision - 1
)sql"};

const pg::Statement kListReorganizations{"registry_list_reorganizations", R"sql(
  SELECT )sql" COLUMNS R"sql(
    FROM reorganizations
   WHERE (cardinality($1::text[]) = 0 OR state = ANY ($1::text[]))
     AND ($2 = '' OR id < NULLIF($2, '')::uuid)
   ORDER BY id DESC
   LIMIT $3
)sql"};

#undef COLUMNS

absl::StatusOr<domain::Reorganization> Read(const pg::Row& row) {
  const auto state = domain::ParseReorganizationState(row.Text(2));
  const auto effective_on = row.Day(3);
  if (!state || !effective_on) return absl::InternalError("reorganizations holds an unknown state");
  domain::Reorganization found{.id = row.Text(0),
                               .revision = row.Int64(1),
                               .state = *state,
                               .effective_on = *effective_on,
                               .reason = row.Text(4),
                               .actor = row.Text(7),
                               .create_time = row.Time(8).value_or(absl::InfinitePast()),
                               .settle_time = row.Time(9)};
  ASSIGN_OR_RETURN(found.steps, FieldsFromJson(row.Text(5)));
  ASSIGN_OR_RETURN(found.outcome, FieldsFromJson(row.Text(6)));
  return found;
}

}  // namespace

absl::StatusOr<domain::Reorganization> GetReorganization(pg::Transaction& tx,
                                                         absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectReorganization, {id}));
  if (rows.size() == 1) return Read(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "REORGANIZATION_NOT_FOUND",
                {"There is no such reorganisation; look it up in the list.",
                 "その組織改編は登録されていません。一覧で確認してください。"},
                {{"reorganization", absl::StrCat("reorganizations/", id)}});
}

absl::StatusOr<std::optional<domain::Reorganization>> FindDue(pg::Transaction& tx,
                                                              absl::CivilDay today) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectDue, {today}));
  if (rows.size() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Reorganization found, Read(rows[0]));
  return std::optional<domain::Reorganization>(std::move(found));
}

void SaveReorganization(pg::Transaction& tx, const domain::Reorganization& reorganization) {
  tx.QueueOne(kSaveReorganization,
              {reorganization.id, reorganization.revision, domain::ToText(reorganization.state),
               reorganization.effective_on, reorganization.reason, ToJson(reorganization.steps),
               ToJson(reorganization.outcome), reorganization.actor, reorganization.create_time,
               reorganization.settle_time},
              EtagMismatch());
}

absl::StatusOr<std::vector<domain::Reorganization>> ListReorganizations(
    pg::Transaction& tx, const std::vector<domain::ReorganizationState>& states,
    const std::string& before, int limit) {
  std::vector<std::string> names;
  for (const auto state : states) names.emplace_back(domain::ToText(state));
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListReorganizations, {names, before, limit}));
  std::vector<domain::Reorganization> found;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(found.emplace_back(), Read(rows[i]));
  }
  return found;
}

}  // namespace daicho::registry::store
