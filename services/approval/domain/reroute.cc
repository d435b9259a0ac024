#include "services/approval/domain/reroute.h"

#include <utility>

#include "absl/strings/str_cat.h"

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

bool IsOpen(State state) { return NextState(state, ActKind::kRerouted, state).ok(); }

std::optional<Change> Reroute(const Form& form, const std::vector<Succession>& successions,
                              const std::string& reorganization, const Actor& actor,
                              absl::Time now) {
  if (!IsOpen(form.state)) return std::nullopt;
  Form after = form;
  std::vector<FieldChange> changes;
  std::string comment;
  const auto note = [&](const std::string& path, const std::string& before, const std::string& to) {
    changes.push_back({path, before, to});
    absl::StrAppend(&comment, comment.empty() ? "" : "; ", path, ": ", before, " → ", to);
  };
  if (const Succession* own = FindFor(successions, form.department, form.draft.account);
      own != nullptr && own->successor != form.department) {
    after.department = own->successor;
    note("department", form.department, own->successor);
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
    note(absl::StrCat("steps[", i, "].department"),
         absl::StrCat(before.department, " ", before.department_display_name),
         absl::StrCat(step.department, " ", step.department_display_name));
  }
  if (changes.empty()) return std::nullopt;
  absl::StrAppend(&comment, " (", reorganization, ")");
  after.revision = form.revision + 1;
  after.update_time = now;
  after.acts.push_back({.kind = ActKind::kRerouted,
                        .actor = actor.person,
                        .role = Role::kSystem,
                        .time = now,
                        .round = form.round,
                        .comment = comment});
  Event event = {.type = "form.rerouted",
                 .resource = NameOf(after),
                 .related = {reorganization},
                 .department = after.department,
                 .reason = comment,
                 .changes = std::move(changes)};
  if (!form.draft.account.empty()) event.related.push_back(form.draft.account);
  return Change{.after = std::move(after), .events = {std::move(event)}};
}

}  // namespace daicho::approval::domain
