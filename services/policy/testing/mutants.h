// Guidelines with one thing about one rule changed.
#pragma once

#include <string>
#include <vector>

#include "daicho/policy/v1/guideline.pb.h"

namespace daicho::policy::testing {

struct Mutant {
  std::string what;  // "T-5-6: head_count.minimum is 3"
  std::string text;  // The guideline with this rule alone, in text format.
};

// Every change of one value to a rule's severity, clause, subject, conditions or check: numbers one
// less and one more, enum values to every other, list entries left out one by one, names of fields
// and of host lists to another that fits, messages without what they hold.
std::vector<Mutant> MutantsOf(const v1::Guideline& guideline, const std::string& rule);

// The same for the ladder, with all rules on silence. None without such rules.
std::vector<Mutant> LadderMutantsOf(const v1::Guideline& guideline);

}  // namespace daicho::policy::testing
