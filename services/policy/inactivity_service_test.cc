// Reports about silent accounts, on a real ledger and with a real approval service.
#include "services/policy/inactivity_service.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/testing/server.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "common/work/relay.h"
#include "services/approval/advice_service.h"
#include "services/approval/schema.h"
#include "services/policy/inactivity_advice.h"
#include "services/policy/schema.h"
#include "services/registry/schema.h"
#include "services/registry/testing/ledger_server.h"
#include "tests/support/database.h"
#include "tests/support/wait.h"

namespace daicho::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Rpcs = v1::InactivityService::Stub;

constexpr char kGuideline[] = "services/policy/guidelines/tokushima.textproto";
constexpr char kReport[] = "inactivityReports/2026-11-21";

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string IdOf(int n) { return absl::StrCat("0197b1f0-0000-7000-8000-", 100000000000 + n); }

struct Somebody {
  std::string subject;
  std::vector<std::string> roles;
  std::string department;
};
const Somebody kPrOffice{"sasaki", {"PR_OFFICE"}, "0101"};
const Somebody kStaff{"hirose", {"DEPARTMENT_STAFF"}, "0201"};
const Somebody kAuditor{"ueno", {"AUDITOR"}, ""};

class InactivityServiceTest : public ::testing::Test {
 protected:
  struct Answer {
    grpc::Status status;
    std::vector<v1::CreateInactivityReportResponse> progress;
    v1::InactivityReport report;
    bool existed = false;
  };

  InactivityServiceTest() {
    for (const char* code : {"0101", "0201", "0301"}) {
      registry_.Execute(
          absl::Substitute("INSERT INTO departments (code, revision, change_sequence, "
                           "display_name, kind, update_time)"
                           " VALUES ('$0', 1, $0, '第$0課', 'PREFECTURAL_OFFICE', now())",
                           code));
    }
  }

  // An account of the department; `more` sets columns: "opened_on = '2020-04-01'".
  std::string Put(int n, const std::string& department, const std::string& more = "") {
    registry_.Execute(absl::Substitute(
        "INSERT INTO accounts (id, revision, change_sequence, state, condition, department,"
        " platform, key, canonical_url, fields, origin_kind, origin_source, create_time,"
        " update_time) VALUES ('$0', 1, $1 + 1000, 'ACTIVE', 'NORMAL', '$2', 'x', 'x::a$1',"
        " 'https://x.com/a$1', jsonb_build_object('display_name', 'だより$1', 'platform', 'x'), "
        "'IMPORT', 'test',"
        " now(), now())",
        IdOf(n), n, department));
    if (!more.empty()) {
      registry_.Execute(absl::Substitute("UPDATE accounts SET $0 WHERE id = '$1'", more, IdOf(n)));
    }
    return absl::StrCat("accounts/", IdOf(n));
  }

