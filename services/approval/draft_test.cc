#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/approval/draft_wire.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using registry::v1::Account;
using registry::v1::Closing;
using FormStub = v1::FormService::Stub;

const absl::CivilDay kToday(2026, 11, 22);

Account AnAccount() {
  Account account;
  account.set_name("accounts/0197b1f0-0000-7000-8000-000000000001");
  account.set_etag("\"3\"");
  account.set_department("departments/0802");
  account.set_state(Account::STATE_ACTIVE);
  account.mutable_fields()->set_purpose("防災");
  account.mutable_fields()->mutable_decision_makers()->mutable_head()->set_display_name("三浦");
  return account;
}

TEST(DraftOfTest, AChangeStartsFromWhatTheLedgerSays) {
  const auto content = wire::DraftOf(AnAccount(), v1::Form::ACTION_CHANGE, kToday);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->account(), AnAccount().name());
  EXPECT_EQ(content->account_etag(), "\"3\"");
  EXPECT_EQ(content->fields().purpose(), "防災");
  EXPECT_EQ(content->department_head(), "三浦");
  EXPECT_EQ(daicho::wire::FromDate(content->submitted_on()), kToday);
}

TEST(DraftOfTest, ACloseHasTheLastPostInTokyoAndLeavesTheReasonToTheDrafter) {
  Account account = AnAccount();
  *account.mutable_activity()->mutable_last_post_time() =
      daicho::wire::ToTimestamp(StartOfTokyoDay(absl::CivilDay(2025, 11, 1)));
  const auto content = wire::DraftOf(account, v1::Form::ACTION_CLOSE, kToday);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_FALSE(content->has_fields());
  EXPECT_EQ(content->closing().reason(), Closing::REASON_UNSPECIFIED);
  EXPECT_EQ(daicho::wire::FromDate(content->closing_plan().last_post_on()),
            absl::CivilDay(2025, 11, 1));
  EXPECT_FALSE(wire::DraftOf(AnAccount(), v1::Form::ACTION_CLOSE, kToday)->has_closing_plan());
}

policy::v1::InactivityRow RowIn(policy::v1::InactivityBucket bucket) {
  policy::v1::InactivityRow row;
  row.set_bucket(bucket);
  row.set_days_silent(400);
  *row.mutable_base_on() = daicho::wire::ToDate(kToday - 400);
  *row.mutable_term_last_day() = daicho::wire::ToDate(kToday - 1);
  return row;
}

// T 5-9-3: the guideline's ladder, its exemptions and when nobody looked of late are the report's.
TEST(DraftOfTest, ACloseStatesTheReasonWhereTheReportHasACandidate) {
  const auto closing = [](policy::v1::InactivityBucket bucket) {
    return wire::DraftOf(AnAccount(), v1::Form::ACTION_CLOSE, kToday, RowIn(bucket))->closing();
  };
  EXPECT_EQ(closing(policy::v1::INACTIVITY_BUCKET_CANDIDATE).reason(), Closing::REASON_INACTIVE);
  EXPECT_EQ(closing(policy::v1::INACTIVITY_BUCKET_NEVER_POSTED).reason(), Closing::REASON_INACTIVE);
  EXPECT_EQ(closing(policy::v1::INACTIVITY_BUCKET_TERM_ENDED).reason(), Closing::REASON_TERM_ENDED);
  for (const auto bucket :
       {policy::v1::INACTIVITY_BUCKET_ACTIVE, policy::v1::INACTIVITY_BUCKET_NOTICE,
        policy::v1::INACTIVITY_BUCKET_WARNING, policy::v1::INACTIVITY_BUCKET_NEEDS_CHECK,
        policy::v1::INACTIVITY_BUCKET_EXEMPT, policy::v1::INACTIVITY_BUCKET_NOT_RUNNING}) {
    EXPECT_EQ(closing(bucket).reason(), Closing::REASON_UNSPECIFIED);
  }
}

TEST(DraftOfTest, NothingStartsFromATombstone) {
  for (const auto state : {Account::STATE_CLOSED, Account::STATE_MERGED}) {
    Account account = AnAccount();
    account.set_state(state);
    EXPECT_EQ(ReasonOf(wire::DraftOf(account, v1::Form::ACTION_CLOSE, kToday).status()),
              "ACCOUNT_NOT_ALIVE");
  }
  EXPECT_TRUE(wire::DraftOf(AnAccount(), v1::Form::ACTION_CLOSE, kToday).ok());
}

class DraftFromAccountTest : public ApprovalTest {
 protected:
  absl::StatusOr<v1::DraftFromAccountResponse> Draft(const Somebody& who, const std::string& name,
                                                     v1::Form::Action action) {
    v1::DraftFromAccountRequest request;
    request.set_account(name);
    request.set_action(action);
    return Send(&FormStub::DraftFromAccount, who, request);
  }
};

