#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <thread>

#include "common/base/civil.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "services/registry/directory.h"
#include "services/registry/reorganization_timer.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::CivilDay kToday(2026, 11, 22);
const Person kOtherPrOffice{"kato", {"PR_OFFICE"}, "0101"};

absl::Time TokyoTime(absl::CivilSecond second) {
  return absl::FromCivil(second, absl::FixedTimeZone(9 * 60 * 60));
}

class ReorganizationServiceTest : public ServiceTest {
 protected:
  ReorganizationServiceTest() {
    ImportDepartments(kDepartments);
    v1::ImportAccountsRequest request;
    request.set_content(
        "department,service,account_name,url,source\n"
        "0201,X,防災,https://x.com/bosai,\n"
        "0201,X,避難,https://x.com/hinan,\n"
        "5002,X,学習,https://x.com/gakushu,\n");
    request.set_request_id(NewId());
    Must(kPrOffice, &Accounts::ImportAccounts, request);
  }

  // `steps` is text format: "steps { … }".
  v1::ReorganizeDepartmentsRequest PlanOf(const std::string& steps, absl::CivilDay day = kToday) {
    v1::ReorganizeDepartmentsRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(steps, &request)) << steps;
    *request.mutable_effective_on() = daicho::wire::ToDate(day);
    request.set_reason("組織改編");
    request.set_request_id(NewId());
    return request;
  }

  v1::Reorganization Reorganize(const std::string& steps, absl::CivilDay day = kToday) {
    return Must(kAdmin, &Departments::ReorganizeDepartments, PlanOf(steps, day));
  }

  v1::Reorganization Get(const std::string& name) {
    v1::GetReorganizationRequest request;
    request.set_name(name);
    return Must(kStaff, &Departments::GetReorganization, request);
  }

  v1::Department Department(const std::string& code, std::optional<absl::CivilDay> day = {}) {
    v1::GetDepartmentRequest request;
    request.set_name("departments/" + code);
    if (day) *request.mutable_read_on() = daicho::wire::ToDate(*day);
    return Must(kStaff, &Departments::GetDepartment, request);
  }

  std::vector<v1::Account> AccountsOf(const std::string& code) {
    v1::ListAccountsRequest request;
    request.set_filter("department = " + code);
    const auto list = Must(kPrOffice, &Accounts::ListAccounts, request);
    return {list.accounts().begin(), list.accounts().end()};
  }

  std::vector<approval::v1::RerouteFormsRequest> Reroutes() {
    pg::Connection connection = database_.Connect();
    const pg::Result rows =
        connection
            .QueryOnce(
                "SELECT payload, event_id FROM outbox WHERE destination = 'approval'"
                " ORDER BY position",
                testing::Soon())
            .value();
    std::vector<approval::v1::RerouteFormsRequest> sent;
    for (int i = 0; i < rows.size(); ++i) {
      EXPECT_TRUE(sent.emplace_back().ParseFromString(rows[i].Bytes(0)));
      EXPECT_EQ(sent.back().request_id(), rows[i].Text(1));
    }
    return sent;
  }

  std::string Sequence() { return database_.Value("SELECT value FROM ledger_sequence"); }

  static constexpr char kRename[] =
      "steps { rename { department: 'departments/0201' new_department: 'departments/0301'"
      " display_name: '危機管理課' } }";
};

TEST_F(ReorganizationServiceTest, PutsAPlanOfTodayIntoEffectAtOnce) {
  const v1::Reorganization done = Reorganize(kRename);
  EXPECT_EQ(done.state(), v1::Reorganization::STATE_IN_EFFECT);
  EXPECT_THAT(done.effects().accounts(), SizeIs(2));
  EXPECT_EQ(done.effects().accounts(0).from(), "departments/0201");
  EXPECT_EQ(done.effects().accounts(0).to(), "departments/0301");
  EXPECT_EQ(Get(done.name()).SerializeAsString(), done.SerializeAsString());

  const v1::Department ended = Department("0201");
  EXPECT_EQ(ended.display_name(), "防災対策課");
  EXPECT_THAT(ended.successors(), ElementsAre("departments/0301"));
  EXPECT_EQ(FormatDay(*daicho::wire::FromDate(ended.valid_until())), "2026-11-21");
  EXPECT_EQ(Department("0301").display_name(), "危機管理課");
  EXPECT_THAT(AccountsOf("0201"), IsEmpty());
  ASSERT_THAT(AccountsOf("0301"), SizeIs(2));
  EXPECT_EQ(EventCount("department.reorganized"), 2);
  EXPECT_EQ(EventCount("account.reorganized"), 2);
  EXPECT_EQ(EventCount("reorganization.effected"), 1);
}

