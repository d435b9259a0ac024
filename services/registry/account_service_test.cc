#include "services/registry/account_service.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "common/wire/fields.h"
#include "services/registry/account_wire.h"
#include "services/registry/platforms.h"
#include "services/registry/testing/account_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AccountServiceTest : public AccountTest {};

TEST_F(AccountServiceTest, CarriesAnAccountFromItsOpeningToItsTombstone) {
  const v1::Account prepared = Opened("gakushu");
  EXPECT_EQ(prepared.state(), v1::Account::STATE_PREPARING);
  EXPECT_EQ(prepared.canonical_url(), "https://x.com/gakushu");
  EXPECT_EQ(prepared.department(), "departments/5002");
  EXPECT_EQ(prepared.origin().form(), prepared.last_form());

  const v1::Account active = Must(kStaff, &Accounts::ConfirmOpening, OpeningOf(prepared));
  EXPECT_EQ(active.state(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(active.opened_on().day(), 22);

  const v1::Account listed = Must(kPrOffice, &Accounts::RecordListing,
                                  ListingOf(active, "https://www.pref.example.jp/sns/"));
  EXPECT_EQ(listed.listing().organization_page().url(), "https://www.pref.example.jp/sns/");

  v1::ApplyFormRequest change = ChangeForm(listed);
  change.mutable_fields()->set_purpose("講座の周知");
  const v1::Account changed = Get(MustApply(change).account());
  EXPECT_EQ(changed.fields().purpose(), "講座の周知");
  EXPECT_TRUE(changed.has_listing());

  const v1::Account closing = Get(MustApply(CloseForm(changed)).account());
  EXPECT_EQ(closing.state(), v1::Account::STATE_CLOSING);
  EXPECT_EQ(closing.closing().effective_on().month(), 12);

  const v1::Account closed = Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(closing));
  EXPECT_EQ(closed.state(), v1::Account::STATE_CLOSED);
  EXPECT_EQ(closed.closing().evidence().removal(), "退会手続を完了");
  EXPECT_EQ(Get(closed.name()).SerializeAsString(), closed.SerializeAsString());

  const auto revisions = RevisionsOf(closed.name());
  std::vector<std::string> acts;
  for (const auto& revision : revisions.revisions()) acts.push_back(revision.act());
  EXPECT_THAT(acts, ElementsAre("account.closed", "account.closing", "account.changed",
                                "account.listed", "account.opened", "account.prepared"));
  for (const std::string& act : acts) EXPECT_EQ(EventCount(act), 1) << act;
}

TEST_F(AccountServiceTest, KeepsEveryVersionWithWhoMadeItAndWhy) {
  const v1::Account prepared = Opened("gakushu");
  const v1::Account active = Must(kStaff, &Accounts::ConfirmOpening, OpeningOf(prepared));

  const auto revisions = RevisionsOf(active.name());
  ASSERT_THAT(revisions.revisions(), SizeIs(2));
  EXPECT_EQ(revisions.revisions(0).actor(), "users/hirose");
  EXPECT_EQ(revisions.revisions(0).account().SerializeAsString(), active.SerializeAsString());
  EXPECT_EQ(revisions.revisions(1).actor(), "users/sasaki");
  EXPECT_EQ(revisions.revisions(1).reason(), "令和8年度 第12号: 講座の案内");
  EXPECT_EQ(revisions.revisions(1).account().SerializeAsString(), prepared.SerializeAsString());
}

TEST_F(AccountServiceTest, PagesThroughVersions) {
  v1::Account account = Opened("gakushu");
  for (const char* purpose : {"一", "二", "三"}) {
    v1::ApplyFormRequest change = ChangeForm(account);
    change.mutable_fields()->set_purpose(purpose);
    account = Get(MustApply(change).account());
  }
  v1::ListAccountRevisionsRequest request;
  request.set_name(account.name());
  request.set_page_size(3);
  const auto first = Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  ASSERT_THAT(first.revisions(), SizeIs(3));
  request.set_page_token(first.next_page_token());
  const auto second = Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  ASSERT_THAT(second.revisions(), SizeIs(1));
  EXPECT_EQ(second.revisions(0).act(), "account.prepared");
  EXPECT_THAT(second.next_page_token(), IsEmpty());
}

TEST_F(AccountServiceTest, AppliesAFormOnceHoweverOftenItIsSent) {
  const v1::ApplyFormRequest request = OpenForm("gakushu");
  const v1::ApplyFormResponse first = MustApply(request);
  const v1::ApplyFormResponse again = MustApply(request);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM accounts"), "1");
  EXPECT_EQ(EventCount("account.prepared"), 1);
}

TEST_F(AccountServiceTest, AppliesAFormOnceThoughItIsSentManyTimesAtOnce) {
  const v1::ApplyFormRequest request = OpenForm("gakushu");
  std::vector<v1::ApplyFormResponse> responses(8);
  std::vector<std::thread> senders;
  for (auto& response : responses) {
    senders.emplace_back([&, this] { EXPECT_TRUE(Apply(request, &response).ok()); });
  }
  for (std::thread& sender : senders) sender.join();
  for (const auto& response : responses) {
    EXPECT_EQ(response.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
    EXPECT_EQ(response.account(), responses.front().account());
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM accounts"), "1");
}

TEST_F(AccountServiceTest, GivesOneUrlToOneOfTwoFormsAtOnce) {
  std::vector<v1::ApplyFormRequest> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(OpenForm("gakushu"));
  std::vector<v1::ApplyFormResponse> responses(requests.size());
  std::vector<std::thread> senders;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    senders.emplace_back([&, i] { EXPECT_TRUE(Apply(requests[i], &responses[i]).ok()); });
  }
  for (std::thread& sender : senders) sender.join();

  int applied = 0;
  for (const auto& response : responses) {
    if (response.outcome() == v1::ApplyFormResponse::OUTCOME_APPLIED) {
      ++applied;
    } else {
      EXPECT_EQ(response.conflict_reason(), "ACCOUNT_EXISTS");
    }
    EXPECT_EQ(response.account(), responses.front().account());
  }
  EXPECT_EQ(applied, 1);
}

TEST_F(AccountServiceTest, OnlySaysWhatWouldHappenWhenAskedTo) {
  v1::ApplyFormRequest request = OpenForm("gakushu");
  request.set_validate_only(true);
  EXPECT_EQ(MustApply(request).outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM accounts"), "0");
  EXPECT_EQ(EventCount("account.prepared"), 0);
}

TEST_F(AccountServiceTest, AnswersAnOpeningTheLedgerCannotTakeWithAConflict) {
  Opened("gakushu");
  EXPECT_EQ(ConflictOf(OpenForm("Gakushu")), "ACCOUNT_EXISTS");

  v1::ApplyFormRequest nowhere = OpenForm("shogai");
  nowhere.set_department("departments/9999");
  EXPECT_EQ(ConflictOf(nowhere), "DEPARTMENT_NOT_FOUND");

  v1::ApplyFormRequest elsewhere = OpenForm("shogai");
  elsewhere.mutable_fields()->set_url("https://www.instagram.com/shogai/");
  EXPECT_EQ(ConflictOf(elsewhere), "URL_NOT_ACCEPTED");

  v1::ApplyFormRequest shortened = OpenForm("shogai");
  shortened.mutable_fields()->set_url("https://bit.ly/3abc");
  EXPECT_EQ(ConflictOf(shortened), "URL_NOT_ACCEPTED");

  v1::ApplyFormRequest other_handle = OpenForm("shogai");
  other_handle.mutable_fields()->set_handle("gakushu2");
  EXPECT_EQ(ConflictOf(other_handle), "URL_NOT_ACCEPTED");

  v1::ApplyFormRequest unknown = OpenForm("shogai");
  unknown.mutable_fields()->set_platform("mixi9");
  EXPECT_EQ(ConflictOf(unknown), "URL_NOT_ACCEPTED");
}

TEST_F(AccountServiceTest, OpensAnAccountWhoseUrlIsStillPlanned) {
  const v1::Account planned = Opened("");
  EXPECT_THAT(planned.canonical_url(), IsEmpty());
  v1::Account ignored;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Accounts::ConfirmOpening, OpeningOf(planned), &ignored)),
            "URL_STILL_PLANNED");

  v1::ApplyFormRequest change = ChangeForm(planned);
  change.mutable_fields()->set_url("https://x.com/gakushu");
  const v1::Account known = Get(MustApply(change).account());
  EXPECT_EQ(known.canonical_url(), "https://x.com/gakushu");
  EXPECT_EQ(Must(kStaff, &Accounts::ConfirmOpening, OpeningOf(known)).state(),
            v1::Account::STATE_ACTIVE);
}

