#include "services/approval/domain/transfer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/approval/domain/act.h"

namespace daicho::approval::domain {
namespace {

constexpr absl::string_view kSubject = ".subject";

// A form while it follows the transfer of one person after the other.
struct Following {
  const Form& before;
  Form after;
  internal::Notes notes;
  std::vector<TransferNote> done;
};

std::string Why(const Transferred& person) {
  return absl::StrCat(" (異動 ", person.department_left, ")");
}

void GiveReviews(const Transferred& person, int index, Following& form) {
  for (std::size_t i = 0; i < form.after.steps.size(); ++i) {
    Step& step = form.after.steps[i];
    if (!AwaitsReview(step) || !(person.Left(step.department) || person.Left(StandsFor(step))) ||
        step.deputy->reviewer.subject != person.person) {
      continue;
    }
    const std::string path = absl::StrCat("steps[", i, "].reviewer");
    // U 3, M 5-(3), T 5-6.
    if (internal::IsInvolved(form.before, person.successor.subject, static_cast<int>(i))) {
      form.done.push_back({index, Effect::kReviewLeft, path});
      continue;
    }
    step.deputy->reviewer = person.successor;
    form.notes.Add(path, person.person, person.successor.subject, Why(person));
    form.done.push_back({index, Effect::kReviewGiven, path});
  }
}

void GiveForm(const Transferred& person, int index, Following& form) {
  if (!person.Left(form.before.department) || form.after.keeper.subject != person.person) return;
  form.after.keeper = person.successor;
  form.notes.Add("keeper", person.person, person.successor.subject, Why(person));
  form.done.push_back({index, Effect::kFormGiven, "keeper"});
}

bool HasBeenSaid(const Form& form, const std::string& what) {
  return std::any_of(form.acts.begin(), form.acts.end(), [&](const Act& act) {
    if (act.kind != ActKind::kTransferred) return false;
    const std::vector<std::string> notes = absl::StrSplit(act.comment, "; ");
    return std::find(notes.begin(), notes.end(), what) != notes.end();
  });
}

void SayWhereNamed(const Transferred& person, int index, Following& form) {
  if (form.before.department == person.department_joined) return;
  for (const auto& [path, value] : form.before.draft.content) {
    if (value != person.person || !absl::EndsWith(path, kSubject)) continue;
    const std::string what =
        absl::StrCat(path, ": ", person.person, " (異動 ", person.department_left, "、後任 ",
                     person.successor.subject, ")");
    if (HasBeenSaid(form.before, what)) continue;
    form.notes.Say(what);
    form.done.push_back({index, Effect::kNamed, path});
  }
}

// Whether its department may still have to do something about it.
bool IsMinded(const Form& form) {
  return IsOpen(form.state) || form.state == State::kAgreed || form.state == State::kConflict;
}

// Whether another entry about the same person names the department itself, and not one that it took
// over from: a department that was split has a successor for each part.
bool HasNearer(const std::vector<Transferred>& people, const Transferred& person,
               const std::string& department) {
  return person.department_left != department &&
         std::any_of(people.begin(), people.end(), [&](const Transferred& other) {
           return other.person == person.person && other.department_left == department;
         });
}

Role RoleOf(const Actor& actor) {
  return actor.roles.count(Role::kPrOffice) > 0 ? Role::kPrOffice : Role::kAdmin;
}

}  // namespace

TransferOutcome Transfer(const Form& form, const std::vector<Transferred>& people,
                         const Actor& actor, absl::Time now) {
  Following following = {form, form, {}, {}};
  for (std::size_t i = 0; i < people.size(); ++i) {
    const int index = static_cast<int>(i);
    GiveReviews(people[i], index, following);
    if (IsMinded(form) && !HasNearer(people, people[i], form.department)) {
      GiveForm(people[i], index, following);
    }
    if (IsOpen(form.state)) SayWhereNamed(people[i], index, following);
  }
  TransferOutcome outcome = {.notes = std::move(following.done)};
  internal::Notes& notes = following.notes;
  if (notes.comment.empty()) return outcome;
  outcome.change = internal::Followed(
      form, std::move(following.after),
      internal::ActOf(ActKind::kTransferred, actor, RoleOf(actor), notes.comment, now),
      "form.transferred", std::move(notes.changes), {});
  return outcome;
}

}  // namespace daicho::approval::domain
