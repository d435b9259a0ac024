// What befalls accounts, and what lookups say then (domain.md §3, §12).
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/rpc/testing/status.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/registry/directory.h"
#include "services/registry/lookup_service.h"
#include "services/registry/testing/account_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::CivilDay kToday(2026, 11, 22);

class LifecycleTest : public AccountTest {
 protected:
  // What lookups say of `handle` about the ledger as it is now.
  v1::LookupAccountResponse Lookup(const std::string& handle) {
    const auto directory = Directory::Open({.pool = &database_.pool(), .clock = &clock_});
    EXPECT_TRUE(directory.ok()) << directory.status();
    testing::Server server({.service = "registry",
                            .grpc_services = {"daicho.registry.v1.LookupService"},
                            .pool = &database_.pool(),
                            .clock = &clock_,
                            .build = [&](const rpc::Env& env) {
                              std::vector<std::unique_ptr<grpc::Service>> services;
                              services.push_back(
                                  MakeLookupService(env, directory->get(), &platforms_));
                              return services;
                            }});
    const auto stub = v1::LookupService::NewStub(server.ChannelOf());
    grpc::ClientContext context;
    v1::LookupAccountRequest request;
    request.set_url("https://x.com/" + handle);
    v1::LookupAccountResponse response;
    const grpc::Status status = stub->LookupAccount(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::string VerdictOf(const std::string& handle) {
    return v1::LookupVerdict_Name(Lookup(handle).verdict()).substr(sizeof("LOOKUP_VERDICT_") - 1);
  }

  std::string RefusalOf(const Person& person, const v1::ReportConditionRequest& request) {
    v1::Account ignored;
    return ReasonOf(CallAs(person, &Accounts::ReportCondition, request, &ignored));
  }

  v1::Account Report(const Person& person, const v1::Account& account,
                     v1::Account::Condition condition) {
    return Must(person, &Accounts::ReportCondition, ConditionOf(account, condition));
  }

  const domain::PlatformTable platforms_{*wire::LoadPlatforms("services/registry/platforms")};
};

// Tokushima 2024-01-12: frozen by the platform at night.
TEST_F(LifecycleTest, AFrozenAccountIsOfficialButSuspendedUntilItIsReportedInOrder) {
  const v1::Account listed = Listed("gakushu");
  const v1::Account other = Listed("gakushu_saigai");
  ASSERT_EQ(VerdictOf("gakushu"), "OFFICIAL");
  v1::ReportConditionRequest request =
      ConditionOf(listed, v1::Account::CONDITION_SUSPENDED_BY_PLATFORM);
  request.set_notice("災害情報は県ホームページへ");

  const v1::Account frozen = Must(kStaff, &Accounts::ReportCondition, request);

  EXPECT_EQ(frozen.state(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(frozen.condition(), v1::Account::CONDITION_SUSPENDED_BY_PLATFORM);
  EXPECT_EQ(frozen.facts().condition_report().reason(), "夜間に凍結された");
  EXPECT_EQ(frozen.facts().condition_report().since().day(), 22);
  const auto lookup = Lookup("gakushu");
  EXPECT_EQ(lookup.verdict(), v1::LOOKUP_VERDICT_OFFICIAL_BUT_SUSPENDED);
  EXPECT_THAT(lookup.message_ja(), HasSubstr("災害情報は県ホームページへ"));
  ASSERT_THAT(lookup.alternatives(), SizeIs(1));
  EXPECT_EQ(lookup.alternatives(0).name(), other.name());

  const v1::Account normal = Report(kItSecurity, frozen, v1::Account::CONDITION_NORMAL);
  EXPECT_FALSE(normal.facts().condition_report().reason().empty());
  EXPECT_THAT(normal.facts().condition_report().notice(), IsEmpty());
  EXPECT_EQ(VerdictOf("gakushu"), "OFFICIAL");

  const auto revisions = RevisionsOf(normal.name());
  EXPECT_EQ(revisions.revisions(0).act(), "account.condition_reported");
  EXPECT_EQ(revisions.revisions(0).actor(), "users/honda");
  EXPECT_EQ(revisions.revisions(0).reason(), "夜間に凍結された");
  EXPECT_EQ(EventCount("account.condition_reported"), 2);
}

// Nanao: taken over, and a new account opened.
TEST_F(LifecycleTest, ACompromisedAccountNamesTheOneThatStandsIn) {
  const v1::Account stand_in = Listed("gakushu_new");
  const v1::Account taken = Report(kStaff, Listed("gakushu"), v1::Account::CONDITION_COMPROMISED);
  EXPECT_EQ(VerdictOf("gakushu"), "COMPROMISED");
  EXPECT_FALSE(Lookup("gakushu").has_successor());

  v1::ReportConditionRequest request = ConditionOf(taken, v1::Account::CONDITION_COMPROMISED);
  request.set_successor(stand_in.name());
  const v1::Account corrected = Must(kStaff, &Accounts::ReportCondition, request);

  EXPECT_EQ(corrected.facts().condition_report().successor(), stand_in.name());
  const auto lookup = Lookup("gakushu");
  EXPECT_EQ(lookup.verdict(), v1::LOOKUP_VERDICT_COMPROMISED);
  EXPECT_EQ(lookup.successor().name(), stand_in.name());
}

// Aomori 2024: accounts that no official page mentions.
TEST_F(LifecycleTest, AnImportedAccountIsUnconfirmedUntilAnOfficialPageIsSeenToShowIt) {
  const v1::Account imported = Get(ImportAccounts("5002", {"gakushu"}).front());
  EXPECT_EQ(imported.state(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(VerdictOf("gakushu"), "UNCONFIRMED");
  Must(kPrOffice, &Accounts::RecordListing,
       ListingOf(imported, "https://www.pref.example.jp/sns/"));
  EXPECT_EQ(VerdictOf("gakushu"), "OFFICIAL");
}

// T 5-9-4.
TEST_F(LifecycleTest, SuspendingAndEndingAreForThePrOfficeAndItSecurity) {
  const v1::Account account = Active("gakushu");
  const auto suspend = [&] {
    return ConditionOf(account, v1::Account::CONDITION_SUSPENDED_INTERNALLY);
  };
  EXPECT_EQ(RefusalOf(kStaff, suspend()), "CONDITION_NOT_YOURS");
  EXPECT_EQ(RefusalOf(kForeign, suspend()), "FOREIGN_DEPARTMENT");
  const v1::Account suspended = Must(kItSecurity, &Accounts::ReportCondition, suspend());
  EXPECT_EQ(RefusalOf(kStaff, ConditionOf(suspended, v1::Account::CONDITION_NORMAL)),
            "CONDITION_NOT_YOURS");
  EXPECT_EQ(RefusalOf(kStaff, ConditionOf(suspended, v1::Account::CONDITION_SUSPENDED_BY_PLATFORM)),
            "CONDITION_GRAVER");
  EXPECT_EQ(Report(kPrOffice, suspended, v1::Account::CONDITION_NORMAL).condition(),
            v1::Account::CONDITION_NORMAL);
}

TEST_F(LifecycleTest, RefusesAReportThatDoesNotFit) {
  const v1::Account account = Active("gakushu");
  const auto refuse = [&](v1::Account::Condition condition, const auto& spoil) {
    v1::ReportConditionRequest request = ConditionOf(account, condition);
    spoil(request);
    return RefusalOf(kPrOffice, request);
  };
  const auto frozen = v1::Account::CONDITION_SUSPENDED_BY_PLATFORM;
  const auto taken = v1::Account::CONDITION_COMPROMISED;
  EXPECT_EQ(refuse(frozen, [](auto& request) { request.clear_reason(); }), "INVALID_FIELD");
  EXPECT_EQ(refuse(frozen, [](auto& request) { request.clear_since(); }), "INVALID_FIELD");
  EXPECT_EQ(refuse(frozen, [](auto& request) { request.clear_condition(); }), "INVALID_FIELD");
  EXPECT_EQ(refuse(frozen, [&](auto& request) { request.set_successor(account.name()); }),
            "INVALID_FIELD");
  EXPECT_EQ(refuse(v1::Account::CONDITION_NORMAL, [](auto& request) { request.set_notice("x"); }),
            "INVALID_FIELD");
  EXPECT_EQ(refuse(taken, [](auto& request) { request.set_successor("x"); }), "INVALID_FIELD");
  EXPECT_EQ(refuse(taken, [&](auto& request) { request.set_successor("accounts/" + NewId()); }),
            "SUCCESSOR_NOT_FOUND");
  EXPECT_EQ(refuse(taken, [&](auto& request) { request.set_etag("\"1\""); }), "ETAG_MISMATCH");
  EXPECT_EQ(refuse(taken, [&](auto& request) { *request.mutable_since() = DateOf(2026, 11, 23); }),
            "DATE_IN_FUTURE");
  EXPECT_EQ(refuse(taken, [&](auto& request) { *request.mutable_since() = DateOf(2026, 11, 21); }),
            "DATE_BEFORE_ACCOUNT");
  EXPECT_EQ(Get(account.name()).etag(), account.etag());
}

TEST_F(LifecycleTest, AReportTwiceIsOneAndWhatIsKnownChangesNothing) {
  const v1::ReportConditionRequest request =
      ConditionOf(Active("gakushu"), v1::Account::CONDITION_COMPROMISED);
  const v1::Account first = Must(kStaff, &Accounts::ReportCondition, request);
  const v1::Account again = Must(kStaff, &Accounts::ReportCondition, request);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  const v1::Account known = Report(kStaff, first, v1::Account::CONDITION_COMPROMISED);
  EXPECT_EQ(known.etag(), first.etag());
  EXPECT_EQ(EventCount("account.condition_reported"), 1);
}

TEST_F(LifecycleTest, AFormAgreedOnBeforeAConditionWasReportedIsTaken) {
  const v1::Account account = Active("gakushu");
  const v1::ApplyFormRequest close = CloseForm(account);
  Report(kStaff, account, v1::Account::CONDITION_COMPROMISED);
  const v1::Account closing = Get(MustApply(close).account());
  EXPECT_EQ(closing.state(), v1::Account::STATE_CLOSING);
  EXPECT_EQ(closing.condition(), v1::Account::CONDITION_COMPROMISED);
}

// Nagasaki: hidden at consolidation but not deleted, and taken over.
TEST_F(LifecycleTest, AnAccountIsNotClosedUnlessItIsShownToBeGoneUnlistedAndKeptFromOthers) {
  const v1::Account hidden = ClosingOn(Listed("gakushu"), kToday - 1);
  const auto bad_fields = [&](const v1::ConfirmClosingRequest& request) {
    v1::Account ignored;
    return testing::BadFields(CallAs(kPrOffice, &Accounts::ConfirmClosing, request, &ignored));
  };
  v1::ConfirmClosingRequest request = ClosingOf(hidden);
  request.clear_evidence();
  EXPECT_THAT(bad_fields(request), ElementsAre("evidence"));
  request = ClosingOf(hidden);
  request.mutable_evidence()->clear_removal();
  EXPECT_THAT(bad_fields(request), ElementsAre("evidence.removal"));
  request = ClosingOf(hidden);
  request.mutable_evidence()->clear_unlisted_on();
  EXPECT_THAT(bad_fields(request), ElementsAre("evidence.unlisted_on"));
  request = ClosingOf(hidden);
  request.mutable_evidence()->clear_handle_protection();
  EXPECT_THAT(bad_fields(request), ElementsAre("evidence.handle_protection"));

  EXPECT_EQ(Get(hidden.name()).state(), v1::Account::STATE_CLOSING);
  const auto overdue = Must(kPrOffice, &Accounts::ListOverdueClosings, {});
  ASSERT_THAT(overdue.closings(), SizeIs(1));
  EXPECT_EQ(overdue.closings(0).account(), hidden.name());
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

// Nagasaki: the list of those at risk.
TEST_F(LifecycleTest, ListsAccountsPastTheirDayWithoutEvidenceTheLongestOverdueFirst) {
  const v1::Account two = ClosingOn(Listed("two"), kToday - 2);
  const v1::Account ten = ClosingOn(Active("ten"), kToday - 10);
  ClosingOn(Active("today"), kToday);
  ClosingOn(Active("later"), kToday + 1);
  Active("goes_on");
  const v1::Account gone = ClosingOn(Active("gone"), kToday - 5);
  Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(gone));

  v1::ListOverdueClosingsRequest request;
  const auto list = [&] { return Must(kItSecurity, &Accounts::ListOverdueClosings, request); };
  const auto all = list();
  ASSERT_THAT(all.closings(), SizeIs(2));
  EXPECT_EQ(all.total_size(), 2);
  EXPECT_EQ(all.closings(0).account(), ten.name());
  EXPECT_EQ(all.closings(0).days_overdue(), 10);
  EXPECT_EQ(all.closings(1).account(), two.name());
  EXPECT_EQ(all.closings(1).days_overdue(), 2);
  EXPECT_EQ(all.closings(1).display_name(), "生涯学習だより");
  EXPECT_EQ(all.closings(1).canonical_url(), "https://x.com/two");
  EXPECT_EQ(all.closings(1).reason(), v1::Closing::REASON_INACTIVE);
  EXPECT_EQ(all.closings(1).condition(), v1::Account::CONDITION_NORMAL);

  request.set_page_size(1);
  request.set_page_token(list().next_page_token());
  EXPECT_EQ(list().closings(0).account(), two.name());
  EXPECT_THAT(list().next_page_token(), IsEmpty());

  request.Clear();
  request.set_min_days_overdue(10);
  EXPECT_EQ(list().total_size(), 1);
  request.set_min_days_overdue(11);
  EXPECT_EQ(list().total_size(), 0);
  request.Clear();
  request.set_department("departments/5002");
  request.set_platform("x");
  EXPECT_EQ(list().total_size(), 2);
  request.set_department("departments/0201");
  EXPECT_EQ(list().total_size(), 0);
}

TEST_F(LifecycleTest, RefusesANumberOfDaysThatIsNone) {
  v1::ListOverdueClosingsRequest request;
  v1::ListOverdueClosingsResponse ignored;
  request.set_min_days_overdue(-1);
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListOverdueClosings, request, &ignored)),
            "INVALID_FIELD");
  request.set_min_days_overdue(36'501);
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListOverdueClosings, request, &ignored)),
            "INVALID_FIELD");
}

class MergeTest : public LifecycleTest {
 protected:
  // A CHANGE of `survivor` that renames it and absorbs `others`.
  v1::ApplyFormRequest MergeForm(const v1::Account& survivor,
                                 const std::vector<v1::Account>& others) {
    v1::ApplyFormRequest request = ChangeForm(survivor);
    request.mutable_fields()->set_url("https://x.com/tocho");
    for (const v1::Account& other : others) {
      v1::AbsorbedAccount& absorbed = *request.add_absorbed_accounts();
      absorbed.set_account(other.name());
      absorbed.set_etag(other.etag());
    }
    return request;
  }

