#include "services/approval/domain/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

constexpr char kReadme[] = "services/approval/README.md";
constexpr char kBegin[] = "<!-- form_life: begin -->\n";
constexpr char kEnd[] = "<!-- form_life: end -->\n";

// What `act` comes to: a state, "the route", or the reason it is refused. No act leads to kNone
// but by the route.
std::string OutcomeOf(State from, ActKind act) {
  const auto next = NextState(from, act, State::kNone);
  if (!next.ok()) return ReasonOf(next.status());
  return *next == State::kNone ? "the route" : std::string(NameOf(*next));
}

// The rules as the specification has them, in another form than the table: the first that is for
// the act and the state is it. "*" is any; several values are separated by blanks; "same" is the
// state as it was.
struct Rule {
  const char* acts;
  const char* states;
  const char* outcome;
};
constexpr char kOpenStates[] = "DRAFT IN_ROUTE UNDER_REVIEW ADVISED RETURNED PULLED_BACK";
constexpr Rule kRules[] = {
    {"CREATED", "NONE", "DRAFT"},
    {"CREATED", "*", "FORM_ALREADY_EXISTS"},
    {"UPDATED", "DRAFT ADVISED RETURNED PULLED_BACK", "same"},
    {"SUBMITTED", "DRAFT ADVISED RETURNED PULLED_BACK", "the route"},
    {"SUBMITTED_URGENTLY", "DRAFT ADVISED RETURNED PULLED_BACK", "the route"},
    {"UPDATED SUBMITTED SUBMITTED_URGENTLY", "*", "FORM_NOT_WRITABLE"},
    {"AGREED AGREED_AS_DEPUTY RETURNED_TO_STEP", "IN_ROUTE UNDER_REVIEW", "the route"},
    {"RETURNED", "IN_ROUTE UNDER_REVIEW", "RETURNED"},
    {"REJECTED", "IN_ROUTE UNDER_REVIEW", "REJECTED"},
    {"PULLED_BACK", "IN_ROUTE", "PULLED_BACK"},
    {"PULLED_BACK", "UNDER_REVIEW ADVISED RETURNED AGREED", "NEXT_HAS_ACTED"},
    {"AGREED AGREED_AS_DEPUTY RETURNED RETURNED_TO_STEP REJECTED PULLED_BACK", "*",
     "FORM_NOT_IN_ROUTE"},
    {"WITHDRAWN", kOpenStates, "WITHDRAWN"},
    {"WITHDRAWN", "*", "FORM_NOT_WITHDRAWABLE"},
    {"ADVISED", "UNDER_REVIEW", "ADVISED"},
    {"ADVISED", "*", "FORM_NOT_UNDER_REVIEW"},
    {"ANSWERED", "ADVISED", "UNDER_REVIEW"},
    {"ANSWERED", "*", "FORM_NOT_ADVISED"},
    {"EXPIRED", "ADVISED RETURNED", "EXPIRED"},
    {"EXPIRED", "*", "FORM_NOT_WAITED_FOR"},
    {"REVIEWED_AFTERWARDS", "NONE DRAFT", "FORM_NOT_SUBMITTED"},
    {"REVIEWED_AFTERWARDS", "*", "same"},
    {"APPLIED", "AGREED", "APPLIED"},
    {"CONFLICTED", "AGREED", "CONFLICT"},
    {"APPLIED CONFLICTED", "*", "FORM_NOT_AGREED"},
    {"REROUTED TRANSFERRED", "NONE", "FORM_NOT_OPEN"},
    {"REROUTED TRANSFERRED", "*", "same"},
    {"SETTLED", "CONFLICT", "same"},
    {"SETTLED", "*", "NO_CONFLICT_TO_SETTLE"},
};

bool IsFor(absl::string_view cell, absl::string_view value) {
  const std::set<absl::string_view> values = absl::StrSplit(cell, ' ');
  return cell == "*" || values.count(value) > 0;
}

std::string ByRules(State state, ActKind act) {
  for (const Rule& rule : kRules) {
    if (!IsFor(rule.acts, NameOf(act)) || !IsFor(rule.states, NameOf(state))) continue;
    return rule.outcome == absl::string_view("same") ? std::string(NameOf(state)) : rule.outcome;
  }
  return "no rule";
}

// Calls `then` with every pair of state and act.
template <typename Then>
void ForEveryPair(Then then) {
  for (int s = 0; s < kStateCount; ++s) {
    for (int a = 0; a < kActKindCount; ++a) then(static_cast<State>(s), static_cast<ActKind>(a));
  }
}

TEST(NextStateTest, EveryActInEveryStateIsAsTheSpecificationHasIt) {
  int pairs = 0;
  ForEveryPair([&](State state, ActKind act) {
    EXPECT_EQ(OutcomeOf(state, act), ByRules(state, act)) << NameOf(state) << " × " << NameOf(act);
    ++pairs;
  });
  EXPECT_EQ(pairs, 13 * 20);
}

