#include "services/registry/domain/account_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace daicho::registry::domain {
namespace {

constexpr char kReadme[] = "services/registry/README.md";
constexpr char kBegin[] = "<!-- account_life: begin -->\n";
constexpr char kEnd[] = "<!-- account_life: end -->\n";

std::string Text(Act act) {
  switch (act) {
    case Act::kChange:
      return "an agreed CHANGE form";
    case Act::kTakeOver:
      return "a CHANGE form that merges others into it";
    case Act::kClose:
      return "an agreed CLOSE form";
    case Act::kBeAbsorbed:
      return "a CHANGE form that merges it into another";
    case Act::kConfirmOpening:
      return "`ConfirmOpening`";
    case Act::kRecordListing:
      return "`RecordListing`";
    case Act::kConfirmClosing:
      return "`ConfirmClosing`";
    case Act::kConfirmMerging:
      return "`ConfirmClosing` with a successor";
    case Act::kReportNormal:
      return "`ReportCondition` NORMAL";
    case Act::kReportSuspendedByPlatform:
      return "`ReportCondition` SUSPENDED_BY_PLATFORM";
    case Act::kReportSuspendedInternally:
      return "`ReportCondition` SUSPENDED_INTERNALLY";
    case Act::kReportCompromised:
      return "`ReportCondition` COMPROMISED";
    case Act::kReportFact:
      return "a fact about it";
  }
  return "";
}

// What `act` comes to: the state or condition it leads to, "as before", or the reason it is
// refused.
std::string OutcomeOf(const Standing& standing, Act act) {
  const auto next = NextStanding(standing, act);
  if (!next.ok()) return ReasonOf(next.status());
  if (next->state != standing.state) return absl::StrCat("→ ", ToText(next->state));
  if (next->condition != standing.condition) return absl::StrCat("→ ", ToText(next->condition));
  return "as before";
}

// The rules as the specification has them, in another form than the table: the first that is for
// the act and the standing is it. "*" is any; several values are separated by blanks.
struct Rule {
  const char* acts;
  const char* states;
  const char* conditions;
  const char* outcome;
};
constexpr Rule kRules[] = {
    {"ConfirmOpening", "ACTIVE CLOSING CLOSED MERGED", "*", "ACCOUNT_NOT_PREPARING"},
    {"ConfirmOpening", "PREPARING", "NORMAL", "→ ACTIVE"},
    {"ConfirmOpening", "PREPARING", "*", "ACCOUNT_NOT_IN_ORDER"},
    {"ConfirmClosing", "CLOSING", "*", "→ CLOSED"},
    {"ConfirmMerging", "CLOSING", "*", "→ MERGED"},
    {"ConfirmClosing ConfirmMerging", "*", "*", "ACCOUNT_NOT_CLOSING"},
    {"*", "CLOSED MERGED", "*", "ACCOUNT_NOT_ALIVE"},
    {"Close BeAbsorbed", "CLOSING", "*", "as before"},
    {"Close BeAbsorbed", "*", "*", "→ CLOSING"},
    {"Change RecordListing Fact", "*", "*", "as before"},
    {"TakeOver", "CLOSING", "*", "ACCOUNT_IS_CLOSING"},
    {"TakeOver", "*", "NORMAL", "as before"},
    {"TakeOver", "*", "*", "ACCOUNT_NOT_IN_ORDER"},
    {"Normal", "*", "NORMAL", "CONDITION_ALREADY_NORMAL"},
    {"Normal", "*", "*", "→ NORMAL"},
    {"Frozen", "*", "NORMAL", "→ SUSPENDED_BY_PLATFORM"},
    {"Frozen", "*", "SUSPENDED_BY_PLATFORM", "as before"},
    {"Frozen", "*", "*", "CONDITION_GRAVER"},
    {"Held", "*", "COMPROMISED", "CONDITION_GRAVER"},
    {"Held", "*", "SUSPENDED_INTERNALLY", "as before"},
    {"Held", "*", "*", "→ SUSPENDED_INTERNALLY"},
    {"Taken", "*", "COMPROMISED", "as before"},
    {"Taken", "*", "*", "→ COMPROMISED"},
};
constexpr const char* kActNames[] = {"Change",
                                     "TakeOver",
                                     "Close",
                                     "BeAbsorbed",
                                     "ConfirmOpening",
                                     "RecordListing",
                                     "ConfirmClosing",
                                     "ConfirmMerging",
                                     "Normal",
                                     "Frozen",
                                     "Held",
                                     "Taken",
                                     "Fact"};

bool IsFor(absl::string_view cell, absl::string_view value) {
  const std::set<absl::string_view> values = absl::StrSplit(cell, ' ');
  return cell == "*" || values.count(value) > 0;
}

std::string ByRules(const Standing& standing, Act act) {
  for (const Rule& rule : kRules) {
    if (IsFor(rule.acts, kActNames[static_cast<int>(act)]) &&
        IsFor(rule.states, ToText(standing.state)) &&
        IsFor(rule.conditions, ToText(standing.condition))) {
      return rule.outcome;
    }
  }
  return "no rule";
}

TEST(AccountLifeTest, EveryActOnEveryStandingIsAsTheSpecificationHasIt) {
  int pairs = 0;
  for (const AccountState state : kAllAccountStates) {
    for (const Condition condition : kAllConditions) {
      for (const Act act : kAllActs) {
        EXPECT_EQ(OutcomeOf({state, condition}, act), ByRules({state, condition}, act))
            << ToText(state) << " " << ToText(condition) << " " << kActNames[static_cast<int>(act)];
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, 5 * 4 * 13);
}

TEST(AccountLifeTest, ARefusalIsAPreconditionWithASentenceOfItsOwnInBothLanguages) {
  std::map<std::string, std::string> sentences;  // Japanese to reason.
  for (const AccountState state : kAllAccountStates) {
    for (const Condition condition : kAllConditions) {
      for (const Act act : kAllActs) {
        const absl::Status status = NextStanding({state, condition}, act).status();
        if (status.ok()) continue;
        EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
        EXPECT_EQ(std::string(MessageOfLife(ReasonOf(status)).ja), JapaneseOf(status));
        const auto [entry, added] = sentences.emplace(JapaneseOf(status), ReasonOf(status));
        EXPECT_EQ(entry->second, ReasonOf(status));
      }
    }
  }
  EXPECT_EQ(sentences.size(), 7u);
}

TEST(AccountLifeTest, NothingAliveIsBornOfATombstoneAndNoActChangesStateAndCondition) {
  for (const AccountState state : kAllAccountStates) {
    for (const Condition condition : kAllConditions) {
      for (const Act act : kAllActs) {
        const auto next = NextStanding({state, condition}, act);
        if (!next.ok()) continue;
        EXPECT_TRUE(next->state == state || next->condition == condition);
        EXPECT_GE(static_cast<int>(next->state), static_cast<int>(state));
        EXPECT_LT(static_cast<int>(state), static_cast<int>(AccountState::kClosed));
      }
    }
  }
}

TEST(AccountLifeTest, AReportOfAConditionLeadsToIt) {
  for (const Condition condition : kAllConditions) {
    const Condition other =
        condition == Condition::kNormal ? Condition::kCompromised : Condition::kNormal;
    const auto next = NextStanding({AccountState::kActive, other}, ReportOf(condition));
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_EQ(next->condition, condition);
  }
}

// Acts that lead from one value to another, as a Mermaid diagram.
std::string Diagram() {
  std::vector<std::string> lines = {"```mermaid", "stateDiagram-v2",
                                    "  [*] --> PREPARING: an agreed OPEN form",
                                    "  [*] --> ACTIVE: an import"};
  for (const AccountState from : kAllAccountStates) {
    for (const Act act : kAllActs) {
      const auto next = NextStanding({from, Condition::kNormal}, act);
      if (!next.ok() || next->state == from) continue;
      std::vector<std::string> words = absl::StrSplit(Text(act), '`');
      lines.push_back(absl::StrCat("  ", ToText(from), " --> ", ToText(next->state), ": ",
                                   absl::StrJoin(words, "")));
    }
  }
  lines.push_back("```");
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

std::string ListOf(const std::vector<std::string>& values, std::size_t all) {
  return values.size() == all ? "any" : absl::StrJoin(values, ", ");
}

// One line for each act and outcome. States for which the same conditions come to it share a line.
std::string Table() {
  std::string table = "| By | State | Condition | Comes to |\n|---|---|---|---|\n";
  for (const Act act : kAllActs) {
    std::vector<std::string> outcomes;
    std::map<std::string, std::map<std::string, std::vector<std::string>>> states;
    for (const AccountState state : kAllAccountStates) {
      std::map<std::string, std::vector<std::string>> conditions;
      for (const Condition condition : kAllConditions) {
        const std::string outcome = OutcomeOf({state, condition}, act);
        if (states.count(outcome) == 0 && conditions.count(outcome) == 0) {
          outcomes.push_back(outcome);
        }
        conditions[outcome].push_back(std::string(ToText(condition)));
      }
      for (const auto& [outcome, of] : conditions) {
        states[outcome][ListOf(of, std::size(kAllConditions))].push_back(
            std::string(ToText(state)));
      }
    }
    for (const std::string& outcome : outcomes) {
      for (const auto& [condition, of] : states[outcome]) {
        absl::StrAppend(&table, "| ", Text(act), " | ", ListOf(of, std::size(kAllAccountStates)),
                        " | ", condition, " | ", outcome, " |\n");
      }
    }
  }
  return table;
}

TEST(AccountLifeTest, TheReadmeShowsTheTable) {
  std::ifstream file(kReadme);
  std::stringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const std::size_t begin = readme.find(kBegin);
  const std::size_t end = readme.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::size_t first = begin + std::string(kBegin).size();
  const std::string expected = absl::StrCat("\n", Diagram(), "\n", Table(), "\n");
  EXPECT_EQ(readme.substr(first, end - first), expected) << "put this between the markers:\n"
                                                         << expected;
}

}  // namespace
}  // namespace daicho::registry::domain
