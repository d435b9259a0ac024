// How an act on a form is completed. For the files of the form's domain alone.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain::internal {

// Completes `after`: the state it leads to, its revision, time and act, and the event.
absl::StatusOr<Change> Done(const Form& before, Form after, Act act, absl::string_view event);

Act ActOf(ActKind kind, const Actor& actor, Role role, absl::string_view comment, absl::Time time);

// What happened outside a form (組織改編, 異動) and what of the form follows it: the changes of the
// event, and the comment of the act, which says the same and more in words.
struct Notes {
  std::vector<FieldChange> changes;
  std::string comment;  // "path: before → after; …"

  // `why` is put behind it, unless it is empty.
  void Add(const std::string& path, const std::string& before, const std::string& after,
           absl::string_view why = "");
  void Say(absl::string_view what);
};

// Completes `after`, which follows what happened to `related` and stays where it is.
Change Followed(const Form& before, Form after, Act act, absl::string_view event,
                std::vector<FieldChange> changes, std::vector<std::string> related);

// Whether `subject` wrote anything of the form or handed it in, in any round, or acted at another
// step of this one: by four eyes they do not decide `step`, and do not read it afterwards.
bool IsInvolved(const Form& form, const std::string& subject, int step);

// FAILED_PRECONDITION (COMMENT_REQUIRED) when it is blank.
absl::Status RequireComment(absl::string_view comment);

// In which role somebody writes a form, or acts for its department.
Role WriterRoleOf(const Actor& actor);

}  // namespace daicho::approval::domain::internal
