#include "services/approval/domain/reroute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr char kOld[] = "departments/0201";
constexpr char kNext[] = "departments/0301";
constexpr char kOther[] = "departments/0302";
constexpr char kOldVia[] = "departments/5001";
constexpr char kAccount[] = "accounts/1";
constexpr char kWhy[] = "reorganizations/1";
const Actor kRegistry = {{"services/registry", ""}, {Role::kSystem}, ""};

Form InState(State state) {
  return {.id = "1",
          .revision = 3,
          .state = state,
          .department = kOld,
          .draft = {.action = Action::kChange, .account = kAccount},
          .round = 1,
          .steps = {{StepKind::kHead, kOld, "観光政策課", {}, {}},
                    {StepKind::kVia, kOldVia, "教育政策課", {}, {}}}};
}

std::optional<Change> Rerouted(const Form& form, const std::vector<Succession>& successions) {
  return Reroute(form, successions, kWhy, kRegistry, kNow);
}

TEST(RerouteTest, GivesAnOpenFormAndItsOpenStepsToTheSuccessor) {
  for (const State state : {State::kDraft, State::kInRoute, State::kUnderReview, State::kAdvised,
                            State::kReturned, State::kPulledBack}) {
    const auto change = Rerouted(InState(state), {{kOld, kNext, "観光戦略課", ""}});
    ASSERT_TRUE(change.has_value()) << NameOf(state);
    EXPECT_EQ(change->after.state, state);
    EXPECT_EQ(change->after.department, kNext);
    EXPECT_EQ(change->after.revision, 4);
    EXPECT_EQ(change->after.steps[0].department, kNext);
    EXPECT_EQ(change->after.steps[0].department_display_name, "観光戦略課");
    EXPECT_EQ(change->after.steps[1].department, kOldVia);
    EXPECT_EQ(change->after.acts.back().kind, ActKind::kRerouted);
    EXPECT_EQ(change->after.acts.back().comment,
              "department: departments/0201 → departments/0301; steps[0].department: "
              "departments/0201 観光政策課 → departments/0301 観光戦略課 (reorganizations/1)");
    EXPECT_EQ(change->events[0].type, "form.rerouted");
    EXPECT_EQ(change->events[0].department, kNext);
    EXPECT_THAT(change->events[0].related, ElementsAre(kWhy, kAccount));
    EXPECT_THAT(change->events[0].changes, Contains(FieldChange{"department", kOld, kNext}));
  }
}

TEST(RerouteTest, LeavesFormsThatNothingCanBeDoneToAnyMore) {
  for (const State state : {State::kWithdrawn, State::kRejected, State::kAgreed, State::kApplied,
                            State::kConflict, State::kExpired}) {
    EXPECT_FALSE(Rerouted(InState(state), {{kOld, kNext, "課", ""}})) << NameOf(state);
  }
}

TEST(RerouteTest, LeavesFormsThatNameNoneOfTheDepartments) {
  EXPECT_FALSE(Rerouted(InState(State::kInRoute), {{kOther, kNext, "課", ""}}));
}

TEST(RerouteTest, KeepsTheNamesOfStepsThatWereDecided) {
  Form form = InState(State::kInRoute);
  form.steps[0].decider = Person{"users/head", "課長"};
  form.steps[0].decide_time = kNow;
  const auto change =
      Rerouted(form, {{kOld, kNext, "観光戦略課", ""}, {kOldVia, kOther, "課", ""}});
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->after.department, kNext);
  EXPECT_EQ(change->after.steps[0].department, kOld);
  EXPECT_EQ(change->after.steps[0].department_display_name, form.steps[0].department_display_name);
  EXPECT_EQ(StandsFor(change->after.steps[0]), kNext);
  EXPECT_EQ(change->after.steps[1].department, kOther);
  const auto next = Rerouted(change->after, {{kNext, kOther, "課", ""}});
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(StandsFor(next->after.steps[0]), kOther) << "and so on";
}

// A form that is returned goes to whoever took over.
TEST(RerouteTest, AStepThatIsDecidedAgainIsItsSuccessors) {
  Form form = InState(State::kInRoute);
  form.steps[0].decider = Person{"users/head", "課長"};
  form.steps[0].decide_time = kNow;
  Form after = Rerouted(form, {{kOld, kNext, "観光戦略課", ""}})->after;
  const Actor via = {{"users/via", ""}, {Role::kDepartmentHead}, kOldVia};
  const auto returned = ReturnToStep(after, via, 0, "直してください。", kNow);
  ASSERT_TRUE(returned.ok()) << returned.status();
  EXPECT_EQ(returned->after.steps[0].department, kNext);
  EXPECT_EQ(returned->after.steps[0].department_display_name, "観光戦略課");
  EXPECT_EQ(returned->after.steps[0].heir, "");
  const FieldChange said = returned->events.front().changes.back();
  EXPECT_EQ(said.path, "steps[0].department");
  EXPECT_EQ(said.after, absl::StrCat(kNext, " 観光戦略課"));
  const Actor next = {{"users/next", ""}, {Role::kDepartmentHead}, kNext};
  EXPECT_TRUE(Agree(returned->after, next, "", kNow).ok());
}

// 後閲: the head goes where the department went, be the form final by then.
TEST(RerouteTest, WhatWaitsToBeReadAfterwardsFollowsWhateverTheFormCameTo) {
  for (const State state : {State::kInRoute, State::kApplied, State::kRejected}) {
    Form form = InState(state);
    form.steps[0].decider = Person{"users/deputy", ""};
    form.steps[0].decide_time = kNow;
    form.steps[0].deputy =
        Deputy{.absent = {"users/head", ""}, .reviewer = {"users/head", ""}, .reason = "出張"};
    const auto change = Rerouted(form, {{kOld, kNext, "観光戦略課", ""}});
    ASSERT_TRUE(change.has_value()) << NameOf(state);
    EXPECT_EQ(change->after.state, state);
    EXPECT_EQ(change->after.department, state == State::kInRoute ? kNext : kOld);
    const Actor before = {{"users/head", ""}, {Role::kDepartmentHead}, kOld};
    const Actor now = {{"users/head", ""}, {Role::kDepartmentHead}, kNext};
    EXPECT_FALSE(ReviewAfterwards(change->after, before, "", kNow).ok());
    EXPECT_TRUE(ReviewAfterwards(change->after, now, "", kNow).ok());
    form.steps[0].deputy->review_time = kNow;
    EXPECT_EQ(Rerouted(form, {{kOld, kNext, "観光戦略課", ""}}).has_value(),
              state == State::kInRoute);
  }
}

TEST(RerouteTest, FollowsTheAccountTheFormIsAboutBeforeTheDepartment) {
  const auto change = Rerouted(InState(State::kInRoute),
                               {{kOld, kOther, "二課", ""}, {kOld, kNext, "一課", kAccount}});
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->after.department, kNext);
  EXPECT_EQ(change->after.steps[0].department, kNext);
  const auto other = Rerouted(InState(State::kInRoute), {{kOld, kNext, "一課", "accounts/2"}});
  EXPECT_FALSE(other.has_value());
}

TEST(RerouteTest, ShowsANewNameAtOpenStepsWhereTheCodeStays) {
  const auto change = Rerouted(InState(State::kInRoute), {{kOld, kOld, "観光戦略課", ""}});
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->after.department, kOld);
  EXPECT_EQ(change->after.steps[0].department_display_name, "観光戦略課");
  EXPECT_FALSE(Rerouted(change->after, {{kOld, kOld, "観光戦略課", ""}}));
}

}  // namespace
}  // namespace daicho::approval::domain
