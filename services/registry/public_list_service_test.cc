#include "services/registry/public_list_service.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/base/civil.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Kind = v1::PublicListChange;
using Listed = v1::PublicListAccount;

class PublicListServiceTest : public ServiceTest {
 protected:
  struct List {
    grpc::Status status;
    std::vector<v1::StreamPublicListResponse> parts;
    v1::PublicListHeader header;
    std::vector<v1::PublicListDepartment> departments;
    std::vector<Listed> accounts;
    std::vector<v1::PublicListWarning> warnings;
    std::vector<v1::PublicListChange> changes;

    // "pref_a OFFICIAL", "pref_b FORMER".
    std::vector<std::string> Lines() const {
      std::vector<std::string> lines;
      for (const Listed& account : accounts) {
        lines.push_back(absl::StrCat(
            account.url().substr(sizeof("https://x.com/") - 1), " ",
            Listed::Standing_Name(account.standing()).substr(sizeof("STANDING_") - 1)));
      }
      return lines;
    }
    std::vector<Kind::Kind> Kinds() const {
      std::vector<Kind::Kind> kinds;
      for (const auto& change : changes) kinds.push_back(change.kind());
      return kinds;
    }
  };

  PublicListServiceTest() { ImportDepartments(kDepartments); }

  static void Take(const v1::StreamPublicListResponse& part, List& list) {
    list.parts.push_back(part);
    switch (part.part_case()) {
      case v1::StreamPublicListResponse::kHeader:
        list.header = part.header();
        break;
      case v1::StreamPublicListResponse::kDepartment:
        list.departments.push_back(part.department());
        break;
      case v1::StreamPublicListResponse::kAccount:
        list.accounts.push_back(part.account());
        break;
      case v1::StreamPublicListResponse::kWarning:
        list.warnings.push_back(part.warning());
        break;
      case v1::StreamPublicListResponse::kChange:
        list.changes.push_back(part.change());
        break;
      case v1::StreamPublicListResponse::PART_NOT_SET:
        ADD_FAILURE() << "a part without a part";
    }
  }

  List Read(const v1::StreamPublicListRequest& request, const Person& person = kPrOffice) {
    grpc::ClientContext context;
    server_.SignIn(context, person.subject, person.roles, person.department);
    return Read(request, context, channel_);
  }

  static List Read(const v1::StreamPublicListRequest& request, grpc::ClientContext& context,
                   const std::shared_ptr<grpc::Channel>& channel) {
    List list;
    const auto reader =
        v1::PublicListService::NewStub(channel)->StreamPublicList(&context, request);
    v1::StreamPublicListResponse part;
    while (reader->Read(&part)) Take(part, list);
    list.status = reader->Finish();
    return list;
  }

  List MustRead(int former_days = 0) {
    v1::StreamPublicListRequest request;
    request.set_former_days(former_days);
    List list = Read(request);
    EXPECT_TRUE(list.status.ok()) << list.status.error_message();
    return list;
  }

  google::type::Date Day(int days_from_now) {
    return daicho::wire::ToDate(TokyoDay(clock_.Now()) + days_from_now);
  }

