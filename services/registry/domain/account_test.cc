#include "services/registry/domain/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const char kForm[] = "019a0000-0000-7000-8000-0000000000f1";
const char kOther[] = "019a0000-0000-7000-8000-0000000000b2";

Identity X(const std::string& handle) { return {"x::" + handle, "https://x.com/" + handle}; }

Account Preparing() {
  return {.id = "019a0000-0000-7000-8000-0000000000a1",
          .revision = 1,
          .department = "0301",
          .platform = "x",
          .identity = X("kyoiku"),
          .fields = {{"platform", "x"}, {"handle", "kyoiku"}},
          .origin = {.kind = OriginKind::kForm, .form = kForm},
          .last_form = kForm,
          .create_time = kNow - absl::Hours(48),
          .update_time = kNow - absl::Hours(48)};
}

Account Active() {
  Account account = Preparing();
  account.revision = 2;
  account.state = AccountState::kActive;
  account.opened_on = kToday - 1;
  account.listing.organization_page = PageSighting{"https://pref.example.jp/sns", kToday - 1};
  return account;
}

Account Closing(const std::string& successor = "") {
  Account account = Active();
  account.state = AccountState::kClosing;
  account.closing = domain::Closing{
      .reason = CloseReason::kInactive, .successor = successor, .effective_on = kToday};
  return account;
}

AgreedForm Form() { return {.form = kForm, .department = "0301", .reason = "名称の変更"}; }

Claim ClaimOf(const Identity& identity) {
  return {.fields = {{"platform", "x"}, {"handle", "new"}}, .identity = identity};
}

const Change& ChangeOf(const Decision& decision) { return std::get<Change>(decision); }
std::string ConflictOf(const Decision& decision) {
  const auto* conflict = std::get_if<Conflict>(&decision);
  return conflict == nullptr ? "applied" : conflict->reason;
}

TEST(OpenTest, MakesAnAccountInPreparation) {
  const Decision decision = Open(Form(), ClaimOf(X("new")), true, kOther, kNow);

  const Change& change = ChangeOf(decision);
  EXPECT_EQ(change.after.id, kOther);
  EXPECT_EQ(change.after.revision, 1);
  EXPECT_EQ(change.after.state, AccountState::kPreparing);
  EXPECT_EQ(change.after.platform, "x");
  EXPECT_EQ(change.after.identity, X("new"));
  EXPECT_EQ(change.after.origin.form, kForm);
  EXPECT_EQ(change.after.create_time, kNow);
  EXPECT_EQ(change.event.type, "account.prepared");
  EXPECT_EQ(change.event.department, "departments/0301");
  EXPECT_THAT(change.event.related, ElementsAre(std::string("forms/") + kForm));
  EXPECT_THAT(change.event.changes, Contains(FieldChange{"fields.handle", "", "new"}));
  EXPECT_THAT(change.event.changes, Contains(FieldChange{"state", "", "PREPARING"}));
}

TEST(OpenTest, LeavesThePlannedUrlOut) {
  const Decision decision =
      Open(Form(), {.fields = {{"platform", "x"}}, .identity = std::nullopt}, true, kOther, kNow);
  EXPECT_EQ(ChangeOf(decision).after.identity, std::nullopt);
}

TEST(OpenTest, ConflictsWithWhatTheLedgerSays) {
  Claim taken = ClaimOf(X("new"));
  taken.holder = "019a0000-0000-7000-8000-0000000000c3";
  Claim refused = ClaimOf(X("new"));
  refused.identity = Refuse(absl::StatusCode::kInvalidArgument, "SHORTENER", {"short", "短縮"});

  EXPECT_EQ(ConflictOf(Open(Form(), ClaimOf(X("new")), false, kOther, kNow)),
            "DEPARTMENT_NOT_FOUND");
  EXPECT_EQ(ConflictOf(Open(Form(), refused, true, kOther, kNow)), "URL_NOT_ACCEPTED");
  const Decision exists = Open(Form(), taken, true, kOther, kNow);
  EXPECT_EQ(ConflictOf(exists), "ACCOUNT_EXISTS");
  EXPECT_EQ(std::get<Conflict>(exists).account, taken.holder);
}

// domain.md §7: what the public is warned of is never official.
TEST(OpenTest, TakesNothingThatThePublicIsWarnedOf) {
  Claim warned = ClaimOf(X("new"));
  warned.warned = true;
  EXPECT_EQ(ConflictOf(Open(Form(), warned, true, kOther, kNow)), "KEY_UNDER_WARNING");
  EXPECT_EQ(ConflictOf(ChangeFields(Active(), Form(), 2, warned, kNow)), "KEY_UNDER_WARNING");
}

