#include "services/policy/coverage.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "services/policy/domain/text.h"
#include "services/policy/problems.h"
#include "services/policy/text_format.h"

namespace daicho::policy {
namespace {

using Carrier = v1::ClauseCoverage::Carrier;

// Clause by rule.
using Rules = std::map<std::string, std::string>;

void CheckClause(const v1::ClauseCoverage& entry, const Rules& rules, const Place& place,
                 Problems* problems) {
  std::set<std::string> named;
  for (int i = 0; i < entry.rules_size(); ++i) {
    const int line = place.LineOf("rules", i);
    if (rules.count(entry.rules(i)) == 0) {
      problems->Add(line, absl::StrCat("the guideline has no rule \"", entry.rules(i), "\""));
    } else if (!named.insert(entry.rules(i)).second) {
      problems->Add(line, absl::StrCat("\"", entry.rules(i), "\" is named twice"));
    }
  }
  for (const auto& [rule, clause] : rules) {
    if (clause == entry.clause() && named.count(rule) == 0) {
      problems->Add(place.line(),
                    absl::StrCat("rule \"", rule, "\" of clause \"", clause, "\" is missing"));
    }
  }
  const bool carried = entry.carrier() != v1::ClauseCoverage::CARRIER_UNSPECIFIED;
  if (carried == (entry.rules_size() > 0)) {
    problems->Add(place.line(),
                  absl::StrCat("clause \"", entry.clause(), "\" has ",
                               carried ? "both rules and" : "neither rules nor", " a carrier"));
  }
  if (carried && domain::IsBlank(entry.note())) {
    problems->Add(place.line(), "note is missing");
  }
}

// Refuses clauses that are missing, strange, double or out of order.
void CheckOrder(const v1::Guideline& guideline, const v1::Coverage& coverage, const Place& place,
                Problems* problems) {
  std::map<std::string, int> covered;
  for (int i = 0; i < coverage.clauses_size(); ++i) {
    if (!covered.emplace(coverage.clauses(i).clause(), i).second) {
      problems->Add(place.In("clauses", i).line(),
                    absl::StrCat("duplicate clause \"", coverage.clauses(i).clause(), "\""));
    }
  }
  int before = -1;
  for (const v1::Clause& clause : guideline.clauses()) {
    const auto found = covered.find(clause.id());
    if (found == covered.end()) {
      problems->Add(1, absl::StrCat("clause \"", clause.id(), "\" is missing"));
      continue;
    }
    if (found->second < before) {
      problems->Add(place.In("clauses", found->second).line(),
                    absl::StrCat("\"", clause.id(), "\" is not in the order of the text"));
    }
    before = std::max(before, found->second);
    covered.erase(found);
  }
  for (const auto& [clause, index] : covered) {
    problems->Add(place.In("clauses", index).line(),
                  absl::StrCat("the guideline has no clause \"", clause, "\""));
  }
}

std::string CarrierText(const v1::ClauseCoverage& entry) {
  switch (entry.carrier()) {
    case v1::ClauseCoverage::CARRIER_SUITE:
      return "suite";
    case v1::ClauseCoverage::CARRIER_LATER:
      return "later";
    case v1::ClauseCoverage::CARRIER_PEOPLE:
      return "people";
    case v1::ClauseCoverage::CARRIER_UNSPECIFIED:
    case v1::ClauseCoverage_Carrier_ClauseCoverage_Carrier_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::ClauseCoverage_Carrier_ClauseCoverage_Carrier_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return absl::StrJoin(entry.rules(), ", ");
}

std::string Cell(const std::string& text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); }

}  // namespace

absl::StatusOr<v1::Coverage> ParseCoverage(absl::string_view file, const std::string& text,
                                           const v1::Guideline& guideline) {
  Problems problems(file);
  v1::Coverage coverage;
  google::protobuf::TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ReadTextFormat(text, &coverage, &tree, &problems));
  const Place place(&tree, v1::Coverage::descriptor(), 1);
  if (coverage.guideline() != guideline.id()) {
    problems.Add(place.LineOf("guideline"), absl::StrCat("is of \"", coverage.guideline(),
                                                         "\", not of \"", guideline.id(), "\""));
  }
  Rules rules;
  for (const v1::Rule& rule : guideline.rules()) rules.emplace(rule.id(), rule.clause());
  CheckOrder(guideline, coverage, place, &problems);
  for (int i = 0; i < coverage.clauses_size(); ++i) {
    CheckClause(coverage.clauses(i), rules, place.In("clauses", i), &problems);
  }
  RETURN_IF_ERROR(problems.ToStatus());
  return coverage;
}

std::string CoveragePage(const v1::Guideline& guideline, const v1::Coverage& coverage) {
  std::string page =
      absl::StrCat("# Who carries which clause of ", guideline.title(),
                   "\n\nOne row a clause, in the order of the "
                   "text. \"Carried by\" names rules of\n[",
                   guideline.id(), ".textproto](", guideline.id(),
                   ".textproto), or says `suite` (another part of Daicho does it), "
                   "`later`\n(software can do it, "
                   "Daicho does not yet), or `people` (no software can decide it). Made from\n[",
                   guideline.id(), ".coverage.textproto](", guideline.id(),
                   ".coverage.textproto) by `daicho policy coverage`.\n\n"
                   "| Clause | About | Carried by | How, or why not |\n|---|---|---|---|\n");
  for (int i = 0; i < coverage.clauses_size(); ++i) {
    const v1::ClauseCoverage& entry = coverage.clauses(i);
    absl::StrAppend(&page, "| ", Cell(entry.clause()), " | ", Cell(guideline.clauses(i).topic_ja()),
                    " | ", CarrierText(entry), " | ", Cell(entry.note()),
                    entry.note().empty() ? "|\n" : " |\n");
  }
  return page;
}

}  // namespace daicho::policy
