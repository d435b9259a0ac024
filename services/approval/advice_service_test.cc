#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "common/work/relay.h"
#include "daicho/approval/v1/advice_service.grpc.pb.h"
#include "daicho/registry/v1/open_advice_service.grpc.pb.h"
#include "services/approval/advice_report.h"
#include "services/approval/apply_relay.h"
#include "services/approval/testing/fixture.h"
#include "tests/support/wait.h"

namespace daicho::approval {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using AdviceStub = v1::AdviceService::Stub;

const absl::CivilDay kToday(2026, 11, 22);

// What the ledger was told, in that order.
class Reports final : public registry::v1::OpenAdviceService::Service {
 public:
  grpc::Status ReportOpenAdvice(grpc::ServerContext*,
                                const registry::v1::ReportOpenAdviceRequest* request,
                                registry::v1::ReportOpenAdviceResponse*) override {
    const absl::MutexLock lock(&mutex_);
    // Every other one is lost on the way, and comes again.
    if (++calls_ % 2 == 1) return {grpc::StatusCode::UNAVAILABLE, "try again"};
    reports_.push_back(*request);
    return grpc::Status::OK;
  }
  std::vector<registry::v1::ReportOpenAdviceRequest> Take() const {
    const absl::MutexLock lock(&mutex_);
    return reports_;
  }

 private:
  mutable absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<registry::v1::ReportOpenAdviceRequest> reports_ ABSL_GUARDED_BY(mutex_);
};

class AdviceTest : public ApprovalTest {
 protected:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (AdviceStub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                                const Somebody& who, const Request& request) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    Response response;
    const grpc::Status status = (advices_.get()->*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  std::string PutAccountOf(const std::string& department, registry::v1::Account::State state =
                                                              registry::v1::Account::STATE_ACTIVE) {
    registry::v1::Account account;
    account.set_name("accounts/" + NewId());
    account.set_etag("\"3\"");
    account.set_department("departments/" + department);
    account.set_state(state);
    account.mutable_fields()->set_display_name("まなびの広場");
    ledger_.Put(account);
    return account.name();
  }

  static v1::CreateAdviceRequest About(const std::string& account,
                                       absl::CivilDay due_on = kToday + 14) {
    v1::CreateAdviceRequest request;
    request.set_account(account);
    request.set_kind(v1::Advice::KIND_CLOSE_OR_MERGE);
    request.set_text("一年以上投稿がありません。廃止または統合を検討してください。");
    *request.mutable_due_on() = wire::ToDate(due_on);
    request.add_findings("T-5-9-3");
    request.set_request_id(NewId());
    return request;
  }

  absl::StatusOr<v1::Advice> Give(const v1::CreateAdviceRequest& request,
                                  const Somebody& who = kPrOffice) {
    return Call(&AdviceStub::CreateAdvice, who, request);
  }

  absl::StatusOr<v1::Advice> Answer(const Somebody& who, const v1::Advice& advice,
                                    const std::string& form = "") {
    v1::AnswerAdviceRequest request;
    request.set_name(advice.name());
    request.set_etag(advice.etag());
    request.set_text("年度内に廃止します。");
    request.set_form(form);
    request.set_request_id(NewId());
    return Call(&AdviceStub::AnswerAdvice, who, request);
  }

  absl::StatusOr<v1::Advice> Close(const v1::Advice& advice, v1::CloseAdviceRequest::Outcome how,
                                   const Somebody& who = kPrOffice) {
    v1::CloseAdviceRequest request;
    request.set_name(advice.name());
    request.set_etag(advice.etag());
    request.set_outcome(how);
    request.set_reason("確認しました。");
    request.set_request_id(NewId());
    return Call(&AdviceStub::CloseAdvice, who, request);
  }

  absl::StatusOr<v1::Advice> Read(const Somebody& who, const v1::Advice& advice) {
    v1::GetAdviceRequest request;
    request.set_name(advice.name());
    return Call(&AdviceStub::GetAdvice, who, request);
  }

  static std::vector<std::string> NamesOf(
      const google::protobuf::RepeatedPtrField<v1::Advice>& list) {
    std::vector<std::string> names;
    for (const v1::Advice& advice : list) names.push_back(advice.name());
    return names;
  }

  std::vector<std::string> List(const Somebody& who, const v1::ListAdvicesRequest& request = {}) {
    const auto list = Call(&AdviceStub::ListAdvices, who, request);
    EXPECT_TRUE(list.ok()) << list.status();
    return list.ok() ? NamesOf(list->advices()) : std::vector<std::string>();
  }

  // Delivers what waits for the ledger, through failures, and says what came.
  std::vector<registry::v1::ReportOpenAdviceRequest> Delivered() {
    work::Relay relay(&database_.pool(), kAdviceDestination, RelayEncoder(server_.env()),
                      ReportOver(told_.channel()));
    EXPECT_TRUE(testing::Eventually([&] {
      return database_.Value(absl::StrCat("SELECT count(*) FROM outbox WHERE destination = '",
                                          kAdviceDestination, "'")) == "0";
    }));
    return reports_.Take();
  }

  Reports reports_;
  testing::Peer told_{{&reports_}};
  const std::unique_ptr<AdviceStub> advices_ = v1::AdviceService::NewStub(server_.ChannelOf());
};

TEST_F(AdviceTest, IsGivenAnsweredAndAccepted) {
  const auto given = Give(About(PutAccountOf("0802")));
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->state(), v1::Advice::STATE_OPEN);
  EXPECT_EQ(given->department(), "departments/0802");
  EXPECT_EQ(given->account_display_name(), "まなびの広場");
  EXPECT_THAT(given->findings(), ElementsAre("T-5-9-3"));
  const auto answered = Answer(kStaff, *given);
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(answered->state(), v1::Advice::STATE_ANSWERED);
  const auto closed = Close(*answered, v1::CloseAdviceRequest::OUTCOME_ACCEPTED);
  ASSERT_TRUE(closed.ok()) << closed.status();
  const auto read = Read(kHead, *closed);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), closed->SerializeAsString());
  ASSERT_EQ(read->acts_size(), 3);
  EXPECT_EQ(read->acts(0).actor().subject(), "users/pr");
  EXPECT_EQ(read->acts(1).text(), "年度内に廃止します。");
  EXPECT_EQ(read->acts(2).kind(), v1::AdviceAct::KIND_ACCEPTED);
  std::vector<std::string> types;
  for (const auto& event : Events()) types.push_back(event.type());
  EXPECT_THAT(types,
              ElementsAre("advice.created", "advice.answered", "advice.accepted", "data.read"));
}

