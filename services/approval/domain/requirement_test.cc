#include "services/approval/domain/requirement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "absl/strings/cord.h"
#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"

namespace daicho::approval::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The table as the specification prints it: OPEN, CHANGE, CLOSE, and GRANT, which Y 2-2 adds. What
// of several fields is asked for most counts. ● required, ? when the fact applies, ○ optional, –
// absent, . never typed. The account, which 8 names, says 9 and 10 of a CLOSE.
const std::map<int, std::string> kPrinted = {
    {1, "●●●●"},  {2, "●●●●"},  {3, "●●●●"},  {4, "●●●●"},  {5, "...."},  {6, "●●●●"},
    {7, "●●––"},  {8, "●●●●"},  {9, "●●––"},  {10, "●●––"}, {11, "●●●●"}, {12, "●●––"},
    {13, "●●––"}, {14, "●●––"}, {15, "●●––"}, {16, "●●–●"}, {17, "●●––"}, {18, "●●––"},
    {19, "●●––"}, {20, "●?––"}, {21, "●?––"}, {22, "●?––"}, {23, "●●●–"}, {24, "○○––"},
    {25, "–●––"}, {26, "––●–"}, {27, "––●–"}, {28, "●?–○"}, {29, "...."}};

std::string SignOf(Need need) {
  switch (need) {
    case Need::kRequired:
      return "●";
    case Need::kIf:
      return "?";
    case Need::kOptional:
      return "○";
    case Need::kAbsent:
      return "–";
    case Need::kDerived:
      return ".";
  }
  return "";
}

// Everything that is asked for, and the facts that ask for more as they please.
Draft Complete(Action action, const Fields& more = {}) {
  Draft draft = {.action = action, .content = more};
  for (const Requirement& requirement : Requirements()) {
    if (requirement.needs_of(action) != Need::kRequired) continue;
    if (!IsFilledIn(draft.content, requirement.path)) {
      draft.content[std::string(requirement.path)] = "x";
    }
  }
  return draft;
}

std::vector<std::string> Missing(const Draft& draft, const Fields& ledger = {}) {
  const absl::Status status = RefuseIncomplete(draft, ledger);
  if (status.ok()) return {};
  EXPECT_EQ(ReasonOf(status), "FORM_INCOMPLETE");
  std::vector<std::string> paths;
  google::rpc::PreconditionFailure failure;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure");
  EXPECT_TRUE(payload && failure.ParseFromString(std::string(*payload)));
  for (const auto& violation : failure.violations()) paths.push_back(violation.subject());
  return paths;
}

TEST(RequirementsTest, AreTheTwentyNineFieldsAsPrinted) {
  std::map<int, std::string> table;
  for (const auto& [number, printed] : kPrinted) {
    for (int a = 0; a < kActionCount; ++a) {
      Need most = Need::kDerived;
      for (const Requirement& requirement : Requirements()) {
        if (requirement.number == number) {
          most = std::min(most, requirement.needs_of(static_cast<Action>(a)));
        }
      }
      table[number] += SignOf(most);
    }
  }
  EXPECT_EQ(table, kPrinted);
  EXPECT_EQ(table.size(), 29u);
}

TEST(RequirementsTest, EveryRequiredFieldIsNamedWhenItAloneIsMissing) {
  for (int a = 0; a < kActionCount; ++a) {
    const auto action = static_cast<Action>(a);
    // The ledger has nothing of what this CHANGE says: it rewrites the policy.
    const Draft complete =
        Complete(action, action == Action::kChange ? Fields{{"attachments", "x"}} : Fields());
    EXPECT_THAT(Missing(complete), IsEmpty());
    EXPECT_THAT(FilledInVain(complete), IsEmpty());
    for (const auto& [path, value] : complete.content) {
      Draft draft = complete;
      draft.content.erase(path);
      EXPECT_THAT(Missing(draft), ElementsAre(path));
    }
  }
}

TEST(RequirementsTest, AllThatIsMissingIsNamedAtOnce) {
  for (int a = 0; a < kActionCount; ++a) {
    const auto action = static_cast<Action>(a);
    EXPECT_EQ(Missing({.action = action}).size(), Complete(action).content.size());
  }
}

