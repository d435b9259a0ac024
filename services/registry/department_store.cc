#include "services/registry/department_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::store {
namespace {

// What changes from version to version: ReadDepartment() reads it after `code`.
#define VERSION_COLUMNS                                                                 \
  "revision, display_name, kana, kind, parent_code, via_code, page_url, contact_desk, " \
  "local_government_code, valid_from, valid_until, successor_codes, update_time"

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
     AND ($4::date IS NULL
          OR (COALESCE(valid_from <= $4, true) AND COALESCE($4 <= valid_until, true)))
   ORDER BY code
   LIMIT $5
)sql"};

const pg::Statement kCountDepartments{"registry_count_departments", R"sql(
  SELECT count(*)
    FROM departments
   WHERE ($1 = '' OR parent_code = $1)
     AND ($2 = '' OR position($2 IN display_name) > 0)
     AND ($3::date IS NULL
          OR (COALESCE(valid_from <= $3, true) AND COALESCE($3 <= valid_until, true)))
)sql"};

const pg::Statement kListDepartmentRevisions{"registry_list_department_revisions", R"sql(
  SELECT code, )sql" VERSION_COLUMNS R"sql(, effective_on, actor, act, reason
    FROM department_revisions
   WHERE code = $1
     AND revision < $2
   ORDER BY revision DESC
   LIMIT $3
)sql"};

const pg::Statement kSelectDepartmentOn{"registry_select_department_on", R"sql(
  SELECT code, )sql" VERSION_COLUMNS R"sql(
    FROM department_revisions
   WHERE code = $1
     AND (effective_on <= $2 OR revision = 1)
   ORDER BY revision DESC
   LIMIT 1
)sql"};

const pg::Statement kLastImported{"registry_last_imported_departments", R"sql(
  SELECT DISTINCT ON (code) code, )sql" VERSION_COLUMNS R"sql(
    FROM department_revisions AS imported
   WHERE act = 'department.imported'
     AND EXISTS (SELECT
                   FROM department_revisions AS later
                  WHERE later.code = imported.code
                    AND later.act <> 'department.imported')
   ORDER BY code, revision DESC
)sql"};

// '' stands for NULL in the arrays; successors are joined by commas. All rows take one step of the
// sequence each.
const pg::Statement kSaveDepartments{"registry_save_departments", R"sql(
  WITH sequence AS (
    UPDATE ledger_sequence SET value = value + cardinality($1::text[]) RETURNING value
  ), saved AS (
    INSERT INTO departments (code, )sql" VERSION_COLUMNS R"sql(, change_sequence)
    SELECT given.code, given.revision::bigint, given.display_name, NULLIF(given.kana, ''),
           given.kind, NULLIF(given.parent_code, ''), NULLIF(given.via_code, ''),
           NULLIF(given.page_url, ''), NULLIF(given.contact_desk, ''),
           NULLIF(given.local_government_code, ''), NULLIF(given.valid_from, '')::date,
           NULLIF(given.valid_until, '')::date, string_to_array(given.successors, ','), $14,
           sequence.value - cardinality($1::text[]) + given.place
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                  $13::text[])
           WITH ORDINALITY
             AS given (code, revision, display_name, kana, kind, parent_code, via_code, page_url,
                       contact_desk, local_government_code, valid_from, valid_until, successors,
                       place)
     CROSS JOIN sequence
    ON CONFLICT (code) DO UPDATE
       SET ()sql" VERSION_COLUMNS R"sql(, change_sequence)
           = ROW (EXCLUDED.revision, EXCLUDED.display_name, EXCLUDED.kana, EXCLUDED.kind,
                  EXCLUDED.parent_code, EXCLUDED.via_code, EXCLUDED.page_url,
                  EXCLUDED.contact_desk, EXCLUDED.local_government_code, EXCLUDED.valid_from,
                  EXCLUDED.valid_until, EXCLUDED.successor_codes, EXCLUDED.update_time,
                  EXCLUDED.change_sequence)
     WHERE departments.revision = EXCLUDED.revision - 1
    RETURNING code, )sql" VERSION_COLUMNS R"sql(, change_sequence
  )
  INSERT INTO department_revisions (code, )sql" VERSION_COLUMNS R"sql(, change_sequence, actor,
                                    act, effective_on, reason)
  SELECT code, )sql" VERSION_COLUMNS R"sql(, change_sequence, $15, $16, $17, NULLIF($18, '')
    FROM saved
)sql"};