TEST(ChangeFieldsTest, TakesTheAgreedFieldsUpAndKeepsTheListingOfTheSameIdentity) {
  Claim claim = ClaimOf(X("kyoiku"));
  claim.fields = {{"platform", "x"}, {"handle", "kyoiku"}, {"purpose", "防災"}};
  claim.holder = Active().id;
  const Decision decision = ChangeFields(Active(), Form(), 2, claim, kNow);

  const Change& change = ChangeOf(decision);
  EXPECT_EQ(change.after.revision, 3);
  EXPECT_EQ(change.after.listing, Active().listing);
  EXPECT_EQ(change.former_key, std::nullopt);
  EXPECT_EQ(change.event.type, "account.changed");
  EXPECT_EQ(change.event.reason, "名称の変更");
  EXPECT_THAT(change.event.changes, ElementsAre(FieldChange{"fields.purpose", "", "防災"}));
}

// A wrong OFFICIAL is the worst answer there is: the new name has to be seen on a page first.
TEST(ChangeFieldsTest, UnlistsARenamedAccountAndKeepsItsFormerName) {
  const Decision decision = ChangeFields(Active(), Form(), 2, ClaimOf(X("new")), kNow);

  const Change& change = ChangeOf(decision);
  EXPECT_EQ(change.after.identity, X("new"));
  EXPECT_EQ(change.after.identity_changed_on, kToday);
  EXPECT_EQ(change.after.listing, Listing());
  EXPECT_EQ(change.former_key, (FormerKey{"x::kyoiku", kToday}));
}

TEST(ChangeFieldsTest, KeepsNoFormerNameOfAnAccountThatNeverOpened) {
  const Decision decision = ChangeFields(Preparing(), Form(), 1, ClaimOf(X("new")), kNow);
  EXPECT_EQ(ChangeOf(decision).after.identity, X("new"));
  EXPECT_EQ(ChangeOf(decision).former_key, std::nullopt);
}

TEST(ChangeFieldsTest, GivesAPlannedAccountItsUrl) {
  Account planned = Preparing();
  planned.identity = std::nullopt;
  const Decision decision = ChangeFields(planned, Form(), 1, ClaimOf(X("new")), kNow);
  EXPECT_EQ(ChangeOf(decision).after.identity, X("new"));
  EXPECT_EQ(ChangeOf(decision).former_key, std::nullopt);
}

TEST(ChangeFieldsTest, ConflictsWithWhatTheLedgerSays) {
  const Claim claim = ClaimOf(X("new"));
  AgreedForm foreign = Form();
  foreign.department = "0302";
  Account closed = Closing();
  closed.state = AccountState::kClosed;
  Claim taken = claim;
  taken.holder = kOther;
  Claim elsewhere = claim;
  elsewhere.fields["platform"] = "instagram";
  Claim planned = claim;
  planned.identity = std::nullopt;

  const auto change = [](const Account& account, const AgreedForm& form,
                         std::optional<std::int64_t> revision, const Claim& asked) {
    return ConflictOf(ChangeFields(account, form, revision, asked, kNow));
  };
  EXPECT_EQ(change(Active(), foreign, 2, claim), "FOREIGN_ACCOUNT");
  EXPECT_EQ(change(closed, Form(), 2, claim), "ACCOUNT_NOT_ALIVE");
  EXPECT_EQ(change(Active(), Form(), 1, claim), "ACCOUNT_CHANGED");
  EXPECT_EQ(change(Active(), Form(), std::nullopt, claim), "ACCOUNT_CHANGED");
  EXPECT_EQ(change(Active(), Form(), 2, taken), "ACCOUNT_EXISTS");
  EXPECT_EQ(change(Active(), Form(), 2, elsewhere), "URL_NOT_ACCEPTED");
  EXPECT_EQ(change(Active(), Form(), 2, planned), "URL_NOT_ACCEPTED");
}

TEST(BeginClosingTest, MakesTheAccountClosing) {
  const domain::Closing closing{
      .reason = CloseReason::kMerged, .successor = kOther, .effective_on = kToday + 9};
  const Decision decision = BeginClosing(Active(), Form(), 2, closing, true, kNow);

  const Change& change = ChangeOf(decision);
  EXPECT_EQ(change.after.state, AccountState::kClosing);
  EXPECT_EQ(change.after.closing, closing);
  EXPECT_EQ(change.event.type, "account.closing");
  EXPECT_THAT(change.event.changes,
              Contains(FieldChange{"closing.effective_on", "", "2026-12-01"}));
}

