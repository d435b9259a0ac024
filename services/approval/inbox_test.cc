#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using FormStub = v1::FormService::Stub;
using Request = v1::ListInboxRequest;

class InboxTest : public ApprovalTest {
 protected:
  v1::ListInboxResponse Inbox(const Somebody& who, Request::Bucket bucket = Request::BUCKET_MINE) {
    Request request;
    request.set_bucket(bucket);
    const auto inbox = Send(&FormStub::ListInbox, who, request);
    EXPECT_TRUE(inbox.ok()) << inbox.status();
    return inbox.ok() ? *inbox : v1::ListInboxResponse();
  }

  std::vector<std::string> Names(const Somebody& who,
                                 Request::Bucket bucket = Request::BUCKET_MINE) {
    std::vector<std::string> names;
    const v1::ListInboxResponse inbox = Inbox(who, bucket);
    for (const auto& entry : inbox.entries()) names.push_back(entry.form().name());
    return names;
  }

  // What PostgreSQL does for the service's own statement, and what it reads.
  std::string PlanOf(const std::string& name, const std::string& parameters) {
    const auto all = pg::AllStatements();
    const auto statement =
        std::find_if(all.begin(), all.end(), [&](const auto* one) { return one->name == name; });
    pg::Connection connection = database_.Connect();
    EXPECT_TRUE(connection
                    .ExecuteScript(absl::StrCat("PREPARE statement AS ", (*statement)->sql),
                                   testing::Soon())
                    .ok());
    const std::string explain =
        absl::StrCat("EXPLAIN (ANALYZE, BUFFERS, COSTS off) EXECUTE statement(", parameters, ")");
    const auto rows = connection.QueryOnce(explain.c_str(), testing::Soon());
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::string plan;
    for (int i = 0; i < rows->size(); ++i) absl::StrAppend(&plan, (*rows)[i].Text(0), "\n");
    return plan;
  }

  // Blocks that the whole plan touched: its first line of buffers has them all.
  static int BlocksRead(const std::string& plan) {
    int hit = 0, read = 0;
    const std::size_t at = plan.find("Buffers: shared ");
    std::string line = plan.substr(at, plan.find('\n', at) - at);
    if (const auto n = line.find("hit="); n != line.npos) hit = std::atoi(line.c_str() + n + 4);
    if (const auto n = line.find("read="); n != line.npos) read = std::atoi(line.c_str() + n + 5);
    return hit + read;
  }

  // `count` forms with the PR office and `more` that are through, as rows alone.
  void Fill(int waiting, int filed) {
    pg::Connection connection = database_.Connect();
    const auto run = [&](const std::string& sql) {
      const auto result = connection.QueryOnce(sql.c_str(), absl::Now() + absl::Minutes(2));
      ASSERT_TRUE(result.ok()) << result.status();
    };
    run(absl::StrCat(
        "INSERT INTO forms (id, revision, state, action, department, content, drafter, "
        "drafter_name, round, changes, reception_year, reception_number, received_on, apply_time, "
        "ledger_account, create_time, update_time) SELECT gen_random_uuid(), 9, "
        "CASE WHEN i <= ",
        waiting,
        " THEN 'UNDER_REVIEW' ELSE 'APPLIED' END, 'OPEN', 'departments/0802', "
        "'{\"action\": \"ACTION_OPEN\"}', 'users/staff', '', 1, '[]', 2020, i, '2020-04-01', "
        "CASE WHEN i <= ",
        waiting, " THEN NULL ELSE now() END, CASE WHEN i <= ", waiting,
        " THEN NULL ELSE 'accounts/x' END, now(), now() FROM generate_series(1, ", waiting + filed,
        ") AS i"));
    run("INSERT INTO form_steps (form_id, round, position, kind, department, department_name, "
        "decider, decider_name, decide_time, due_on) SELECT id, 1, step, "
        "CASE step WHEN 0 THEN 'HEAD' ELSE 'PR_OFFICE' END, "
        "CASE step WHEN 0 THEN 'departments/0802' ELSE 'departments/0101' END, 'x', "
        "CASE WHEN done THEN 'users/decider' || step END, CASE WHEN done THEN 'x' END, "
        "CASE WHEN done THEN now() END, CASE WHEN done THEN NULL ELSE date '2026-11-01' + "
        "(reception_number % 60) END FROM (SELECT id, step, reception_number, "
        "step = 0 OR state = 'APPLIED' AS done FROM forms CROSS JOIN generate_series(0, 1) AS "
        "step) AS made");
    run("ANALYZE forms");
    run("ANALYZE form_steps");
  }
};