  // Somebody looked, and saw that the account posted last on the day; "" means never.
  void See(int n, const std::string& last_post, const std::string& observed = "2026-11-20",
           const std::string& posts = "NULL") {
    registry_.Execute(absl::Substitute(
        "INSERT INTO account_activity (account, last_post_time, observe_time, source,"
        " posts_in_90_days) VALUES ('$0', $1, '$2 12:00+09', 'feed', $3)"
        " ON CONFLICT (account) DO UPDATE SET last_post_time = EXCLUDED.last_post_time,"
        " observe_time = EXCLUDED.observe_time, posts_in_90_days = EXCLUDED.posts_in_90_days",
        IdOf(n), last_post.empty() ? "NULL" : absl::StrCat("'", last_post, " 00:30+09'"), observed,
        posts));
  }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (Rpcs::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Somebody& who, const Request& request, Response* response) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    return (Rpcs(server_.ChannelOf()).*method)(&context, request, response);
  }

  template <typename Request, typename Response>
  Response Must(grpc::Status (Rpcs::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request, const Somebody& who = kPrOffice) {
    Response response;
    const grpc::Status status = Call(method, who, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  Answer Create(const std::string& as_of = "2026-11-21", const Somebody& who = kPrOffice) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    v1::CreateInactivityReportRequest request;
    if (!as_of.empty()) *request.mutable_as_of() = daicho::wire::ToDate(*ParseDay(as_of));
    Answer answer;
    const auto reader = Rpcs(server_.ChannelOf()).CreateInactivityReport(&context, request);
    v1::CreateInactivityReportResponse part;
    while (reader->Read(&part)) {
      answer.progress.push_back(part);
      answer.report = part.report();
      answer.existed = part.existed();
    }
    answer.status = reader->Finish();
    return answer;
  }

  v1::InactivityReport MustCreate(const std::string& as_of = "2026-11-21") {
    const Answer answer = Create(as_of);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    return answer.report;
  }

  std::vector<v1::InactivityRow> Rows(v1::ListInactivityReportRowsRequest request,
                                      const Somebody& who = kPrOffice) {
    if (request.name().empty()) request.set_name(kReport);
    request.set_page_size(3);
    std::vector<v1::InactivityRow> rows;
    do {
      const auto page = Must(&Rpcs::ListInactivityReportRows, request, who);
      rows.insert(rows.end(), page.rows().begin(), page.rows().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }

  std::string BucketOf(int n, const std::string& report = kReport) {
    v1::ListInactivityReportRowsRequest request;
    request.set_name(report);
    for (const v1::InactivityRow& row : Rows(request)) {
      if (row.account() != absl::StrCat("accounts/", IdOf(n))) continue;
      return v1::InactivityBucket_Name(row.bucket()).substr(sizeof("INACTIVITY_BUCKET_") - 1);
    }
    return "";
  }

  v1::Exemption Exempt(int n, const std::string& end) {
    v1::GrantExemptionRequest request;
    request.set_account(absl::StrCat("accounts/", IdOf(n)));
    request.set_reason("災害時のみ使用");
    *request.mutable_end_date() = daicho::wire::ToDate(*ParseDay(end));
    request.set_request_id(NewUuid(clock_.Now()));
    return Must(&Rpcs::GrantExemption, request);
  }

  // Has what waits for approval delivered, and says how much advice is open there.
  std::string OpenAdviceAfterDelivery() {
    work::Relay relay(&database_.pool(), kApprovalDestination, OwnEncoder(server_.env()),
                      AdviseOver(approval_server_.ChannelOf("policy")));
    EXPECT_TRUE(::daicho::testing::Eventually([&] { return Outbox() == "0"; }));
    return approval_.Value("SELECT count(*) FROM advices WHERE state IN ('OPEN', 'ANSWERED')");
  }

  std::string Outbox() {
    return database_.Value("SELECT count(*) FROM outbox WHERE destination = 'approval'");
  }

  // 2026-11-21 09:00 in Tokyo.
  testing::FixedClock clock_{
      absl::FromCivil(absl::CivilHour(2026, 11, 21, 0), absl::UTCTimeZone())};
  testing::Database registry_{registry::Schema()};
  testing::Database approval_{approval::Schema()};
  testing::Database database_{Schema()};
  testing::Server registry_server_{testing::LedgerServer(registry_, clock_)};
  testing::Server approval_server_{{.service = "approval",
                                    .grpc_services = {"daicho.approval.v1.AdviceService"},
                                    .pool = &approval_.pool(),
                                    .clock = &clock_,
                                    .services = {"policy"},
                                    .build = [this](const rpc::Env& env) {
                                      std::vector<std::unique_ptr<grpc::Service>> services;
                                      services.push_back(
                                          std::make_unique<approval::AdviceServiceImpl>(
                                              env, registry_server_.ChannelOf("approval")));
                                      return services;
                                    }}};
  testing::Server server_{{.service = "policy",
                           .grpc_services = {"daicho.policy.v1.InactivityService"},
                           .pool = &database_.pool(),
                           .clock = &clock_,
                           .services = {"reporter"},
                           .build = [this](const rpc::Env& env) {
                             std::vector<std::unique_ptr<grpc::Service>> services;
                             services.push_back(std::make_unique<InactivityServiceImpl>(
                                 env, ParseGuideline(kGuideline, ReadFile(kGuideline)).value(),
                                 registry_server_.ChannelOf("policy")));
                             return services;
                           }}};
};

TEST_F(InactivityServiceTest, SaysWhereEveryAccountStandsSinceWhenAndOnWhatEvidence) {
  const std::string opened = "opened_on = '2024-04-01'";
  Put(1, "0201", opened);
  See(1, "2026-11-01");
  Put(2, "0201", opened);
  See(2, "2026-02-20");
  Put(3, "0201", opened);
  See(3, "2025-12-20");
  Put(4, "0201", opened);
  See(4, "2025-11-20");
  Put(5, "0201", opened);
  See(5, "");
  Put(6, "0301", "fields = fields || '{\"term.last_day\": \"2026-11-20\"}'");
  Put(7, "0301", opened);
  See(7, "2024-05-01", "2026-10-16");
  Put(8, "0301", opened);
  See(8, "2024-05-01");
  Exempt(8, "2027-03-31");
  Put(9, "0301", "state = 'PREPARING'");
  Put(10, "0301",
      "fields = fields || '{\"kind\": \"KIND_PERSONAL_EXCEPTION\","
      " \"personal_exception.end_date\": \"2026-03-31\"}'");

  const Answer answer = Create();
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_FALSE(answer.existed);
  EXPECT_EQ(answer.progress.front().total_count(), 10) << "tells how far it is";
  const v1::InactivityReport& report = answer.report;
  EXPECT_EQ(report.name(), kReport);
  EXPECT_EQ(report.guideline_version(), "tokushima@2023-03-31");
  EXPECT_EQ(report.creator(), "users/sasaki");
  EXPECT_EQ(report.account_count(), 10);
  std::vector<std::string> counts;
  for (const auto& count : report.counts()) {
    counts.push_back(absl::StrCat(v1::InactivityBucket_Name(count.bucket()), " ", count.count()));
  }
  const std::string prefix = "INACTIVITY_BUCKET_";
  EXPECT_THAT(counts, ElementsAre(prefix + "ACTIVE 1", prefix + "NOTICE 1", prefix + "WARNING 1",
                                  prefix + "CANDIDATE 1", prefix + "NEVER_POSTED 1",
                                  prefix + "TERM_ENDED 2", prefix + "NEEDS_CHECK 1",
                                  prefix + "EXEMPT 1", prefix + "NOT_RUNNING 1"));
  ASSERT_THAT(report.departments(), SizeIs(2));
  EXPECT_EQ(report.departments(0).display_name(), "第0201課");

  const std::vector<std::string> expected = {
      "ACTIVE",     "NOTICE",      "WARNING", "CANDIDATE",   "NEVER_POSTED",
      "TERM_ENDED", "NEEDS_CHECK", "EXEMPT",  "NOT_RUNNING", "TERM_ENDED"};
  for (int n = 1; n <= 10; ++n) EXPECT_EQ(BucketOf(n), expected[n - 1]) << n;
  // AssessAccount reads the ledger in another way, and says the same.
  for (v1::InactivityRow row : Rows({})) {
    v1::AssessAccountRequest request;
    request.set_account(row.account());
    v1::InactivityRow assessed = Must(&Rpcs::AssessAccount, request);
    for (v1::InactivityRow* one : {&row, &assessed}) {
      one->clear_frequency();
      one->clear_password_rotated();
      one->clear_watched();
    }
    EXPECT_EQ(assessed.DebugString(), row.DebugString());
  }
  const v1::InactivityRow row = Rows({}).at(3);
  EXPECT_EQ(row.display_name(), "だより4");
  EXPECT_EQ(row.url(), "https://x.com/a4");
  EXPECT_EQ(row.days_silent(), 366);
  EXPECT_EQ(row.base_on().day(), 20);
  EXPECT_EQ(row.due_on().day(), 21);
  EXPECT_EQ(row.activity_source(), "feed");
  EXPECT_EQ(row.observed_on().day(), 20);
  EXPECT_EQ(Rows({}).at(7).exemption_reason(), "災害時のみ使用");
}

TEST_F(InactivityServiceTest, IsMadeOnceForADayAndStaysAsItIsWhateverIsPosted) {
  Put(1, "0201");
  See(1, "2025-01-01");
  const v1::InactivityReport first = MustCreate();
  const auto rows = Rows({});
  See(1, "2026-11-20", "2026-11-21");
  Put(2, "0301");
  clock_.Advance(absl::Hours(1));
  const Answer second = Create("2026-11-21");
  EXPECT_TRUE(second.existed);
  EXPECT_EQ(second.report.SerializeAsString(), first.SerializeAsString());
  v1::GetInactivityReportRequest get;
  get.set_name(kReport);
  EXPECT_EQ(Must(&Rpcs::GetInactivityReport, get, kAuditor).SerializeAsString(),
            first.SerializeAsString());
  ASSERT_THAT(Rows({}), SizeIs(1));
  EXPECT_EQ(Rows({})[0].SerializeAsString(), rows[0].SerializeAsString());
}

TEST_F(InactivityServiceTest, ManyWhoMakeItAtOnceGetOneReportAndAdviseOnce) {
  for (int n = 1; n <= 20; ++n) {
    Put(n, "0201");
    See(n, "2025-01-01");
  }
  std::vector<Answer> answers(6);
  std::vector<std::thread> threads;
  for (Answer& answer : answers) threads.emplace_back([&] { answer = Create(); });
  for (std::thread& thread : threads) thread.join();
  int made = 0;
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_EQ(answer.report.SerializeAsString(), answers[0].report.SerializeAsString());
    made += answer.existed ? 0 : 1;
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(Rows({}), SizeIs(20));
  EXPECT_EQ(Outbox(), "20");
}

TEST_F(InactivityServiceTest, ARunThatBreaksOffLeavesNothingAndTheNextOneMakesItWhole) {
  for (int n = 1; n <= 1500; ++n) Put(n, "0201");
  See(1, "2025-01-01");
  // What the registry cannot read breaks its stream off, after the first thousand.
  registry_.Execute(
      "ALTER TABLE accounts DROP CONSTRAINT accounts_condition_known;"
      "UPDATE accounts SET condition = 'NONE' WHERE key = 'x::a1400'");
  EXPECT_EQ(Create().status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM inactivity_report_rows"), "0");
  EXPECT_EQ(Outbox(), "0");
  registry_.Execute("UPDATE accounts SET condition = 'NORMAL'");
  EXPECT_EQ(MustCreate().account_count(), 1500);
  EXPECT_EQ(Outbox(), "1");
}

TEST_F(InactivityServiceTest, AdvisesToCloseOnceWhileTheAdviceIsNotClosed) {
  Put(1, "0201");
  See(1, "2025-01-01");
  Put(2, "0201");
  See(2, "2026-11-01");
  MustCreate();
  EXPECT_EQ(Outbox(), "1") << "for the candidate alone";
  EXPECT_EQ(OpenAdviceAfterDelivery(), "1");
  EXPECT_EQ(approval_.Value("SELECT kind || ' ' || account || ' ' || due_on FROM advices"),
            absl::StrCat("CLOSE_OR_MERGE accounts/", IdOf(1), " 2026-12-21"));
  EXPECT_THAT(approval_.Value("SELECT advice FROM advices"), HasSubstr("--action=close"));
  EXPECT_EQ(approval_.Value("SELECT findings FROM advices"),
            "[\"T-5-9-3-silent\", \"silent-since:2025-01-01\"]");
  // The same day again, a later day, and a later one after the department has answered.
  MustCreate();
  EXPECT_EQ(Outbox(), "0");
  for (const char* day : {"2026-11-22", "2026-11-23"}) {
    clock_.Advance(absl::Hours(24));
    MustCreate(day);
    EXPECT_EQ(OpenAdviceAfterDelivery(), "1") << day;
    approval_.Execute("UPDATE advices SET state = 'ANSWERED'");
  }
  // It was closed, and the account is as silent as before.
  approval_.Execute("UPDATE advices SET state = 'ACCEPTED'");
  clock_.Advance(absl::Hours(24));
  MustCreate("2026-11-24");
  EXPECT_EQ(OpenAdviceAfterDelivery(), "1");
  EXPECT_EQ(approval_.Value("SELECT count(*) FROM advices"), "2");
  // A report for a day before the newest one is for the record.
  MustCreate("2026-11-20");
  EXPECT_EQ(Outbox(), "0");
}

TEST_F(InactivityServiceTest, AccountsThatAreGoneByThenAreNotAdvisedOnAndHoldNothingUp) {
  Put(1, "0201");
  See(1, "2025-01-01");
  MustCreate();
  registry_.Execute("DELETE FROM account_activity; DELETE FROM accounts");
  EXPECT_EQ(OpenAdviceAfterDelivery(), "0");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox WHERE destination = 'audit' AND"
                            " position('inactivity.advice_refused'::bytea IN payload) > 0"),
            "1");
}

// Kagawa 2019 (domain.md §12.1): 100 accounts, 3 daily, 40 weekly or more, 36 monthly or fewer, 8
// silent a year or more, 1 never posted. The twelve between weekly and monthly make the hundred.
TEST_F(InactivityServiceTest, TheAuditCommissionersTableOfKagawaComesOutByOneCall) {
  int n = 0;
  const auto put = [&](int count, const std::string& last_post, const std::string& posts) {
    for (int i = 0; i < count; ++i) {
      // Every third on Facebook; passwords of ten were changed, 25 were looked after.
      ++n;
      Put(n, "0201",
          absl::StrCat("opened_on = '2015-04-01', platform = '", n % 3 == 0 ? "facebook" : "x",
                       "', facts = '{",
                       n <= 10 ? "\"custody.password_rotated_on\": \"2026-04-01\"" : "",
                       n <= 10 ? ", " : "",
                       n <= 25 ? "\"watch.watched_on\": \"2026-11-01\"" : "\"x\": \"\"", "}'"));
      See(n, last_post, "2026-11-20", posts);
    }
  };
  put(3, "2026-11-20", "120");
  put(40, "2026-11-18", "30");
  put(12, "2026-11-10", "6");
  put(36, "2026-06-01", "0");
  put(8, "2025-10-01", "0");
  put(1, "", "0");
  MustCreate();
  v1::GetPostingTableRequest request;
  request.set_report(kReport);
  const v1::PostingTable table = Must(&Rpcs::GetPostingTable, request, kAuditor);
  const v1::PostingCounts& total = table.total();
  EXPECT_EQ(total.account_count(), 100);
  EXPECT_EQ(total.daily_count(), 3);
  EXPECT_EQ(total.weekly_count(), 40);
  EXPECT_EQ(total.more_than_monthly_count(), 12);
  EXPECT_EQ(total.monthly_or_less_count(), 36);
  EXPECT_EQ(total.silent_a_year_count(), 8);
  EXPECT_EQ(total.never_posted_count(), 1);
  EXPECT_EQ(total.unknown_count(), 0);
  EXPECT_EQ(total.without_rotation_count(), 90);
  EXPECT_EQ(total.without_watch_count(), 75);
  ASSERT_THAT(table.platforms(), SizeIs(2));
  EXPECT_EQ(table.platforms(0).platform(), "facebook");
  EXPECT_EQ(table.platforms(0).account_count(), 33);
  EXPECT_EQ(table.platforms(1).account_count(), 67);
  EXPECT_EQ(table.platforms(0).daily_count() + table.platforms(1).daily_count(), 3);
}

TEST_F(InactivityServiceTest, PreviewsAnotherDayAndADraftAndStoresNothing) {
  Put(1, "0201");
  See(1, "2026-11-01");
  const auto preview = [&](const std::string& as_of, const std::string& draft,
                           grpc::Status* status) {
    grpc::ClientContext context;
    server_.SignIn(context, "ueno", {"AUDITOR"});
    v1::PreviewInactivityReportRequest request;
    *request.mutable_as_of() = daicho::wire::ToDate(*ParseDay(as_of));
    request.set_guideline_text(draft);
    const auto reader = Rpcs(server_.ChannelOf()).PreviewInactivityReport(&context, request);
    v1::PreviewInactivityReportResponse all, part;
    while (reader->Read(&part)) all.MergeFrom(part);
    *status = reader->Finish();
    return all;
  };
  grpc::Status status;
  const auto later = preview("2027-11-02", "", &status);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(later.rows(), SizeIs(1));
  EXPECT_EQ(later.rows(0).bucket(), v1::INACTIVITY_BUCKET_CANDIDATE);
  EXPECT_EQ(later.report().name(), "");
  EXPECT_EQ(later.report().account_count(), 1);
  std::string draft = ReadFile(kGuideline);
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"notice_months: 9", "notice_months: 1"},
        {"warning_months: 11", "warning_months: 2"},
        {"candidate_months: 12", "candidate_months: 3"}}) {
    draft.replace(draft.find(from), from.size(), to);
  }
  EXPECT_EQ(preview("2027-02-02", draft, &status).rows(0).bucket(),
            v1::INACTIVITY_BUCKET_CANDIDATE);
  EXPECT_EQ(preview("2027-02-02", "", &status).rows(0).bucket(), v1::INACTIVITY_BUCKET_ACTIVE);
  preview("2027-02-02", "id: \"draft\"", &status);
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(status)), "INVALID_GUIDELINE");
  EXPECT_THAT(status.error_message(), HasSubstr("guideline_text:1"));
  preview("2027-02-02", ReadFile("services/policy/guidelines/mine.textproto"), &status);
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(status)), "NO_LADDER");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM inactivity_report_days"), "0");
  EXPECT_EQ(Outbox(), "0");
}