TEST(BeginClosingTest, ConflictsWithWhatTheLedgerSays) {
  domain::Closing closing{.reason = CloseReason::kInactive, .effective_on = kToday};
  AgreedForm foreign = Form();
  foreign.department = "0302";
  const auto close = [&](const AgreedForm& form, std::int64_t revision, bool successor_exists) {
    return ConflictOf(BeginClosing(Active(), form, revision, closing, successor_exists, kNow));
  };

  EXPECT_EQ(close(Form(), 2, false), "applied");
  EXPECT_EQ(close(foreign, 2, false), "FOREIGN_ACCOUNT");
  EXPECT_EQ(close(Form(), 1, false), "ACCOUNT_CHANGED");
  closing.successor = kOther;
  EXPECT_EQ(close(Form(), 2, false), "SUCCESSOR_NOT_FOUND");
  EXPECT_EQ(close(Form(), 2, true), "applied");
  closing.successor = Active().id;
  EXPECT_EQ(close(Form(), 2, true), "SUCCESSOR_NOT_FOUND");
}

TEST(BeginClosingTest, NeverMakesAnAccountOfficialAgainOnceTheDayHasCome) {
  const auto correct = [](absl::CivilDay agreed, absl::CivilDay corrected) {
    Account account = Closing();
    account.closing->effective_on = agreed;
    const domain::Closing closing{.reason = CloseReason::kOther, .effective_on = corrected};
    return ConflictOf(BeginClosing(account, Form(), 2, closing, false, kNow));
  };

  EXPECT_EQ(correct(kToday, kToday + 1), "CLOSING_IN_EFFECT");
  EXPECT_EQ(correct(kToday, kToday), "applied");
  EXPECT_EQ(correct(kToday, kToday - 1), "applied");
  EXPECT_EQ(correct(kToday + 1, kToday + 9), "applied");
}

TEST(ConfirmOpeningTest, OpensAnAccountNotLaterThanToday) {
  const auto today = ConfirmOpening(Preparing(), kToday, kNow);
  ASSERT_TRUE(today.ok()) << today.status();
  EXPECT_EQ(today->after.state, AccountState::kActive);
  EXPECT_EQ(today->after.opened_on, kToday);
  EXPECT_EQ(today->event.type, "account.opened");

  const auto tomorrow = ConfirmOpening(Preparing(), kToday + 1, kNow);
  EXPECT_EQ(ReasonOf(tomorrow.status()), "DATE_IN_FUTURE");
}

TEST(ConfirmOpeningTest, NeedsAnAccountWithWhichNothingIsTheMatter) {
  Account frozen = Preparing();
  frozen.condition = Condition::kSuspendedByPlatform;
  EXPECT_EQ(ReasonOf(ConfirmOpening(frozen, kToday, kNow).status()), "ACCOUNT_NOT_IN_ORDER");
}

TEST(ConfirmOpeningTest, NeedsAUrlAndPreparation) {
  Account planned = Preparing();
  planned.identity = std::nullopt;
  EXPECT_EQ(ReasonOf(ConfirmOpening(planned, kToday, kNow).status()), "URL_STILL_PLANNED");
  EXPECT_EQ(ReasonOf(ConfirmOpening(Active(), kToday, kNow).status()), "ACCOUNT_NOT_PREPARING");
}

// T 6-1.
TEST(RecordListingTest, TakesTheNewestSightingOfEachPage) {
  const PageSighting newer{"https://pref.example.jp/sns2", kToday};
  const PageSighting section{"https://pref.example.jp/kyoiku", kToday - 2};

  const auto change =
      RecordListing(Active(), {.organization_page = newer, .section_page = section}, kNow);
  ASSERT_TRUE(change.ok() && change->has_value());
  EXPECT_EQ((*change)->after.listing, (Listing{newer, section}));
  EXPECT_EQ((*change)->event.type, "account.listed");
}

TEST(RecordListingTest, ChangesNothingForAnOlderOrRepeatedSighting) {
  const PageSighting older{"https://pref.example.jp/sns2", kToday - 2};
  const auto stale = RecordListing(Active(), {.organization_page = older}, kNow);
  ASSERT_TRUE(stale.ok()) << stale.status();
  EXPECT_FALSE(stale->has_value());

  const auto repeated = RecordListing(Active(), Active().listing, kNow);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_FALSE(repeated->has_value());
}

