#include "services/registry/domain/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const char kMergingForm[] = "019a0000-0000-7000-8000-0000000000f1";

Account ActiveAccount(const std::string& id, const std::string& department = "0301") {
  return {.id = id,
          .revision = 1,
          .state = AccountState::kActive,
          .department = department,
          .platform = "x",
          .identity = Identity{"x::" + id, "https://x.com/" + id},
          .fields = {{"platform", "x"}, {"display_name", "公式" + id}},
          .origin = {.kind = OriginKind::kImport, .source = "一覧"},
          .create_time = kNow - absl::Hours(48),
          .update_time = kNow - absl::Hours(48)};
}

Absorbed Of(const Account& account) {
  return {.id = account.id, .account = account, .agreed_revision = account.revision};
}

const AgreedForm kChange = {.form = kMergingForm, .department = "0301", .reason = "統合"};

Ruling MergeInto(const Account& survivor, const std::vector<Absorbed>& absorbed,
                 absl::CivilDay effective_on = kToday, std::int64_t agreed_revision = 1) {
  Claim claim{.fields = {{"platform", "x"}, {"display_name", "とうきょう"}},
              .identity = Identity{"x::tokyo", "https://x.com/tokyo"}};
  return Merge(survivor, ChangeFields(survivor, kChange, agreed_revision, claim, kNow), kChange,
               absorbed, effective_on, kNow);
}

std::vector<std::string> ConflictsOf(const Ruling& ruling) {
  EXPECT_THAT(ruling.changes, IsEmpty()) << "all or nothing";
  std::vector<std::string> conflicts;
  for (const Conflict& conflict : ruling.conflicts) {
    conflicts.push_back(absl::StrCat(conflict.field, " ", conflict.reason));
    EXPECT_FALSE(conflict.ja.empty());
    EXPECT_FALSE(conflict.en.empty());
  }
  return conflicts;
}

// Tokyo 2023: merged by renaming, identity kept.
TEST(MergeTest, RenamesTheSurvivorAndBeginsTheClosingOfTheOthers) {
  const Ruling ruling = MergeInto(
      ActiveAccount("a1"), {Of(ActiveAccount("a2")), Of(ActiveAccount("a3", "0202"))}, kToday + 9);

  EXPECT_THAT(ruling.conflicts, IsEmpty());
  ASSERT_THAT(ruling.changes, SizeIs(3));
  const Change& survivor = ruling.changes[0];
  EXPECT_EQ(survivor.after.id, "a1");
  EXPECT_EQ(survivor.after.state, AccountState::kActive);
  EXPECT_EQ(survivor.after.identity->key, "x::tokyo");
  EXPECT_EQ(survivor.former_key, (FormerKey{"x::a1", kToday}));
  EXPECT_THAT(survivor.event.related,
              ElementsAre(std::string("forms/") + kMergingForm, "accounts/a2", "accounts/a3"));
  for (const Change& absorbed : {ruling.changes[1], ruling.changes[2]}) {
    EXPECT_EQ(absorbed.after.state, AccountState::kClosing);
    EXPECT_EQ(
        absorbed.after.closing,
        (Closing{.reason = CloseReason::kMerged, .successor = "a1", .effective_on = kToday + 9}));
    EXPECT_EQ(absorbed.after.last_form, kMergingForm);
    EXPECT_EQ(absorbed.after.revision, 2);
    EXPECT_EQ(absorbed.event.type, "account.closing");
    EXPECT_EQ(absorbed.event.reason, "統合");
    EXPECT_THAT(absorbed.event.related, Contains("accounts/a1"));
  }
  EXPECT_EQ(ruling.changes[2].event.department, "departments/0202");
}

TEST(MergeTest, NamesEveryAccountInTheWayAndChangesNothing) {
  Account closed = ActiveAccount("a2");
  closed.state = AccountState::kClosed;
  Absorbed stale = Of(ActiveAccount("a4"));
  stale.agreed_revision = 7;
  Absorbed no_etag = Of(ActiveAccount("a5"));
  no_etag.agreed_revision = std::nullopt;
  Account ended = ActiveAccount("a6");
  ended.state = AccountState::kClosing;
  ended.closing = Closing{.reason = CloseReason::kInactive, .effective_on = kToday - 1};

  const Ruling ruling =
      MergeInto(ActiveAccount("a1"),
                {Of(closed), Of(ActiveAccount("a3")), stale, no_etag, {.id = "a9"}, Of(ended)});
  EXPECT_THAT(
      ConflictsOf(ruling),
      ElementsAre("absorbed_accounts[0] ACCOUNT_NOT_ALIVE", "absorbed_accounts[2] ACCOUNT_CHANGED",
                  "absorbed_accounts[3] ACCOUNT_CHANGED", "absorbed_accounts[4] ACCOUNT_NOT_FOUND",
                  "absorbed_accounts[5] CLOSING_IN_EFFECT"));
  EXPECT_THAT(ruling.conflicts[0].ja, HasSubstr("accounts/a2 公式a2"));
  EXPECT_THAT(ruling.conflicts[3].en, HasSubstr("accounts/a9"));
}

TEST(MergeTest, TakesAnAccountUpThatIsToCloseLater) {
  Account closing = ActiveAccount("a2");
  closing.state = AccountState::kClosing;
  closing.closing = Closing{.reason = CloseReason::kInactive, .effective_on = kToday + 1};
  const Ruling ruling = MergeInto(ActiveAccount("a1"), {Of(closing)}, kToday + 5);
  ASSERT_THAT(ruling.changes, SizeIs(2));
  EXPECT_EQ(ruling.changes[1].after.closing->successor, "a1");
}

TEST(MergeTest, MergesIntoAnAccountThatGoesOnAndIsInOrderAlone) {
  Account closing = ActiveAccount("a1");
  closing.state = AccountState::kClosing;
  closing.closing = Closing{.reason = CloseReason::kInactive, .effective_on = kToday + 1};
  Account frozen = ActiveAccount("a1");
  frozen.condition = Condition::kSuspendedByPlatform;

  EXPECT_THAT(ConflictsOf(MergeInto(closing, {Of(ActiveAccount("a2"))})),
              ElementsAre("account ACCOUNT_IS_CLOSING"));
  EXPECT_THAT(ConflictsOf(MergeInto(frozen, {Of(ActiveAccount("a2"))})),
              ElementsAre("account ACCOUNT_NOT_IN_ORDER"));
}

TEST(MergeTest, KeepsThePlatformsOwnId) {
  Account known = ActiveAccount("a1");
  known.fields["platform_account_id"] = "1234567";
  EXPECT_THAT(ConflictsOf(MergeInto(known, {Of(ActiveAccount("a2"))})),
              ElementsAre("fields.platform_account_id PLATFORM_ID_CHANGED"));
}

TEST(MergeTest, TellsTheSurvivorsOwnConflictToo) {
  Absorbed stale = Of(ActiveAccount("a2"));
  stale.agreed_revision = 7;
  EXPECT_THAT(ConflictsOf(MergeInto(ActiveAccount("a1"), {stale}, kToday, 3)),
              ElementsAre("account_etag ACCOUNT_CHANGED", "absorbed_accounts[0] ACCOUNT_CHANGED"));
}

TEST(ToRulingTest, IsOneChangeOrOneConflict) {
  EXPECT_THAT(ToRuling(Conflict{.reason = "ACCOUNT_EXISTS"}).conflicts, SizeIs(1));
  EXPECT_THAT(ToRuling(Change{}).changes, SizeIs(1));
}

}  // namespace
}  // namespace daicho::registry::domain