TEST(RequirementsTest, EveryFieldTheActionDoesNotHaveIsRefusedWhenFilledIn) {
  for (int a = 0; a < kActionCount; ++a) {
    for (const Requirement& requirement : Requirements()) {
      Draft draft = Complete(static_cast<Action>(a));
      const std::string path(requirement.path);
      const bool absent = requirement.needs_of(draft.action) == Need::kAbsent;
      if (requirement.needs_of(draft.action) == Need::kDerived) continue;
      draft.content[path + "[0].x"] = "x";
      if (absent) {
        EXPECT_THAT(FilledInVain(draft), ElementsAre(path)) << NameOf(draft.action);
      } else {
        EXPECT_THAT(FilledInVain(draft), IsEmpty()) << NameOf(draft.action) << " " << path;
      }
    }
  }
}

TEST(RequirementsTest, WhatAFactAsksForIsAskedForWhenItAppliesAlone) {
  struct Row {
    Action action;
    Fields fact;  // Of the form.
    Fields ledger;
    std::vector<std::string> wanted;
  };
  const std::vector<Row> rows = {
      {Action::kOpen,
       {{"fields.operator_type", "OPERATOR_TYPE_COMMISSIONED"}},
       {},
       {"fields.contractor.display_name", "fields.contractor.start_date",
        "fields.contractor.end_date"}},
      {Action::kOpen, {{"fields.operator_type", "OPERATOR_TYPE_DIRECT"}}, {}, {}},
      {Action::kChange,
       {{"fields.kind", "KIND_PERSONAL_EXCEPTION"}},
       {},
       {"fields.personal_exception.reason", "fields.personal_exception.approver",
        "fields.personal_exception.end_date"}},
      {Action::kChange, {{"fields.kind", "KIND_OFFICIAL"}}, {}, {}},
      {Action::kClose, {{"closing.reason", "REASON_MERGED"}}, {}, {"closing.successor"}},
      {Action::kClose, {{"closing.reason", "REASON_OTHER"}}, {}, {"closing.reason_detail"}},
      {Action::kClose, {{"closing.reason", "REASON_INACTIVE"}}, {}, {}},
      {Action::kChange,
       {},
       {{"fields.goals[0].metric", "リーチ数"}, {"fields.overlap_statement", "なし"}},
       {"fields.overlap_statement", "fields.goals"}},
      {Action::kChange,
       {},
       {{"fields.verification_plan", "申請する"}},
       {"fields.verification_plan"}},
      {Action::kClose,
       {},
       {{"activity.last_post_time", "2026-08-01T00:00:00Z"}},
       {"closing_plan.last_post_on"}},
      {Action::kClose, {}, {{"activity.observe_time", "2026-08-01T00:00:00Z"}}, {}},
      {Action::kChange, {{"fields.purpose", "新"}}, {{"fields.purpose", "旧"}}, {"attachments"}},
      {Action::kChange, {}, {{"fields.terms_of_use.url", "旧"}}, {"attachments"}},
      {Action::kChange, {{"fields.display_name", "新"}}, {{"fields.display_name", "旧"}}, {}},
      {Action::kChange, {}, {}, {}}};
  for (const Row& row : rows) {
    const Draft draft = Complete(row.action, row.fact);
    Fields ledger = row.ledger;
    ledger.insert(draft.content.begin(), draft.content.end());  // What it is not a fact of.
    EXPECT_EQ(Missing(draft, ledger), row.wanted) << NameOf(row.action);
  }
}

TEST(IsFilledInTest, TakesAPathAndWhatIsBelowItAndNothingThatOnlyBeginsAlike) {
  const Fields content = {{"fields.term.permanent", "true"}, {"fields.topics_more", "x"}};
  EXPECT_TRUE(IsFilledIn(content, "fields.term"));
  EXPECT_TRUE(IsFilledIn(content, "fields.term.permanent"));
  EXPECT_FALSE(IsFilledIn(content, "fields.topics"));
  EXPECT_FALSE(IsFilledIn({{"fields.topics", "\u3000"}}, "fields.topics")) << "a blank is nothing";
  EXPECT_FALSE(IsFilledIn(content, "fields.term.last_day"));
}

}  // namespace
}  // namespace daicho::approval::domain