TEST(RecordListingTest, TakesNoSightingFromBeforeTheAccountWasRenamed) {
  Account renamed = Active();
  renamed.listing = {};
  renamed.identity_changed_on = kToday - 5;
  const auto list = [&](absl::CivilDay seen_on) {
    return *RecordListing(
        renamed, {.section_page = PageSighting{"https://pref.example.jp/k", seen_on}}, kNow);
  };
  EXPECT_FALSE(list(kToday - 6).has_value());
  EXPECT_TRUE(list(kToday - 5).has_value());
}

TEST(RecordListingTest, TakesNoSightingFromBeforeTheAccountWasAgreed) {
  const auto list = [](const Account& account, absl::CivilDay seen_on) {
    return RecordListing(account,
                         {.section_page = PageSighting{"https://pref.example.jp/k", seen_on}}, kNow)
        ->has_value();
  };
  Account imported = Active();
  imported.origin = {.kind = OriginKind::kImport, .source = "一覧"};

  EXPECT_FALSE(list(Active(), kToday - 3));
  EXPECT_TRUE(list(Active(), kToday - 2));
  EXPECT_TRUE(list(imported, kToday - 3));
}

TEST(RecordListingTest, RefusesTheFutureAndATombstone) {
  const Listing tomorrow = {.section_page = PageSighting{"https://pref.example.jp/k", kToday + 1}};
  Account merged = Closing(kOther);
  merged.state = AccountState::kMerged;
  EXPECT_EQ(ReasonOf(RecordListing(Active(), tomorrow, kNow).status()), "DATE_IN_FUTURE");
  EXPECT_EQ(ReasonOf(RecordListing(merged, Active().listing, kNow).status()), "ACCOUNT_NOT_ALIVE");
}

TEST(ConfirmClosingTest, ClosesWithEvidenceOrMergesIntoTheSuccessor) {
  const ClosingEvidence evidence{"退会済み", kToday, "ユーザー名を県で保持"};

  const auto closed = ConfirmClosing(Closing(), evidence, kNow);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->after.state, AccountState::kClosed);
  EXPECT_EQ(closed->after.evidence, evidence);
  EXPECT_EQ(closed->event.type, "account.closed");

  const auto merged = ConfirmClosing(Closing(kOther), evidence, kNow);
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->after.state, AccountState::kMerged);
  EXPECT_EQ(merged->event.type, "account.merged");
}

TEST(ConfirmClosingTest, RefusesTheFutureAndAnAccountNotAgreedToClose) {
  const ClosingEvidence tomorrow{"退会済み", kToday + 1, "ユーザー名を県で保持"};
  EXPECT_EQ(ReasonOf(ConfirmClosing(Closing(), tomorrow, kNow).status()), "DATE_IN_FUTURE");
  EXPECT_EQ(ReasonOf(ConfirmClosing(Active(), tomorrow, kNow).status()), "ACCOUNT_NOT_CLOSING");
}

TEST(FactsTest, OfAnAccountNotYetStoredAreNone) { EXPECT_THAT(Facts(Account{}), IsEmpty()); }

TEST(FactsTest, NameEveryValueByItsPath) {
  Account account = Closing(kOther);
  account.closing->reason_detail = "一年以上投稿なし";
  account.evidence = ClosingEvidence{"退会済み", kToday, "保持"};
  const Fields expected = {{"canonical_url", "https://x.com/kyoiku"},
                           {"closing.effective_on", "2026-11-22"},
                           {"closing.evidence.handle_protection", "保持"},
                           {"closing.evidence.removal", "退会済み"},
                           {"closing.evidence.unlisted_on", "2026-11-22"},
                           {"closing.reason", "INACTIVE"},
                           {"closing.reason_detail", "一年以上投稿なし"},
                           {"closing.successor", std::string("accounts/") + kOther},
                           {"condition", "NORMAL"},
                           {"department", "departments/0301"},
                           {"fields.handle", "kyoiku"},
                           {"fields.platform", "x"},
                           {"last_form", std::string("forms/") + kForm},
                           {"listing.organization_page.seen_on", "2026-11-21"},
                           {"listing.organization_page.url", "https://pref.example.jp/sns"},
                           {"opened_on", "2026-11-21"},
                           {"state", "CLOSING"}};
  EXPECT_EQ(Facts(account), expected);
}

TEST(CloseReasonTest, IsReadBackAsItWasWritten) {
  for (const CloseReason reason : kAllCloseReasons) {
    EXPECT_EQ(ParseCloseReason(ToText(reason)), reason);
  }
  EXPECT_EQ(ParseCloseReason("inactive"), std::nullopt);
}

}  // namespace
}  // namespace daicho::registry::domain