  // Applies a form that must fit, and answers with the account as it is then.
  v1::Account MustApply(v1::ApplyFormRequest request) {
    request.set_form("forms/" + NewId());
    request.set_department("departments/5002");
    request.set_agreed_by("users/sasaki");
    request.set_request_id(NewId());
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.conflict_reason(), "");
    return Get(response.account());
  }

  v1::Account Prepared(const std::string& handle) {
    v1::ApplyFormRequest request;
    request.set_action(v1::ApplyFormRequest::ACTION_OPEN);
    auto* fields = request.mutable_fields();
    fields->set_platform("x");
    fields->set_handle(handle);
    fields->set_display_name("生涯学習だより");
    fields->set_url("https://x.com/" + handle);
    fields->mutable_publishing_method()->mutable_account_manager()->set_display_name("運用 太郎");
    fields->set_policy_url("https://www.pref.example.lg.jp/policy.html");
    return MustApply(request);
  }

  v1::Account Opened(const std::string& handle) {
    const v1::Account prepared = Prepared(handle);
    v1::ConfirmOpeningRequest request;
    request.set_name(prepared.name());
    request.set_etag(prepared.etag());
    *request.mutable_opened_on() = Day(0);
    request.set_request_id(NewId());
    return Must(kStaff, &Accounts::ConfirmOpening, request);
  }

  v1::Account Changed(const v1::Account& account, const v1::GovernedFields& fields) {
    v1::ApplyFormRequest request;
    request.set_action(v1::ApplyFormRequest::ACTION_CHANGE);
    request.set_account(account.name());
    request.set_account_etag(account.etag());
    *request.mutable_fields() = fields;
    return MustApply(request);
  }

  v1::Account Renamed(const v1::Account& account, const std::string& handle) {
    v1::GovernedFields fields = account.fields();
    fields.set_handle(handle);
    fields.set_url("https://x.com/" + handle);
    return Changed(account, fields);
  }

  v1::Account Closing(const v1::Account& account, int days_from_now) {
    v1::ApplyFormRequest request;
    request.set_action(v1::ApplyFormRequest::ACTION_CLOSE);
    request.set_account(account.name());
    request.set_account_etag(account.etag());
    request.mutable_closing()->set_reason(v1::Closing::REASON_INACTIVE);
    *request.mutable_effective_on() = Day(days_from_now);
    return MustApply(request);
  }

  v1::Account Closed(const v1::Account& account) {
    v1::ConfirmClosingRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    request.mutable_evidence()->set_removal("退会手続を完了");
    *request.mutable_evidence()->mutable_unlisted_on() = Day(0);
    request.mutable_evidence()->set_handle_protection("ユーザー名を県で保持");
    request.set_request_id(NewId());
    return Must(kPrOffice, &Accounts::ConfirmClosing, request);
  }

  // Stores a version with that condition, as whoever reports it would.
  void Report(const v1::Account& account, domain::Condition condition, const Fields& facts) {
    auto lease = database_.pool().Acquire(testing::Soon());
    pg::Transaction tx = (*lease)->Begin(testing::Soon());
    domain::Account after = *store::GetAccount(tx, account.name().substr(sizeof("accounts/") - 1));
    ++after.revision;
    after.condition = condition;
    after.facts = facts;
    after.update_time = clock_.Now();
    store::SaveAccount(tx, {.after = after, .event = {.type = "account.condition_reported"}},
                       {.actor = "users/kudo"});
    ASSERT_TRUE(tx.Commit().ok());
  }
};

TEST_F(PublicListServiceTest, BeginsWithWhoseListItIsAndOfWhen) {
  const List list = MustRead();
  ASSERT_THAT(list.parts, ::testing::Not(IsEmpty()));
  EXPECT_TRUE(list.parts[0].has_header());
  EXPECT_EQ(list.header.organization_name(), "青森県");
  EXPECT_EQ(list.header.local_government_code(), "020001");
  EXPECT_EQ(daicho::wire::FromTimestamp(list.header.as_of_time()), kNow);
  EXPECT_EQ(*daicho::wire::FromDate(list.header.as_of_day()), absl::CivilDay(2026, 11, 22));
  EXPECT_THAT(list.departments, SizeIs(4));
  EXPECT_THAT(list.warnings, IsEmpty());
}

TEST_F(PublicListServiceTest, ListsWhatIsOpenThoughNoPageWasSeenToShowIt) {
  Opened("gakushu");
  const List list = MustRead();
  EXPECT_THAT(list.Lines(), ElementsAre("gakushu OFFICIAL"));
  const Listed& account = list.accounts[0];
  EXPECT_EQ(account.department(), "departments/5002");
  EXPECT_EQ(account.platform_display_name(), "X");
  EXPECT_EQ(account.handle(), "gakushu");
  EXPECT_EQ(account.display_name(), "生涯学習だより");
  EXPECT_EQ(account.policy_url(), "https://www.pref.example.lg.jp/policy.html");
  EXPECT_EQ(*daicho::wire::FromDate(account.opened_on()), absl::CivilDay(2026, 11, 22));
  EXPECT_THAT(list.Kinds(), ElementsAre(Kind::KIND_OPENED));
}