TEST_F(AccountServiceTest, TakesAHandleWithoutAUrlForTheAccount) {
  v1::ApplyFormRequest request = OpenForm("");
  request.mutable_fields()->set_handle("@Gakushu");
  EXPECT_EQ(Get(MustApply(request).account()).canonical_url(), "https://x.com/gakushu");
}

TEST_F(AccountServiceTest, TakesAFormAgreedOnBeforeFactsWereReportedButNotBeforeAnotherForm) {
  const v1::Account account = Active("gakushu");
  v1::ApplyFormRequest close = CloseForm(account);
  v1::ApplyFormRequest change = ChangeForm(account);
  Must(kPrOffice, &Accounts::RecordListing, ListingOf(account, "https://www.pref.example.jp/"));

  change.mutable_fields()->set_purpose("講座の周知");
  EXPECT_TRUE(Get(MustApply(change).account()).has_listing());
  EXPECT_EQ(ConflictOf(close), "ACCOUNT_CHANGED");
}

TEST_F(AccountServiceTest, AnswersAChangeTheLedgerCannotTakeWithAConflict) {
  const v1::Account account = Active("gakushu");
  Opened("shogai");

  v1::ApplyFormRequest foreign = ChangeForm(account);
  foreign.set_department("departments/0201");
  EXPECT_EQ(ConflictOf(foreign), "FOREIGN_ACCOUNT");

  v1::ApplyFormRequest stale = ChangeForm(account);
  for (const char* etag : {"\"3\"", "\"0\"", "garbage"}) {
    stale.set_request_id(NewId());
    stale.set_account_etag(etag);
    EXPECT_EQ(ConflictOf(stale), "ACCOUNT_CHANGED") << etag;
  }

  v1::ApplyFormRequest nobody = ChangeForm(account);
  nobody.set_account("accounts/" + NewId());
  EXPECT_EQ(ConflictOf(nobody), "ACCOUNT_NOT_FOUND");

  v1::ApplyFormRequest taken = ChangeForm(account);
  taken.mutable_fields()->set_url("https://twitter.com/shogai");
  EXPECT_EQ(ConflictOf(taken), "ACCOUNT_EXISTS");

  const v1::Account closing = Get(MustApply(CloseForm(account)).account());
  const v1::Account closed = Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(closing));
  EXPECT_EQ(ConflictOf(ChangeForm(closed)), "ACCOUNT_NOT_ALIVE");
  EXPECT_EQ(ConflictOf(CloseForm(closed)), "ACCOUNT_NOT_ALIVE");
}

