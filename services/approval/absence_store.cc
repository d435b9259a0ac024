#include "services/approval/absence_store.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval::store {
namespace {

const pg::Statement kInsertAbsence{"approval_insert_absence", R"sql(
  INSERT INTO absences (id, department, person, person_name, reason, from_on, until_on, recorder,
                        recorder_name, record_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

const pg::Statement kSelectAbsence{"approval_select_absence", R"sql(
  SELECT id, department, person, person_name, reason, from_on, until_on, recorder, recorder_name,
         record_time, end_time
    FROM absences
   WHERE id = $1
     FOR UPDATE
)sql"};

const pg::Statement kEndAbsence{"approval_end_absence", R"sql(
  UPDATE absences
     SET end_time = $2
   WHERE id = $1
)sql"};

const pg::Statement kAbsencesInForce{"approval_absences_in_force", R"sql(
  SELECT id, department, person, person_name, reason, from_on, until_on, recorder, recorder_name,
         record_time, end_time
    FROM absences
   WHERE department = ANY($1::text[])
     AND until_on >= $2
     AND from_on <= $2
     AND end_time IS NULL
   ORDER BY id
     FOR SHARE
)sql"};

const pg::Statement kAbsencesNotOver{"approval_absences_not_over", R"sql(
  SELECT id, department, person, person_name, reason, from_on, until_on, recorder, recorder_name,
         record_time, end_time
    FROM absences
   WHERE (person, department) IN (SELECT one.person, one.department
                                    FROM unnest($1::text[], $2::text[])
                                      AS one (person, department))
     AND until_on >= $3
     AND end_time IS NULL
   ORDER BY id
     FOR UPDATE
)sql"};

const pg::Statement kListAbsences{"approval_list_absences", R"sql(
  SELECT id, department, person, person_name, reason, from_on, until_on, recorder, recorder_name,
         record_time, end_time
    FROM absences
   WHERE ($1::text IS NULL OR department = $1)
     AND ($2::date IS NULL OR (until_on >= $2 AND end_time IS NULL))
     AND ($3::uuid IS NULL OR id < $3)
   ORDER BY id DESC
   LIMIT $4
)sql"};

domain::Absence AbsenceOf(const pg::Row& row) {
  return {.id = row.Text(0),
          .department = row.Text(1),
          .person = {row.Text(2), row.Text(3)},
          .reason = row.Text(4),
          .from_on = row.Day(5).value_or(absl::CivilDay()),
          .until_on = row.Day(6).value_or(absl::CivilDay()),
          .recorder = {row.Text(7), row.Text(8)},
          .record_time = row.Time(9).value_or(absl::UnixEpoch()),
          .end_time = row.Time(10)};
}

std::vector<domain::Absence> AbsencesOf(const pg::Result& rows) {
  std::vector<domain::Absence> absences;
  for (int i = 0; i < rows.size(); ++i) absences.push_back(AbsenceOf(rows[i]));
  return absences;
}

}  // namespace

void InsertAbsence(pg::Transaction& tx, const domain::Absence& absence) {
  tx.Queue(kInsertAbsence,
           {absence.id, absence.department, absence.person.subject, absence.person.display_name,
            absence.reason, absence.from_on, absence.until_on, absence.recorder.subject,
            absence.recorder.display_name, absence.record_time});
}

absl::StatusOr<domain::Absence> GetAbsence(pg::Transaction& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAbsence, {id}));
  if (rows.size() > 0) return AbsenceOf(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "ABSENCE_NOT_FOUND",
                {"There is no such absence; look it up in the list.",
                 "この不在の記録はありません。一覧で確認してください。"},
                {{"absence", absl::StrCat("absences/", id)}});
}

void SaveAbsenceEnd(pg::Transaction& tx, const domain::Absence& absence) {
  tx.Queue(kEndAbsence, {absence.id, absence.end_time});
}

absl::StatusOr<std::vector<domain::Absence>> AbsencesInForce(
    pg::Transaction& tx, const std::vector<std::string>& departments, absl::CivilDay today) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kAbsencesInForce, {departments, today}));
  return AbsencesOf(rows);
}

absl::StatusOr<std::vector<domain::Absence>> AbsencesNotOver(
    pg::Transaction& tx, const std::vector<std::string>& people,
    const std::vector<std::string>& departments, absl::CivilDay today) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kAbsencesNotOver, {people, departments, today}));
  return AbsencesOf(rows);
}

absl::StatusOr<std::vector<domain::Absence>> ListAbsences(pg::Transaction& tx,
                                                          const AbsenceQuery& query) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kListAbsences, {query.department, query.not_over_on, query.before,
                                              query.limit + 1}));
  return AbsencesOf(rows);
}

}  // namespace daicho::approval::store
