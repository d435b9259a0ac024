#include "services/approval/domain/reroute.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/approval/domain/act.h"

namespace daicho::approval::domain {
namespace {

// Who takes over from `department`; the entry about `account` counts before that about all. Null
// when nobody does.
const Succession* FindFor(const std::vector<Succession>& successions, const std::string& department,
                          const std::string& account) {
  const Succession* found = nullptr;
  for (const Succession& one : successions) {
    if (one.department != department) continue;
    if (!one.account.empty() && one.account == account) return &one;
    if (one.account.empty()) found = &one;
  }
  return found;
}

// What the form's own steps follow: its head's step goes where the form goes.
const std::string& AccountAt(const Form& form, const Step& step) {
  static const std::string* const none = new std::string();
  return step.kind == StepKind::kHead ? form.draft.account : *none;
}

}  // namespace

std::optional<Change> Reroute(const Form& form, const std::vector<Succession>& successions,
                              const std::string& reorganization, const Actor& actor,
                              absl::Time now) {
  if (!IsOpen(form.state)) return std::nullopt;
  Form after = form;
  internal::Notes notes;
  if (const Succession* own = FindFor(successions, form.department, form.draft.account);
      own != nullptr && own->successor != form.department) {
    after.department = own->successor;
    notes.Add("department", form.department, own->successor);
  }
  for (std::size_t i = 0; i < after.steps.size(); ++i) {
    Step& step = after.steps[i];
    if (step.decider) continue;
    const Succession* next = FindFor(successions, step.department, AccountAt(form, step));
    if (next == nullptr) continue;
    const Step before = step;
    step.department = next->successor;
    step.department_display_name = next->successor_display_name;
    if (step == before) continue;
    notes.Add(absl::StrCat("steps[", i, "].department"),
              absl::StrCat(before.department, " ", before.department_display_name),
              absl::StrCat(step.department, " ", step.department_display_name));
  }
  if (notes.changes.empty()) return std::nullopt;
  absl::StrAppend(&notes.comment, " (", reorganization, ")");
  return internal::Followed(
      form, std::move(after),
      internal::ActOf(ActKind::kRerouted, actor, Role::kSystem, notes.comment, now),
      "form.rerouted", std::move(notes.changes), {reorganization});
}

}  // namespace daicho::approval::domain