TEST_F(AccountServiceTest, UnlistsARenamedAccountAndKeepsItsFormerKey) {
  const v1::Account listed = Must(kPrOffice, &Accounts::RecordListing,
                                  ListingOf(Active("gakushu"), "https://www.pref.example.jp/"));
  v1::ApplyFormRequest change = ChangeForm(listed);
  change.mutable_fields()->set_url("https://x.com/manabi");
  const v1::Account renamed = Get(MustApply(change).account());

  EXPECT_EQ(renamed.canonical_url(), "https://x.com/manabi");
  EXPECT_FALSE(renamed.has_listing());
  EXPECT_EQ(database_.Value("SELECT key || ' ' || until_on FROM account_former_keys"),
            "x::gakushu 2026-11-22");
  // The name is free again.
  EXPECT_EQ(ConflictOf(OpenForm("gakushu")), "");
}

TEST_F(AccountServiceTest, MergesIntoALiveSuccessorOnly) {
  const v1::Account successor = Active("shogai");
  const v1::Account account = Active("gakushu");
  v1::ApplyFormRequest close = CloseForm(account);
  close.mutable_closing()->set_reason(v1::Closing::REASON_MERGED);
  close.mutable_closing()->set_successor("accounts/" + NewId());
  EXPECT_EQ(ConflictOf(close), "SUCCESSOR_NOT_FOUND");

  close.mutable_closing()->set_successor(successor.name());
  close.set_request_id(NewId());
  const v1::Account closing = Get(MustApply(close).account());
  const v1::Account merged = Must(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(closing));
  EXPECT_EQ(merged.state(), v1::Account::STATE_MERGED);
  EXPECT_EQ(merged.closing().successor(), successor.name());

  v1::ApplyFormRequest into_merged = CloseForm(successor);
  into_merged.mutable_closing()->set_successor(merged.name());
  EXPECT_EQ(ConflictOf(into_merged), "SUCCESSOR_NOT_FOUND");
}