TEST(NextStateTest, RefusesEachReasonWithASentenceOfItsOwnInBothLanguages) {
  std::map<std::string, std::string> sentences;  // Japanese to reason.
  ForEveryPair([&](State state, ActKind act) {
    const absl::Status status = NextState(state, act, State::kInRoute).status();
    if (status.ok()) return;
    EXPECT_FALSE(JapaneseOf(status).empty());
    const auto entry = sentences.emplace(JapaneseOf(status), ReasonOf(status)).first;
    EXPECT_EQ(entry->second, ReasonOf(status));
  });
  EXPECT_EQ(sentences.size(), 12u);
}

TEST(NextStateTest, LetsNothingLeaveAFinalState) {
  for (const State state :
       {State::kWithdrawn, State::kRejected, State::kApplied, State::kConflict, State::kExpired}) {
    for (int a = 0; a < kActKindCount; ++a) {
      const auto next = NextState(state, static_cast<ActKind>(a), State::kInRoute);
      if (next.ok()) EXPECT_EQ(*next, state) << NameOf(static_cast<ActKind>(a));
    }
  }
}

// Acts that lead from one state to another, as a Mermaid diagram.
std::string Diagram() {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> edges;
  std::vector<std::pair<std::string, std::string>> order;
  const auto add = [&](std::string from, std::string to, absl::string_view act) {
    auto& acts = edges[{from, to}];
    if (acts.empty()) order.emplace_back(from, to);
    acts.emplace_back(act);
  };
  ForEveryPair([&](State from, ActKind act) {
    const std::string start = from == State::kNone ? "[*]" : std::string(NameOf(from));
    const std::string outcome = OutcomeOf(from, act);
    if (!NextState(from, act, State::kNone).ok() || outcome == NameOf(from)) return;
    if (outcome != "the route") return add(start, outcome, NameOf(act));
    // Where a route can have a form after this act.
    add(start, "IN_ROUTE", NameOf(act));
    const bool agrees = act == ActKind::kAgreed || act == ActKind::kAgreedAsDeputy;
    if (agrees) add(start, from == State::kUnderReview ? "AGREED" : "UNDER_REVIEW", NameOf(act));
  });
  std::vector<std::string> lines = {"```mermaid", "stateDiagram-v2"};
  for (const auto& edge : order) {
    if (edge.first == edge.second) continue;
    if (edge.first == "UNDER_REVIEW" && edge.second == "IN_ROUTE") {
      lines.push_back("  UNDER_REVIEW --> IN_ROUTE: RETURNED_TO_STEP");
      continue;
    }
    lines.push_back(absl::StrCat("  ", edge.first, " --> ", edge.second, ": ",
                                 absl::StrJoin(edges[edge], ", ")));
  }
  lines.push_back("```");
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

// One line for each act and outcome.
std::string Table() {
  std::string table = "| Act | In | Comes to |\n|---|---|---|\n";
  for (int a = 0; a < kActKindCount; ++a) {
    const auto act = static_cast<ActKind>(a);
    std::vector<std::string> outcomes;
    std::map<std::string, std::vector<std::string>> states;
    for (int s = 0; s < kStateCount; ++s) {
      const auto state = static_cast<State>(s);
      std::string outcome = OutcomeOf(state, act);
      if (outcome == NameOf(state)) outcome = "as before";
      if (states[outcome].empty()) outcomes.push_back(outcome);
      states[outcome].emplace_back(NameOf(state));
    }
    for (const std::string& outcome : outcomes) {
      const bool all = states[outcome].size() == kStateCount;
      absl::StrAppend(&table, "| ", NameOf(act), " | ",
                      all ? "any" : absl::StrJoin(states[outcome], ", "), " | ", outcome, " |\n");
    }
  }
  return table;
}

TEST(NextStateTest, TheReadmeShowsTheTable) {
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

TEST(NextStateTest, FollowsTheRouteWhereItLeads) {
  for (const State route : {State::kInRoute, State::kUnderReview, State::kAgreed}) {
    EXPECT_EQ(*NextState(State::kInRoute, ActKind::kAgreed, route), route);
  }
}

TEST(NamesTest, LeadBackToTheirValueAndNoOtherNameDoes) {
  for (int s = 0; s < kStateCount; ++s) {
    EXPECT_EQ(StateNamed(NameOf(static_cast<State>(s))), static_cast<State>(s));
  }
  for (int a = 0; a < kActKindCount; ++a) {
    EXPECT_EQ(ActKindNamed(NameOf(static_cast<ActKind>(a))), static_cast<ActKind>(a));
  }
  for (const Action action : {Action::kOpen, Action::kChange, Action::kClose, Action::kGrant}) {
    EXPECT_EQ(ActionNamed(NameOf(action)), action);
  }
  for (const StepKind kind : {StepKind::kHead, StepKind::kVia, StepKind::kConcurrence,
                              StepKind::kPrOffice, StepKind::kCirculation}) {
    EXPECT_EQ(StepKindNamed(NameOf(kind)), kind);
  }
  for (const Role role : {Role::kDepartmentStaff, Role::kDepartmentHead, Role::kPrOffice,
                          Role::kSystem, Role::kItSecurity, Role::kAdmin}) {
    EXPECT_EQ(RoleNamed(NameOf(role)), role);
  }
  EXPECT_EQ(StateNamed("draft"), std::nullopt);
  EXPECT_EQ(ActionNamed("PAUSE"), std::nullopt);
}

}  // namespace
}  // namespace daicho::approval::domain
