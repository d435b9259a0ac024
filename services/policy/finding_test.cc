// Standing findings, from a ledger that changes to what people are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/testing/server.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "services/policy/exemption_store.h"
#include "services/policy/finding_evaluator.h"
#include "services/policy/finding_service.h"
#include "services/policy/known_accounts.h"
#include "services/policy/schema.h"
#include "services/registry/schema.h"
#include "services/registry/testing/ledger_rows.h"
#include "services/registry/testing/ledger_server.h"
#include "tests/support/database.h"

namespace daicho::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kTokushimaFile[] = "services/policy/guidelines/tokushima.textproto";
// Nobody put the day on which an account's policy was published into the ledger.
constexpr char kUnpublished[] = "T-5-2-published";

LoadedGuideline Load(const std::vector<std::pair<absl::string_view, absl::string_view>>& edits) {
  const std::string text = server::ReadFile(kTokushimaFile).value_or("");
  return ParseGuideline(kTokushimaFile, absl::StrReplaceAll(text, edits)).value();
}

// Calls `at` when it is asked for the time for the n-th time.
class CountingClock : public Clock {
 public:
  CountingClock(const Clock& clock, int n, std::function<void()> at)
      : clock_(clock), left_(n), at_(std::move(at)) {}
  absl::Time Now() const override {
    if (--left_ == 0) at_();
    return clock_.Now();
  }

 private:
  const Clock& clock_;
  mutable int left_;
  const std::function<void()> at_;
};

class FindingTest : public ::testing::Test {
 protected:
  FindingTest() {
    rows_.PutDepartment("0101", "秘書課");
    rows_.PutDepartment("0102", "広報係");
    registry_database_.Execute("UPDATE departments SET parent_code = '0101' WHERE code = '0102'");
    rows_.PutDepartment("0201", "防災対策課");
  }

  struct Caller {
    std::string subject;
    std::string role;
    std::string department;
  };
  const Caller pr_office_{"sasaki", "PR_OFFICE", "0101"};
  const Caller staff_{"hirose", "DEPARTMENT_STAFF", "0201"};

  template <typename Request, typename Response>
  grpc::Status CallAs(const Caller& caller,
                      grpc::Status (v1::FindingService::Stub::*method)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                      const Request& request, Response* response) {
    grpc::ClientContext context;
    policy_.SignIn(context, caller.subject, {caller.role}, caller.department);
    return (*people_.*method)(&context, request, response);
  }

