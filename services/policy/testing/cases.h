// Cases of a guideline, tried on the samples.
#pragma once

#include <string>
#include <vector>

#include "daicho/policy/v1/cases.pb.h"
#include "services/policy/domain/guideline.h"

namespace daicho::policy::testing {

std::string ReadFile(const std::string& path);

// A sample, with the file's edits: 'O', 'C', 'X' or 'A'.
Fields Sample(const v1::GuidelineCases& cases, char sample);

// What the cases of a rule find wrong with it. With `alone`, what other rules find is not looked
// at; `guideline` may then hold the rule alone. Stops at the first failure if `first`.
struct Trial {
  bool alone = false;
  bool first = false;
};
std::vector<std::string> Failures(const v1::GuidelineCases& cases, const v1::RuleCases& rule,
                                  const domain::Guideline& guideline, Trial trial);

}  // namespace daicho::policy::testing