  // An account of 0201.
  v1::Account Foreign(const std::string& handle) {
    v1::ApplyFormRequest open = OpenForm(handle);
    open.set_department("departments/0201");
    return Get(MustApply(open).account());
  }
};

TEST_F(MergeTest, RenamesTheSurvivorAndClosesTheOthersInOneTransaction) {
  v1::Account survivor = Listed("gakushu");
  v1::ApplyFormRequest known = ChangeForm(survivor);
  known.mutable_fields()->set_platform_account_id("1234567");
  survivor = Get(MustApply(known).account());
  const v1::Account absorbed = Listed("shogai");
  const v1::Account foreign = Foreign("bosai");
  const std::string sequence = Sequence();

  const auto answer = MustApply(MergeForm(survivor, {absorbed, foreign}));

  ASSERT_EQ(answer.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(answer.account(), survivor.name());
  EXPECT_EQ(Sequence(), absl::StrCat(std::stoi(sequence) + 3));
  const v1::Account renamed = Get(survivor.name());
  EXPECT_EQ(renamed.canonical_url(), "https://x.com/tocho");
  EXPECT_EQ(renamed.fields().platform_account_id(), "1234567");
  EXPECT_EQ(renamed.state(), v1::Account::STATE_ACTIVE);
  for (const v1::Account& before : {absorbed, foreign}) {
    const v1::Account after = Get(before.name());
    EXPECT_EQ(after.state(), v1::Account::STATE_CLOSING);
    EXPECT_EQ(after.closing().reason(), v1::Closing::REASON_MERGED);
    EXPECT_EQ(after.closing().successor(), survivor.name());
    EXPECT_EQ(after.closing().effective_on().day(), 22);
    EXPECT_EQ(after.fields().SerializeAsString(), before.fields().SerializeAsString());
    EXPECT_EQ(after.department(), before.department());
  }
  Must(kPrOffice, &Accounts::RecordListing, ListingOf(renamed, "https://www.pref.example.jp/"));
  for (const std::string handle : {"gakushu", "shogai", "bosai"}) {
    const auto lookup = Lookup(handle);
    EXPECT_EQ(lookup.verdict(), v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL) << handle;
    EXPECT_EQ(lookup.successor().url(), "https://x.com/tocho") << handle;
  }
  EXPECT_EQ(VerdictOf("tocho"), "OFFICIAL");
}

TEST_F(MergeTest, WaitsWithTheOthersForTheDayTheFormNames) {
  const v1::Account absorbed = Listed("shogai");
  v1::ApplyFormRequest request = MergeForm(Listed("gakushu"), {absorbed});
  *request.mutable_effective_on() = DateOf(2026, 12, 1);
  MustApply(request);
  EXPECT_EQ(Get(absorbed.name()).closing().effective_on().month(), 12);
  EXPECT_EQ(VerdictOf("shogai"), "OFFICIAL");
}

TEST_F(MergeTest, TakesAnAccountOfWhichOnlyFactsWereReportedSince) {
  const v1::Account absorbed = Active("shogai");
  const v1::ApplyFormRequest request = MergeForm(Listed("gakushu"), {absorbed});
  Must(kPrOffice, &Accounts::RecordListing, ListingOf(absorbed, "https://www.pref.example.jp/"));
  EXPECT_EQ(ConflictOf(request), "");
}

TEST_F(MergeTest, NamesEveryAccountInTheWayAndChangesNothing) {
  const v1::Account survivor = Listed("gakushu");
  const v1::Account good = Listed("shogai");
  const v1::Account changed = Listed("bosai");
  Renamed(changed, "bosai_new");
  v1::Account nobody;
  nobody.set_name("accounts/" + NewId());
  nobody.set_etag("\"1\"");
  const std::string before = Sequence();

  const auto answer = MustApply(MergeForm(survivor, {good, changed, nobody}));

  EXPECT_EQ(answer.outcome(), v1::ApplyFormResponse::OUTCOME_CONFLICT);
  EXPECT_EQ(answer.conflict_reason(), "ACCOUNT_CHANGED");
  EXPECT_EQ(answer.conflict_field(), "absorbed_accounts[1]");
  EXPECT_EQ(answer.account(), changed.name());
  ASSERT_THAT(answer.conflicts(), SizeIs(2));
  EXPECT_THAT(answer.conflicts(0).message(), HasSubstr(changed.name()));
  EXPECT_EQ(answer.conflicts(1).reason(), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(answer.conflicts(1).field(), "absorbed_accounts[2]");
  EXPECT_EQ(Sequence(), before);
  EXPECT_EQ(Get(good.name()).etag(), good.etag());
}

TEST_F(MergeTest, OnlySaysWhatWouldHappenWhenAskedTo) {
  const v1::Account absorbed = Listed("shogai");
  v1::ApplyFormRequest request = MergeForm(Listed("gakushu"), {absorbed});
  request.set_validate_only(true);
  EXPECT_EQ(MustApply(request).outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(Get(absorbed.name()).etag(), absorbed.etag());
}

TEST_F(MergeTest, RefusesItselfOneTwiceTooManyAndAnyFormButAChange) {
  const v1::Account survivor = Listed("gakushu");
  const v1::Account other = Listed("shogai");
  const auto refuse = [&](const v1::ApplyFormRequest& request, const std::string& field) {
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_EQ(ReasonOf(status), "INVALID_FIELD") << field;
    EXPECT_THAT(status.error_message(), HasSubstr(field));
  };
  refuse(MergeForm(survivor, {survivor}), "absorbed_accounts[0].account");
  refuse(MergeForm(survivor, {other, other}), "absorbed_accounts[1].account");
  refuse(MergeForm(survivor, std::vector<v1::Account>(201, other)), "absorbed_accounts");
  v1::Account unnamed = other;
  unnamed.set_name("shogai");
  refuse(MergeForm(survivor, {unnamed}), "absorbed_accounts[0].account");
  v1::ApplyFormRequest close = CloseForm(survivor);
  *close.mutable_absorbed_accounts() = MergeForm(survivor, {other}).absorbed_accounts();
  refuse(close, "absorbed_accounts");
}

// A name that was ours and is registered anew by somebody else is never official.
class ReusedHandleTest : public LifecycleTest {
 protected:
  v1::Account Closed(const std::string& handle) {
    return Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(ClosingOn(Listed(handle), kToday)));
  }
};

TEST_F(ReusedHandleTest, OfAClosedAccount) {
  Closed("gakushu");
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

TEST_F(ReusedHandleTest, OfAnAccountGoneBeforeItsDay) {
  Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(ClosingOn(Listed("gakushu"), kToday + 30)));
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

TEST_F(ReusedHandleTest, OfAMergedAccount) {
  const v1::Account successor = Listed("shogai");
  v1::ApplyFormRequest close = CloseForm(Listed("gakushu"));
  close.mutable_closing()->set_reason(v1::Closing::REASON_MERGED);
  close.mutable_closing()->set_successor(successor.name());
  const v1::Account closing = Get(MustApply(close).account());
  Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(closing));
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

TEST_F(ReusedHandleTest, OfARenamedAccount) {
  const v1::Account renamed = Renamed(Listed("gakushu"), "manabi");
  Must(kPrOffice, &Accounts::RecordListing, ListingOf(renamed, "https://www.pref.example.jp/"));
  EXPECT_EQ(VerdictOf("manabi"), "OFFICIAL");
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

TEST_F(ReusedHandleTest, OfAnAccountWhoseClosingIsInEffect) {
  ClosingOn(Listed("gakushu"), kToday);
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

TEST_F(ReusedHandleTest, OfACompromisedAccountClosingOrNot) {
  const v1::Account taken = Report(kStaff, Listed("gakushu"), v1::Account::CONDITION_COMPROMISED);
  EXPECT_EQ(VerdictOf("gakushu"), "COMPROMISED");
  const v1::Account closing = ClosingOn(taken, kToday);
  EXPECT_EQ(VerdictOf("gakushu"), "COMPROMISED");
  Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(closing));
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
}

// The warning is about the name somebody else holds: a renaming would move it to the new one.
TEST_F(ReusedHandleTest, OfAnAccountThatWasTakenOverWhichCannotBeRenamed) {
  const v1::Account taken = Report(kStaff, Listed("gakushu"), v1::Account::CONDITION_COMPROMISED);
  v1::ApplyFormRequest rename = ChangeForm(taken);
  rename.mutable_fields()->clear_handle();
  rename.mutable_fields()->set_url("https://x.com/manabi");
  const auto answer = MustApply(rename);
  EXPECT_EQ(answer.outcome(), v1::ApplyFormResponse::OUTCOME_CONFLICT);
  EXPECT_EQ(answer.conflict_reason(), "ACCOUNT_NOT_IN_ORDER");
  EXPECT_EQ(VerdictOf("gakushu"), "COMPROMISED");
  EXPECT_EQ(VerdictOf("manabi"), "UNKNOWN");
}

TEST_F(ReusedHandleTest, OfAClosedAccountRenamedAfterItsDayIsNotOfficialAnyLonger) {
  const v1::Account closing = ClosingOn(Listed("gakushu"), kToday - 10);
  Renamed(closing, "manabi");
  EXPECT_EQ(VerdictOf("gakushu"), "FORMERLY_OFFICIAL");
  EXPECT_EQ(database_.Value("SELECT until_on FROM account_former_keys"), FormatDay(kToday - 10));
}

// Agreed anew by the organisation itself, it is official once it is seen on a page again.
TEST_F(ReusedHandleTest, UnlessItIsOpenedAnewAndSeenListed) {
  Closed("gakushu");
  Active("gakushu");
  EXPECT_EQ(VerdictOf("gakushu"), "UNCONFIRMED");
}

// T 5-9-4: an urgent closing takes effect before it is decided.
TEST_F(LifecycleTest, AnUrgentClosingSuspendsAtOnceAndIsStillTakenAfterwards) {
  const v1::Account account =
      Must(kPrOffice, &Accounts::RecordListing,
           ListingOf(Active("gakushu"), "https://www.pref.example.jp/sns/"));
  ASSERT_EQ(VerdictOf("gakushu"), "OFFICIAL");
  v1::ApplyFormRequest urgent = Form(v1::ApplyFormRequest::ACTION_SUSPEND);
  urgent.set_account(account.name());
  EXPECT_EQ(MustApply(urgent).account(), account.name());
  MustApply(urgent);
  EXPECT_EQ(VerdictOf("gakushu"), "OFFICIAL_BUT_SUSPENDED");
  EXPECT_EQ(EventCount("account.condition_reported"), 1);
  EXPECT_EQ(RevisionsOf(account.name()).revisions(0).actor(), "users/sasaki");

  urgent.set_request_id(NewId());
  urgent.set_reason("もう一度");
  EXPECT_EQ(MustApply(urgent).outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(Get(account.name()).facts().condition_report().reason(), "講座の案内")
      << "what was said of the suspension stays";
  EXPECT_EQ(ConflictOf(CloseForm(account)), "") << "the form was written before the suspension";
}

TEST_F(LifecycleTest, AnUrgentClosingLeavesSomethingGraverAndFindsNothingToSuspend) {
  const v1::Account taken =
      Report(kPrOffice, Active("gakushu"), v1::Account::CONDITION_COMPROMISED);
  v1::ApplyFormRequest urgent = Form(v1::ApplyFormRequest::ACTION_SUSPEND);
  urgent.set_account(taken.name());
  EXPECT_EQ(ConflictOf(urgent), "");
  EXPECT_EQ(Get(taken.name()).condition(), v1::Account::CONDITION_COMPROMISED);
  urgent.set_account(Opened("").name());
  urgent.set_request_id(NewId());
  EXPECT_EQ(ConflictOf(urgent), "URL_STILL_PLANNED");
  urgent.set_account("accounts/" + NewId());
  urgent.set_request_id(NewId());
  EXPECT_EQ(ConflictOf(urgent), "ACCOUNT_NOT_FOUND");
}

}  // namespace
}  // namespace daicho::registry