  v1::ListFindingsResponse List(const v1::ListFindingsRequest& request = {}) {
    return List(pr_office_, request);
  }
  v1::ListFindingsResponse List(const Caller& caller, const v1::ListFindingsRequest& request) {
    v1::ListFindingsResponse response;
    const grpc::Status status =
        CallAs(caller, &v1::FindingService::Stub::ListFindings, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // Findings of kUnpublished.
  v1::ListFindingsRequest Unpublished(
      v1::ListFindingsRequest::View view = v1::ListFindingsRequest::VIEW_UNSPECIFIED) {
    v1::ListFindingsRequest request;
    request.set_rule_id(kUnpublished);
    request.set_view(view);
    return request;
  }

  v1::FindingCount CountOf(const std::string& rule, const Caller& caller,
                           const v1::SummarizeFindingsRequest& request = {}) {
    v1::SummarizeFindingsResponse response;
    const grpc::Status status =
        CallAs(caller, &v1::FindingService::Stub::SummarizeFindings, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    for (const v1::FindingCount& count : response.counts()) {
      if (count.rule_id() == rule) return count;
    }
    return {};
  }

  grpc::Status Acknowledge(const v1::StandingFinding& finding, absl::CivilDay end_date,
                           v1::StandingFinding* answer) {
    v1::AcknowledgeFindingRequest request;
    request.set_name(finding.name());
    request.set_etag(finding.etag());
    request.set_reason("改修の契約が済んでいる");
    *request.mutable_end_date() = daicho::wire::ToDate(end_date);
    request.set_request_id(NewUuid(clock_.Now()));
    return CallAs(pr_office_, &v1::FindingService::Stub::AcknowledgeFinding, request, answer);
  }

  std::string PutAccount(const std::string& handle, const std::string& department = "0101") {
    return rows_.PutAccount(
        {.key = "x::" + handle, .listing_url = "https://a.example/", .department = department});
  }
  void Publish(const std::string& account) {
    rows_.Change(account, "fields = fields || '{\"policy_published_on\": \"2026-04-01\"}'");
  }

  void See(const std::string& account, const std::string& last_post) {
    registry_database_.Execute(
        "INSERT INTO account_activity (account, last_post_time, observe_time, source) VALUES ('" +
        account + "', '" + last_post + "', '2026-11-20', 'feed')");
  }
  v1::ListFindingsRequest Silent() {
    v1::ListFindingsRequest request;
    request.set_rule_id("T-5-9-3-silent");
    return request;
  }
  void InTransaction(const std::function<absl::Status(pg::Transaction&)>& body) {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    auto lease = database_.pool().Acquire(deadline);
    ASSERT_TRUE(lease.ok()) << lease.status();
    pg::Transaction tx = (*lease)->Begin(deadline);
    ASSERT_TRUE(body(tx).ok());
    ASSERT_TRUE(tx.Commit().ok());
  }

  void MustStep() {
    const absl::Status status = evaluator_.Step();
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string Value(const std::string& sql) { return database_.Value(sql); }

  testing::Database registry_database_{registry::Schema()};
  testing::Database database_{Schema()};
  const testing::LedgerRows rows_{registry_database_};
  // 08:30 on 22 November 2026 in Tokyo.
  testing::FixedClock clock_{absl::FromUnixSeconds(1'795'303'800)};
  const LoadedGuideline guideline_ = Load({});
  testing::Server registry_{testing::LedgerServer(registry_database_, clock_)};
  testing::Server policy_{{.service = "policy",
                           .grpc_services = {"daicho.policy.v1.FindingService"},
                           .pool = &database_.pool(),
                           .clock = &clock_,
                           .services = {},
                           .build = [this](const rpc::Env& env) {
                             std::vector<std::unique_ptr<grpc::Service>> services;
                             services.push_back(
                                 std::make_unique<FindingServiceImpl>(env, guideline_));
                             return services;
                           }}};
  const Ledger ledger_{registry_.ChannelOf("policy")};
  FindingEvaluator evaluator_{policy_.env(), guideline_, ledger_};
  const std::unique_ptr<v1::FindingService::Stub> people_ =
      v1::FindingService::NewStub(policy_.ChannelOf());
};

TEST_F(FindingTest, SaysWhatIsWrongWithAnAccountInWordsAndSinceWhen) {
  const std::string account = PutAccount("bosai");
  MustStep();
  const v1::ListFindingsResponse list = List(Unpublished());
  ASSERT_THAT(list.findings(), SizeIs(1));
  EXPECT_EQ(list.total_size(), 1);
  const v1::StandingFinding& finding = list.findings(0);
  EXPECT_EQ(finding.account(), "accounts/" + account);
  EXPECT_EQ(finding.account_display_name(), "x::bosai");
  EXPECT_EQ(finding.department(), "departments/0101");
  EXPECT_EQ(finding.clause(), "T 5-2");
  EXPECT_EQ(finding.severity(), v1::SEVERITY_BLOCK);
  EXPECT_EQ(daicho::wire::FromTimestamp(finding.first_seen_time()), clock_.Now());
  EXPECT_FALSE(finding.has_mended_time());
  ASSERT_THAT(finding.findings(), SizeIs(1));
  EXPECT_EQ(finding.findings(0).field(), "account.fields.policy_published_on");
  EXPECT_FALSE(finding.findings(0).message_ja().empty());

  clock_.Advance(absl::Hours(30));
  MustStep();
  const v1::StandingFinding later = List(Unpublished()).findings(0);
  EXPECT_EQ(later.etag(), finding.etag()) << "nothing is written where nothing changed";
  EXPECT_EQ(daicho::wire::FromTimestamp(later.last_seen_time()), clock_.Now());
}

TEST_F(FindingTest, FollowsAChangedAccountAndKeepsWhatWasMended) {
  const std::string account = PutAccount("bosai");
  MustStep();
  const std::string first = List(Unpublished()).findings(0).name();
  clock_.Advance(absl::Minutes(1));
  Publish(account);
  MustStep();
  EXPECT_THAT(List(Unpublished()).findings(), IsEmpty());
  const auto mended = List(Unpublished(v1::ListFindingsRequest::VIEW_MENDED)).findings();
  ASSERT_THAT(mended, SizeIs(1));
  EXPECT_EQ(mended[0].name(), first);
  EXPECT_EQ(daicho::wire::FromTimestamp(mended[0].mended_time()), clock_.Now());
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).mended_count(), 1);
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).standing_count(), 0);

  rows_.Change(account, "fields = fields - 'policy_published_on'");
  MustStep();
  ASSERT_THAT(List(Unpublished()).findings(), SizeIs(1));
  EXPECT_NE(List(Unpublished()).findings(0).name(), first) << "it is another finding";
}

TEST_F(FindingTest, HasNothingAgainstAnAccountThatClosed) {
  const std::string account = PutAccount("bosai");
  MustStep();
  EXPECT_THAT(List().total_size(), Gt(3));
  rows_.Change(account,
               "state = 'CLOSED', closing_reason = 'OTHER', closing_effective_on = '2026-10-01',"
               " evidence_removal = 'deleted', evidence_unlisted_on = '2026-10-01',"
               " evidence_handle_protection = 'kept'");
  MustStep();
  EXPECT_EQ(List().total_size(), 0);
}

TEST_F(FindingTest, ChecksAllAccountsWhenTheDayTurnsInTokyo) {
  PutAccount("bosai");
  // Seen on its list on 1 April 2026: good for 366 days.
  v1::ListFindingsRequest unseen;
  unseen.set_rule_id("T-6-1-9-list-seen");
  clock_.Set(absl::FromCivil(absl::CivilMinute(2027, 4, 2, 14, 59), absl::UTCTimeZone()));
  MustStep();
  EXPECT_THAT(List(unseen).findings(), IsEmpty());
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "1");
  clock_.Advance(absl::Minutes(1));
  MustStep();
  ASSERT_THAT(List(unseen).findings(), SizeIs(1));
  EXPECT_EQ(List(unseen).findings(0).findings(0).facts().at("days"), "-367");
  EXPECT_EQ(CountOf("T-6-1-9-list-seen", pr_office_).new_count(), 1);
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).standing_count(), 1);
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).new_count(), 0) << "it stood before the run";
  MustStep();
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "2") << "once a day";
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(List(unseen).findings(0).findings(0).facts().at("days"), "-369");
}