TEST_F(DraftFromAccountTest, GivesWhatAFormCanBeCreatedFromToTheAccountsDepartmentAlone) {
  ledger_.Put(AnAccount());
  const auto draft = Draft(kStaff, AnAccount().name(), v1::Form::ACTION_CLOSE);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->department(), "departments/0802");
  EXPECT_TRUE(Create(kStaff, draft->content()).ok());
  EXPECT_EQ(ReasonOf(Draft(kForeignStaff, AnAccount().name(), v1::Form::ACTION_CLOSE).status()),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(Draft(kStaff, AnAccount().name(), v1::Form::ACTION_OPEN).status()),
            "INVALID_FIELD");
}

// T 5-9-3.
TEST_F(DraftFromAccountTest, AsksTheGuidelineWhetherACloseIsOfASilentAccount) {
  ledger_.Put(AnAccount());
  silence_.Say(RowIn(policy::v1::INACTIVITY_BUCKET_CANDIDATE));
  const auto reason = [&](v1::Form::Action action) {
    return Draft(kStaff, AnAccount().name(), action)->content().closing().reason();
  };
  EXPECT_EQ(reason(v1::Form::ACTION_CLOSE), Closing::REASON_INACTIVE);
  EXPECT_EQ(reason(v1::Form::ACTION_CHANGE), Closing::REASON_UNSPECIFIED);
  silence_.Say(std::nullopt);
  EXPECT_EQ(reason(v1::Form::ACTION_CLOSE), Closing::REASON_UNSPECIFIED) << "without a ladder";
  policy_.GoDown();
  EXPECT_EQ(ReasonOf(Draft(kStaff, AnAccount().name(), v1::Form::ACTION_CLOSE).status()),
            "POLICY_UNAVAILABLE");
  EXPECT_TRUE(Draft(kStaff, AnAccount().name(), v1::Form::ACTION_CHANGE).ok());
}

// Y 2-2: the shared account is another department's.
TEST_F(DraftFromAccountTest, AnApplicationForUseStartsForTheCallersDepartmentToTheEndOfTheYear) {
  ledger_.Put(AnAccount());
  const auto draft = Draft(kForeignStaff, AnAccount().name(), v1::Form::ACTION_GRANT);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->department(), "departments/0301");
  EXPECT_EQ(daicho::wire::FromDate(draft->content().use().last_day()), absl::CivilDay(2027, 3, 31));
  EXPECT_FALSE(draft->content().has_fields());
  EXPECT_EQ(draft->content().account_etag(), "");
  EXPECT_TRUE(Create(kForeignStaff, draft->content()).ok());
}

// T 5-9-3: a merge takes in accounts of any department, whose fields stay their own.
TEST_F(DraftFromAccountTest, AMergeIsGivenTheEtagsOfOtherDepartmentsAccountsAndNothingElse) {
  ledger_.Put(AnAccount());
  Account other = AnAccount();
  other.set_name("accounts/" + NewId());
  other.set_etag("\"8\"");
  other.set_department("departments/0301");
  ledger_.Put(other);
  v1::DraftFromAccountRequest request;
  request.set_account(AnAccount().name());
  request.set_action(v1::Form::ACTION_CHANGE);
  request.add_absorbed_accounts(other.name());
  const auto draft = Send(&FormStub::DraftFromAccount, kStaff, request);
  ASSERT_TRUE(draft.ok()) << draft.status();
  ASSERT_EQ(draft->content().absorbed_accounts_size(), 1);
  EXPECT_EQ(draft->content().absorbed_accounts(0).account(), other.name());
  EXPECT_EQ(draft->content().absorbed_accounts(0).etag(), "\"8\"");
  request.set_action(v1::Form::ACTION_CLOSE);
  EXPECT_EQ(ReasonOf(Send(&FormStub::DraftFromAccount, kStaff, request).status()), "INVALID_FIELD");
  request.set_action(v1::Form::ACTION_CHANGE);
  request.set_account(other.name());
  EXPECT_EQ(ReasonOf(Send(&FormStub::DraftFromAccount, kStaff, request).status()),
            "FOREIGN_DEPARTMENT");
}

TEST_F(DraftFromAccountTest, SaysWhenTheLedgerHasNoneOrCannotBeAsked) {
  const std::string unknown = "accounts/" + NewId();
  EXPECT_EQ(ReasonOf(Draft(kStaff, unknown, v1::Form::ACTION_CLOSE).status()), "ACCOUNT_NOT_FOUND");
  registry_.GoDown();
  EXPECT_EQ(ReasonOf(Draft(kStaff, unknown, v1::Form::ACTION_CLOSE).status()),
            "REGISTRY_UNAVAILABLE");
}

}  // namespace
}  // namespace daicho::approval