TEST_F(ReorganizationServiceTest, KeepsTheFormerHandsInTheHistoryOfEachAccount) {
  Reorganize(kRename);
  v1::ListAccountRevisionsRequest request;
  request.set_name(AccountsOf("0301")[0].name());
  const auto history = Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  ASSERT_THAT(history.revisions(), SizeIs(2));
  EXPECT_EQ(history.revisions(0).act(), "account.reorganized");
  EXPECT_EQ(history.revisions(0).reason(), "組織改編");
  EXPECT_EQ(history.revisions(0).account().department(), "departments/0301");
  EXPECT_EQ(history.revisions(1).account().department(), "departments/0201");
  EXPECT_EQ(history.revisions(0).account().fields().SerializeAsString(),
            history.revisions(1).account().fields().SerializeAsString());
}

TEST_F(ReorganizationServiceTest, TellsApprovalWhoTookOver) {
  Reorganize(kRename);
  const auto sent = Reroutes();
  ASSERT_THAT(sent, SizeIs(1));
  ASSERT_THAT(sent[0].successions(), SizeIs(1));
  EXPECT_EQ(sent[0].successions(0).department(), "departments/0201");
  EXPECT_EQ(sent[0].successions(0).successor(), "departments/0301");
  EXPECT_EQ(sent[0].successions(0).successor_display_name(), "危機管理課");
}

TEST_F(ReorganizationServiceTest, TheSameRequestTwiceHappensOnce) {
  const auto request = PlanOf(kRename);
  const auto first = Must(kAdmin, &Departments::ReorganizeDepartments, request);
  const std::string sequence = Sequence();
  const auto second = Must(kAdmin, &Departments::ReorganizeDepartments, request);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(Sequence(), sequence);
  EXPECT_THAT(Reroutes(), SizeIs(1));
}

TEST_F(ReorganizationServiceTest, ADryRunListsWhatWouldMoveAndMovesNothing) {
  const std::string sequence = Sequence();
  auto request = PlanOf(kRename);
  request.set_validate_only(true);
  const auto answer = Must(kPrOffice, &Departments::ReorganizeDepartments, request);
  EXPECT_EQ(answer.name(), "");
  EXPECT_EQ(answer.state(), v1::Reorganization::STATE_IN_EFFECT);
  EXPECT_THAT(answer.problems(), IsEmpty());
  EXPECT_THAT(answer.effects().accounts(), SizeIs(2));
  ASSERT_THAT(answer.effects().departments(), SizeIs(2));
  EXPECT_THAT(answer.effects().departments(0).changes(),
              ElementsAre(v1::DepartmentEffect::CHANGE_ENDED));
  EXPECT_THAT(answer.effects().departments(1).changes(),
              ElementsAre(v1::DepartmentEffect::CHANGE_CREATED));
  EXPECT_EQ(Sequence(), sequence);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM reorganizations"), "0");
  EXPECT_THAT(Reroutes(), IsEmpty());
}

TEST_F(ReorganizationServiceTest, NamesEveryProblemAndDoesNothingWithOne) {
  const std::string steps =
      "steps { rename { department: 'departments/0201' display_name: '危機管理課' } }"
      "steps { abolish { department: 'departments/5002' } }"
      "steps { merge { departments: 'departments/9999' into: '0101' } }";
  const std::string sequence = Sequence();
  v1::Reorganization response;
  const grpc::Status status =
      CallAs(kAdmin, &Departments::ReorganizeDepartments, PlanOf(steps), &response);
  EXPECT_EQ(ReasonOf(status), "REORGANIZATION_HAS_PROBLEMS");
  EXPECT_THAT(BadFields(status),
              ElementsAre("steps[1].abolish.successor", "steps[2].merge.departments[0]"));
  auto request = PlanOf(steps);
  request.set_validate_only(true);
  const auto answer = Must(kAdmin, &Departments::ReorganizeDepartments, request);
  ASSERT_THAT(answer.problems(), SizeIs(2));
  EXPECT_EQ(answer.problems(0).step(), 1);
  EXPECT_EQ(answer.problems(0).reason(), "ACCOUNTS_WITHOUT_SUCCESSOR");
  EXPECT_EQ(Sequence(), sequence);
}