TEST_F(PublicListServiceTest, PublishesNothingBeforeItIsOpen) {
  Prepared("gakushu");
  Closing(Prepared("never_opened"), 0);
  const List list = MustRead();
  EXPECT_THAT(list.accounts, IsEmpty());
  EXPECT_THAT(list.changes, IsEmpty());
}

TEST_F(PublicListServiceTest, ListsWhatWasImportedWithoutCallingItNew) {
  v1::ImportAccountsRequest request;
  request.set_content(
      "department,service,account_name,url,source\n5002,X,県民カレッジ,https://x.com/"
      "college,list\n");
  request.set_request_id(NewId());
  Must(kPrOffice, &Accounts::ImportAccounts, request);
  const List list = MustRead();
  EXPECT_THAT(list.Lines(), ElementsAre("college OFFICIAL"));
  EXPECT_THAT(list.changes, IsEmpty());
}

TEST_F(PublicListServiceTest, AnAgreedChangeNeverDropsAnAccount) {
  const v1::Account account = Opened("gakushu");
  v1::GovernedFields fields = account.fields();
  fields.set_purpose("講座の案内");
  const v1::Account changed = Changed(account, fields);
  EXPECT_THAT(MustRead().Lines(), ElementsAre("gakushu OFFICIAL"));
  fields.clear_policy_url();
  Changed(changed, fields);
  EXPECT_THAT(MustRead().Lines(), ElementsAre("gakushu OFFICIAL"));
  EXPECT_THAT(MustRead().Kinds(), ElementsAre(Kind::KIND_OPENED)) << "no news for readers";
}

TEST_F(PublicListServiceTest, ARenamedAccountStaysAndItsFormerNameIsToldAsFormer) {
  const v1::Account account = Opened("old_name");
  clock_.Advance(absl::Hours(24));
  const v1::Account renamed = Renamed(account, "new_name");
  // It may not have been renamed on its platform yet, where anybody can take the name.
  EXPECT_THAT(MustRead().Lines(), ElementsAre("new_name UNCONFIRMED", "old_name FORMER"));
  v1::RecordListingRequest seen;
  seen.set_name(renamed.name());
  seen.set_etag(renamed.etag());
  auto& page = *seen.mutable_listing()->mutable_section_page();
  page.set_url("https://www.pref.example.jp/gakushu/");
  *page.mutable_seen_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 23));
  seen.set_request_id(NewId());
  Must(kPrOffice, &Accounts::RecordListing, seen);
  const List list = MustRead();
  ASSERT_THAT(list.Lines(), ElementsAre("new_name OFFICIAL", "old_name FORMER"));
  EXPECT_TRUE(list.accounts[1].former_name());
  EXPECT_EQ(list.accounts[1].successor(), account.name());
  EXPECT_EQ(list.accounts[1].handle(), "old_name");
  EXPECT_EQ(*daicho::wire::FromDate(list.accounts[1].official_until()),
            absl::CivilDay(2026, 11, 23));
  ASSERT_THAT(list.Kinds(), ElementsAre(Kind::KIND_OPENED, Kind::KIND_RENAMED));
  EXPECT_EQ(list.changes[1].url_before(), "https://x.com/old_name");
  EXPECT_EQ(list.changes[1].account().url(), "https://x.com/new_name");
}

TEST_F(PublicListServiceTest, ANameTakenBackIsNotToldAsFormer) {
  const v1::Account renamed = Renamed(Opened("old_name"), "new_name");
  clock_.Advance(absl::Hours(24));
  Renamed(renamed, "old_name");
  EXPECT_THAT(MustRead().Lines(), ElementsAre("old_name UNCONFIRMED", "new_name FORMER"));
}

TEST_F(PublicListServiceTest, AClosingAccountStaysUntilItsDayAndIsFormerFromThenOn) {
  Closing(Opened("gakushu"), 2);
  const List before = MustRead();
  EXPECT_THAT(before.Lines(), ElementsAre("gakushu OFFICIAL"));
  EXPECT_EQ(*daicho::wire::FromDate(before.accounts[0].official_until()),
            absl::CivilDay(2026, 11, 24));
  EXPECT_THAT(before.Kinds(), ElementsAre(Kind::KIND_OPENED, Kind::KIND_CLOSING));
  clock_.Advance(absl::Hours(48));
  const List after = MustRead();
  EXPECT_THAT(after.Lines(), ElementsAre("gakushu FORMER"));
  EXPECT_THAT(after.Kinds(), ::testing::UnorderedElementsAre(Kind::KIND_OPENED, Kind::KIND_CLOSING,
                                                             Kind::KIND_CLOSED));
}

