// Personal data that shows by its form. T 5-8, Y 1-9, U 4-1.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "services/policy/domain/hosts.h"

namespace daicho::policy::domain {

enum class PersonalData { kMobilePhone, kMyNumber, kEmail };

std::string NameOf(PersonalData kind);
std::string JapaneseNameOf(PersonalData kind);

// Whether `text`, folded, holds such data. Takes time in proportion to its length. An e-mail
// address on one of `own_hosts` is a desk's, not a person's.
bool Holds(absl::string_view text, PersonalData kind, const HostSet& own_hosts);

}  // namespace daicho::policy::domain
