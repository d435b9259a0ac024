// How an act on a form is completed. For the files of the form's domain alone.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain::internal {

// Completes `after`: the state it leads to, its revision, time and act, and the event.
absl::StatusOr<Change> Done(const Form& before, Form after, Act act, absl::string_view event);

Act ActOf(ActKind kind, const Actor& actor, Role role, absl::string_view comment, absl::Time time);

// FAILED_PRECONDITION (COMMENT_REQUIRED) when it is blank.
absl::Status RequireComment(absl::string_view comment);

// In which role somebody writes a form, or acts for its department.
Role WriterRoleOf(const Actor& actor);

}  // namespace daicho::approval::domain::internal
