#include "services/approval/domain/absence.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

Event EventOf(absl::string_view type, const Absence& absence, std::vector<FieldChange> changes) {
  return {.type = std::string(type),
          .resource = NameOf(absence),
          .department = absence.department,
          .reason = absence.reason,
          .changes = std::move(changes)};
}

}  // namespace

std::string NameOf(const Absence& absence) { return absl::StrCat("absences/", absence.id); }

bool IsInForce(const Absence& absence, absl::Time now) {
  const absl::CivilDay today = TokyoDay(now);
  return !absence.end_time && absence.from_on <= today && today <= absence.until_on;
}

absl::StatusOr<AbsenceChange> RecordAbsence(Absence absence, absl::Time now) {
  std::vector<Violation> violations;
  if (absence.until_on < absence.from_on) {
    violations.push_back({"until_on", "ENDS_BEFORE_IT_BEGINS",
                          "The last day is before the first; correct either.",
                          "最終日が初日より前です。どちらかを直してください。"});
  } else if (absence.until_on < TokyoDay(now)) {
    violations.push_back({"until_on", "ALREADY_OVER",
                          "The last day has passed; an absence is recorded while it lasts.",
                          "最終日が過ぎています。不在は期間中に記録してください。"});
  } else if (absence.until_on - absence.from_on >= kMostDaysAbsent) {
    violations.push_back({"until_on", "TOO_LONG",
                          absl::StrCat("Record at most ", kMostDaysAbsent, " days at once."),
                          absl::StrCat("一度に記録できるのは", kMostDaysAbsent, "日までです。")});
  }
  if (!violations.empty()) return RefuseFields(violations);
  Event event = EventOf("absence.recorded", absence,
                        {{"person", "", absence.person.subject},
                         {"from_on", "", FormatDay(absence.from_on)},
                         {"until_on", "", FormatDay(absence.until_on)}});
  return AbsenceChange{std::move(absence), std::move(event)};
}

absl::StatusOr<AbsenceChange> EndAbsence(const Absence& absence, absl::Time now) {
  if (absence.end_time || absence.until_on < TokyoDay(now)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ABSENCE_OVER",
                  {"This absence is over already.", "この不在はすでに終了しています。"},
                  {{"absence", NameOf(absence)}});
  }
  Absence after = absence;
  after.end_time = now;
  Event event = EventOf("absence.ended", after, {{"end_time", "", absl::FormatTime(now)}});
  return AbsenceChange{std::move(after), std::move(event)};
}

absl::StatusOr<Absence> AbsenceFor(const std::vector<Absence>& absences,
                                   absl::string_view department, absl::string_view actor,
                                   absl::Time now) {
  const Absence* found = nullptr;
  bool by_deputy = false;  // Four eyes: nobody makes a deputy of themselves. U 3.
  for (const Absence& absence : absences) {
    if (absence.department != department || !IsInForce(absence, now)) continue;
    if (absence.person.subject == actor) {
      return Refuse(
          absl::StatusCode::kPermissionDenied, "ABSENT_YOURSELF",
          {"Your own absence is recorded; end it, then decide in your own name.",
           "ご自身の不在が記録されています。不在を終了してから、本人として決裁してください。"},
          {{"absence", NameOf(absence)}});
    }
    if (absence.recorder.subject == actor) {
      by_deputy = true;
    } else if (found == nullptr || absence.record_time < found->record_time) {
      found = &absence;
    }
  }
  if (found != nullptr) return *found;
  if (by_deputy) {
    return Refuse(
        absl::StatusCode::kPermissionDenied, "ABSENCE_RECORDED_BY_DEPUTY",
        {"You recorded this absence yourself; ask somebody else of the department, or the "
         "administrator, to record it, then decide as deputy.",
         "この不在はご自身が記録したものです。所属のほかの人かシステム管理者に不在の"
         "記録を依頼してから、代決してください。"},
        {{"department", department}});
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "NO_ABSENCE_RECORDED",
                {"A deputy decides only while an absence is recorded for the department; record "
                 "it first, or decide in your own name.",
                 "代決できるのは、所属の決裁権者の不在が記録されている間だけです。"
                 "先に不在を記録するか、本人として決裁してください。"},
                {{"department", department}});
}

}  // namespace daicho::approval::domain
