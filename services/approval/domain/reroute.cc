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

// A step that was decided keeps the department and the name it had; who took over stands for it.
void Follow(const Succession& next, const std::string& path, Step& step, internal::Notes& notes) {
  const Step before = step;
  const auto what = [](const std::string& department, const std::string& display_name) {
    return absl::StrCat(department, " ", display_name);
  };
  if (!step.decider) {
    step.department = next.successor;
    step.department_display_name = next.successor_display_name;
    if (step == before) return;
    notes.Add(path + "department", what(before.department, before.department_display_name),
              what(step.department, step.department_display_name));
  } else if (next.successor != StandsFor(step)) {
    step.heir = next.successor;
    step.heir_display_name = next.successor_display_name;
    notes.Add(path + "heir", before.heir.empty() ? "" : what(before.heir, before.heir_display_name),
              what(step.heir, step.heir_display_name));
  }
}

}  // namespace

std::optional<Change> Reroute(const Form& form, const std::vector<Succession>& successions,
                              const std::string& reorganization, const Actor& actor,
                              absl::Time now) {
  const bool open = IsOpen(form.state);
  Form after = form;
  internal::Notes notes;
  if (const Succession* own = FindFor(successions, form.department, form.draft.account);
      open && own != nullptr && own->successor != form.department) {
    after.department = own->successor;
    notes.Add("department", form.department, own->successor);
  }
  for (std::size_t i = 0; i < after.steps.size(); ++i) {
    Step& step = after.steps[i];
    if (!open && !AwaitsReview(step)) continue;
    const Succession* next = FindFor(successions, StandsFor(step), AccountAt(form, step));
    if (next != nullptr) Follow(*next, absl::StrCat("steps[", i, "]."), step, notes);
  }
  if (notes.changes.empty()) return std::nullopt;
  absl::StrAppend(&notes.comment, " (", reorganization, ")");
  return internal::Followed(
      form, std::move(after),
      internal::ActOf(ActKind::kRerouted, actor, Role::kSystem, notes.comment, now),
      "form.rerouted", std::move(notes.changes), {reorganization});
}

}  // namespace daicho::approval::domain