TEST_F(AccountServiceTest, RefusesAFormThatLacksWhatItsActionNeeds) {
  const v1::Account account = Active("gakushu");
  const auto refuse = [&](v1::ApplyFormRequest request, const std::string& field,
                          const std::function<void(v1::ApplyFormRequest&)>& spoil) {
    spoil(request);
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_EQ(ReasonOf(status), "INVALID_FIELD") << field;
    EXPECT_THAT(status.error_message(), HasSubstr(field));
  };
  refuse(OpenForm("a1"), "fields", [](auto& form) { form.clear_fields(); });
  refuse(OpenForm("a1"), "fields.platform",
         [](auto& form) { form.mutable_fields()->clear_platform(); });
  refuse(OpenForm("a1"), "account", [&](auto& form) { form.set_account(account.name()); });
  refuse(OpenForm("a1"), "closing", [](auto& form) { form.mutable_closing(); });
  refuse(OpenForm("a1"), "form", [](auto& form) { form.set_form("forms/1"); });
  refuse(ChangeForm(account), "account", [](auto& form) { form.clear_account(); });
  refuse(ChangeForm(account), "account_etag", [](auto& form) { form.clear_account_etag(); });
  refuse(CloseForm(account), "closing.reason",
         [](auto& form) { form.mutable_closing()->clear_reason(); });
  refuse(CloseForm(account), "closing.reason_detail",
         [](auto& form) { form.mutable_closing()->set_reason(v1::Closing::REASON_OTHER); });
  refuse(CloseForm(account), "closing.successor",
         [](auto& form) { form.mutable_closing()->set_reason(v1::Closing::REASON_MERGED); });
  refuse(CloseForm(account), "closing.effective_on", [](auto& form) { form.clear_effective_on(); });
}

TEST_F(AccountServiceTest, RefusesAStaleEtagOfEveryFact) {
  const v1::Account account = Active("gakushu");
  v1::Account stale = account;
  stale.set_etag("\"1\"");
  v1::Account ignored;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Accounts::ConfirmOpening, OpeningOf(stale), &ignored)),
            "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::RecordListing,
                            ListingOf(stale, "https://www.pref.example.jp/"), &ignored)),
            "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ConfirmClosing, ClosingOf(stale), &ignored)),
            "ETAG_MISMATCH");
  EXPECT_EQ(Get(account.name()).etag(), account.etag());
}

