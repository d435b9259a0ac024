#include "services/approval/domain/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

// Stands for "where the route has it" in what NextState() answers.
constexpr State kRoute = State::kExpired;

const std::map<std::pair<State, ActKind>, State> kAllowed = {
    {{State::kNone, ActKind::kCreated}, State::kDraft},
    {{State::kDraft, ActKind::kUpdated}, State::kDraft},
    {{State::kDraft, ActKind::kSubmitted}, kRoute},
    {{State::kDraft, ActKind::kWithdrawn}, State::kWithdrawn},
    {{State::kInRoute, ActKind::kAgreed}, kRoute},
    {{State::kInRoute, ActKind::kReturned}, State::kReturned},
    {{State::kInRoute, ActKind::kWithdrawn}, State::kWithdrawn},
    {{State::kUnderReview, ActKind::kAgreed}, kRoute},
    {{State::kUnderReview, ActKind::kReturned}, State::kReturned},
    {{State::kUnderReview, ActKind::kWithdrawn}, State::kWithdrawn},
    {{State::kReturned, ActKind::kUpdated}, State::kReturned},
    {{State::kReturned, ActKind::kSubmitted}, kRoute},
    {{State::kReturned, ActKind::kWithdrawn}, State::kWithdrawn},
    {{State::kAgreed, ActKind::kApplied}, State::kApplied},
    {{State::kAgreed, ActKind::kConflicted}, State::kConflict},
};

const std::map<ActKind, std::string> kReasons = {
    {ActKind::kCreated, "FORM_ALREADY_EXISTS"}, {ActKind::kUpdated, "FORM_NOT_WRITABLE"},
    {ActKind::kSubmitted, "FORM_NOT_WRITABLE"}, {ActKind::kAgreed, "FORM_NOT_IN_ROUTE"},
    {ActKind::kReturned, "FORM_NOT_IN_ROUTE"},  {ActKind::kWithdrawn, "FORM_NOT_WITHDRAWABLE"},
    {ActKind::kApplied, "FORM_NOT_AGREED"},     {ActKind::kConflicted, "FORM_NOT_AGREED"},
    {ActKind::kRerouted, "FORM_NOT_OPEN"},
};

TEST(NextStateTest, AllowsWhatIsListedAndRefusesEveryOtherPairWithItsReason) {
  for (int s = 0; s < kStateCount; ++s) {
    for (int a = 0; a < kActKindCount; ++a) {
      const auto state = static_cast<State>(s);
      const auto act = static_cast<ActKind>(a);
      SCOPED_TRACE(testing::Message() << NameOf(state) << " × " << NameOf(act));
      const auto next = NextState(state, act, kRoute);
      if (const auto expected = kAllowed.find({state, act}); expected != kAllowed.end()) {
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(NameOf(*next), NameOf(expected->second));
      } else {
        EXPECT_EQ(ReasonOf(next.status()), kReasons.at(act));
      }
    }
  }
}

TEST(NextStateTest, LetsNothingLeaveAFinalState) {
  for (const State state :
       {State::kWithdrawn, State::kRejected, State::kApplied, State::kExpired}) {
    for (int a = 0; a < kActKindCount; ++a) {
      EXPECT_FALSE(NextState(state, static_cast<ActKind>(a), kRoute).ok()) << NameOf(state);
    }
  }
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
  for (const Action action : {Action::kOpen, Action::kChange, Action::kClose}) {
    EXPECT_EQ(ActionNamed(NameOf(action)), action);
  }
  for (const StepKind kind : {StepKind::kHead, StepKind::kVia, StepKind::kConcurrence,
                              StepKind::kPrOffice, StepKind::kCirculation}) {
    EXPECT_EQ(StepKindNamed(NameOf(kind)), kind);
  }
  for (const Role role :
       {Role::kDepartmentStaff, Role::kDepartmentHead, Role::kPrOffice, Role::kSystem}) {
    EXPECT_EQ(RoleNamed(NameOf(role)), role);
  }
  EXPECT_EQ(StateNamed("draft"), std::nullopt);
  EXPECT_EQ(ActionNamed("GRANT"), std::nullopt);
}

}  // namespace
}  // namespace daicho::approval::domain
