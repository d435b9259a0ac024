// 徳島県's guideline as its tests know it: what every rule must stay, and ways to break each.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/policy/domain/guideline.h"

namespace daicho::policy {

// What each rule must stay: its clause, weight and actions.
struct Pinned {
  std::string clause;
  domain::Severity severity;
  std::string actions;
};

// By id.
const std::map<std::string, Pinned>& PinnedRules();

// Fields and the values they get; "" unsets one with all that is in it.
using Edits = std::vector<std::pair<std::string, std::string>>;

// One way to break a rule: every one of `broken` in every one of `fields` is found; none of `met`
// is. The first of `met`, or the sample's own value, is what the rest is compared with.
struct Case {
  std::string rule;
  std::string samples;  // "OC"
  std::vector<std::string> fields;
  std::vector<std::string> broken = {""};
  std::vector<std::string> met = {};
  Edits setup = {};
  Edits unless = {};           // With these, the rule does not apply.
  std::string at = "";         // Where it is found, if not at the field.
  std::set<std::string> also;  // Other findings that cannot be had without this one.
  std::string kind = "KIND_EDUCATION_BOARD";
};

std::vector<Case> AllCases();

}  // namespace daicho::policy
