#include "services/registry/domain/public_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/civil.h"
#include "common/base/uuid.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kYear = 365;
// 2026-11-22 08:30 in Tokyo.

PublicFacts Open() {
  return {.account = "0197b1f0-0000-7000-8000-000000000001",
          .department = "0101",
          .platform = "x",
          .handle = "pref_aomori",
          .display_name = "青森県",
          .url = "https://x.com/pref_aomori",
          .state = AccountState::kActive,
          .opened = true,
          .opened_on = absl::CivilDay(2020, 4, 1)};
}

PublicFacts Closing(absl::CivilDay effective_on) {
  PublicFacts facts = Open();
  facts.state = AccountState::kClosing;
  facts.closing_effective_on = effective_on;
  return facts;
}

PublicFacts Closed(absl::CivilDay effective_on, absl::CivilDay unlisted_on) {
  PublicFacts facts = Closing(effective_on);
  facts.state = AccountState::kClosed;
  facts.unlisted_on = unlisted_on;
  return facts;
}

std::optional<ListStanding> StandingOf(const PublicFacts& facts, absl::CivilDay today = kToday) {
  const auto listed = Place(facts, today, kYear);
  if (!listed) return std::nullopt;
  return listed->standing;
}

TEST(PlaceTest, AnOpenAccountIsOnTheListWhetherOrNotAPageWasSeenToShowIt) {
  EXPECT_EQ(StandingOf(Open()), ListStanding::kOfficial);
}

TEST(PlaceTest, NothingIsPublishedBeforeItIsOpen) {
  PublicFacts facts = Open();
  facts.opened = false;
  facts.opened_on.reset();
  facts.state = AccountState::kPreparing;
  EXPECT_EQ(StandingOf(facts), std::nullopt);
  // Given up before it ever opened.
  for (const AccountState state : {AccountState::kClosing, AccountState::kClosed}) {
    facts.state = state;
    facts.closing_effective_on = kToday - 1;
    facts.unlisted_on = kToday - 1;
    EXPECT_EQ(StandingOf(facts), std::nullopt);
  }
}

TEST(PlaceTest, AClosingAccountStaysUntilItsDay) {
  EXPECT_EQ(StandingOf(Closing(kToday + 1)), ListStanding::kOfficial);
  EXPECT_EQ(Place(Closing(kToday + 1), kToday, kYear)->official_until, kToday + 1);
  EXPECT_EQ(StandingOf(Closing(kToday)), ListStanding::kFormer);
}

TEST(PlaceTest, AFormerAccountSaysSinceWhenAndLeavesAfterTheGivenDays) {
  const auto listed = Place(Closed(kToday - 29, kToday - 20), kToday, 30);
  ASSERT_TRUE(listed.has_value());
  EXPECT_EQ(listed->standing, ListStanding::kFormer);
  EXPECT_EQ(listed->official_until, kToday - 29);
  EXPECT_EQ(Place(Closed(kToday - 30, kToday - 20), kToday, 30), std::nullopt);
  EXPECT_TRUE(Place(Closing(kToday - 29), kToday, 30).has_value());
  EXPECT_EQ(Place(Closing(kToday - 30), kToday, 30), std::nullopt);
}

TEST(PlaceTest, AnAccountGoneBeforeItsDayIsFormerSinceItWentOffThePages) {
  const auto listed = Place(Closed(kToday + 10, kToday - 2), kToday, kYear);
  ASSERT_TRUE(listed.has_value());
  EXPECT_EQ(listed->standing, ListStanding::kFormer);
  EXPECT_EQ(listed->official_until, kToday - 2);
}

TEST(PlaceTest, ASuspendedAccountIsShownAsSuchWithItsNotice) {
  for (const Condition condition :
       {Condition::kSuspendedByPlatform, Condition::kSuspendedInternally}) {
    PublicFacts facts = Open();
    facts.condition = condition;
    facts.notice = "Facebookをご覧ください。";
    facts.condition_successor = "0197b1f0-0000-7000-8000-000000000002";
    const auto listed = Place(facts, kToday, kYear);
    ASSERT_TRUE(listed.has_value());
    EXPECT_EQ(listed->standing, ListStanding::kSuspended);
    EXPECT_EQ(listed->facts.notice, "Facebookをご覧ください。");
    EXPECT_EQ(listed->successor, "0197b1f0-0000-7000-8000-000000000002");
  }
}

TEST(PlaceTest, ANoticeIsNotShownOnceTheTroubleIsOver) {
  PublicFacts facts = Open();
  facts.notice = "凍結されています。";
  facts.condition_since = kToday - 3;
  facts.condition_successor = "0197b1f0-0000-7000-8000-000000000002";
  const auto listed = Place(facts, kToday, kYear);
  EXPECT_EQ(listed->facts.notice, "");
  EXPECT_EQ(listed->facts.condition_since, std::nullopt);
  EXPECT_EQ(listed->successor, "");
}

