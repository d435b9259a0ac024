// Open forms follow departments that were reorganised (組織改編, domain.md §2). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {

// A department that others took over from, or that has another name. "departments/…".
struct Succession {
  std::string department;
  std::string successor;  // The same when only the name changed.
  std::string successor_display_name;
  std::string account;  // "accounts/…": only forms about it. Empty: all that no other is about.
};

// `form` after `successions`, which `reorganization` ("reorganizations/…") made; nullopt when they
// do not concern it. An open form and those of its steps at which nobody has decided go to the
// successors; decided steps keep the department and the name they had, and the successors stand for
// them, should the form be returned to one or a head have to read afterwards. Of a form that is not
// open, only what waits to be read afterwards follows.
std::optional<Change> Reroute(const Form& form, const std::vector<Succession>& successions,
                              const std::string& reorganization, const Actor& actor,
                              absl::Time now);

}  // namespace daicho::approval::domain
