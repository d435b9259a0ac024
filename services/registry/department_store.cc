#include "services/registry/department_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// What changes from version to version: ReadDepartment() reads it after `code`.
#define VERSION_COLUMNS                                                                 \
  "revision, display_name, kana, kind, parent_code, via_code, page_url, contact_desk, " \
  "local_government_code, valid_from, valid_until, update_time"

const pg::Statement kSelectDepartment{"registry_select_department", R"sql(
  SELECT code, )sql" VERSION_COLUMNS R"sql(
    FROM departments
   WHERE code = $1
)sql"};

const pg::Statement kAllDepartments{"registry_all_departments", R"sql(
  SELECT code, )sql" VERSION_COLUMNS R"sql(
    FROM departments
)sql"};

const pg::Statement kListDepartments{"registry_list_departments", R"sql(
  SELECT code, )sql" VERSION_COLUMNS R"sql(
    FROM departments
   WHERE code > $1
     AND ($2 = '' OR parent_code = $2)
     AND ($3 = '' OR position($3 IN display_name) > 0)
   ORDER BY code
   LIMIT $4
)sql"};

const pg::Statement kCountDepartments{"registry_count_departments", R"sql(
  SELECT count(*)
    FROM departments
   WHERE ($1 = '' OR parent_code = $1)
     AND ($2 = '' OR position($2 IN display_name) > 0)
)sql"};

// '' stands for NULL in the arrays. All rows take one step of the sequence each.
const pg::Statement kSaveDepartments{"registry_save_departments", R"sql(
  WITH sequence AS (
    UPDATE ledger_sequence SET value = value + cardinality($1::text[]) RETURNING value
  ), saved AS (
    INSERT INTO departments (code, )sql" VERSION_COLUMNS R"sql(, change_sequence)
    SELECT given.code, given.revision::bigint, given.display_name, NULLIF(given.kana, ''),
           given.kind, NULLIF(given.parent_code, ''), NULLIF(given.via_code, ''),
           NULLIF(given.page_url, ''), NULLIF(given.contact_desk, ''),
           NULLIF(given.local_government_code, ''), NULLIF(given.valid_from, '')::date,
           NULLIF(given.valid_until, '')::date, $13,
           sequence.value - cardinality($1::text[]) + given.place
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
           WITH ORDINALITY
             AS given (code, revision, display_name, kana, kind, parent_code, via_code, page_url,
                       contact_desk, local_government_code, valid_from, valid_until, place)
     CROSS JOIN sequence
    ON CONFLICT (code) DO UPDATE
       SET ()sql" VERSION_COLUMNS R"sql(, change_sequence)
           = ROW (EXCLUDED.revision, EXCLUDED.display_name, EXCLUDED.kana, EXCLUDED.kind,
                  EXCLUDED.parent_code, EXCLUDED.via_code, EXCLUDED.page_url,
                  EXCLUDED.contact_desk, EXCLUDED.local_government_code, EXCLUDED.valid_from,
                  EXCLUDED.valid_until, EXCLUDED.update_time, EXCLUDED.change_sequence)
     WHERE departments.revision = EXCLUDED.revision - 1
    RETURNING code, )sql" VERSION_COLUMNS R"sql(, change_sequence
  )
  INSERT INTO department_revisions (code, )sql" VERSION_COLUMNS R"sql(, change_sequence, actor,
                                    act)
  SELECT code, )sql" VERSION_COLUMNS R"sql(, change_sequence, $14, $15
    FROM saved
)sql"};

absl::StatusOr<domain::Department> ReadDepartment(const pg::Row& row) {
  const auto kind = domain::ParseDepartmentKind(row.Text(4));
  if (!kind) return absl::InternalError("departments holds an unknown kind");
  return domain::Department{.code = row.Text(0),
                            .revision = row.Int64(1),
                            .display_name = row.Text(2),
                            .kana = row.Text(3),
                            .kind = *kind,
                            .parent = row.Text(5),
                            .via = row.Text(6),
                            .page_url = row.Text(7),
                            .contact_desk = row.Text(8),
                            .local_government_code = row.Text(9),
                            .valid_from = row.Day(10),
                            .valid_until = row.Day(11),
                            .update_time = row.Time(12).value_or(absl::InfinitePast())};
}

std::string DayText(std::optional<absl::CivilDay> day) { return day ? FormatDay(*day) : ""; }

}  // namespace

absl::StatusOr<domain::Department> GetDepartment(pg::Transaction& tx, absl::string_view code) {
  ASSIGN_OR_RETURN(std::optional<domain::Department> department, FindDepartment(tx, code));
  if (department) return *std::move(department);
  return Refuse(absl::StatusCode::kNotFound, "DEPARTMENT_NOT_FOUND",
                {"The directory has no such department; look it up in the list.",
                 "その所属は登録されていません。一覧で確認してください。"},
                {{"department", absl::StrCat("departments/", code)}});
}

absl::StatusOr<std::optional<domain::Department>> FindDepartment(pg::Transaction& tx,
                                                                 absl::string_view code) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectDepartment, {code}));
  if (rows.size() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Department department, ReadDepartment(rows[0]));
  return std::optional<domain::Department>(std::move(department));
}

absl::StatusOr<domain::DepartmentsByCode> AllDepartments(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kAllDepartments, {}));
  domain::DepartmentsByCode departments;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(domain::Department department, ReadDepartment(rows[i]));
    std::string code = department.code;
    departments.emplace(std::move(code), std::move(department));
  }
  return departments;
}

absl::StatusOr<std::vector<domain::Department>> ListDepartments(
    pg::Transaction& tx, const domain::DepartmentFilter& filter, const std::string& after,
    int limit) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListDepartments, {after, filter.parent, filter.display_name_contains, limit}));
  std::vector<domain::Department> departments;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(departments.emplace_back(), ReadDepartment(rows[i]));
  }
  return departments;
}

absl::StatusOr<int> CountDepartments(pg::Transaction& tx, const domain::DepartmentFilter& filter) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kCountDepartments, {filter.parent, filter.display_name_contains}));
  return static_cast<int>(rows[0].Int64(0));
}

absl::Status SaveDepartments(pg::Transaction& tx,
                             const std::vector<domain::Department>& departments,
                             const std::string& actor, const std::string& act) {
  if (departments.empty()) return absl::OkStatus();
  std::vector<std::string> codes, revisions, names, kana, kinds, parents, vias, pages, desks,
      local_codes, from, until;
  for (const domain::Department& department : departments) {
    codes.push_back(department.code);
    revisions.push_back(absl::StrCat(department.revision));
    names.push_back(department.display_name);
    kana.push_back(department.kana);
    kinds.push_back(std::string(domain::ToText(department.kind)));
    parents.push_back(department.parent);
    vias.push_back(department.via);
    pages.push_back(department.page_url);
    desks.push_back(department.contact_desk);
    local_codes.push_back(department.local_government_code);
    from.push_back(DayText(department.valid_from));
    until.push_back(DayText(department.valid_until));
  }
  ASSIGN_OR_RETURN(const pg::Result done,
                   tx.Execute(kSaveDepartments, {codes, revisions, names, kana, kinds, parents,
                                                 vias, pages, desks, local_codes, from, until,
                                                 departments.front().update_time, actor, act}));
  if (done.rows_affected() == static_cast<std::int64_t>(departments.size())) {
    return absl::OkStatus();
  }
  return EtagMismatch();
}

}  // namespace daicho::registry::store
