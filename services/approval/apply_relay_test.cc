#include "services/approval/apply_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

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