TEST_F(PublicListServiceTest, AClosedAccountIsToldForTheGivenDaysAndNoLonger) {
  Closed(Closing(Opened("gakushu"), 0));
  EXPECT_THAT(MustRead(30).Lines(), ElementsAre("gakushu FORMER"));
  clock_.Advance(29 * absl::Hours(24));
  EXPECT_THAT(MustRead(30).Lines(), ElementsAre("gakushu FORMER"));
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(MustRead(30).Lines(), IsEmpty());
}

TEST_F(PublicListServiceTest, AnAccountOpenedAnewIsNotToldAsFormerToo) {
  Closed(Closing(Opened("gakushu"), 0));
  Prepared("gakushu");
  EXPECT_THAT(MustRead().Lines(), ElementsAre("gakushu FORMER")) << "not open yet";
  database_.Execute(
      "UPDATE accounts SET state = 'ACTIVE', opened_on = '2026-11-22'"
      " WHERE state = 'PREPARING'");
  EXPECT_THAT(MustRead().Lines(), ElementsAre("gakushu OFFICIAL"));
}

TEST_F(PublicListServiceTest, ShowsTroubleAsSuchWithItsNotice) {
  const v1::Account frozen = Opened("frozen"), taken = Opened("taken"), other = Opened("other");
  Report(frozen, domain::Condition::kSuspendedByPlatform,
         {{"condition_report.since", "2026-11-20"},
          {"condition_report.reason", "担当 花子が確認"},
          {"condition_report.notice", "復旧まで県のホームページをご覧ください。"}});
  Report(taken, domain::Condition::kCompromised, {{"condition_report.successor", other.name()}});
  const List list = MustRead();
  EXPECT_THAT(list.Lines(), ElementsAre("frozen SUSPENDED", "taken COMPROMISED", "other OFFICIAL"));
  EXPECT_EQ(list.accounts[0].notice(), "復旧まで県のホームページをご覧ください。");
  EXPECT_EQ(*daicho::wire::FromDate(list.accounts[0].condition_since()),
            absl::CivilDay(2026, 11, 20));
  EXPECT_EQ(list.accounts[1].successor(), other.name());
  EXPECT_THAT(list.Kinds(),
              ::testing::IsSupersetOf({Kind::KIND_SUSPENDED, Kind::KIND_COMPROMISED}));
}

TEST_F(PublicListServiceTest, CarriesNoNameOfAPerson) {
  v1::GovernedFields fields = Opened("gakushu").fields();
  fields.set_display_name("広瀬 遥");
  fields.set_kind(v1::GovernedFields::KIND_PERSONAL_EXCEPTION);
  fields.mutable_personal_exception()->set_reason("担当 花子のみ");
  Changed(Get(MustRead().accounts[0].name()), fields);
  const List list = MustRead();
  EXPECT_THAT(list.Lines(), ElementsAre("gakushu OFFICIAL"));
  for (const auto& part : list.parts) {
    for (const char* name : {"運用 太郎", "広瀬 遥", "担当 花子", "sasaki", "佐々木"}) {
      EXPECT_EQ(part.SerializeAsString().find(name), std::string::npos) << part.DebugString();
    }
  }
}

// T 5-1: whether or not anybody has closed it.
TEST_F(PublicListServiceTest, TellsWhenAPersonsExceptionIsOver) {
  v1::GovernedFields fields = Opened("gakushu").fields();
  const absl::CivilDay today = TokyoDay(clock_.Now());
  fields.set_kind(v1::GovernedFields::KIND_PERSONAL_EXCEPTION);
  *fields.mutable_personal_exception()->mutable_end_date() = daicho::wire::ToDate(today);
  Changed(Get(MustRead().accounts[0].name()), fields);
  EXPECT_THAT(MustRead().Lines(), ElementsAre("gakushu OFFICIAL"));
  clock_.Advance(absl::Hours(24));
  const List list = MustRead();
  EXPECT_THAT(list.Lines(), ElementsAre("gakushu FORMER"));
  EXPECT_EQ(daicho::wire::FromDate(list.accounts[0].official_until()), today + 1);
}