TEST_F(ReorganizationServiceTest, SendsAccountsOfASplitBeforeTheirDepartment) {
  const auto accounts = AccountsOf("0201");
  Reorganize(absl::StrCat(
      "steps { create { department: 'departments/0301' display_name: '一課'"
      " kind: KIND_PREFECTURAL_OFFICE } }"
      "steps { split { department: 'departments/0201' into: 'departments/0301'"
      " into: 'departments/0101' main_successor: 'departments/0101'"
      " assignments { account: '",
      accounts[0].name(), "' department: 'departments/0301' } assignments { account: '",
      accounts[1].name(), "' department: 'departments/0101' } } }"));
  EXPECT_THAT(AccountsOf("0301"), SizeIs(1));
  EXPECT_THAT(AccountsOf("0101"), SizeIs(1));
  const auto sent = Reroutes();
  ASSERT_THAT(sent, SizeIs(1));
  ASSERT_THAT(sent[0].successions(), SizeIs(2));
  EXPECT_EQ(sent[0].successions(0).account(), accounts[0].name());
  EXPECT_EQ(sent[0].successions(0).successor(), "departments/0301");
  EXPECT_EQ(sent[0].successions(1).account(), "");
  EXPECT_EQ(sent[0].successions(1).successor(), "departments/0101");
}

TEST_F(ReorganizationServiceTest, AScheduledPlanTakesEffectWithItsDayInTokyo) {
  const absl::CivilDay day(2027, 4, 1);
  const v1::Reorganization kept = Reorganize(kRename, day);
  EXPECT_EQ(kept.state(), v1::Reorganization::STATE_SCHEDULED);
  EXPECT_EQ(EventCount("reorganization.scheduled"), 1);
  EXPECT_THAT(AccountsOf("0201"), SizeIs(2));

  clock_.Set(TokyoTime(absl::CivilSecond(2027, 3, 31, 23, 59, 59)));
  ASSERT_TRUE(SettleDue(server_.env()).ok());
  EXPECT_EQ(Get(kept.name()).state(), v1::Reorganization::STATE_SCHEDULED);

  clock_.Set(TokyoTime(absl::CivilSecond(2027, 4, 1, 0, 0, 0)));
  ASSERT_TRUE(SettleDue(server_.env()).ok());
  EXPECT_EQ(Get(kept.name()).state(), v1::Reorganization::STATE_IN_EFFECT);
  EXPECT_THAT(AccountsOf("0301"), SizeIs(2));
  const std::string sequence = Sequence();
  ASSERT_TRUE(SettleDue(server_.env()).ok());
  EXPECT_EQ(Sequence(), sequence);
  EXPECT_EQ(EventCount("reorganization.effected"), 1);
}

TEST_F(ReorganizationServiceTest, SeveralTimersTogetherSettleItOnce) {
  const v1::Reorganization kept = Reorganize(kRename, kToday + 1);
  clock_.Set(kNow + absl::Hours(24));
  std::vector<std::thread> timers;
  for (int i = 0; i < 4; ++i) {
    timers.emplace_back([&] { EXPECT_TRUE(SettleDue(server_.env()).ok()); });
  }
  for (std::thread& timer : timers) timer.join();
  EXPECT_EQ(Get(kept.name()).state(), v1::Reorganization::STATE_IN_EFFECT);
  EXPECT_EQ(EventCount("reorganization.effected"), 1);
  EXPECT_EQ(EventCount("account.reorganized"), 2);
  EXPECT_THAT(Reroutes(), SizeIs(1));
}