TEST_F(InboxTest, ShowsEachDeciderWhatTheyCanDecideNow) {
  const v1::Form form = Submitted();
  EXPECT_THAT(Names(kHead), ElementsAre(form.name()));
  EXPECT_THAT(Names(kViaHead), IsEmpty());
  EXPECT_THAT(Names(kPrOffice), IsEmpty());
  EXPECT_THAT(Names(kForeignHead), IsEmpty());
  const v1::Form next = Agree(kHead, form).value();
  EXPECT_THAT(Names(kHead), IsEmpty());
  EXPECT_THAT(Names(kViaHead), ElementsAre(form.name()));
  const v1::Form received = Agree(kViaHead, next).value();
  EXPECT_THAT(Names(kPrOffice), ElementsAre(form.name()));
  ASSERT_TRUE(Agree(kPrOffice, received).ok());
  EXPECT_THAT(Names(kPrOffice, Request::BUCKET_DEPARTMENT), IsEmpty());
}

TEST_F(InboxTest, ShowsNobodyWhatFourEyesKeepThemFrom) {
  const Somebody leader = {"leader", {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD"}, "0802"};
  const v1::Form form = Submit(leader, Create(leader, OpenContent()).value()).value();
  EXPECT_THAT(Names(leader), IsEmpty());
  EXPECT_THAT(Names(leader, Request::BUCKET_DEPARTMENT), ElementsAre(form.name()));
  EXPECT_THAT(Names(kHead), ElementsAre(form.name()));
}

TEST_F(InboxTest, ShowsTheDrafterWhatCameBack) {
  const v1::Form form = Return(kHead, Submitted(), "目的を具体的に").value();
  EXPECT_THAT(Names(kStaff), ElementsAre(form.name()));
  EXPECT_THAT(Names(kHead), IsEmpty());
  EXPECT_THAT(Names(kHead, Request::BUCKET_DEPARTMENT), ElementsAre(form.name()));
  ASSERT_TRUE(Withdraw(kStaff, form).ok());
  EXPECT_THAT(Names(kStaff), IsEmpty());
}

TEST_F(InboxTest, HasOfAFormWhatAnInboxShowsAndNotTheWholeOfIt) {
  const v1::Form form = UnderReview();
  const v1::ListInboxResponse inbox = Inbox(kPrOffice);
  ASSERT_EQ(inbox.entries_size(), 1);
  v1::Form shown;
  shown.set_name(form.name());
  shown.set_etag(form.etag());
  shown.set_state(v1::Form::STATE_UNDER_REVIEW);
  shown.set_department("departments/0802");
  shown.mutable_content()->set_action(v1::Form::ACTION_OPEN);
  shown.mutable_content()->mutable_fields()->set_display_name("徳島県の学校");
  *shown.mutable_drafter() = form.drafter();
  *shown.mutable_keeper() = form.keeper();
  shown.set_current_step(-1);
  *shown.mutable_reception() = form.reception();
  *shown.mutable_create_time() = form.create_time();
  *shown.mutable_update_time() = form.update_time();
  EXPECT_EQ(inbox.entries(0).form().DebugString(), shown.DebugString());
}

TEST_F(InboxTest, CountsEveryBucketAndSaysWhatIsOverdue) {
  const v1::Form form = Submitted();
  (void)Return(kHead, Submitted(), "直して").value();
  auto inbox = Inbox(kHead);
  EXPECT_EQ(inbox.counts().mine(), 1);
  EXPECT_EQ(inbox.counts().department(), 2);
  EXPECT_EQ(inbox.counts().overdue(), 0);
  EXPECT_FALSE(inbox.entries(0).overdue());
  clock_.Advance(absl::Hours(24) * 14);
  EXPECT_EQ(Inbox(kHead).counts().overdue(), 0) << "the last day is still a day to decide";
  clock_.Advance(absl::Hours(24));
  inbox = Inbox(kHead, Request::BUCKET_OVERDUE);
  EXPECT_EQ(inbox.counts().overdue(), 1);
  ASSERT_EQ(inbox.entries_size(), 1);
  EXPECT_EQ(inbox.entries(0).form().name(), form.name());
  EXPECT_TRUE(inbox.entries(0).overdue());
}

TEST_F(InboxTest, ShowsTheHeadWhatADeputyDecidedUntilItIsRead) {
  v1::RecordAbsenceRequest away;
  away.set_department("departments/0802");
  away.set_person("users/head");
  away.set_reason("出張");
  *away.mutable_from_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()));
  *away.mutable_until_on() = away.from_on();
  away.set_request_id(NewId());
  ASSERT_TRUE(Send(&FormStub::RecordAbsence, kStaff, away).ok());
  const v1::Form form = Submitted();
  v1::DecideFormRequest decide;
  decide.set_name(form.name());
  decide.set_etag(form.etag());
  decide.set_decision(v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY);
  decide.set_deputy_reason("出張");
  decide.set_request_id(NewId());
  const v1::Form decided = Send(&FormStub::DecideForm, kDeputy, decide).value();
  EXPECT_THAT(Names(kHead, Request::BUCKET_REVIEW), ElementsAre(form.name()));
  EXPECT_THAT(Names(kDeputy, Request::BUCKET_REVIEW), IsEmpty());
  EXPECT_EQ(Inbox(kHead).counts().review(), 1);
  v1::ReviewFormAfterwardsRequest review;
  review.set_name(form.name());
  review.set_etag(decided.etag());
  review.set_request_id(NewId());
  ASSERT_TRUE(Send(&FormStub::ReviewFormAfterwards, kHead, review).ok());
  EXPECT_THAT(Names(kHead, Request::BUCKET_REVIEW), IsEmpty());
}