// "{0101,0102}": codes hold nothing that PostgreSQL would quote.
std::vector<std::string> ReadCodes(absl::string_view array) {
  array = absl::StripSuffix(absl::StripPrefix(array, "{"), "}");
  return absl::StrSplit(array, ',', absl::SkipEmpty());
}

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
                            .successors = ReadCodes(row.Text(12)),
                            .update_time = row.Time(13).value_or(absl::InfinitePast())};
}
constexpr int kDepartmentVersionEnd = 14;  // First column after them.

absl::StatusOr<domain::DepartmentsByCode> ByCode(const pg::Result& rows) {
  domain::DepartmentsByCode departments;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(domain::Department department, ReadDepartment(rows[i]));
    std::string code = department.code;
    departments.emplace(std::move(code), std::move(department));
  }
  return departments;
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
  return ByCode(rows);
}

absl::StatusOr<std::vector<domain::Department>> ListDepartments(
    pg::Transaction& tx, const domain::DepartmentFilter& filter, const std::string& after,
    int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListDepartments, {after, filter.parent, filter.display_name_contains,
                                                 filter.exists_on, limit}));
  std::vector<domain::Department> departments;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(departments.emplace_back(), ReadDepartment(rows[i]));
  }
  return departments;
}

absl::StatusOr<int> CountDepartments(pg::Transaction& tx, const domain::DepartmentFilter& filter) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kCountDepartments,
                              {filter.parent, filter.display_name_contains, filter.exists_on}));
  return static_cast<int>(rows[0].Int64(0));
}

absl::StatusOr<std::vector<domain::DepartmentRevision>> ListDepartmentRevisions(
    pg::Transaction& tx, absl::string_view code, std::int64_t before, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListDepartmentRevisions, {code, before, limit}));
  std::vector<domain::DepartmentRevision> revisions;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(domain::Department department, ReadDepartment(rows[i]));
    revisions.push_back(
        {.department = std::move(department),
         .effective_on = rows[i].Day(kDepartmentVersionEnd).value_or(absl::CivilDay()),
         .actor = rows[i].Text(kDepartmentVersionEnd + 1),
         .act = rows[i].Text(kDepartmentVersionEnd + 2),
         .reason = rows[i].Text(kDepartmentVersionEnd + 3)});
  }
  return revisions;
}

absl::StatusOr<std::optional<domain::Department>> FindDepartmentOn(pg::Transaction& tx,
                                                                   absl::string_view code,
                                                                   absl::CivilDay day) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectDepartmentOn, {code, day}));
  if (rows.size() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Department department, ReadDepartment(rows[0]));
  return std::optional<domain::Department>(std::move(department));
}

absl::StatusOr<domain::DepartmentsByCode> LastImported(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLastImported, {}));
  return ByCode(rows);
}

absl::Status SaveDepartments(pg::Transaction& tx,
                             const std::vector<domain::Department>& departments,
                             const DepartmentAct& act) {
  if (departments.empty()) return absl::OkStatus();
  std::vector<std::string> codes, revisions, names, kana, kinds, parents, vias, pages, desks,
      local_codes, from, until, successors;
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
    successors.push_back(absl::StrJoin(department.successors, ","));
  }
  ASSIGN_OR_RETURN(
      const pg::Result done,
      tx.Execute(kSaveDepartments,
                 {codes, revisions, names, kana, kinds, parents, vias, pages, desks, local_codes,
                  from, until, successors, departments.front().update_time, act.actor, act.act,
                  act.effective_on, act.reason}));
  if (done.rows_affected() == static_cast<std::int64_t>(departments.size())) {
    return absl::OkStatus();
  }
  return EtagMismatch();
}

}  // namespace daicho::registry::store

#undef VERSION_COLUMNS
