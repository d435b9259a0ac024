// What waits for people who were transferred (異動) goes to who took over from them. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {

// Somebody who was transferred out of one department.
struct Transferred {
  std::string person;             // "users/…"
  std::string department_left;    // "departments/…"
  std::set<std::string> heirs;    // Departments that took over from it since: "departments/…".
  std::string department_joined;  // May be empty.
  Person successor;               // 後任. Somebody else, who was not transferred from there too.

  bool Left(const std::string& department) const {
    return department == department_left || heirs.count(department) > 0;
  }
};

// What a transfer did.
enum class Effect {
  kReviewGiven,  // 後閲.
  kReviewLeft,   // 後閲, as the successor may not read it: four eyes.
  kFormGiven,    // 担当.
  kNamed,
  kAbsenceEnded,
};

// One thing it did to a form.
struct TransferNote {
  int person = 0;  // Index.
  Effect effect = Effect::kFormGiven;
  std::string path;  // "keeper", "steps[0].reviewer", "fields.decision_makers.head.subject".

  friend bool operator==(const TransferNote&, const TransferNote&) = default;
};

struct TransferOutcome {
  std::optional<Change> change;  // nullopt: the form is as it was.
  std::vector<TransferNote> notes;
};

// `form` after the transfer of `people`:
// - a deputy's decision of this round that the person was to read afterwards (後閲) for the
//   department left is read by the successor, whatever the state of the form; not if the successor
//   wrote the form or acted in the round;
// - an open form of the department left that the person minds is minded by the successor, who has
//   written nothing of it by that;
// - an open form of any department but the one joined that names the person by user name keeps its
//   words, and its act says where; once, whatever is done to the form later.
TransferOutcome Transfer(const Form& form, const std::vector<Transferred>& people,
                         const Actor& actor, absl::Time now);

}  // namespace daicho::approval::domain