TEST_F(AccountServiceTest, LetsOneOfTwoChangesAtOnceThrough) {
  const v1::Account account = Active("gakushu");
  std::vector<v1::RecordListingRequest> requests;
  for (int i = 0; i < 6; ++i) {
    requests.push_back(ListingOf(account, absl::StrCat("https://www.pref.example.jp/", i)));
  }
  std::vector<std::string> reasons(requests.size());
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    callers.emplace_back([&, i] {
      v1::Account response;
      reasons[i] = ReasonOf(CallAs(kPrOffice, &Accounts::RecordListing, requests[i], &response));
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), ""), 1);
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "ETAG_MISMATCH"), 5);
  EXPECT_EQ(Get(account.name()).etag(), "\"3\"");
}

TEST_F(AccountServiceTest, LeavesThingsAsTheyAreForASightingItKnows) {
  const v1::Account listed = Must(kPrOffice, &Accounts::RecordListing,
                                  ListingOf(Active("gakushu"), "https://www.pref.example.jp/"));
  const v1::Account again =
      Must(kPrOffice, &Accounts::RecordListing, ListingOf(listed, "https://www.pref.example.jp/"));
  EXPECT_EQ(again.SerializeAsString(), listed.SerializeAsString());
  EXPECT_EQ(EventCount("account.listed"), 1);
}

TEST(OwnPagesTest, AreThoseOfTheOrganisationsSitesAndOfNoNameThatLooksLikeThem) {
  const auto platforms = std::make_shared<const domain::PlatformTable>(
      wire::LoadPlatforms("services/registry/platforms").value());
  const auto reason = [&](const std::string& page) {
    v1::RecordListingRequest request;
    request.set_name("accounts/00000000-0000-7000-8000-000000000001");
    request.set_etag("\"1\"");
    auto& seen = *request.mutable_listing()->mutable_section_page();
    seen.set_url(page);
    *seen.mutable_seen_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 1));
    return wire::Parse(request, {platforms, {"pref.example.jp", "lg.jp"}}).status();
  };
  for (const char* own : {"https://pref.example.jp/", "https://www.pref.example.jp/sns/?a=b",
                          "http://PREF.example.jp/sns", "https://www.city.example.lg.jp/"}) {
    EXPECT_TRUE(reason(own).ok()) << own;
  }
  for (const char* foreign :
       {"https://evilpref.example.jp/", "https://pref.example.jp.evil.example/",
        "https://eviltwitter.com/", "https://evil.example/pref.example.jp/", "https://x.com/lg.jp",
        "https://lg.jp.example/"}) {
    EXPECT_THAT(reason(foreign).message(), HasSubstr("listing.section_page.url")) << foreign;
  }
}

TEST_F(AccountServiceTest, RefusesASightingOnNoPage) {
  const v1::Account account = Active("gakushu");
  v1::Account ignored;
  // Nor on one that anybody may make: its own, another platform's, behind a short address.
  for (const char* page :
       {"javascript:alert(1)", "https://", "https://x", "https://www.pref.example.jp/ a",
        "https://user:pw@www.pref.example.jp/", "http://10.0.0.1/", "https://bit.ly/x",
        "https://x.com/gakushu", "https://www.facebook.com/page", "www.pref.example.jp/sns/"}) {
    EXPECT_EQ(
        ReasonOf(CallAs(kPrOffice, &Accounts::RecordListing, ListingOf(account, page), &ignored)),
        "INVALID_FIELD")
        << page;
  }
  v1::RecordListingRequest empty = ListingOf(account, "https://www.pref.example.jp/");
  empty.mutable_listing()->clear_organization_page();
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::RecordListing, empty, &ignored)),
            "INVALID_FIELD");
}

