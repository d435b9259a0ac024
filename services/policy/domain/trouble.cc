#include "services/policy/domain/trouble.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"

namespace daicho::policy::domain {
namespace {

constexpr int kMostDaysAcknowledged = 366;

// Whether the rule counts from today, so that its facts are others every day.
bool CountsFromToday(const Check& check) {
  const auto* date = std::get_if<DateLimit>(&check);
  return date != nullptr && date->base == "today";
}

Fault WithoutDay(const Check& check, Fault fault) {
  if (CountsFromToday(check)) {
    fault.facts.erase("base");
    fault.facts.erase("days");
  } else if (std::holds_alternative<Inactivity>(check)) {
    fault.facts.erase("days");
  }
  return fault;
}

// The reverse, on whatever day.
Fault OnDay(const Check& check, Fault fault, absl::CivilDay today) {
  const auto day = [&](const char* fact) {
    const auto found = fault.facts.find(fact);
    return found == fault.facts.end() ? std::nullopt : ParseDay(found->second);
  };
  if (CountsFromToday(check)) {
    fault.facts["base"] = FormatDay(today);
    if (const auto date = day("date")) fault.facts["days"] = absl::StrCat(*date - today);
  } else if (std::holds_alternative<Inactivity>(check)) {
    const auto base = day("base");
    fault.facts["days"] = absl::StrCat(base ? today - *base : 0);
  }
  return fault;
}

}  // namespace

std::vector<Trouble> TroublesOf(const Guideline& guideline, const Subject& account, bool active) {
  std::vector<Trouble> troubles;
  if (!active) return troubles;
  for (Outcome& outcome : RunRules(guideline, account)) {
    if (outcome.faults.empty()) continue;
    const Rule& rule = *outcome.rule;
    Trouble trouble{rule.id, rule.clause, rule.severity, {}};
    for (Fault& fault : outcome.faults) {
      trouble.faults.push_back(WithoutDay(rule.check, std::move(fault)));
    }
    troubles.push_back(std::move(trouble));
  }
  return troubles;
}

TroubleChange Compare(const std::vector<KnownTrouble>& known, const std::vector<Trouble>& found) {
  std::map<std::string, const KnownTrouble*> standing;
  for (const KnownTrouble& one : known) standing[one.trouble.rule_id] = &one;
  TroubleChange change;
  for (const Trouble& trouble : found) {
    const auto stood = standing.find(trouble.rule_id);
    if (stood == standing.end()) {
      change.appeared.push_back(trouble);
      continue;
    }
    if (stood->second->trouble != trouble) change.altered.push_back({stood->second->id, trouble});
    standing.erase(stood);
  }
  for (const auto& [rule_id, one] : standing) change.mended.push_back(one->id);
  return change;
}

std::vector<Finding> InWords(const Guideline& guideline, const Trouble& trouble,
                             absl::CivilDay today) {
  const Rule* rule = nullptr;
  for (const Rule& one : guideline.rules) {
    if (one.id == trouble.rule_id) rule = &one;
  }
  std::vector<Finding> findings;
  for (const Fault& fault : trouble.faults) {
    if (rule != nullptr) {
      findings.push_back(InWords(guideline, *rule, OnDay(rule->check, fault, today)));
    } else {
      findings.push_back(
          {trouble.rule_id, trouble.clause, trouble.severity, fault.field, fault.facts, {}, {}});
    }
    findings.back().severity = trouble.severity;
  }
  return findings;
}

absl::Status CheckAcknowledgement(bool stands, absl::CivilDay end_date, absl::CivilDay today) {
  if (!stands) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "FINDING_MENDED",
                  {"The finding is mended; there is nothing left to acknowledge.",
                   "この指摘は既に解消しています。了承の必要はありません。"});
  }
  if (end_date >= today && end_date - today <= kMostDaysAcknowledged) return absl::OkStatus();
  return RefuseFields(
      {{"end_date", "OUT_OF_RANGE",
        absl::StrCat("Give a day from today to ", kMostDaysAcknowledged, " days from today."),
        absl::StrCat("本日から", kMostDaysAcknowledged, "日以内の日付を指定してください。")}});
}

}  // namespace daicho::policy::domain
