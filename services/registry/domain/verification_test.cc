#include "services/registry/domain/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using State = VerificationState;
using ::testing::Contains;

// What may follow what, written out: "known reported".
const std::set<std::pair<State, State>>& Allowed() {
  static const auto* const allowed = new std::set<std::pair<State, State>>{
      {State::kUnreported, State::kNotOffered}, {State::kUnreported, State::kNotApplied},
      {State::kUnreported, State::kApplied},    {State::kUnreported, State::kVerified},
      {State::kUnreported, State::kRefused},    {State::kUnreported, State::kLapsed},
      {State::kNotOffered, State::kNotApplied}, {State::kNotOffered, State::kApplied},
      {State::kNotOffered, State::kVerified},   {State::kNotApplied, State::kNotOffered},
      {State::kNotApplied, State::kNotApplied}, {State::kNotApplied, State::kApplied},
      {State::kNotApplied, State::kVerified},   {State::kApplied, State::kNotOffered},
      {State::kApplied, State::kNotApplied},    {State::kApplied, State::kVerified},
      {State::kApplied, State::kRefused},       {State::kVerified, State::kVerified},
      {State::kVerified, State::kLapsed},       {State::kRefused, State::kNotOffered},
      {State::kRefused, State::kNotApplied},    {State::kRefused, State::kApplied},
      {State::kLapsed, State::kNotOffered},     {State::kLapsed, State::kNotApplied},
      {State::kLapsed, State::kApplied},        {State::kLapsed, State::kVerified}};
  return *allowed;
}

// A report of `state` with all it needs and nothing else.
Verification Plain(State state) {
  Verification verification{.state = state};
  if (state == State::kNotApplied || state == State::kRefused) verification.reason = "登録者不足";
  if (state == State::kVerified) {
    verification.badge = "gray";
    verification.since = kToday;
    verification.evidence = "https://www.pref.example/badge.png";
  }
  return verification;
}

Account With(const Verification& known) {
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .revision = 1,
          .state = AccountState::kActive,
          .department = "5002",
          .platform = "x",
          .facts = ToFacts(known)};
}

std::string ReasonFor(const Account& account, const Verification& reported, bool offered = true) {
  const auto change = RecordVerification(account, reported, offered, kNow);
  return change.ok() ? "" : ReasonOf(change.status());
}

TEST(VerificationTest, WhatMayFollowWhatIsOneTable) {
  for (const State known : kAllVerificationStates) {
    for (const State reported : kAllVerificationStates) {
      EXPECT_EQ(MayFollow(known, reported), Allowed().count({known, reported}) > 0)
          << ToText(known) << " " << ToText(reported);
    }
  }
}

TEST(VerificationTest, ReportsFollowTheTable) {
  for (const State known : kAllVerificationStates) {
    for (const State reported : kAllVerificationStates) {
      if (reported == State::kUnreported) continue;
      const bool offered = reported != State::kNotOffered;
      EXPECT_EQ(ReasonFor(With(Plain(known)), Plain(reported), offered),
                MayFollow(known, reported) ? "" : "VERIFICATION_CANNOT_FOLLOW")
          << ToText(known) << " " << ToText(reported);
    }
  }
}

TEST(VerificationTest, AStateMustBeSaid) {
  EXPECT_EQ(ReasonFor(With({}), {.reason = "x"}), "INVALID_FIELD");
}

TEST(VerificationTest, EachStateNeedsAndAllowsItsOwnFields) {
  struct Field {
    const char* name;
    void (*set)(Verification&);
    void (*clear)(Verification&);
    std::set<State> needed;
    std::set<State> allowed;
  };
  const std::set<State> verified{State::kVerified};
  const std::set<State> unverified{State::kNotOffered, State::kNotApplied, State::kApplied,
                                   State::kRefused, State::kLapsed};
  const Field fields[] = {{"reason",
                           [](Verification& v) { v.reason = "x"; },
                           [](Verification& v) { v.reason = ""; },
                           {State::kNotApplied, State::kRefused},
                           unverified},
                          {"badge", [](Verification& v) { v.badge = "x"; },
                           [](Verification& v) { v.badge = ""; }, verified, verified},
                          {"since", [](Verification& v) { v.since = kToday; },
                           [](Verification& v) { v.since.reset(); }, verified, verified},
                          {"expires_on",
                           [](Verification& v) { v.expires_on = kToday + 365; },
                           [](Verification& v) { v.expires_on.reset(); },
                           {},
                           verified},
                          {"evidence",
                           [](Verification& v) { v.evidence = "x"; },
                           [](Verification& v) { v.evidence = ""; },
                           verified,
                           {State::kApplied, State::kVerified, State::kRefused, State::kLapsed}}};
  for (const State state : kAllVerificationStates) {
    if (state == State::kUnreported) continue;
    const bool offered = state != State::kNotOffered;
    for (const Field& field : fields) {
      Verification with = Plain(state);
      field.set(with);
      EXPECT_EQ(ReasonFor(With({}), with, offered),
                field.allowed.count(state) > 0 ? "" : "INVALID_FIELD")
          << ToText(state) << " with " << field.name;
      Verification without = Plain(state);
      field.clear(without);
      EXPECT_EQ(ReasonFor(With({}), without, offered),
                field.needed.count(state) > 0 ? "INVALID_FIELD" : "")
          << ToText(state) << " without " << field.name;
    }
  }
}