TEST_F(FindingTest, FindsNoSilenceWhileAnExemptionHolds) {
  const std::string account = PutAccount("bosai");
  See(account, "2025-01-01");
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), SizeIs(1));
  const domain::Exemption exemption{.id = NewUuid(clock_.Now()),
                                    .account = "accounts/" + account,
                                    .account_name = "x",
                                    .department = "departments/0101",
                                    .reason = "災害専用",
                                    .end_date = absl::CivilDay(2026, 11, 23),
                                    .granted_by = "users/sasaki",
                                    .grant_time = clock_.Now()};
  InTransaction([&](pg::Transaction& tx) {
    return store::InsertExemption(tx, exemption, absl::CivilDay(2026, 11, 22));
  });
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), IsEmpty()) << "at once";
  clock_.Advance(absl::Hours(48));
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), SizeIs(1)) << "when it is over";
}

TEST_F(FindingTest, FindsSilenceAgainAsSoonAsAnExemptionIsRevoked) {
  const std::string account = PutAccount("bosai");
  See(account, "2025-01-01");
  domain::Exemption exemption{.id = NewUuid(clock_.Now()),
                              .account = "accounts/" + account,
                              .account_name = "x",
                              .department = "departments/0101",
                              .reason = "災害専用",
                              .end_date = absl::CivilDay(2027, 11, 23),
                              .granted_by = "users/sasaki",
                              .grant_time = clock_.Now()};
  InTransaction([&](pg::Transaction& tx) {
    return store::InsertExemption(tx, exemption, absl::CivilDay(2026, 11, 22));
  });
  MustStep();
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), IsEmpty());
  exemption.revoked_by = "users/sasaki";
  exemption.revoke_time = clock_.Now();
  exemption.revoke_reason = "投稿を再開";
  InTransaction([&](pg::Transaction& tx) {
    store::SaveRevocation(tx, exemption);
    return absl::OkStatus();
  });
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), SizeIs(1));
  EXPECT_EQ(Value("SELECT changed = 2 AND checked = 2 FROM inactivity_exempted_accounts"), "t");
}