TEST(PlaceTest, AWarningOfATakeoverDoesNotEndWithTheClosingDayNorWithTheWindow) {
  PublicFacts facts = Closing(kToday - 400);
  facts.condition = Condition::kCompromised;
  EXPECT_EQ(StandingOf(facts), ListStanding::kCompromised);
  facts.state = AccountState::kClosed;
  facts.unlisted_on = kToday - 1;
  EXPECT_EQ(StandingOf(facts), std::nullopt) << "gone, and long ago";
}

TEST(PlaceTest, APersonsOwnAccountIsListedWithoutItsName) {
  PublicFacts facts = Open();
  facts.personal = true;
  facts.display_name = "広瀬 遥";
  EXPECT_EQ(Place(facts, kToday, kYear)->facts.display_name, "");
  EXPECT_EQ(Place(FormerName{facts, kToday - 1}, kToday, kYear)->facts.display_name, "");
}

TEST(PlaceTest, AgreesWithLookupsOnWhatIsOfficialNoLonger) {
  for (const AccountState state : kAllAccountStates) {
    for (const Condition condition : kAllConditions) {
      for (const bool opened : {false, true}) {
        for (const int day : {-1, 0, 1}) {
          PublicFacts facts = Open();
          facts.state = state;
          facts.condition = condition;
          facts.opened = opened;
          const bool closing = state != AccountState::kPreparing && state != AccountState::kActive;
          if (closing) facts.closing_effective_on = kToday + day;
          if (closing && state != AccountState::kClosing) facts.unlisted_on = kToday - 2;
          const LookupEntry entry{.account = facts.account,
                                  .url = facts.url,
                                  .listing_url = "https://www.pref.example/sns/",
                                  .state = state,
                                  .condition = condition,
                                  .opened = opened,
                                  .closing_effective_on = facts.closing_effective_on,
                                  .unlisted_on = facts.unlisted_on};
          const auto listed = Place(facts, kToday, kYear);
          const Verdict verdict = Decide(entry, kToday);
          if (!listed) {
            EXPECT_NE(verdict, Verdict::kOfficial);
            EXPECT_NE(verdict, Verdict::kOfficialButSuspended);
            continue;
          }
          EXPECT_EQ(listed->standing == ListStanding::kFormer,
                    verdict == Verdict::kFormerlyOfficial);
          EXPECT_EQ(listed->standing == ListStanding::kOfficial, verdict == Verdict::kOfficial);
          EXPECT_EQ(listed->standing == ListStanding::kCompromised,
                    verdict == Verdict::kCompromised);
          if (verdict == Verdict::kFormerlyOfficial) {
            EXPECT_EQ(listed->official_until, OfficialUntil(entry, kToday));
          }
        }
      }
    }
  }
}

// Agreed to be renamed, it is in the ledger under a name that it may not have on its platform yet.
TEST(PlaceTest, ARenamedAccountStaysOnTheListAndIsOfficialOnceItWasSeenUnderItsName) {
  PublicFacts facts = Open();
  facts.renamed_unseen = true;
  EXPECT_EQ(StandingOf(facts), ListStanding::kUnconfirmed);
  facts.condition = Condition::kCompromised;
  EXPECT_EQ(StandingOf(facts), ListStanding::kCompromised);
  facts.condition = Condition::kNormal;
  facts.renamed_unseen = false;
  EXPECT_EQ(StandingOf(facts), ListStanding::kOfficial);
}

TEST(PlaceTest, AFormerNameLeavesAfterTheGivenDaysAndNamesItsAccount) {
  const auto listed = Place(FormerName{Open(), kToday - 29}, kToday, 30);
  ASSERT_TRUE(listed.has_value());
  EXPECT_EQ(listed->standing, ListStanding::kFormer);
  EXPECT_TRUE(listed->former_name);
  EXPECT_EQ(listed->successor, Open().account);
  EXPECT_EQ(listed->official_until, kToday - 29);
  EXPECT_EQ(Place(FormerName{Open(), kToday - 30}, kToday, 30), std::nullopt);
}

std::vector<PublicChangeKind> KindsOf(const PublicFacts& before, const PublicFacts& after) {
  std::vector<PublicChangeKind> kinds;
  for (const auto& change : ChangesOf({before, after, 2, kNow})) kinds.push_back(change.kind);
  return kinds;
}

TEST(ChangesOfTest, TellsAnOpeningOnce) {
  PublicFacts before = Open();
  before.state = AccountState::kPreparing;
  before.opened = false;
  EXPECT_THAT(KindsOf(before, Open()), ElementsAre(PublicChangeKind::kOpened));
  EXPECT_THAT(KindsOf(Open(), Open()), IsEmpty());
}