TEST_F(AdviceTest, IsRefusedWhereItMakesNoSense) {
  const std::string account = PutAccountOf("0802");
  EXPECT_EQ(ReasonOf(Give(About("accounts/" + NewId())).status()), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(
      ReasonOf(Give(About(PutAccountOf("0802", registry::v1::Account::STATE_CLOSED))).status()),
      "ACCOUNT_NOT_ALIVE");
  EXPECT_EQ(ReasonOf(Give(About(account, kToday - 1)).status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Give(About("x")).status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Give(About(account), kStaff).status()), "ROLE_NOT_ALLOWED");
  const v1::Advice open = Give(About(account)).value();
  EXPECT_EQ(ReasonOf(Close(open, v1::CloseAdviceRequest::OUTCOME_ACCEPTED).status()),
            "ADVICE_NOT_ANSWERED");
  const v1::Advice withdrawn = Close(open, v1::CloseAdviceRequest::OUTCOME_WITHDRAWN).value();
  EXPECT_EQ(ReasonOf(Answer(kStaff, withdrawn).status()), "ADVICE_CLOSED");
  EXPECT_EQ(ReasonOf(Answer(kStaff, open).status()), "ETAG_MISMATCH");
  v1::Advice unknown = open;
  unknown.set_name("advices/" + NewId());
  EXPECT_EQ(ReasonOf(Answer(kStaff, unknown).status()), "ADVICE_NOT_FOUND");
}

TEST_F(AdviceTest, NothingChangesWhileTheLedgerIsAway) {
  const v1::CreateAdviceRequest request = About(PutAccountOf("0802"));
  registry_.GoDown();
  EXPECT_EQ(ReasonOf(Give(request).status()), "REGISTRY_UNAVAILABLE");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM advices"), "0");
  registry_.ComeBack();
  EXPECT_TRUE(testing::Eventually([&] { return Give(request).ok(); }));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM advices"), "1");
}

TEST_F(AdviceTest, ThePolicyServiceGivesItOnceForEachRequestId) {
  const v1::CreateAdviceRequest request = About(PutAccountOf("0802"));
  const auto policy = v1::AdviceService::NewStub(server_.ChannelOf("policy"));
  v1::Advice first, second;
  for (v1::Advice* advice : {&first, &second}) {
    grpc::ClientContext context;
    const grpc::Status status = policy->CreateAdvice(&context, request, advice);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(first.acts(0).actor().subject(), "services/policy");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM advices"), "1");
}

TEST_F(AdviceTest, AnswersAndReadsAreForTheDepartmentAlone) {
  const v1::Advice advice = Give(About(PutAccountOf("0802"))).value();
  EXPECT_EQ(ReasonOf(Answer(kForeignStaff, advice).status()), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(Answer(kPrOffice, advice).status()), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(Read(kForeignHead, advice).status()), "FOREIGN_DEPARTMENT");
  EXPECT_THAT(List(kForeignStaff), IsEmpty());
  EXPECT_THAT(List(kStaff), ElementsAre(advice.name()));
  v1::ListAdvicesRequest foreign;
  foreign.set_department("departments/0802");
  EXPECT_EQ(ReasonOf(Call(&AdviceStub::ListAdvices, kForeignStaff, foreign).status()),
            "FOREIGN_DEPARTMENT");
}

TEST_F(AdviceTest, AnAnswerMayNameAFormAboutTheAccount) {
  const std::string account = PutAccountOf("0802");
  const v1::Advice advice = Give(About(account)).value();
  const v1::Form closing = Drafted(CloseContent(account));
  const v1::Form other = Drafted(CloseContent(PutAccountOf("0802")));
  EXPECT_EQ(ReasonOf(Answer(kStaff, advice, other.name()).status()), "FORM_NOT_ABOUT_ACCOUNT");
  EXPECT_EQ(ReasonOf(Answer(kStaff, advice, "forms/" + NewId()).status()), "FORM_NOT_FOUND");
  const auto answered = Answer(kHead, advice, closing.name());
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(answered->form(), closing.name());
}

TEST_F(AdviceTest, ListsKeepToTheirFiltersAndPages) {
  const std::string account = PutAccountOf("0802");
  const v1::Advice late = Give(About(account, kToday)).value();
  const v1::Advice open = Give(About(account)).value();
  const v1::Advice elsewhere = Give(About(PutAccountOf("0301"))).value();
  const v1::Advice closed =
      Close(Give(About(account)).value(), v1::CloseAdviceRequest::OUTCOME_WITHDRAWN).value();
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(List(kPrOffice),
              ElementsAre(closed.name(), elsewhere.name(), open.name(), late.name()));
  v1::ListAdvicesRequest request;
  request.set_account(account);
  request.set_open(true);
  EXPECT_THAT(List(kAuditor, request), ElementsAre(open.name(), late.name()));
  request.set_overdue(true);
  EXPECT_THAT(List(kAuditor, request), ElementsAre(late.name()));
  v1::ListAdvicesRequest of_department;
  of_department.set_department("departments/0301");
  EXPECT_THAT(List(kPrOffice, of_department), ElementsAre(elsewhere.name()));

  v1::ListAdvicesRequest paged;
  paged.set_page_size(3);
  const auto first = Call(&AdviceStub::ListAdvices, kPrOffice, paged);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->total_size(), 4);
  paged.set_page_token(first->next_page_token());
  const auto second = Call(&AdviceStub::ListAdvices, kPrOffice, paged);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(NamesOf(second->advices()), ElementsAre(late.name()));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(AdviceTest, RemindersBeginWithTheMostUrgent) {
  const v1::Advice in_a_week = Give(About(PutAccountOf("0802"), kToday + 7)).value();
  const v1::Advice late = Give(About(PutAccountOf("0802"), kToday)).value();
  const v1::Advice in_a_month = Give(About(PutAccountOf("0301"), kToday + 30)).value();
  ASSERT_TRUE(Answer(kStaff, Give(About(PutAccountOf("0802"), kToday)).value()).ok());
  clock_.Advance(absl::Hours(24));
  v1::ListAdviceRemindersRequest request;
  request.set_within_days(6);
  request.set_page_size(1);
  const auto first = Call(&AdviceStub::ListAdviceReminders, kPrOffice, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(NamesOf(first->advices()), ElementsAre(late.name()));
  EXPECT_TRUE(first->advices(0).overdue());
  EXPECT_EQ(first->total_size(), 2);
  EXPECT_EQ(first->overdue_count(), 1);
  request.set_page_token(first->next_page_token());
  const auto second = Call(&AdviceStub::ListAdviceReminders, kPrOffice, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(NamesOf(second->advices()), ElementsAre(in_a_week.name()));
  EXPECT_EQ(second->next_page_token(), "");
  request.clear_page_token();
  request.set_within_days(5);
  EXPECT_EQ(Call(&AdviceStub::ListAdviceReminders, kPrOffice, request)->total_size(), 1);
  request.set_within_days(-1);
  EXPECT_EQ(ReasonOf(Call(&AdviceStub::ListAdviceReminders, kPrOffice, request).status()),
            "INVALID_FIELD");
}

TEST_F(AdviceTest, TheLedgerIsToldEveryStateOnceAndInOrder) {
  const std::string account = PutAccountOf("0802");
  const v1::Advice first = Give(About(account, kToday + 3)).value();
  const v1::Advice second = Give(About(account, kToday + 9)).value();
  const v1::Advice answered = Answer(kStaff, first).value();
  Close(answered, v1::CloseAdviceRequest::OUTCOME_ACCEPTED).value();
  Close(second, v1::CloseAdviceRequest::OUTCOME_WITHDRAWN).value();
  const auto reports = Delivered();
  ASSERT_THAT(reports, SizeIs(5));
  const std::vector<std::pair<int, int>> told = {{1, 25}, {2, 25}, {2, 1}, {1, 1}, {0, 0}};
  for (std::size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].account(), account);
    EXPECT_EQ(reports[i].report_number(), static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(reports[i].open_advice().count(), told[i].first) << i;
    EXPECT_EQ(reports[i].open_advice().earliest_due_on().day(), told[i].second) << i;
  }
  EXPECT_THAT(reports[1].open_advice().advices(), ElementsAre(second.name(), first.name()));
}

TEST_F(AdviceTest, ManyAtOnceAreNumberedWithoutGapsAndTheLastSaysAll) {
  const std::string account = PutAccountOf("0802");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) EXPECT_TRUE(Give(About(account)).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto reports = Delivered();
  ASSERT_THAT(reports, SizeIs(20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(reports[static_cast<std::size_t>(i)].report_number(), i + 1);
    EXPECT_EQ(reports[static_cast<std::size_t>(i)].open_advice().count(), i + 1);
  }
  EXPECT_THAT(reports.back().open_advice().advices(), SizeIs(5));
}

TEST_F(AdviceTest, AdviceFollowsAReorganisationToWhoeverHasTheAccountNow) {
  const v1::Advice open = Give(About(PutAccountOf("0802"))).value();
  const v1::Advice closed =
      Close(Give(About(PutAccountOf("0802"))).value(), v1::CloseAdviceRequest::OUTCOME_WITHDRAWN)
          .value();
  v1::RerouteFormsRequest request;
  request.set_reorganization("reorganizations/" + NewId());
  auto* succession = request.add_successions();
  succession->set_department("departments/0802");
  succession->set_successor("departments/0301");
  succession->set_successor_display_name("観光課");
  request.set_request_id(NewId());
  grpc::ClientContext context;
  v1::RerouteFormsResponse response;
  const grpc::Status status = v1::FormService::NewStub(server_.ChannelOf("registry"))
                                  ->RerouteForms(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto moved = Read(kForeignStaff, open);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->acts(1).kind(), v1::AdviceAct::KIND_REROUTED);
  EXPECT_EQ(ReasonOf(Answer(kStaff, *moved).status()), "FOREIGN_DEPARTMENT");
  EXPECT_TRUE(Answer(kForeignStaff, *moved).ok());
  EXPECT_EQ(Read(kForeignStaff, closed)->state(), v1::Advice::STATE_WITHDRAWN);
  EXPECT_EQ(ReasonOf(Read(kStaff, closed).status()), "FOREIGN_DEPARTMENT");
}

}  // namespace
}  // namespace daicho::approval
