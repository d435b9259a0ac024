#include "services/policy/domain/guideline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

using ::testing::IsEmpty;

bool AppliesTo(const domain::AppliesTo& applies_to, const Fields& fields,
               const std::string& kind = "KIND_EDUCATION_BOARD") {
  return Applies(applies_to, Subject{fields, kind, kToday});
}

TEST(AppliesTest, AlwaysHoldsWhereNothingIsAsked) { EXPECT_TRUE(AppliesTo({}, {})); }

TEST(AppliesTest, AsksForActionKindAndPlatform) {
  EXPECT_TRUE(
      AppliesTo({.actions = {"ACTION_OPEN", "ACTION_CHANGE"}}, {{"action", "ACTION_OPEN"}}));
  EXPECT_FALSE(AppliesTo({.actions = {"ACTION_OPEN"}}, {{"action", "ACTION_CLOSE"}}));
  EXPECT_FALSE(AppliesTo({.actions = {"ACTION_OPEN"}}, {}));
  EXPECT_TRUE(AppliesTo({.department_kinds = {"KIND_EDUCATION_BOARD"}}, {}));
  EXPECT_FALSE(AppliesTo({.department_kinds = {"KIND_COMMISSIONED_BODY"}}, {}));
  EXPECT_TRUE(AppliesTo({.platforms = {"x"}}, {{"fields.platform", "x"}}));
  EXPECT_FALSE(AppliesTo({.platforms = {"x"}}, {{"fields.platform", "line"}}));
  EXPECT_FALSE(AppliesTo({.except_platforms = {"x"}}, {{"fields.platform", "x"}}));
  EXPECT_TRUE(AppliesTo({.except_platforms = {"x"}}, {{"fields.platform", "line"}}));
}

TEST(AppliesTest, AsksForEveryConditionAtOnce) {
  const domain::AppliesTo fixed_term = {
      .when = {{"fields.term.permanent", {}}, {"fields.kind", {"KIND_OFFICIAL", "KIND_OTHER"}}}};
  EXPECT_TRUE(AppliesTo(fixed_term, {{"fields.kind", "KIND_OFFICIAL"}}));
  EXPECT_FALSE(AppliesTo(fixed_term, {}));
  EXPECT_FALSE(
      AppliesTo(fixed_term, {{"fields.kind", "KIND_OFFICIAL"}, {"fields.term.permanent", "true"}}));
}

Guideline TwoRules() {
  Rule metric{.id = "T-5-5",
              .clause = "T 5-5",
              .severity = Severity::kWarn,
              .check = RequiredFields{{ListPath("fields.goals", ".metric")}},
              .message = {"{field} is missing.", "{field}がありません。"},
              .remedy = {"Fill in {field}.", "{field}を書いてください。"}};
  Rule operators{.id = "T-5-6",
                 .clause = "T 5-6",
                 .applies_to = {.actions = {"ACTION_OPEN"}},
                 .check = HeadCount{"fields.operators", false, 2},
                 .message = {"{count} of {minimum}", "{minimum}人のうち{count}人"},
                 .remedy = {"", ""}};
  return {.version = "t@2023-03-31",
          .rules = {metric, operators},
          .field_names = {{"fields.goals.metric", {"metric", "指標"}},
                          {"fields.term.permanent", {"no end", "期限なし"}},
                          {"fields.term.last_day", {"last day", "最終日"}}}};
}

TEST(EvaluateTest, FindsNothingWhereEveryRuleIsMet) {
  const Fields fields = {{"action", "ACTION_CHANGE"}, {"fields.goals[0].metric", "リーチ数"}};
  const Findings found = Evaluate(TwoRules(), {fields, "KIND_EDUCATION_BOARD", kToday});
  EXPECT_THAT(found.findings, IsEmpty());
  EXPECT_EQ(found.rule_count, 1);
}

TEST(EvaluateTest, SaysWhichEntryAndWithWhichFacts) {
  const Fields fields = {
      {"action", "ACTION_OPEN"}, {"fields.goals[1].target", "5"}, {"fields.operators[0]", "a"}};
  const Findings found = Evaluate(TwoRules(), {fields, "KIND_EDUCATION_BOARD", kToday});
  EXPECT_EQ(found.rule_count, 2);
  ASSERT_EQ(found.findings.size(), 2u);
  const Finding& metric = found.findings[0];
  EXPECT_EQ(metric.rule_id, "T-5-5");
  EXPECT_EQ(metric.clause, "T 5-5");
  EXPECT_EQ(metric.severity, Severity::kWarn);
  EXPECT_EQ(metric.field, "fields.goals[1].metric");
  EXPECT_EQ(metric.message, (Words{"metric (no. 2) is missing.", "指標（2件目）がありません。"}));
  EXPECT_EQ(metric.remedy, (Words{"Fill in metric (no. 2).", "指標（2件目）を書いてください。"}));
  EXPECT_EQ(found.findings[1].message, (Words{"1 of 2", "2人のうち1人"}));
  EXPECT_EQ(found.findings[1].severity, Severity::kBlock);
}

TEST(EvaluateTest, NamesEveryFieldOfWhichOneWouldDo) {
  Guideline guideline = TwoRules();
  guideline.rules = {{.id = "T-5-9-3",
                      .check = OneOfFields{{FieldPath("fields.term.permanent"),
                                            FieldPath("fields.term.last_day")}},
                      .message = {"{field}", "{field}"}}};
  const Findings found = Evaluate(guideline, {Fields(), "KIND_EDUCATION_BOARD", kToday});
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_EQ(found.findings[0].message, (Words{"no end or last day", "期限なし又は最終日"}));
}

TEST(FillTest, LeavesWhatAFormSaysAsItIs) {
  EXPECT_EQ(Fill("{value}", "", {{"value", "{count}"}, {"count", "1"}}), "{count}");
}

}  // namespace
}  // namespace daicho::policy::domain