TEST_F(InactivityServiceTest, RefusesADayToComeAndNamesThatAreNoReports) {
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Create("2026-11-22").status)), "AS_OF_IN_FUTURE");
  v1::InactivityReport report;
  v1::GetInactivityReportRequest get;
  get.set_name("inactivityReports/2026-11-20");
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Call(&Rpcs::GetInactivityReport, kPrOffice, get, &report))),
            "INACTIVITY_REPORT_NOT_FOUND");
  get.set_name("inactivityReports/2026-11-31");
  EXPECT_THAT(testing::BadFields(Call(&Rpcs::GetInactivityReport, kPrOffice, get, &report)),
              ElementsAre("name"));
}

TEST_F(InactivityServiceTest, ListsRowsByDepartmentAndBucketAndToStaffTheirOwn) {
  for (int n = 1; n <= 5; ++n) {
    Put(n, n <= 2 ? "0201" : "0301");
    See(n, n % 2 == 0 ? "2026-11-01" : "2025-01-01");
  }
  MustCreate("");
  EXPECT_THAT(Rows({}), SizeIs(5));
  EXPECT_THAT(Rows({}, kStaff), SizeIs(2));
  v1::ListInactivityReportRowsRequest request;
  request.set_department("departments/0301");
  request.add_buckets(v1::INACTIVITY_BUCKET_NEEDS_CHECK);
  request.add_buckets(v1::INACTIVITY_BUCKET_CANDIDATE);
  EXPECT_THAT(Rows(request), SizeIs(2));
  request.set_name(kReport);
  v1::ListInactivityReportRowsResponse response;
  EXPECT_EQ(
      ReasonOf(rpc::FromGrpc(Call(&Rpcs::ListInactivityReportRows, kStaff, request, &response))),
      "FOREIGN_DEPARTMENT");
}

