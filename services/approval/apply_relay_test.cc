#include "services/approval/apply_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "common/base/refusal.h"
#include "services/approval/testing/fixture.h"
#include "tests/support/wait.h"

namespace daicho::approval {
namespace {

using ::testing::ElementsAre;

class ApplyRelayTest : public ApprovalTest {
 protected:
  std::unique_ptr<work::Relay> Start() {
    return std::make_unique<work::Relay>(&database_.pool(), kRegistryDestination,
                                         RelayEncoder(server_.env()), ApplyTo(peers_, &clock_));
  }

  bool Waiting() {
    return database_.Value("SELECT count(*) FROM outbox WHERE destination = 'registry'") != "0";
  }

  v1::Form Now(const v1::Form& form) { return Get(kAuditor, form).value(); }

  static int CountActs(const v1::Form& form, v1::FormAct::Kind kind) {
    int count = 0;
    for (const v1::FormAct& act : form.acts()) count += act.kind() == kind;
    return count;
  }

  int CountEvents(const std::string& type) {
    int count = 0;
    for (const std::string& announced : EventTypes()) count += announced == type;
    return count;
  }

  // Ends the transaction that waits for the ledger's answer, as the end of its process would.
  void CutOffTheRelay() {
    EXPECT_EQ(database_.Value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                              " WHERE datname = current_database()"
                              " AND state = 'idle in transaction'"),
              "1");
  }
};

TEST_F(ApplyRelayTest, RecordsThatTheLedgerTookTheForm) {
  const v1::Form agreed = Agreed();
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.state(), v1::Form::STATE_APPLIED);
  EXPECT_TRUE(form.application().account().rfind("accounts/", 0) == 0);
  EXPECT_EQ(form.acts(form.acts_size() - 1).actor().subject(), "services/approval");
  EXPECT_EQ(form.acts(form.acts_size() - 1).role(), access::v1::ROLE_SYSTEM);
  const auto events = Events();
  const auto applied = std::find_if(events.begin(), events.end(),
                                    [](const auto& e) { return e.type() == "form.applied"; });
  ASSERT_NE(applied, events.end());
  EXPECT_EQ(applied->resource(), form.name());
  EXPECT_THAT(applied->related_resources(), ElementsAre(form.application().account()));
  EXPECT_EQ(applied->actor().subject(), "services/approval");
}

TEST_F(ApplyRelayTest, RecordsWhyTheLedgerCouldNotTakeTheForm) {
  const v1::Form agreed = Agreed();
  ledger_.Conflict("ACCOUNT_EXISTS");
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.state(), v1::Form::STATE_CONFLICT);
  EXPECT_EQ(form.application().conflict_reason(), "ACCOUNT_EXISTS");
  EXPECT_EQ(CountEvents("form.conflicted"), 1);
}

TEST_F(ApplyRelayTest, RecordsARequestTheLedgerDoesNotUnderstandAsAConflict) {
  const v1::Form agreed = Agreed();
  ledger_.RefuseAll();
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_CONFLICT);
}

TEST_F(ApplyRelayTest, WaitsForTheRegistryToComeBack) {
  const v1::Form agreed = Agreed();
  registry_.GoDown();
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] {
    return database_.Value(
               "SELECT max(attempt_count) > 0 FROM outbox"
               " WHERE destination = 'registry'") == "t";
  }));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_AGREED);
  registry_.ComeBack();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_APPLIED);
  EXPECT_EQ(ledger_.applied().size(), 1u);
}

TEST_F(ApplyRelayTest, AppliesOnceAndRecordsOnceWhenCutOffBetweenTheTwo) {
  const v1::Form agreed = Agreed();
  ledger_.AfterNextApply([&] { CutOffTheRelay(); });
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.state(), v1::Form::STATE_APPLIED);
  EXPECT_GE(ledger_.received_count(), 2) << "the first record must have been lost";
  EXPECT_EQ(ledger_.applied().size(), 1u);
  EXPECT_EQ(CountActs(form, v1::FormAct::KIND_APPLIED), 1);
  EXPECT_EQ(CountEvents("form.applied"), 1);
}

