// Absence of a decision maker, while which a deputy may decide (代決). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/route.h"

namespace daicho::approval::domain {

// The longest absence that is recorded at once, in days; a longer one is recorded again.
inline constexpr int kMostDaysAbsent = 366;

struct Absence {
  std::string id;           // UUID in lower case.
  std::string department;   // "departments/…" for which the person decides.
  Person person;            // Who is absent.
  std::string reason;       // "出張"
  absl::CivilDay from_on;   // First day.
  absl::CivilDay until_on;  // Last day.
  Person recorder;
  absl::Time record_time;
  std::optional<absl::Time> end_time;  // Ended before its last day.

  friend bool operator==(const Absence&, const Absence&) = default;
};

// "absences/…"
std::string NameOf(const Absence& absence);

// Whether the person is absent at `now`, in Tokyo.
bool IsInForce(const Absence& absence, absl::Time now);

// What is to be stored, and what to announce.
struct AbsenceChange {
  Absence after;
  Event event;
};

// INVALID_ARGUMENT (INVALID_FIELD): `until_on` before `from_on` or today (ENDS_BEFORE_IT_BEGINS,
// ALREADY_OVER), or more than kMostDaysAbsent days (TOO_LONG). A day before today may begin one:
// it is recorded late, and lets nobody decide in the past.
absl::StatusOr<AbsenceChange> RecordAbsence(Absence absence, absl::Time now);

// FAILED_PRECONDITION (ABSENCE_OVER) when it has ended.
absl::StatusOr<AbsenceChange> EndAbsence(const Absence& absence, absl::Time now);

// Whose absence of `department` lets `actor` act as a deputy at `now`: FAILED_PRECONDITION
// (NO_ABSENCE_RECORDED) when nobody's; PERMISSION_DENIED (ABSENT_YOURSELF) when the actor is among
// the absent, (ABSENCE_RECORDED_BY_DEPUTY) when nobody but the actor recorded one. Of several, the
// one who was recorded first.
absl::StatusOr<Absence> AbsenceFor(const std::vector<Absence>& absences,
                                   absl::string_view department, absl::string_view actor,
                                   absl::Time now);

}  // namespace daicho::approval::domain
