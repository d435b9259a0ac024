#include "services/registry/snapshot_service.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/wire/fields.h"
#include "services/registry/testing/ledger_rows.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SnapshotServiceTest : public ServiceTest {
 protected:
  struct Snapshot {
    v1::SnapshotHeader header;
    std::vector<v1::SnapshotDepartment> departments;
    std::vector<v1::SnapshotAccount> accounts;
    grpc::Status status;
    int most_accounts = 0;  // In one message.

    void Take(const v1::StreamSnapshotResponse& part) {
      if (part.has_header()) header = part.header();
      departments.insert(departments.end(), part.departments().begin(), part.departments().end());
      accounts.insert(accounts.end(), part.accounts().begin(), part.accounts().end());
      most_accounts = std::max(most_accounts, part.accounts_size());
    }
  };

  // Reads a snapshot; `after_header` runs when its first message has come.
  Snapshot Read(
      const v1::StreamSnapshotRequest& request, const std::function<void()>& after_header = [] {}) {
    Snapshot snapshot;
    grpc::ClientContext context;
    const auto reader = v1::SnapshotService::NewStub(server_.ChannelOf("policy"))
                            ->StreamSnapshot(&context, request);
    v1::StreamSnapshotResponse part;
    while (reader->Read(&part)) {
      snapshot.Take(part);
      if (part.has_header()) after_header();
    }
    snapshot.status = reader->Finish();
    EXPECT_TRUE(snapshot.status.ok()) << snapshot.status.error_message();
    return snapshot;
  }

  void ReportPost(const std::string& account, absl::Time posted, std::optional<int> posts) {
    v1::ReportActivityRequest request;
    v1::Observation& seen = *request.add_observations();
    seen.set_account(account);
    *seen.mutable_last_post_time() = daicho::wire::ToTimestamp(posted);
    *seen.mutable_observe_time() = daicho::wire::ToTimestamp(kNow - absl::Hours(1));
    seen.set_source("feed");
    if (posts) seen.set_posts_in_90_days(*posts);
    request.set_request_id(NewId());
    Must(kPrOffice, &Facts::ReportActivity, request);
  }
};