TEST_F(FindingTest, SeesWithinAMinuteThatASilentAccountPosted) {
  const std::string account = PutAccount("bosai");
  See(account, "2025-01-01");
  MustStep();
  MustStep();
  registry_database_.Execute("UPDATE account_activity SET last_post_time = '2026-11-19'");
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), SizeIs(1)) << "not every two seconds";
  clock_.Advance(absl::Minutes(1));
  MustStep();
  EXPECT_THAT(List(Silent()).findings(), IsEmpty());
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "1");
}

TEST_F(FindingTest, AnswersByPageAccountSeverityAndTime) {
  for (const char* handle : {"a", "b", "c"}) PutAccount(handle);
  MustStep();
  v1::ListFindingsRequest request = Unpublished();
  request.set_page_size(2);
  const v1::ListFindingsResponse first = List(request);
  EXPECT_EQ(first.total_size(), 3);
  ASSERT_THAT(first.findings(), SizeIs(2));
  request.set_page_token(first.next_page_token());
  const v1::ListFindingsResponse second = List(request);
  ASSERT_THAT(second.findings(), SizeIs(1));
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_GT(first.findings(1).name(), second.findings(0).name());

  v1::ListFindingsRequest of_account;
  of_account.set_account(second.findings(0).account());
  of_account.set_severity(v1::SEVERITY_BLOCK);
  const v1::ListFindingsResponse blocking = List(of_account);
  EXPECT_THAT(blocking.findings(), Not(IsEmpty()));
  for (const v1::StandingFinding& finding : blocking.findings()) {
    EXPECT_EQ(finding.account(), second.findings(0).account());
    EXPECT_EQ(finding.severity(), v1::SEVERITY_BLOCK);
  }
  v1::ListFindingsRequest since = Unpublished();
  *since.mutable_since_time() = daicho::wire::ToTimestamp(clock_.Now());
  EXPECT_EQ(List(since).total_size(), 3);
  *since.mutable_since_time() = daicho::wire::ToTimestamp(clock_.Now() + absl::Seconds(1));
  EXPECT_EQ(List(since).total_size(), 0);
}

TEST_F(FindingTest, ShowsStaffTheirOwnDepartmentAndThePrOfficeWhatIsUnderOne) {
  PutAccount("pr", "0101");
  PutAccount("desk", "0102");
  const std::string moved = PutAccount("bosai", "0201");
  MustStep();
  EXPECT_EQ(List(staff_, Unpublished()).total_size(), 1);
  EXPECT_EQ(CountOf(kUnpublished, staff_).department(), "departments/0201");
  v1::ListFindingsRequest foreign = Unpublished();
  foreign.set_department("departments/0101");
  v1::ListFindingsResponse response;
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(
                CallAs(staff_, &v1::FindingService::Stub::ListFindings, foreign, &response))),
            "FOREIGN_DEPARTMENT");
  v1::GetFindingRequest get;
  get.set_name(List(foreign).findings(0).name());
  v1::StandingFinding answer;
  EXPECT_TRUE(CallAs(pr_office_, &v1::FindingService::Stub::GetFinding, get, &answer).ok());
  EXPECT_EQ(
      ReasonOf(rpc::FromGrpc(CallAs(staff_, &v1::FindingService::Stub::GetFinding, get, &answer))),
      "FOREIGN_DEPARTMENT");
  EXPECT_EQ(List(foreign).total_size(), 1);
  foreign.set_include_subtree(true);
  EXPECT_EQ(List(foreign).total_size(), 2);
  rows_.Change(moved, "department = '0102'");
  MustStep();
  EXPECT_EQ(List(staff_, Unpublished()).total_size(), 0);
  EXPECT_EQ(List(foreign).total_size(), 3);
}

