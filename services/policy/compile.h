// Turns the check of a rule into what the domain runs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "daicho/policy/v1/guideline.pb.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/problems.h"

namespace daicho::policy {

// A check and what its rule's texts may speak of.
struct CompiledCheck {
  domain::Check check;
  std::set<std::string> field_paths;   // Fields that findings may name.
  std::set<std::string> placeholders;  // "field" and the facts that every finding has.
};

// Lists of hosts by id.
using HostLists = std::map<std::string, domain::HostSet>;

HostLists CompileHostLists(const v1::Guideline& guideline, const Place& place, Problems* problems);

// What rules refer to.
struct Shared {
  HostLists host_lists;
  std::optional<domain::Ladder> ladder;
};

domain::SubjectKind SubjectOf(const v1::Rule& rule);

std::optional<domain::Ladder> CompileLadder(const v1::Guideline& guideline, const Place& place,
                                            Problems* problems);
int CompileAnswerDays(const v1::Guideline& guideline, const Place& place, Problems* problems);

// Compiles the check of `rule`, which stands at `place`. What is wrong goes to `problems`; the
// answer then is of no use.
CompiledCheck CompileCheck(const v1::Rule& rule, const Shared& shared, const Place& place,
                           Problems* problems);

// The same for when it applies. `place` is the rule's.
domain::AppliesTo CompileAppliesTo(const v1::Rule& rule, const Place& place, Problems* problems);

}  // namespace daicho::policy