TEST_F(PublicListServiceTest, TellsChangesOfTheGivenDaysAlone) {
  Opened("gakushu");
  clock_.Advance(absl::Hours(48));
  v1::StreamPublicListRequest request;
  request.set_change_days(2);
  EXPECT_THAT(Read(request).changes, SizeIs(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Read(request).changes, IsEmpty());
}

TEST_F(PublicListServiceTest, HoldsMoreThanAPage) {
  database_.Execute(
      "WITH next AS (UPDATE ledger_sequence SET value = value + 1234 RETURNING value - 1234 AS n)"
      " INSERT INTO accounts (id, revision, change_sequence, state, condition, department,"
      " platform, key, canonical_url, fields, origin_kind, origin_source, create_time, update_time)"
      " SELECT gen_random_uuid(), 1, next.n + i, 'ACTIVE', 'NORMAL', '5002', 'x', 'x::many' || i,"
      " 'https://x.com/many' || i, '{}', 'IMPORT', 'test', now(), now()"
      " FROM next, generate_series(1, 1234) AS i");
  EXPECT_THAT(MustRead().accounts, SizeIs(1234));
}

TEST_F(PublicListServiceTest, IsForThoseWhoPublishAndThoseWhoAudit) {
  for (const char* role : {"PR_OFFICE", "AUDITOR", "ADMIN"}) {
    EXPECT_TRUE(Read({}, {"somebody", {role}, "0101"}).status.ok()) << role;
  }
  for (const char* role : {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD", "IT_SECURITY"}) {
    EXPECT_EQ(ReasonOf(Read({}, {"somebody", {role}, "0101"}).status), "ROLE_NOT_ALLOWED") << role;
  }
  grpc::ClientContext publisher, approval;
  EXPECT_TRUE(Read({}, publisher, server_.ChannelOf("publisher")).status.ok());
  EXPECT_EQ(ReasonOf(Read({}, approval, approval_).status), "ROLE_NOT_ALLOWED");
}

TEST_F(PublicListServiceTest, RefusesWindowsThatAreNone) {
  for (const int days : {-1, 3651}) {
    v1::StreamPublicListRequest request;
    request.set_former_days(days);
    request.set_change_days(days);
    const List list = Read(request);
    EXPECT_EQ(ReasonOf(list.status), "INVALID_FIELD");
    EXPECT_THAT(testing::BadFields(list.status), ElementsAre("former_days", "change_days"));
  }
}

// domain.md §10: warnings of known impersonators beside it.
TEST_F(PublicListServiceTest, ListsTheWarningsInForceAndNoOthers) {
  v1::CreateWarningRequest request;
  request.set_url("https://x.com/gakushu_fake");
  request.set_department("departments/5002");
  request.set_notice_ja("友達申請をすることはありません。");
  request.set_evidence("県民からの通報");
  *request.mutable_reported_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 20));
  request.set_request_id(NewId());
  const auto warning = Must(kPrOffice, &Warnings::CreateWarning, request);
  const List list = MustRead();
  ASSERT_THAT(list.warnings, SizeIs(1));
  EXPECT_EQ(list.warnings[0].name(), warning.name());
  EXPECT_EQ(list.warnings[0].url(), "https://x.com/gakushu_fake");
  EXPECT_EQ(list.warnings[0].text(), "友達申請をすることはありません。");
  EXPECT_EQ(list.warnings[0].DebugString().find("通報"), std::string::npos);

  v1::WithdrawWarningRequest withdrawal;
  withdrawal.set_name(warning.name());
  withdrawal.set_etag(warning.etag());
  withdrawal.set_reason("誤報");
  withdrawal.set_request_id(NewId());
  Must(kPrOffice, &Warnings::WithdrawWarning, withdrawal);
  EXPECT_THAT(MustRead().warnings, IsEmpty());
}

}  // namespace
}  // namespace daicho::registry