TEST_F(InactivityServiceTest, ComparesTwoReports) {
  for (int n = 1; n <= 4; ++n) {
    Put(n, "0201");
    See(n, "2026-11-01");
  }
  MustCreate();
  clock_.Advance(absl::Hours(24));
  See(2, "2025-01-01", "2026-11-22");
  registry_.Execute(absl::Substitute(
      "DELETE FROM account_activity WHERE account = '$0'; DELETE FROM accounts WHERE id = '$0'",
      IdOf(3)));
  Put(5, "0301");
  MustCreate("2026-11-22");
  v1::CompareInactivityReportsRequest request;
  request.set_name("inactivityReports/2026-11-22");
  request.set_earlier(kReport);
  request.set_page_size(2);
  std::vector<std::string> moves;
  do {
    const auto page = Must(&Rpcs::CompareInactivityReports, request, kAuditor);
    for (const auto& move : page.moves()) {
      moves.push_back(absl::StrCat(move.display_name(), " ", move.before(), " ", move.after()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(moves, ElementsAre("だより2 1 4", "だより3 1 0", "だより5 0 7"));
  const auto reports = Must(&Rpcs::ListInactivityReports, v1::ListInactivityReportsRequest());
  ASSERT_THAT(reports.reports(), SizeIs(2));
  EXPECT_EQ(reports.reports(0).name(), "inactivityReports/2026-11-22");
}

TEST_F(InactivityServiceTest, AnExemptionHoldsUntilItsLastDayOrUntilItIsRevoked) {
  Put(1, "0201");
  See(1, "2025-01-01");
  const v1::Exemption exemption = Exempt(1, "2026-11-30");
  EXPECT_EQ(exemption.department(), "departments/0201");
  EXPECT_EQ(exemption.granted_by(), "users/sasaki");
  v1::GrantExemptionRequest again;
  again.set_account(exemption.account());
  again.set_reason("もう一度");
  *again.mutable_end_date() = exemption.end_date();
  again.set_request_id(NewUuid(clock_.Now()));
  v1::Exemption response;
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Call(&Rpcs::GrantExemption, kPrOffice, again, &response))),
            "EXEMPTION_EXISTS");
  MustCreate();
  EXPECT_EQ(BucketOf(1), "EXEMPT");
  EXPECT_EQ(Outbox(), "0");

  v1::RevokeExemptionRequest revoke;
  revoke.set_name(exemption.name());
  revoke.set_reason("投稿を再開する");
  revoke.set_request_id(NewUuid(clock_.Now()));
  EXPECT_EQ(Must(&Rpcs::RevokeExemption, revoke).revoked_by(), "users/sasaki");
  revoke.set_request_id(NewUuid(clock_.Now()));
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Call(&Rpcs::RevokeExemption, kPrOffice, revoke, &response))),
            "EXEMPTION_ENDED");
  clock_.Advance(absl::Hours(24));
  MustCreate("2026-11-22");
  EXPECT_EQ(BucketOf(1, "inactivityReports/2026-11-22"), "CANDIDATE");

  // It stays known, and may be granted again.
  Exempt(1, "2026-12-31");
  v1::ListExemptionsRequest list;
  EXPECT_THAT(Must(&Rpcs::ListExemptions, list, kStaff).exemptions(), SizeIs(2));
  EXPECT_THAT(
      Must(&Rpcs::ListExemptions, list, {"mori", {"DEPARTMENT_STAFF"}, "0301"}).exemptions(),
      IsEmpty());
  list.set_in_force(true);
  EXPECT_THAT(Must(&Rpcs::ListExemptions, list).exemptions(), SizeIs(1));
}

TEST_F(InactivityServiceTest, TheReporterMakesReportsAndGrantsNothing) {
  Put(1, "0201");
  Rpcs reporter(server_.ChannelOf("reporter"));
  grpc::ClientContext create, grant;
  const auto reader = reporter.CreateInactivityReport(&create, {});
  v1::CreateInactivityReportResponse part;
  while (reader->Read(&part)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(part.report().creator(), "services/reporter");
  v1::GrantExemptionRequest request;
  v1::Exemption response;
  EXPECT_EQ(reporter.GrantExemption(&grant, request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace daicho::policy
