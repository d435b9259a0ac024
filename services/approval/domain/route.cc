#include "services/approval/domain/route.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

Step StepOf(StepKind kind, const Department& department) {
  return {.kind = kind,
          .department = department.name,
          .department_display_name = department.display_name};
}

Step* FindStep(const std::string& department, std::vector<Step>& steps) {
  const auto found = std::find_if(steps.begin(), steps.end(),
                                  [&](const Step& step) { return step.department == department; });
  return found == steps.end() ? nullptr : &*found;
}

// A step for each desk, with all rules that ask for it.
void AddConcurrence(const std::vector<Desk>& desks, std::vector<Step>& steps) {
  for (const Desk& desk : desks) {
    Step* step = FindStep(desk.department.name, steps);
    if (step == nullptr) {
      step = &steps.emplace_back(StepOf(StepKind::kConcurrence, desk.department));
    }
    std::vector<RuleCited>& rules = step->asked_by;
    const bool known = std::find(rules.begin(), rules.end(), desk.asked_by) != rules.end();
    if (step->kind == StepKind::kConcurrence && !known) rules.push_back(desk.asked_by);
  }
}

// Which steps act together: steps of one group may act in any order.
std::vector<int> GroupsOf(const std::vector<Step>& steps) {
  std::vector<int> groups;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool together = i > 0 && steps[i].kind == StepKind::kConcurrence &&
                          steps[i - 1].kind == StepKind::kConcurrence;
    groups.push_back(i == 0 ? 0 : groups.back() + (together ? 0 : 1));
  }
  return groups;
}

}  // namespace

bool GoesVia(const Department& department) {
  return !department.via_department.empty() && department.via_department != department.name;
}

// T 5-3: a department consults the PR office by its head; a section of the education board does so
// via the board's policy section. T 5-7: a commissioned body does so via the commissioning section.
absl::StatusOr<std::vector<Step>> DeriveRoute(const Department& own,
                                              const std::optional<Department>& via,
                                              const Department& pr_office, const Others& others) {
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
  // The PR office has its step in any case; it does not concur besides.
  std::vector<Desk> desks;
  for (const Desk& desk : others.concurrence) {
    if (desk.department.name != pr_office.name) desks.push_back(desk);
  }
  AddConcurrence(desks, steps);
  steps.push_back(StepOf(StepKind::kPrOffice, pr_office));
  for (const Department& department : others.circulation) {
    if (FindStep(department.name, steps) != nullptr) continue;
    steps.push_back(StepOf(StepKind::kCirculation, department));
  }
  return steps;
}

std::vector<int> OpenSteps(const std::vector<Step>& steps) {
  const std::vector<int> groups = GroupsOf(steps);
  std::vector<int> open;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].decider || steps[i].kind == StepKind::kCirculation) continue;
    if (!open.empty() && groups[i] != groups[static_cast<std::size_t>(open.front())]) break;
    open.push_back(static_cast<int>(i));
  }
  return open;
}

bool AwaitsReview(const Step& step) { return step.deputy && !step.deputy->review_time; }

const std::string& StandsFor(const Step& step) {
  return step.heir.empty() ? step.department : step.heir;
}

void ReopenFrom(std::vector<Step>& steps, int step) {
  const std::vector<int> groups = GroupsOf(steps);
  const int group = groups[static_cast<std::size_t>(step)];
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (static_cast<int>(i) != step && groups[i] <= group) continue;
    steps[i].decider.reset();
    steps[i].decide_time.reset();
    steps[i].deputy.reset();
    if (steps[i].heir.empty()) continue;
    steps[i].department = std::exchange(steps[i].heir, "");
    steps[i].department_display_name = std::exchange(steps[i].heir_display_name, "");
  }
}

State StateOf(const std::vector<Step>& steps) {
  const std::vector<int> open = OpenSteps(steps);
  if (open.empty()) return State::kAgreed;
  return steps[static_cast<std::size_t>(open.front())].kind == StepKind::kPrOffice
             ? State::kUnderReview
             : State::kInRoute;
}

}  // namespace daicho::approval::domain
