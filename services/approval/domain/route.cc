#include "services/approval/domain/route.h"

#include <cstddef>

#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

Step StepOf(StepKind kind, const Department& department) {
  return {.kind = kind,
          .department = department.name,
          .department_display_name = department.display_name};
}

}  // namespace

bool GoesVia(const Department& department) {
  return !department.via_department.empty() && department.via_department != department.name;
}

// T 5-3: a department consults the PR office by its head; a section of the education board does so
// via the board's policy section. T 5-7: a commissioned body does so via the commissioning section.
absl::StatusOr<std::vector<Step>> DeriveRoute(const Department& own,
                                              const std::optional<Department>& via,
                                              const Department& pr_office) {
  if (own.kind == DepartmentKind::kOutOfScope) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "DEPARTMENT_OUT_OF_SCOPE",
                  {"This department runs its accounts on its own; its forms take no route here.",
                   "この所属は独自にアカウントを運用しており、協議の対象ではありません。"},
                  {{"department", own.name}});
  }
  if (own.kind == DepartmentKind::kCommissionedBody && !GoesVia(own)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "VIA_DEPARTMENT_MISSING",
                  {"A commissioned body submits via the section that commissions it (T 5-7); ask "
                   "the administrator to enter that section as its via department.",
                   "受託団体は担当課を経由して協議します(T 5-7)。経由する所属の登録を"
                   "システム管理者に依頼してください。"},
                  {{"department", own.name}});
  }
  std::vector<Step> steps = {StepOf(StepKind::kHead, own)};
  if (GoesVia(own) && via) steps.push_back(StepOf(StepKind::kVia, *via));
  steps.push_back(StepOf(StepKind::kPrOffice, pr_office));
  return steps;
}

int FirstOpenStep(const std::vector<Step>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].decider) return static_cast<int>(i);
  }
  return -1;
}

State StateOf(const std::vector<Step>& steps) {
  const int open = FirstOpenStep(steps);
  if (open < 0) return State::kAgreed;
  return steps[static_cast<std::size_t>(open)].kind == StepKind::kPrOffice ? State::kUnderReview
                                                                           : State::kInRoute;
}

}  // namespace daicho::approval::domain