TEST_F(FindingTest, AcknowledgesUntilTheEndDateIsOver) {
  PutAccount("bosai");
  MustStep();
  const v1::StandingFinding finding = List(Unpublished()).findings(0);
  const absl::CivilDay end_date(2026, 11, 30);
  v1::StandingFinding answer;
  ASSERT_TRUE(Acknowledge(finding, end_date, &answer).ok());
  EXPECT_EQ(answer.acknowledgement().actor(), "users/sasaki");
  EXPECT_EQ(answer.acknowledgement().end_date().day(), 30);
  EXPECT_THAT(List(Unpublished()).findings(), IsEmpty());
  EXPECT_THAT(List(Unpublished(v1::ListFindingsRequest::VIEW_STANDING)).findings(), SizeIs(1));
  EXPECT_THAT(List(Unpublished(v1::ListFindingsRequest::VIEW_ACKNOWLEDGED)).findings(), SizeIs(1));
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).acknowledged_count(), 1);
  EXPECT_EQ(Value("SELECT count(*) FROM outbox WHERE destination = 'audit'"), "1");

  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Acknowledge(finding, end_date, &answer))), "ETAG_MISMATCH");
  // The last minute of 30 November in Tokyo, and the first of December.
  clock_.Set(absl::FromCivil(absl::CivilMinute(2026, 11, 30, 14, 59), absl::UTCTimeZone()));
  MustStep();
  EXPECT_THAT(List(Unpublished()).findings(), IsEmpty());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(List(Unpublished()).findings(), SizeIs(1));
  EXPECT_EQ(CountOf(kUnpublished, pr_office_).acknowledged_count(), 0);
}

TEST_F(FindingTest, AcknowledgesNothingThatIsMendedOrUnknown) {
  const std::string account = PutAccount("bosai");
  MustStep();
  Publish(account);
  MustStep();
  v1::StandingFinding answer;
  v1::StandingFinding finding = List(Unpublished(v1::ListFindingsRequest::VIEW_MENDED)).findings(0);
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Acknowledge(finding, absl::CivilDay(2026, 12, 1), &answer))),
            "FINDING_MENDED");
  finding.set_name("findings/" + NewUuid(clock_.Now()));
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(Acknowledge(finding, absl::CivilDay(2026, 12, 1), &answer))),
            "FINDING_NOT_FOUND");
}

TEST_F(FindingTest, ChecksAllAnewUnderANewGuidelineAndLetsAnOldProcessUndoNothing) {
  PutAccount("bosai");
  MustStep();
  ASSERT_THAT(List(Unpublished()).findings(), SizeIs(1));
  // Asks for something that is there.
  const LoadedGuideline next =
      Load({{"    fields: \"account.fields.policy_published_on\"",
             "    fields: \"account.listing.organization_page.seen_on\""}});
  {
    FindingEvaluator newer(policy_.env(), next, ledger_, absl::ZeroDuration());
    ASSERT_TRUE(newer.Step().ok());
    EXPECT_THAT(List(Unpublished()).findings(), SizeIs(1)) << "the other has the turn";
  }
  database_.Execute("UPDATE finding_turn SET held_until = NULL");
  FindingEvaluator newer(policy_.env(), next, ledger_, absl::ZeroDuration());
  ASSERT_TRUE(newer.Step().ok());
  EXPECT_THAT(List(Unpublished()).findings(), IsEmpty());
  MustStep();
  EXPECT_THAT(List(Unpublished()).findings(), IsEmpty()) << "an old process stands aside";
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "2");
}