// T 5-3: 助言への回答待ち.
TEST_F(InboxTest, RemindsThePrOfficeOfAdviceThatNobodyAnsweredTheEarliestDayFirst) {
  const auto advise = [&](int days) {
    v1::AdviseFormRequest request;
    const v1::Form form = UnderReview();
    request.set_name(form.name());
    request.set_etag(form.etag());
    request.set_kind(v1::FormAdvice::KIND_IMPROVE);
    request.set_comment("見直してください。");
    *request.mutable_due_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()) + days);
    request.set_request_id(NewId());
    return Send(&FormStub::AdviseForm, kPrOffice, request).value();
  };
  const v1::Form later = advise(20), earlier = advise(10);
  EXPECT_THAT(Names(kPrOffice, Request::BUCKET_REMINDER),
              ElementsAre(earlier.name(), later.name()));
  EXPECT_EQ(Inbox(kPrOffice).counts().reminder(), 2);
  EXPECT_EQ(Inbox(kStaff).counts().reminder(), 2) << "they are the department's";
  EXPECT_THAT(Names(kForeignHead, Request::BUCKET_REMINDER), IsEmpty());
  v1::AnswerFormRequest answer;
  answer.set_name(earlier.name());
  answer.set_etag(earlier.etag());
  answer.set_comment("見直しました。");
  answer.set_request_id(NewId());
  ASSERT_TRUE(Send(&FormStub::AnswerForm, kStaff, answer).ok());
  EXPECT_THAT(Names(kPrOffice, Request::BUCKET_REMINDER), ElementsAre(later.name()));
  EXPECT_THAT(Names(kPrOffice), ElementsAre(earlier.name()));
}