TEST_F(AccountServiceTest, KeepsOneDepartmentOutOfTheAccountsOfAnother) {
  const v1::Account prepared = Opened("gakushu");
  v1::Account ignored;
  v1::GetAccountRequest get;
  get.set_name(prepared.name());
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Accounts::GetAccount, get, &ignored)), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Accounts::ConfirmOpening, OpeningOf(prepared), &ignored)),
            "FOREIGN_DEPARTMENT");
  v1::ListAccountRevisionsRequest revisions;
  revisions.set_name(prepared.name());
  v1::ListAccountRevisionsResponse no_revisions;
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Accounts::ListAccountRevisions, revisions, &no_revisions)),
            "FOREIGN_DEPARTMENT");
  v1::ListAccountsRequest list;
  list.set_filter("department=5002");
  EXPECT_EQ(Must(kForeign, &Accounts::ListAccounts, list).total_size(), 0);
}

TEST_F(AccountServiceTest, LetsNobodyButTheApprovalServiceApplyForms) {
  v1::ApplyFormResponse ignored;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ApplyForm, OpenForm("gakushu"), &ignored)),
            "ROLE_NOT_ALLOWED");
}

TEST_F(AccountServiceTest, ListsTheOwnDepartmentOrWhatIsAskedFor) {
  Active("gakushu");
  Opened("shogai");
  v1::ApplyFormRequest other = OpenForm("bosai");
  other.set_department("departments/0201");
  MustApply(other);

  v1::ListAccountsRequest request;
  const auto total = [&](const Person& person) {
    const auto response = Must(person, &Accounts::ListAccounts, request);
    EXPECT_EQ(response.total_size(), response.accounts_size());
    return response.total_size();
  };
  EXPECT_EQ(total(kPrOffice), 3);
  EXPECT_EQ(total(kStaff), 2);
  EXPECT_EQ(total(kForeign), 1);
  request.set_filter("department=departments/5002");
  EXPECT_EQ(total(kPrOffice), 2);
  request.set_filter("department=departments/5002 state=ACTIVE");
  EXPECT_EQ(total(kPrOffice), 1);
  request.set_filter("department=departments/5002 state=ACTIVE platform=instagram");
  EXPECT_EQ(total(kPrOffice), 0);
}

TEST_F(AccountServiceTest, PagesThroughAccountsWhileOthersAreOpened) {
  std::set<std::string> before;
  for (int i = 0; i < 7; ++i) before.insert(Opened(absl::StrCat("gakushu", i)).name());

  v1::ListAccountsRequest request;
  request.set_page_size(3);
  std::vector<std::string> seen;
  do {
    const auto response = Must(kPrOffice, &Accounts::ListAccounts, request);
    for (const auto& account : response.accounts()) seen.push_back(account.name());
    request.set_page_token(response.next_page_token());
    Opened(absl::StrCat("shogai", seen.size()));
  } while (!request.page_token().empty());

  const std::set<std::string> distinct(seen.begin(), seen.end());
  EXPECT_EQ(distinct.size(), seen.size()) << "none twice";
  for (const std::string& name : before) EXPECT_EQ(distinct.count(name), 1u) << "none left out";
}

TEST_F(AccountServiceTest, RefusesAPageTokenOfAnotherQuery) {
  for (int i = 0; i < 3; ++i) Opened(absl::StrCat("gakushu", i));
  v1::ListAccountsRequest request;
  request.set_page_size(1);
  request.set_page_token(Must(kPrOffice, &Accounts::ListAccounts, request).next_page_token());
  request.set_filter("platform=x");
  v1::ListAccountsResponse response;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Accounts::ListAccounts, request, &response)),
            "INVALID_PAGE_TOKEN");
}

TEST_F(AccountServiceTest, HasStatementsThatFitTheSchema) {
  const absl::Status prepared = testing::PrepareAll(database_.conninfo());
  EXPECT_TRUE(prepared.ok()) << prepared;
}

TEST_F(AccountServiceTest, DeletesNothing) {
  for (const pg::Statement* statement : pg::AllStatements()) {
    if (!absl::StartsWith(statement->name, "registry_")) continue;
    for (const char* removes : {"DELETE FROM", "TRUNCATE"}) {
      EXPECT_THAT(std::string(statement->sql), ::testing::Not(HasSubstr(removes)))
          << statement->name;
    }
  }
}

}  // namespace
}  // namespace daicho::registry