TEST_F(ApplyRelayTest, RecordsTheFirstAnswerEvenWhenTheLedgerWouldAnswerOtherwiseNow) {
  const v1::Form agreed = Agreed();
  ledger_.AfterNextApply([&] {
    ledger_.Conflict("ACCOUNT_EXISTS");
    CutOffTheRelay();
  });
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_APPLIED);
}

TEST_F(ApplyRelayTest, AppliesOnceWhenSeveralProcessesRelay) {
  std::vector<v1::Form> forms;
  for (int i = 0; i < 10; ++i) forms.push_back(Agreed());
  const auto first = Start(), second = Start(), third = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  std::set<std::string> applied;
  for (const auto& request : ledger_.applied()) applied.insert(request.form());
  EXPECT_EQ(applied.size(), 10u);
  EXPECT_EQ(ledger_.applied().size(), 10u);
  EXPECT_EQ(CountEvents("form.applied"), 10);
  for (const v1::Form& form : forms) EXPECT_EQ(Now(form).state(), v1::Form::STATE_APPLIED);
}

using registry::v1::ApplyFormRequest;

TEST_F(ApplyRelayTest, ShowsThePrOfficeAConflictThreeTimesUntilItIsSettled) {
  const std::string account = PutAccount("広報");
  const v1::Form agreed = Agreed(ChangeContent(account));
  registry::v1::Account changed;
  changed.set_name(account);
  changed.set_etag("\"4\"");
  changed.set_department("departments/0802");
  *changed.mutable_fields() = agreed.content().fields();
  changed.mutable_fields()->set_purpose("観光");
  ledger_.Put(changed);
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.application().conflict_reason(), "ACCOUNT_CHANGED");
  const auto& differences = form.application().differences();
  const auto purpose = std::find_if(differences.begin(), differences.end(), [](const auto& one) {
    return one.field() == "fields.purpose";
  });
  ASSERT_NE(purpose, differences.end()) << form.DebugString();
  EXPECT_EQ(purpose->agreed_on(), "広報");
  EXPECT_EQ(purpose->ledger(), "観光");
  EXPECT_EQ(purpose->wanted(), "防災");

  const auto conflicts = [&](const Somebody& who) {
    v1::ListInboxRequest request;
    request.set_bucket(v1::ListInboxRequest::BUCKET_CONFLICT);
    return Send(&v1::FormService::Stub::ListInbox, who, request).value();
  };
  ASSERT_EQ(conflicts(kPrOffice).entries_size(), 1);
  EXPECT_EQ(conflicts(kPrOffice).entries(0).form().name(), form.name());
  EXPECT_EQ(conflicts(kPrOffice).counts().conflict(), 1);
  EXPECT_EQ(conflicts(kStaff).entries_size(), 1);
  EXPECT_EQ(conflicts(kForeignStaff).entries_size(), 0);
  v1::SettleConflictRequest settle;
  settle.set_name(form.name());
  settle.set_etag(form.etag());
  settle.set_comment("内容を改めて起案してもらう");
  settle.set_request_id(NewId());
  EXPECT_TRUE(Send(&v1::FormService::Stub::SettleConflict, kPrOffice, settle).ok());
  EXPECT_EQ(conflicts(kPrOffice).entries_size(), 0);
  EXPECT_EQ(Now(form).state(), v1::Form::STATE_CONFLICT);
  EXPECT_EQ(CountEvents("form.settled"), 1);
}

TEST_F(ApplyRelayTest, AConflictShowsNothingOfAnotherDepartmentsAccount) {
  const std::string account = PutAccount("広報");
  const v1::Form agreed = Agreed(ChangeContent(account));
  registry::v1::Account moved;
  moved.set_name(account);
  moved.set_etag("\"4\"");
  moved.set_department("departments/0301");
  moved.mutable_fields()->set_purpose("観光課の都合");
  ledger_.Put(moved);
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.state(), v1::Form::STATE_CONFLICT);
  for (const auto& difference : form.application().differences()) {
    EXPECT_EQ(difference.ledger(), "") << difference.field();
  }
}