TEST_F(InboxTest, LeavesOutWhatTheRequestDoesNotAskFor) {
  const v1::Form open = Submitted();
  const v1::Form close = Submitted(CloseContent(PutAccount()));
  const v1::Form returned = Return(kHead, Submitted(), "直して").value();
  const auto names = [&](const Somebody& who, const std::function<void(Request&)>& ask,
                         Request::Bucket bucket = Request::BUCKET_DEPARTMENT) {
    Request request;
    request.set_bucket(bucket);
    ask(request);
    std::set<std::string> found;
    const auto inbox = Send(&FormStub::ListInbox, who, request).value();
    for (const auto& entry : inbox.entries()) found.insert(entry.form().name());
    EXPECT_EQ(inbox.counts().department(), 3) << "counts are of the whole";
    return found;
  };
  using Set = std::set<std::string>;
  EXPECT_EQ(names(kHead, [](Request&) {}), (Set{open.name(), close.name(), returned.name()}));
  EXPECT_EQ(names(kHead, [](Request& one) { one.add_actions(v1::Form::ACTION_CLOSE); }),
            Set{close.name()});
  EXPECT_EQ(names(kHead, [](Request& one) { one.add_states(v1::Form::STATE_RETURNED); }),
            Set{returned.name()});
  EXPECT_EQ(names(
                kHead, [](Request& one) { one.add_actions(v1::Form::ACTION_OPEN); },
                Request::BUCKET_MINE),
            Set{open.name()});
  EXPECT_EQ(names(
                kStaff, [](Request& one) { one.add_states(v1::Form::STATE_IN_ROUTE); },
                Request::BUCKET_MINE),
            Set{})
      << "what came back is not in the route";
  EXPECT_EQ(names(kHead, [](Request& one) { one.set_department("departments/0301"); }), Set{});
  EXPECT_EQ(names(kHead, [](Request& one) { one.set_department("departments/0802"); }).size(), 3u);
  Request wrong;
  wrong.set_department("0802");
  wrong.add_states(v1::Form::STATE_UNSPECIFIED);
  wrong.add_actions(v1::Form::ACTION_UNSPECIFIED);
  const auto refused = Send(&FormStub::ListInbox, kHead, wrong);
  EXPECT_EQ(WhyNot(refused), "INVALID_FIELD");
  EXPECT_THAT(testing::BadFields(rpc::ToGrpc(refused.status())),
              ElementsAre("department", "states[0]", "actions[0]"));
}

TEST_F(InboxTest, PagesThroughAllOnceByTheirDays) {
  Fill(130, 20);
  std::set<std::string> seen;
  std::string last_day;
  Request request;
  request.set_page_size(50);
  int pages = 0;
  do {
    const auto page = Send(&FormStub::ListInbox, kPrOffice, request).value();
    EXPECT_EQ(page.counts().mine(), 130);
    for (const auto& entry : page.entries()) {
      EXPECT_TRUE(seen.insert(entry.form().name()).second);
      const std::string day = FormatDay(*daicho::wire::FromDate(entry.due_on()));
      EXPECT_LE(last_day, day);
      last_day = day;
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 130u);
  EXPECT_EQ(pages, 3);
}

// The plans, not the clock: whatever is on file, every statement of the inbox reads what waits.
TEST_F(InboxTest, ReadsWhatWaitsAndNotWhatIsOnFile) {
  Fill(200, 20'000);
  const std::string reader = "'departments/0101', 'users/pr', false, true, ";
  const std::string from = "'2026-11-03', '00000000-0000-0000-0000-000000000000', ";
  const std::string all = ", NULL, '{}', '{}'";
  for (const auto& [statement, parameters] :
       {std::pair("approval_list_inbox_mine", reader + from + "51" + all),
        {"approval_list_inbox_department",
         "'departments/0101', " + from + "51, '9999-12-31'" + all},
        {"approval_list_inbox_conflicts", "true, 'departments/0101', " + from + "51" + all},
        {"approval_list_inbox_reminders", "true, 'departments/0101', " + from + "51" + all},
        {"approval_count_inbox", reader + "'2026-11-22'"}}) {
    const std::string plan = PlanOf(statement, parameters);
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << statement << "\n" << plan;
    EXPECT_LT(BlocksRead(plan), 2'000) << statement << "\n" << plan;
  }
  EXPECT_NE(
      PlanOf("approval_list_inbox_mine", reader + from + "51" + all).find("form_steps_waiting"),
      std::string::npos);
  EXPECT_EQ(Inbox(kPrOffice).counts().mine(), 200);
}

}  // namespace
}  // namespace daicho::approval