TEST_F(ReorganizationServiceTest, APlanThatNoLongerFitsFailsAsAWholeAndSaysWhy) {
  const v1::Reorganization kept = Reorganize(
      "steps { rename { department: 'departments/0101' display_name: '広報課' } }"
      "steps { abolish { department: 'departments/0201'"
      " successor: 'departments/5002' } }",
      kToday + 2);
  Reorganize("steps { merge { departments: 'departments/5002' into: 'departments/0101' } }");
  const std::string sequence = Sequence();
  clock_.Set(kNow + absl::Hours(48));
  ASSERT_TRUE(SettleDue(server_.env()).ok());
  const v1::Reorganization failed = Get(kept.name());
  EXPECT_EQ(failed.state(), v1::Reorganization::STATE_FAILED);
  ASSERT_THAT(failed.problems(), SizeIs(1));
  EXPECT_EQ(failed.problems(0).field(), "steps[1].abolish.successor");
  EXPECT_EQ(failed.problems(0).reason(), "DEPARTMENT_ENDED");
  EXPECT_FALSE(failed.has_effects());
  EXPECT_EQ(Department("0101").display_name(), "秘書課");
  EXPECT_EQ(Sequence(), sequence);
  EXPECT_EQ(EventCount("reorganization.failed"), 1);
}

TEST_F(ReorganizationServiceTest, AScheduledPlanCanBeCalledOffAndNoOther) {
  const v1::Reorganization kept = Reorganize(kRename, kToday + 1);
  v1::CancelReorganizationRequest request;
  request.set_name(kept.name());
  request.set_etag(kept.etag());
  request.set_reason("延期");
  request.set_request_id(NewId());
  const auto cancelled = Must(kPrOffice, &Departments::CancelReorganization, request);
  EXPECT_EQ(cancelled.state(), v1::Reorganization::STATE_CANCELLED);
  clock_.Set(kNow + absl::Hours(24));
  ASSERT_TRUE(SettleDue(server_.env()).ok());
  EXPECT_THAT(AccountsOf("0201"), SizeIs(2));

  request.set_request_id(NewId());
  v1::Reorganization response;
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Departments::CancelReorganization, request, &response)),
            "ETAG_MISMATCH");
  request.set_etag(cancelled.etag());
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Departments::CancelReorganization, request, &response)),
            "REORGANIZATION_NOT_SCHEDULED");
}

TEST_F(ReorganizationServiceTest, ListsReorganizationsNewestFirstAndByState) {
  Reorganize("steps { rename { department: 'departments/0201' display_name: '危機管理課' } }");
  clock_.Set(kNow + absl::Seconds(1));
  const auto kept = Reorganize(kRename, kToday + 1);
  v1::ListReorganizationsRequest request;
  request.set_page_size(1);
  auto page = Must(kStaff, &Departments::ListReorganizations, request);
  ASSERT_THAT(page.reorganizations(), SizeIs(1));
  EXPECT_EQ(page.reorganizations(0).name(), kept.name());
  EXPECT_THAT(page.reorganizations(0).steps(), IsEmpty());
  request.set_page_token(page.next_page_token());
  page = Must(kStaff, &Departments::ListReorganizations, request);
  ASSERT_THAT(page.reorganizations(), SizeIs(1));
  EXPECT_EQ(page.next_page_token(), "");
  v1::ListReorganizationsRequest scheduled;
  scheduled.add_states(v1::Reorganization::STATE_SCHEDULED);
  EXPECT_THAT(Must(kStaff, &Departments::ListReorganizations, scheduled).reorganizations(),
              SizeIs(1));
}

TEST_F(ReorganizationServiceTest, ADepartmentCanBeReadAsOfADayAndKeepsItsOldNames) {
  const absl::CivilDay late(2026, 11, 10);
  Reorganize("steps { rename { department: 'departments/0201' display_name: '危機管理課' } }",
             late);
  EXPECT_EQ(Department("0201").display_name(), "危機管理課");
  EXPECT_EQ(Department("0201", late).display_name(), "危機管理課");
  EXPECT_EQ(Department("0201", late - 1).display_name(), "防災対策課");
  v1::ListDepartmentRevisionsRequest request;
  request.set_name("departments/0201");
  const auto history = Must(kStaff, &Departments::ListDepartmentRevisions, request);
  ASSERT_THAT(history.revisions(), SizeIs(2));
  EXPECT_EQ(history.revisions(0).act(), "department.reorganized");
  EXPECT_EQ(history.revisions(0).actor(), "users/yamamoto");
  EXPECT_EQ(history.revisions(0).effective_on().day(), 10);
  EXPECT_EQ(history.revisions(1).department().display_name(), "防災対策課");

  v1::GetDepartmentRequest future;
  future.set_name("departments/0201");
  *future.mutable_read_on() = daicho::wire::ToDate(kToday + 1);
  v1::Department response;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Departments::GetDepartment, future, &response)),
            "DATE_IN_FUTURE");
}