// T 5-9-4.
TEST_F(ApplyRelayTest, AnUrgentClosingSuspendsAtOnceAndIsDecidedAfterwards) {
  guideline_.Ask("T-7-3", "T 7-3", "it-security");
  const std::string account = PutAccount();
  const v1::Form draft = Drafted(UrgentContent(account));
  EXPECT_EQ(daicho::ReasonOf(Submit(kStaff, draft).status()), "URGENT_NOT_YOURS");
  EXPECT_FALSE(Waiting());
  const v1::Form submitted = Submit(kSecurity, draft).value();
  EXPECT_EQ(submitted.state(), v1::Form::STATE_IN_ROUTE);
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  ASSERT_EQ(ledger_.applied().size(), 1u);
  const ApplyFormRequest suspension = ledger_.applied()[0];
  EXPECT_EQ(suspension.action(), ApplyFormRequest::ACTION_SUSPEND);
  EXPECT_EQ(suspension.account(), account);
  EXPECT_EQ(suspension.reason(), "不審なログイン");
  EXPECT_EQ(suspension.agreed_by(), "users/security");
  EXPECT_EQ(Now(submitted).etag(), submitted.etag()) << "the form goes on as it is";

  v1::Form form = submitted;
  for (const Somebody& who : {kHead, kViaHead, kSafetyHead, kPrOffice}) {
    form = Agree(who, form).value();
  }
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(Now(form).state(), v1::Form::STATE_APPLIED);
  ASSERT_EQ(ledger_.applied().size(), 2u);
  EXPECT_EQ(ledger_.applied()[1].action(), ApplyFormRequest::ACTION_CLOSE);
}

TEST_F(ApplyRelayTest, ItSecurityAndThePrOfficeWriteUrgentClosingsForAnyDepartmentAndNothingElse) {
  for (const Somebody& who : {kSecurity, kPrOffice}) {
    v1::CreateFormRequest request;
    request.set_department("departments/0802");
    *request.mutable_content() = UrgentContent(PutAccount());
    request.set_request_id(NewId());
    const auto created = Send(&v1::FormService::Stub::CreateForm, who, request);
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_TRUE(Submit(who, *created).ok());
    request.mutable_content()->clear_urgent();
    request.set_request_id(NewId());
    EXPECT_EQ(daicho::ReasonOf(Send(&v1::FormService::Stub::CreateForm, who, request).status()),
              "NOT_YOUR_FORM");
  }
}

TEST_F(ApplyRelayTest, TellsThatThereWasNothingToSuspend) {
  const v1::Form form = Submit(kHead, Drafted(UrgentContent(PutAccount()))).value();
  ledger_.Conflict("ACCOUNT_NOT_ALIVE");
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(CountEvents("form.suspension_refused"), 1);
  EXPECT_EQ(Now(form).state(), v1::Form::STATE_IN_ROUTE);
}

// Y 2-2.
TEST_F(ApplyRelayTest, AnApplicationForUseGoesTheUsualWayAndTellsTheLedgerWhoAndUntilWhen) {
  const std::string account = PutAccount();
  const v1::Form agreed = Agreed(GrantContent(account));
  EXPECT_TRUE(Submit(kStaff, Drafted(GrantContent(account))).ok())
      << "several departments may ask for one account at a time";
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_APPLIED);
  ASSERT_EQ(ledger_.applied().size(), 1u);
  const ApplyFormRequest request = ledger_.applied()[0];
  EXPECT_EQ(request.action(), ApplyFormRequest::ACTION_GRANT);
  EXPECT_EQ(request.department(), "departments/0802");
  ASSERT_EQ(request.use().users_size(), 2);
  EXPECT_EQ(request.use().users(1).subject(), "users/fujiwara");
  EXPECT_EQ(request.reason(), "観光情報を随時発信するため");
  EXPECT_FALSE(request.has_fields());
}

TEST_F(ApplyRelayTest, LetsTheNextFormAboutAnAccountStartOnceTheFirstIsApplied) {
  const std::string account = PutAccount();
  Agreed(ChangeContent(account));
  const v1::Form next = Drafted(CloseContent(account));
  EXPECT_FALSE(Submit(kStaff, next).ok());
  const auto relay = Start();
  ASSERT_TRUE(testing::Eventually([&] { return !Waiting(); }));
  EXPECT_TRUE(Submit(kStaff, next).ok());
}

}  // namespace
}  // namespace daicho::approval
