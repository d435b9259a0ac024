#include "services/approval/domain/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

Department PrDepartment() { return {.name = "departments/0101", .display_name = "秘書課"}; }

Department Via() {
  return {.name = "departments/0801",
          .display_name = "教育政策課",
          .kind = DepartmentKind::kEducationBoard,
          .via_department = ""};
}

Department Section() {
  return {.name = "departments/0802",
          .display_name = "学校教育課",
          .kind = DepartmentKind::kEducationBoard,
          .via_department = "departments/0801"};
}

// -1 when all have agreed.
int FirstOpen(const std::vector<Step>& steps) {
  const std::vector<int> open = OpenSteps(steps);
  return open.empty() ? -1 : open.front();
}

auto IsStep(StepKind kind, const std::string& department, const std::string& display_name) {
  return ::testing::AllOf(Field(&Step::kind, kind), Field(&Step::department, department),
                          Field(&Step::department_display_name, display_name),
                          Field(&Step::decider, std::nullopt));
}

TEST(DeriveRouteTest, LeadsFromTheHeadToThePrOffice) {
  const Department own = {.name = "departments/0301", .display_name = "観光課"};
  const auto steps = DeriveRoute(own, std::nullopt, PrDepartment());
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(IsStep(StepKind::kHead, "departments/0301", "観光課"),
                                  IsStep(StepKind::kPrOffice, "departments/0101", "秘書課")));
}

// T 5-3: 教育委員会事務局 → 教育政策課.
TEST(DeriveRouteTest, LeadsASectionOfTheEducationBoardViaItsPolicySection) {
  const auto steps = DeriveRoute(Section(), Via(), PrDepartment());
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(IsStep(StepKind::kHead, "departments/0802", "学校教育課"),
                                  IsStep(StepKind::kVia, "departments/0801", "教育政策課"),
                                  IsStep(StepKind::kPrOffice, "departments/0101", "秘書課")));
}

TEST(DeriveRouteTest, SkipsTheViaStepOfTheViaDepartmentItself) {
  Department own = Via();
  own.via_department = own.name;
  const auto steps = DeriveRoute(own, std::nullopt, PrDepartment());
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(Field(&Step::kind, StepKind::kHead),
                                  Field(&Step::kind, StepKind::kPrOffice)));
}

// T 5-7: 受託団体 → 担当課.
TEST(DeriveRouteTest, LeadsACommissionedBodyViaTheSectionThatCommissionsIt) {
  const Department own = {.name = "departments/b1",
                          .display_name = "観光協会",
                          .kind = DepartmentKind::kCommissionedBody,
                          .via_department = "departments/0801"};
  const auto steps = DeriveRoute(own, Via(), PrDepartment());
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps,
              ElementsAre(Field(&Step::kind, StepKind::kHead), Field(&Step::kind, StepKind::kVia),
                          Field(&Step::kind, StepKind::kPrOffice)));
}

TEST(DeriveRouteTest, RefusesACommissionedBodyWithoutThatSection) {
  const Department own = {.name = "departments/b1", .kind = DepartmentKind::kCommissionedBody};
  const auto steps = DeriveRoute(own, std::nullopt, PrDepartment());
  EXPECT_EQ(ReasonOf(steps.status()), "VIA_DEPARTMENT_MISSING");
}

TEST(DeriveRouteTest, LetsAnAffiliatedBodyDoWithoutAViaDepartment) {
  const Department own = {.name = "departments/c1", .kind = DepartmentKind::kAffiliatedBody};
  EXPECT_TRUE(DeriveRoute(own, std::nullopt, PrDepartment()).ok());
}

TEST(DeriveRouteTest, RefusesADepartmentThatRunsItsAccountsOnItsOwn) {
  const Department own = {.name = "departments/p1", .kind = DepartmentKind::kOutOfScope};
  const auto steps = DeriveRoute(own, std::nullopt, PrDepartment());
  EXPECT_EQ(ReasonOf(steps.status()), "DEPARTMENT_OUT_OF_SCOPE");
}

TEST(DeriveRouteTest, GivesThePrOfficeItselfAHeadAndAReviewer) {
  const auto steps = DeriveRoute(PrDepartment(), std::nullopt, PrDepartment());
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(IsStep(StepKind::kHead, "departments/0101", "秘書課"),
                                  IsStep(StepKind::kPrOffice, "departments/0101", "秘書課")));
}

TEST(StateOfTest, IsInRouteUntilThePrOfficeAndAgreedAfterIt) {
  auto steps = *DeriveRoute(Section(), Via(), PrDepartment());
  EXPECT_EQ(FirstOpen(steps), 0);
  EXPECT_EQ(StateOf(steps), State::kInRoute);
  steps[0].decider = Person{"users/a", "A"};
  EXPECT_EQ(StateOf(steps), State::kInRoute);
  steps[1].decider = Person{"users/b", "B"};
  EXPECT_EQ(FirstOpen(steps), 2);
  EXPECT_EQ(StateOf(steps), State::kUnderReview);
  steps[2].decider = Person{"users/c", "C"};
  EXPECT_EQ(FirstOpen(steps), -1);
  EXPECT_EQ(StateOf(steps), State::kAgreed);
}

TEST(DeriveRouteTest, AsksDesksAtOnceAndNoDepartmentTwice) {
  const Department own = {.name = "departments/0301", .display_name = "観光課"};
  const Department desk = {.name = "departments/0104", .display_name = "個人情報担当"};
  const auto steps =
      DeriveRoute(own, std::nullopt, PrDepartment(),
                  {.concurrence = {{desk, {}}, {own, {}}, {PrDepartment(), {}}, {desk, {}}},
                   .circulation = {desk, Via()}});
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps,
              ElementsAre(IsStep(StepKind::kHead, "departments/0301", "観光課"),
                          IsStep(StepKind::kConcurrence, "departments/0104", "個人情報担当"),
                          IsStep(StepKind::kPrOffice, "departments/0101", "秘書課"),
                          IsStep(StepKind::kCirculation, "departments/0801", "教育政策課")));
}

TEST(DeriveRouteTest, NamesEveryRuleThatAsksForADeskOnceInItsOneStep) {
  const Department desk = {.name = "departments/0104", .display_name = "個人情報担当"};
  const Department other = {.name = "departments/0102", .display_name = "スマート県庁推進課"};
  const RuleCited one = {"T-7-4", "T 7-4"};
  const RuleCited two = {"T-5-8-x", "T 5-8"};
  const auto steps = DeriveRoute(
      Section(), Via(), PrDepartment(),
      {.concurrence = {{desk, one}, {other, two}, {desk, two}, {desk, one}, {Via(), one}}});
  ASSERT_TRUE(steps.ok()) << steps.status();
  ASSERT_EQ(steps->size(), 5u);
  EXPECT_THAT(steps->at(1).asked_by, ElementsAre()) << "the via department has its step anyhow";
  EXPECT_THAT(steps->at(2).asked_by, ElementsAre(one, two));
  EXPECT_THAT(steps->at(3).asked_by, ElementsAre(two));
  EXPECT_EQ(OpenSteps({steps->at(2), steps->at(3), steps->at(4)}), (std::vector<int>{0, 1}));
}

}  // namespace
}  // namespace daicho::approval::domain
