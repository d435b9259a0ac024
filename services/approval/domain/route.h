// Which departments a form goes through. T 5-3, T 5-7.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/state.h"

namespace daicho::approval::domain {

// Somebody who acted, as their token named them then.
struct Person {
  std::string subject;       // "users/hirose", "services/approval".
  std::string display_name;  // Empty for services.

  friend bool operator==(const Person&, const Person&) = default;
};

// 代決: somebody agreed in place of a head whose absence was recorded.
struct Deputy {
  Person absent;
  Person reviewer;     // Who reads it afterwards: `absent`, or who took over from them (異動).
  std::string reason;  // Why the deputy decided.
  std::optional<absl::Time> review_time;  // 後閲. Unset while `reviewer` has not.

  friend bool operator==(const Deputy&, const Deputy&) = default;
};

// A rule of the guideline, as a finding of it was cited.
struct RuleCited {
  std::string rule_id;  // "T-7-4"
  std::string clause;   // "T 7-4"

  friend bool operator==(const RuleCited&, const RuleCited&) = default;
};

// One step of a route. Agreed to if, and only if, it has a decider. A 回覧 has none and waits for
// none.
struct Step {
  StepKind kind = StepKind::kHead;
  std::string department;               // "departments/…"
  std::string department_display_name;  // As it was when the route was fixed.
  std::optional<Person> decider;
  std::optional<absl::Time> decide_time;  // Set together with `decider`.
  std::optional<Deputy> deputy;           // Set when `decider` acted for somebody absent.
  std::vector<RuleCited> asked_by;        // 合議: rules that asked for it, each once.
  // Who took over from the department since the step was decided; empty: nobody, and where nobody
  // has decided, `department` is whoever did.
  std::string heir;               // "departments/…"
  std::string heir_display_name;  // Set together with `heir`.

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

// A desk whose concurrence (合議) a rule asks for.
struct Desk {
  Department department;
  RuleCited asked_by;
};

// Who else a route leads to, besides its own departments.
struct Others {
  std::vector<Desk> concurrence;        // All at the same time; a desk once for each rule.
  std::vector<Department> circulation;  // 回覧; blocks nothing.
};

// The steps a form of `own` takes: its head; the via department, when GoesVia(own); concurrence in
// parallel; the PR office; circulation. A department has one step: one that is in the route anyhow
// is not asked to concur, nor sent a copy. A form of the PR office takes the same steps, the last
// one by another person (four eyes). `via` is the via department, set if GoesVia(own).
//
// FAILED_PRECONDITION: VIA_DEPARTMENT_MISSING (T 5-7: a commissioned body without one),
// DEPARTMENT_OUT_OF_SCOPE (a department that runs its accounts on its own).
absl::StatusOr<std::vector<Step>> DeriveRoute(const Department& own,
                                              const std::optional<Department>& via,
                                              const Department& pr_office,
                                              const Others& others = {});

// Steps that have to act now, in order: none when all have agreed; several when they concur in
// parallel.
std::vector<int> OpenSteps(const std::vector<Step>& steps);

// Whether a deputy decided and the head has not read it yet (後閲).
bool AwaitsReview(const Step& step);

// The department that stands for the step today: its own, or whoever took over from it.
const std::string& StandsFor(const Step& step);

// Takes back what was agreed at `step` and at every step that comes after it, to be decided by the
// departments that stand for them today. What concurred in parallel with it stays agreed.
void ReopenFrom(std::vector<Step>& steps, int step);

// Where a route has its form: kInRoute before the PR office, kUnderReview with it, kAgreed when
// every step has agreed.
State StateOf(const std::vector<Step>& steps);

}  // namespace daicho::approval::domain