TEST(ChangesOfTest, TellsNothingOfWhatWasNeverOnTheList) {
  PublicFacts before = Open();
  before.state = AccountState::kPreparing;
  before.opened = false;
  PublicFacts after = before;
  after.display_name = "別の名前";
  EXPECT_THAT(KindsOf(before, after), IsEmpty());
  after.state = AccountState::kClosing;
  after.closing_effective_on = kToday + 1;
  EXPECT_THAT(KindsOf(before, after), IsEmpty());
}

TEST(ChangesOfTest, TellsARenamingWithTheNameBefore) {
  PublicFacts after = Open();
  after.display_name = "青森県広報";
  after.url = "https://x.com/aomori_koho";
  const auto changes = ChangesOf({Open(), after, 2, kNow});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, PublicChangeKind::kRenamed);
  EXPECT_EQ(changes[0].display_name_before, "青森県");
  EXPECT_EQ(changes[0].url_before, "https://x.com/pref_aomori");
  EXPECT_EQ(changes[0].account.facts.url, "https://x.com/aomori_koho");
  EXPECT_EQ(changes[0].time, kNow);
}

TEST(ChangesOfTest, TellsNoNameOfAPerson) {
  PublicFacts before = Open(), after = Open();
  before.personal = true;
  before.display_name = "広瀬 遥";
  after.display_name = "生涯学習課";
  const auto changes = ChangesOf({before, after, 2, kNow});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].display_name_before, "");
}

TEST(ChangesOfTest, TellsAMoveToAnotherDepartment) {
  PublicFacts after = Open();
  after.department = "0201";
  const auto changes = ChangesOf({Open(), after, 2, kNow});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, PublicChangeKind::kMoved);
  EXPECT_EQ(changes[0].department_before, "0101");
}

TEST(ChangesOfTest, TellsAClosingToComeAndEachOtherDayAgreed) {
  EXPECT_THAT(KindsOf(Open(), Closing(kToday + 1)), ElementsAre(PublicChangeKind::kClosing));
  EXPECT_THAT(KindsOf(Open(), Closing(kToday)), IsEmpty()) << "told as closed";
  EXPECT_THAT(KindsOf(Closing(kToday + 9), Closing(kToday + 5)),
              ElementsAre(PublicChangeKind::kClosing));
  EXPECT_THAT(KindsOf(Closing(kToday + 9), Closing(kToday + 9)), IsEmpty());
}

TEST(ChangesOfTest, TellsTroubleAndItsEnd) {
  const auto in = [](Condition condition) {
    PublicFacts facts = Open();
    facts.condition = condition;
    return facts;
  };
  using enum Condition;
  EXPECT_THAT(KindsOf(in(kNormal), in(kSuspendedByPlatform)),
              ElementsAre(PublicChangeKind::kSuspended));
  EXPECT_THAT(KindsOf(in(kSuspendedByPlatform), in(kSuspendedInternally)), IsEmpty());
  EXPECT_THAT(KindsOf(in(kSuspendedInternally), in(kCompromised)),
              ElementsAre(PublicChangeKind::kCompromised));
  EXPECT_THAT(KindsOf(in(kCompromised), in(kNormal)), ElementsAre(PublicChangeKind::kRestored));
  PublicFacts ended = Closing(kToday - 1);
  ended.condition = kCompromised;
  EXPECT_THAT(KindsOf(Closing(kToday - 1), ended), ElementsAre(PublicChangeKind::kCompromised));
}

TEST(ChangesOfTest, GivesEachChangeAnIdOfItsOwnThatStays) {
  PublicFacts after = Open();
  after.department = "0201";
  after.display_name = "青森県広報";
  const auto changes = ChangesOf({Open(), after, 2, kNow});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(IsUuid(changes[0].id));
  EXPECT_NE(changes[0].id, changes[1].id);
  EXPECT_EQ(changes, ChangesOf({Open(), after, 2, kNow}));
  EXPECT_NE(changes[0].id, ChangesOf({Open(), after, 3, kNow})[0].id);
}

TEST(ClosedChangeOfTest, IsToldAtTheFirstInstantOfTheDay) {
  const auto change = ClosedChangeOf(*Place(Closing(kToday), kToday, kYear));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->kind, PublicChangeKind::kClosed);
  EXPECT_EQ(change->time,
            absl::FromUnixSeconds(1'795'303'800) - absl::Hours(8) - absl::Minutes(30));
  EXPECT_EQ(ClosedChangeOf(*Place(Closing(kToday + 1), kToday, kYear)), std::nullopt);
  EXPECT_EQ(ClosedChangeOf(*Place(FormerName{Open(), kToday}, kToday, kYear)), std::nullopt)
      << "told as renamed";
}

TEST(ClosedChangeOfTest, KeepsItsIdWhenTheAccountBecomesATombstone) {
  EXPECT_EQ(ClosedChangeOf(*Place(Closing(kToday), kToday, kYear))->id,
            ClosedChangeOf(*Place(Closed(kToday, kToday), kToday, kYear))->id);
}

}  // namespace
}  // namespace daicho::registry::domain
