// Which departments a form goes through. T 5-3, T 5-7.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/approval/domain/state.h"

namespace daicho::approval::domain {

// Somebody who acted, as their token named them then.
struct Person {
  std::string subject;       // "users/hirose", "services/approval".
  std::string display_name;  // Empty for services.

  friend bool operator==(const Person&, const Person&) = default;
};

// One step of a route. Agreed to if, and only if, it has a decider.
struct Step {
  StepKind kind = StepKind::kHead;
  std::string department;               // "departments/…"
  std::string department_display_name;  // As it was when the route was fixed.
  std::optional<Person> decider;
  std::optional<absl::Time> decide_time;  // Set together with `decider`.

  friend bool operator==(const Step&, const Step&) = default;
};

enum class DepartmentKind {
  kPrefecturalOffice,
  kEducationBoard,
  kCommissionedBody,
  kAffiliatedBody,
  kOutOfScope,
};

// What a route has to know of a department.
struct Department {
  std::string name;  // "departments/…"
  std::string display_name;
  DepartmentKind kind = DepartmentKind::kPrefecturalOffice;
  std::string via_department;  // "departments/…"; empty when its forms go via none.

  friend bool operator==(const Department&, const Department&) = default;
};

// Whether forms of `department` need a step in its via department: not when it has none, and not
// when it is the via department itself.
bool GoesVia(const Department& department);

// The steps a form of `own` takes: its head; the via department, when GoesVia(own); the PR office.
// A form of the PR office takes the same steps, the last one by another person (four eyes).
// `via` is the via department, set if GoesVia(own).
//
// FAILED_PRECONDITION: VIA_DEPARTMENT_MISSING (T 5-7: a commissioned body without one),
// DEPARTMENT_OUT_OF_SCOPE (a department that runs its accounts on its own).
absl::StatusOr<std::vector<Step>> DeriveRoute(const Department& own,
                                              const std::optional<Department>& via,
                                              const Department& pr_office);

// Index of the step that has to act next; -1 when all have agreed.
int FirstOpenStep(const std::vector<Step>& steps);

// Where a route has its form: kInRoute before the PR office, kUnderReview with it, kAgreed when
// every step has agreed.
State StateOf(const std::vector<Step>& steps);

}  // namespace daicho::approval::domain
