// Every guideline file that ships: its rules on its cases, its coverage, and whether a broken rule
// is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/wire/fields.h"
#include "services/policy/coverage.h"
#include "services/policy/guideline.h"
#include "services/policy/testing/cases.h"
#include "services/policy/testing/mutants.h"

namespace daicho::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kFolder[] = "services/policy/guidelines/";

class GuidelinesTest : public ::testing::TestWithParam<const char*> {
 protected:
  GuidelinesTest()
      : stem_(absl::StrCat(kFolder, GetParam())),
        guideline_(ParseGuideline(stem_ + ".textproto", testing::ReadFile(stem_ + ".textproto"))) {}

  void SetUp() override {
    ASSERT_TRUE(guideline_.ok()) << guideline_.status().message();
    const std::string path = stem_ + ".cases.textproto";
    Problems problems(path);
    google::protobuf::TextFormat::ParseInfoTree tree;
    const absl::Status read = ReadTextFormat(testing::ReadFile(path), &cases_, &tree, &problems);
    ASSERT_TRUE(read.ok()) << read.message();
    ASSERT_EQ(cases_.guideline(), guideline_->proto.id());
  }

  std::string stem_;
  absl::StatusOr<LoadedGuideline> guideline_;
  v1::GuidelineCases cases_;
};

INSTANTIATE_TEST_SUITE_P(Shipped, GuidelinesTest,
                         ::testing::Values("aomori", "mine", "tokushima", "union", "yatsushiro"),
                         [](const auto& info) { return std::string(info.param); });

std::string Samples(const v1::RuleCases& rule) {
  std::set<char> samples;
  for (const v1::Case& c : rule.cases()) samples.insert(c.on().begin(), c.on().end());
  return std::string(samples.begin(), samples.end());
}

TEST_P(GuidelinesTest, HasCasesForEveryRuleAndEveryCondition) {
  ASSERT_EQ(cases_.rules_size(), guideline_->proto.rules_size());
  for (int i = 0; i < cases_.rules_size(); ++i) {
    const v1::Rule& rule = guideline_->proto.rules(i);
    const v1::RuleCases& cases = cases_.rules(i);
    SCOPED_TRACE(rule.id());
    ASSERT_EQ(cases.rule(), rule.id());
    EXPECT_THAT(cases.cases(), Not(IsEmpty()));
    EXPECT_THAT(cases.applies(), HasSubstr(Samples(cases).substr(0, 1)));
    for (const v1::Case& c : cases.cases()) {
      const v1::AppliesTo& applies_to = rule.applies_to();
      const bool conditions = applies_to.when_size() + applies_to.except_platforms_size() > 0;
      EXPECT_TRUE(!conditions || c.unless_size() > 0);
      EXPECT_EQ(applies_to.department_kinds_size() > 0, !c.department_kind().empty());
    }
  }
}

TEST_P(GuidelinesTest, FindsEachRuleAloneWhenItsFieldIsBroken) {
  for (const v1::RuleCases& rule : cases_.rules()) {
    EXPECT_THAT(testing::Failures(cases_, rule, guideline_->domain, {}), IsEmpty());
  }
}

TEST_P(GuidelinesTest, FindsNothingInTheSamples) {
  for (const char sample : std::string("OCXA")) {
    const Fields fields = testing::Sample(cases_, sample);
    const auto kind = sample == 'A' ? domain::SubjectKind::kAccount : domain::SubjectKind::kForm;
    for (const domain::Finding& finding :
         Evaluate(guideline_->domain,
                  {fields, "KIND_EDUCATION_BOARD", wire::FromDate(cases_.today()).value(), kind})
             .findings) {
      ADD_FAILURE() << sample << " " << finding.rule_id << " at " << finding.field;
    }
  }
}

TEST_P(GuidelinesTest, NoticesEveryRuleThatIsBroken) {
  int count = 0;
  for (const v1::RuleCases& rule : cases_.rules()) {
    for (const testing::Mutant& mutant : testing::MutantsOf(guideline_->proto, rule.rule())) {
      ++count;
      const auto broken = ParseGuideline("mutant", mutant.text);
      if (!broken.ok()) continue;  // The loader notices.
      EXPECT_THAT(testing::Failures(cases_, rule, broken->domain, {.alone = true, .first = true}),
                  Not(IsEmpty()))
          << mutant.what;
    }
  }
  EXPECT_GE(count, 5 * guideline_->proto.rules_size());
}

TEST_P(GuidelinesTest, NoticesALadderThatIsBroken) {
  for (const testing::Mutant& mutant : testing::LadderMutantsOf(guideline_->proto)) {
    const auto broken = ParseGuideline("mutant", mutant.text);
    if (!broken.ok()) continue;
    std::vector<std::string> failures;
    for (const v1::Rule& rule : broken->proto.rules()) {
      for (const v1::RuleCases& cases : cases_.rules()) {
        if (cases.rule() != rule.id()) continue;
        const auto more = testing::Failures(cases_, cases, broken->domain, {.first = true});
        failures.insert(failures.end(), more.begin(), more.end());
      }
    }
    EXPECT_THAT(failures, Not(IsEmpty())) << mutant.what;
  }
}

TEST_P(GuidelinesTest, SaysOfEveryClauseWhoCarriesIt) {
  const std::string path = stem_ + ".coverage.textproto";
  const auto coverage = ParseCoverage(path, testing::ReadFile(path), guideline_->proto);
  ASSERT_TRUE(coverage.ok()) << coverage.status().message();
  EXPECT_EQ(CoveragePage(guideline_->proto, *coverage), testing::ReadFile(stem_ + ".md"))
      << "make it anew: daicho-policy coverage " << stem_ << ".textproto > " << stem_ << ".md";
}

TEST_P(GuidelinesTest, SaysEverythingInBothLanguagesWithoutPlaceholdersLeft) {
  for (const domain::Rule& rule : guideline_->domain.rules) {
    for (const std::string& text : {rule.message.ja, rule.remedy.ja}) {
      EXPECT_THAT(text, ::testing::ContainsRegex("[^ -~]")) << rule.id;
    }
    for (const std::string& text : {rule.message.en, rule.remedy.en}) {
      EXPECT_FALSE(text.empty()) << rule.id;
    }
  }
}

TEST(GuidelineFilesTest, AreAllTested) {
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    ids.insert(name.substr(0, name.find('.')));
  }
  EXPECT_THAT(ids, ElementsAre("account", "aomori", "mine", "tokushima", "union", "yatsushiro"));
}

TEST(TokushimaTest, IsTheTextOfItsLastAmendment) {
  const std::string path = absl::StrCat(kFolder, "tokushima.textproto");
  const auto guideline = ParseGuideline(path, testing::ReadFile(path));
  ASSERT_TRUE(guideline.ok());
  EXPECT_EQ(guideline->domain.version, "tokushima@2023-03-31");
  std::vector<std::string> days;
  for (const v1::Version& version : guideline->proto.versions()) {
    days.push_back(wire::Flatten(version).at("effective_on"));
  }
  EXPECT_THAT(days, ElementsAre("2014-02-10", "2015-05-01", "2016-04-01", "2018-04-02",
                                "2020-04-01", "2021-03-01", "2021-07-07", "2023-03-31"));
}

}  // namespace
}  // namespace daicho::policy
