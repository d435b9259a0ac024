// What 様式第1号 asks for, by action: the one table of its 29 fields. T 5-3; Y 2-2 for GRANT.
//
// This is the form's own law, and the same under every guideline. A guideline says besides which
// clause wants a field, and may ask for more.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {

enum class Need {
  kRequired,
  kIf,        // Required when `Requirement::applies` says so, otherwise free.
  kOptional,  // Free.
  kAbsent,    // Refused when filled in.
  kDerived,   // Never typed: from the ledger, the route or the office.
};

struct Requirement {
  int number = 0;  // In the table of the form, from 1 to 29.
  absl::string_view
      path;  // Of the content; a message or a list stands for all it has. Empty: kDerived.
  Need needs[kActionCount]  // By Action.
      = {};
  // With kIf: whether the fact applies. `ledger` has what the ledger says of the account: under
  // "fields." what forms govern, under "activity." what was seen.
  bool (*applies)(const Fields& content, const Fields& ledger) = nullptr;

  Need needs_of(Action action) const { return needs[static_cast<int>(action)]; }
};

// In the order of the form.
absl::Span<const Requirement> Requirements();

// Whether `content` has anything at `path`.
bool IsFilledIn(const Fields& content, absl::string_view path);

// Paths that a form with this action does not have, and the content fills in.
std::vector<std::string> FilledInVain(const Draft& draft);

// FAILED_PRECONDITION (FORM_INCOMPLETE) that names every field which is missing. `ledger` as in
// Submission.
absl::Status RefuseIncomplete(const Draft& draft, const Fields& ledger);

}  // namespace daicho::approval::domain