TEST_F(SnapshotServiceTest, SaysWhatReportsNeedOfEachAccountAndWhatDepartmentsAreCalled) {
  ImportDepartments(kDepartments);
  const std::string name = ImportAccounts("5002", {"gakushu"}).front();
  // 00:30 on the 11th in Tokyo, when it is still the 10th in UTC.
  ReportPost(name, absl::FromCivil(absl::CivilMinute(2026, 11, 10, 15, 30), absl::UTCTimeZone()),
             12);
  v1::RecordWatchRequest watch;
  watch.set_name(name);
  watch.set_etag(Get(name).etag());
  *watch.mutable_watch()->mutable_watched_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 20));
  watch.mutable_watch()->set_place("X");
  watch.mutable_watch()->set_result("異常なし");
  watch.set_request_id(NewId());
  EXPECT_EQ(Must(kStaff, &Facts::RecordWatch, watch).facts().watch().watched_by(), "users/hirose");

  const Snapshot snapshot = Read({});
  EXPECT_EQ(std::to_string(snapshot.header.change_number()),
            database_.Value("SELECT value FROM ledger_sequence"));
  EXPECT_EQ(daicho::wire::FromTimestamp(snapshot.header.snapshot_time()), kNow);
  EXPECT_EQ(snapshot.header.account_count(), 1);
  ASSERT_THAT(snapshot.departments, SizeIs(4));
  EXPECT_EQ(snapshot.departments[3].display_name(), "生涯学習課");
  EXPECT_EQ(snapshot.departments[3].kind(), v1::Department::KIND_EDUCATION_BOARD);
  ASSERT_THAT(snapshot.accounts, SizeIs(1));
  const v1::SnapshotAccount& account = snapshot.accounts[0];
  EXPECT_EQ(account.name(), name);
  EXPECT_EQ(account.department(), "departments/5002");
  EXPECT_EQ(account.platform(), "x");
  EXPECT_EQ(account.state(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(account.display_name(), "gakushu");
  EXPECT_EQ(account.last_post_on().day(), 11);
  EXPECT_EQ(account.observed_on().day(), 22);
  EXPECT_EQ(account.posts_in_90_days(), 12);
  EXPECT_EQ(account.watched_on().day(), 20);
  EXPECT_FALSE(account.has_account());
  v1::StreamSnapshotRequest whole;
  whole.set_whole_accounts(true);
  EXPECT_EQ(Read(whole).accounts.at(0).account().SerializeAsString(),
            Get(name).SerializeAsString());
}

TEST_F(SnapshotServiceTest, CountsNoPostsThatDoNotFitTheNewestOne) {
  ImportDepartments(kDepartments);
  const std::string name = ImportAccounts("5002", {"gakushu"}).front();
  for (const auto& [days, posts] : {std::pair{91, 1}, {1, 0}, {1, -1}}) {
    v1::ReportActivityRequest request;
    v1::Observation& seen = *request.add_observations();
    seen.set_account(name);
    *seen.mutable_observe_time() = daicho::wire::ToTimestamp(kNow);
    *seen.mutable_last_post_time() = daicho::wire::ToTimestamp(kNow - absl::Hours(24 * days));
    seen.set_source("feed");
    seen.set_posts_in_90_days(posts);
    request.set_request_id(NewId());
    v1::ReportActivityResponse response;
    const grpc::Status status = CallAs(kStaff, &Facts::ReportActivity, request, &response);
    EXPECT_THAT(status.error_details(), ::testing::HasSubstr("POSTS_DO_NOT_FIT")) << posts;
  }
}

TEST_F(SnapshotServiceTest, LeavesTombstonesOutUnlessAskedAndPersonalNamesAlways) {
  const testing::LedgerRows rows(database_);
  rows.PutDepartment("0101", "秘書課");
  rows.PutAccount({.key = "x::open"});
  rows.PutAccount({.key = "x::gone", .state = "CLOSED", .effective_on = "2026-10-01"});
  const std::string personal = rows.PutAccount({.key = "x::person"});
  rows.Change(personal,
              "fields = fields || '{\"kind\": \"KIND_PERSONAL_EXCEPTION\","
              " \"term.last_day\": \"2027-03-31\","
              " \"personal_exception.end_date\": \"2026-12-31\"}'");
  const Snapshot snapshot = Read({});
  EXPECT_THAT(snapshot.accounts, SizeIs(2));
  EXPECT_EQ(snapshot.header.account_count(), 2);
  for (const auto& account : snapshot.accounts) {
    if (account.name() != "accounts/" + personal) continue;
    EXPECT_EQ(account.display_name(), "");
    EXPECT_EQ(account.term_last_day().month(), 12) << "the earlier of the two";
  }
  v1::StreamSnapshotRequest request;
  request.set_include_closed(true);
  EXPECT_THAT(Read(request).accounts, SizeIs(3));
}

TEST_F(SnapshotServiceTest, TellsAFollowerWhatChangedSinceAndNothingTwice) {
  const testing::LedgerRows rows(database_);
  rows.PutDepartment("0101", "秘書課");
  const std::string first = rows.PutAccount({.key = "x::first"});
  rows.PutAccount({.key = "x::second"});
  v1::StreamSnapshotRequest request;
  request.set_changed_after(Read({}).header.change_number());
  EXPECT_THAT(Read(request).accounts, IsEmpty());
  const std::string gone =
      rows.PutAccount({.key = "x::gone", .state = "CLOSED", .effective_on = "2026-10-01"});
  rows.Change(first, "fields = fields || '{\"purpose\": \"防災\"}'");
  rows.Change(first, "fields = fields || '{\"purpose\": \"観光\"}'");
  request.set_whole_accounts(true);
  const Snapshot changed = Read(request);
  EXPECT_EQ(changed.header.account_count(), 2);
  ASSERT_THAT(changed.accounts, SizeIs(2));
  EXPECT_EQ(changed.accounts[0].name(), "accounts/" + gone);
  EXPECT_EQ(changed.accounts[0].state(), v1::Account::STATE_CLOSED);
  EXPECT_EQ(changed.accounts[1].name(), "accounts/" + first);
  EXPECT_EQ(changed.accounts[1].account().fields().purpose(), "観光");
  request.set_changed_after(changed.header.change_number());
  EXPECT_THAT(Read(request).accounts, IsEmpty());
}

TEST_F(SnapshotServiceTest, ShowsOneMomentWhateverIsStoredWhileItIsRead) {
  constexpr int kAccounts = 5'000;
  const testing::LedgerRows rows(database_);
  rows.PutDepartment("0101", "秘書課");
  rows.PutManyAccounts(kAccounts);
  const Snapshot before = Read({});
  const Snapshot during = Read({}, [&] {
    database_.Execute(
        "INSERT INTO account_activity (account, last_post_time, observe_time, source)"
        " SELECT id, now(), now(), 'feed' FROM accounts");
    database_.Execute("UPDATE accounts SET condition = 'COMPROMISED'");
    rows.PutAccount({.key = "x::late"});
  });
  ASSERT_THAT(during.accounts, SizeIs(kAccounts));
  for (int i = 0; i < kAccounts; ++i) {
    ASSERT_EQ(during.accounts[i].SerializeAsString(), before.accounts[i].SerializeAsString());
  }
  EXPECT_EQ(during.header.change_number(), before.header.change_number());
  EXPECT_LE(during.most_accounts, 2000);
  const Snapshot after = Read({});
  EXPECT_THAT(after.accounts, SizeIs(kAccounts + 1));
  EXPECT_EQ(after.accounts[0].condition(), v1::Account::CONDITION_COMPROMISED);
  EXPECT_GT(after.header.change_number(), before.header.change_number());
}

TEST_F(SnapshotServiceTest, SendsAccountsOneByOneWhereTheirTextsAreLong) {
  constexpr int kAccounts = 40;
  const testing::LedgerRows rows(database_);
  rows.PutDepartment("0101", "秘書課");
  rows.PutManyAccounts(kAccounts);
  database_.Execute(
      "UPDATE accounts SET fields = jsonb_build_object('purpose', repeat('観', 100000))");
  v1::StreamSnapshotRequest whole;
  whole.set_whole_accounts(true);
  const Snapshot snapshot = Read(whole);
  EXPECT_THAT(snapshot.accounts, SizeIs(kAccounts));
  EXPECT_EQ(snapshot.most_accounts, 1);
  EXPECT_EQ(snapshot.accounts[0].account().fields().purpose().size(), 300000u);
}

TEST_F(SnapshotServiceTest, AnswersThePolicyServiceAlone) {
  for (const char* service : {"approval", "collector"}) {
    grpc::ClientContext context;
    const auto reader =
        v1::SnapshotService::NewStub(server_.ChannelOf(service))->StreamSnapshot(&context, {});
    v1::StreamSnapshotResponse part;
    EXPECT_FALSE(reader->Read(&part));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED) << service;
  }
}

}  // namespace
}  // namespace daicho::registry