TEST(VerificationTest, ThePlatformDecidesWhetherThereIsAProgramme) {
  for (const State state : kAllVerificationStates) {
    if (state == State::kUnreported) continue;
    const bool offered = state != State::kNotOffered;
    EXPECT_EQ(ReasonFor(With({}), Plain(state), offered), "") << ToText(state);
    const char* otherwise = state == State::kNotOffered ? "PROGRAMME_EXISTS"
                            : state == State::kLapsed   ? ""
                                                        : "NO_PROGRAMME";
    EXPECT_EQ(ReasonFor(With({}), Plain(state), !offered), otherwise) << ToText(state);
  }
}

TEST(VerificationTest, ABadgeHasBegunAndEndsAfterItsBeginning) {
  Verification reported = Plain(State::kVerified);
  reported.since = kToday + 1;
  EXPECT_EQ(ReasonFor(With({}), reported), "DATE_IN_FUTURE");
  reported.since = kToday;
  reported.expires_on = kToday;
  EXPECT_EQ(ReasonFor(With({}), reported), "");
  reported.expires_on = kToday - 1;
  EXPECT_EQ(ReasonFor(With({}), reported), "INVALID_FIELD");
}

TEST(VerificationTest, ATombstoneIsVerifiedNoMore) {
  Account closed = With({});
  closed.state = AccountState::kClosed;
  EXPECT_EQ(ReasonFor(closed, Plain(State::kApplied)), "ACCOUNT_NOT_ALIVE");
}

TEST(VerificationTest, TheReportReplacesTheOneBefore) {
  const auto change =
      RecordVerification(With(Plain(State::kVerified)), Plain(State::kLapsed), true, kNow);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(VerificationOf(change->after.facts), Plain(State::kLapsed));
  EXPECT_EQ(change->event.type, "account.verification_recorded");
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"facts.verification.badge", "gray", ""}));
}

TEST(VerificationTest, FactsAreReadBackAsTheyWereWritten) {
  Verification verification = Plain(State::kVerified);
  verification.expires_on = kToday + 365;
  EXPECT_EQ(VerificationOf(ToFacts(verification)), verification);
  EXPECT_EQ(VerificationOf({}), Verification());
}

TEST(VerificationTest, ABadgeIsLapsedFromTheDayAfterItsLast) {
  Verification verification = Plain(State::kVerified);
  EXPECT_EQ(StateOn(verification, kToday + 5000), State::kVerified);
  verification.expires_on = kToday;
  EXPECT_EQ(StateOn(verification, kToday), State::kVerified);
  EXPECT_EQ(StateOn(verification, kToday + 1), State::kLapsed);
  EXPECT_EQ(StateOn(Plain(State::kApplied), kToday + 1), State::kApplied);
}

CoveredAccount Covered(const std::string& department, const Verification& verification) {
  return {.id = "a", .department = department, .platform = "x", .verification = verification};
}

TEST(CoverageTest, CountsByStateAndNamesWhatIsMissing) {
  Coverage coverage(kToday, 2);
  Verification expired = Plain(State::kVerified);
  expired.since = kToday - 400;
  expired.expires_on = kToday - 1;
  coverage.Add(Covered("5002", Plain(State::kVerified)), true);
  coverage.Add(Covered("5002", expired), true);
  coverage.Add(Covered("5002", {}), true);
  coverage.Add(Covered("5002", Plain(State::kNotApplied)), true);
  coverage.Add(Covered("0201", Plain(State::kNotOffered)), false);

  EXPECT_EQ(coverage.counts().at({"5002", "x"}), (Coverage::Counts{{State::kUnreported, 1},
                                                                   {State::kNotApplied, 1},
                                                                   {State::kVerified, 1},
                                                                   {State::kLapsed, 1}}));
  EXPECT_EQ(coverage.counts().at({"0201", "x"}), (Coverage::Counts{{State::kNotOffered, 1}}));
  EXPECT_EQ(coverage.missing_count(), 3);
  ASSERT_EQ(coverage.missing().size(), 2u) << "at most as many as were asked for";
  EXPECT_EQ(coverage.missing()[0].state, State::kLapsed);
}

}  // namespace
}  // namespace daicho::registry::domain