TEST_F(ReorganizationServiceTest, ListsDepartmentsThatExistOnADay) {
  Reorganize(kRename);
  const auto count = [&](std::optional<absl::CivilDay> day) {
    v1::ListDepartmentsRequest request;
    if (day) *request.mutable_exists_on() = daicho::wire::ToDate(*day);
    return Must(kStaff, &Departments::ListDepartments, request).total_size();
  };
  EXPECT_EQ(count(std::nullopt), 5);
  EXPECT_EQ(count(kToday), 4);
  EXPECT_EQ(count(kToday - 1), 4);
}

TEST_F(ReorganizationServiceTest, AnOldFileOfDepartmentsDoesNotUndoIt) {
  Reorganize(
      "steps { rename { department: 'departments/0201' display_name: '危機管理課' } }"
      "steps { merge { departments: 'departments/5002' into: 'departments/5001' } }");
  const std::string sequence = Sequence();
  ImportDepartments(kDepartments);
  EXPECT_EQ(Sequence(), sequence);
  ImportDepartments("code,name,kind\n0201,防災課,PREFECTURAL_OFFICE\n");
  EXPECT_EQ(Department("0201").display_name(), "防災課");
}

TEST_F(ReorganizationServiceTest, AFormAgreedBeforeItIsTakenAfterIt) {
  const v1::Account account = AccountsOf("0201")[0];
  v1::ApplyFormRequest close;
  close.set_form("forms/" + NewId());
  close.set_action(v1::ApplyFormRequest::ACTION_CLOSE);
  close.set_department("departments/0201");
  close.set_account(account.name());
  close.set_account_etag(account.etag());
  close.mutable_closing()->set_reason(v1::Closing::REASON_INACTIVE);
  *close.mutable_effective_on() = daicho::wire::ToDate(kToday + 9);
  close.set_request_id(NewId());
  v1::ApplyFormRequest open = close;
  open.set_action(v1::ApplyFormRequest::ACTION_OPEN);
  open.set_form("forms/" + NewId());
  open.clear_account();
  open.clear_account_etag();
  open.clear_closing();
  open.mutable_fields()->set_platform("x");
  open.mutable_fields()->set_url("https://x.com/kiki");
  open.set_request_id(NewId());
  Reorganize(kRename);

  v1::ApplyFormResponse response;
  ASSERT_TRUE(Apply(close, &response).ok());
  EXPECT_EQ(response.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED)
      << response.conflict_message();
  ASSERT_TRUE(Apply(open, &response).ok());
  EXPECT_EQ(response.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED)
      << response.conflict_message();
  EXPECT_EQ(ServiceTest::Get(response.account()).department(), "departments/0301");
}

TEST_F(ReorganizationServiceTest, TheDirectoryFollows) {
  auto directory = Directory::Open({.pool = &database_.pool(), .clock = &clock_});
  ASSERT_TRUE(directory.ok());
  Reorganize(kRename);
  auto after = Directory::Open({.pool = &database_.pool(), .clock = &clock_});
  ASSERT_TRUE(after.ok());
  const auto view = (*after)->Current(clock_.Now());
  ASSERT_TRUE(view.ok());
  const auto holders = view->snapshot->HoldersOf("x::bosai");
  ASSERT_THAT(holders, SizeIs(1));
  EXPECT_EQ(holders[0].entry->department, "0301");
  EXPECT_EQ(view->snapshot->Department("0301")->display_name, "危機管理課");
}

}  // namespace
}  // namespace daicho::registry