// More than one message of a snapshot holds.
constexpr int kMany = 600;

TEST_F(FindingTest, GoesOnWhereAProcessThatDiedLeftOff) {
  rows_.PutManyAccounts(kMany);
  for (const int call : {4, 8}) {
    SCOPED_TRACE(call);
    database_.Execute("UPDATE finding_turn SET checked_on = NULL, held_until = NULL");
    FindingEvaluator* dying = nullptr;
    const CountingClock clock(clock_, call, [&] { dying->Stop(); });
    rpc::Env env = policy_.env();
    env.clock = &clock;
    FindingEvaluator first(env, guideline_, ledger_, absl::ZeroDuration());
    dying = &first;
    EXPECT_EQ(first.Step().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(Value("SELECT count(*) FROM finding_runs WHERE finish_time IS NULL"), "1");
    MustStep();
    EXPECT_EQ(Value("SELECT count(*) FROM finding_runs WHERE finish_time IS NULL"), "0");
    EXPECT_EQ(List(Unpublished()).total_size(), kMany);
    EXPECT_EQ(Value("SELECT count(*) FROM standing_findings WHERE revision > 1"), "0");
  }
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "2");
}

TEST_F(FindingTest, StoresNothingMoreOnceAnotherProcessHasTheTurn) {
  rows_.PutManyAccounts(kMany);
  int overtaken = 0;
  const CountingClock clock(clock_, 5, [&] {
    ++overtaken;
    MustStep();
  });
  rpc::Env env = policy_.env();
  env.clock = &clock;
  FindingEvaluator slow(env, guideline_, ledger_, absl::ZeroDuration());
  EXPECT_EQ(slow.Step().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(overtaken, 1);
  EXPECT_EQ(List(Unpublished()).total_size(), kMany);
  EXPECT_EQ(Value("SELECT count(*) FROM finding_runs"), "1");
}

TEST_F(FindingTest, ComesToTheSameHoweverManyProcessesWorkAtOnce) {
  rows_.PutManyAccounts(kMany);
  const std::string account = PutAccount("bosai");
  const auto work = [&] {
    FindingEvaluator evaluator(policy_.env(), guideline_, ledger_, absl::ZeroDuration());
    for (int i = 0; i < 4; ++i) {
      const absl::Status status = evaluator.Step();
      EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
    }
  };
  std::vector<std::thread> processes;
  for (int i = 0; i < 3; ++i) processes.emplace_back(work);
  Publish(account);
  for (std::thread& process : processes) process.join();
  MustStep();
  EXPECT_EQ(List(Unpublished()).total_size(), kMany);
  EXPECT_EQ(Value("SELECT count(*) FROM standing_findings AS a JOIN standing_findings AS b"
                  " ON a.account = b.account AND a.rule_id = b.rule_id AND a.id < b.id"),
            "0")
      << "each finding was found once";
}

TEST_F(FindingTest, KnowsTheAccountsThatFormsAreComparedWith) {
  KnownAccounts known(guideline_.domain, ledger_);
  const Fields form = {{"fields.purpose", "県内の観光地の魅力を県外の方に紹介する"}};
  const auto nearest = [&] {
    EXPECT_TRUE(known.Follow(clock_.Now()).ok());
    std::string name;
    known.With([&](const domain::Neighbours& neighbours) {
      const std::vector<std::string> paths = ComparedFields(guideline_.domain).front();
      const auto found = neighbours.By(paths)->Find(domain::PairsOf(form, paths), "", 60);
      if (found) name = found->name;
    });
    return name;
  };
  EXPECT_EQ(nearest(), "");
  const std::string account = PutAccount("kanko");
  rows_.Change(account,
               "fields = fields || '{\"purpose\": \"県内の観光地の魅力を県外の方に紹介する\"}'");
  EXPECT_EQ(nearest(), "accounts/" + account);
  rows_.Change(account,
               "state = 'CLOSING', closing_reason = 'OTHER', closing_effective_on ="
               " '2026-12-01'");
  EXPECT_EQ(nearest(), "");
}

}  // namespace
}  // namespace daicho::policy
