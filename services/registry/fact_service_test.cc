#include <gmock/gmock.h>

#include <map>

#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

google::type::Date DateOf(int year, int month, int day) {
  return daicho::wire::ToDate(absl::CivilDay(year, month, day));
}

class FactServiceTest : public ServiceTest {
 protected:
  FactServiceTest() {
    ImportDepartments(kDepartments);
    name_ = ImportAccounts("5002", {"gakushu"}).front();
    foreign_ = ImportAccounts("0201", {"bousai"}).front();
  }

  // A request about `name` as it is now.
  template <typename Request>
  Request About(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_etag(Get(name).etag());
    request.set_request_id(NewId());
    return request;
  }

  v1::RecordVerificationRequest Applied(const std::string& name) {
    auto request = About<v1::RecordVerificationRequest>(name);
    request.mutable_verification()->set_state(v1::Verification::STATE_APPLIED);
    return request;
  }

  v1::RecordVerificationRequest Verified(const std::string& name) {
    auto request = About<v1::RecordVerificationRequest>(name);
    request.mutable_verification()->set_state(v1::Verification::STATE_VERIFIED);
    request.mutable_verification()->set_badge("gray");
    request.mutable_verification()->set_evidence("画面の写し");
    *request.mutable_verification()->mutable_since() = DateOf(2026, 4, 1);
    *request.mutable_verification()->mutable_expires_on() = DateOf(2027, 3, 31);
    return request;
  }

  v1::AttestCustodyRequest Attested(const std::string& name) {
    auto request = About<v1::AttestCustodyRequest>(name);
    *request.mutable_custody()->mutable_attested_on() = DateOf(2026, 11, 20);
    request.mutable_custody()->set_holder_count(3);
    request.mutable_custody()->set_mfa_enabled(true);
    return request;
  }

  v1::RecordProfileRequest Checked(const std::string& name) {
    auto request = About<v1::RecordProfileRequest>(name);
    *request.mutable_profile()->mutable_checked_on() = DateOf(2026, 11, 20);
    request.mutable_profile()->set_images_present(true);
    return request;
  }

  v1::GrantAccessRequest GrantTo(const std::string& person) {
    v1::GrantAccessRequest request;
    request.set_account(name_);
    request.mutable_person()->set_display_name(person);
    request.set_request_id(NewId());
    return request;
  }

  std::vector<std::string> Holders(v1::ListGrantsRequest request, const Person& person = kHead) {
    std::vector<std::string> holders;
    request.set_page_size(2);
    do {
      const auto page = Must(person, &Facts::ListGrants, request);
      for (const auto& grant : page.grants()) holders.push_back(grant.person().display_name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return holders;
  }

  v1::GetVerificationCoverageResponse Cover(const Person& person,
                                            const std::string& department = "",
                                            bool subtree = false) {
    v1::GetVerificationCoverageRequest request;
    if (!department.empty()) request.set_department("departments/" + department);
    request.set_include_subtree(subtree);
    return Must(person, &Facts::GetVerificationCoverage, request);
  }

  std::string name_;
  std::string foreign_;
};

TEST_F(FactServiceTest, VerificationIsAVersionOfTheAccount) {
  Must(kStaff, &Facts::RecordVerification, Applied(name_));
  const auto verified = Must(kStaff, &Facts::RecordVerification, Verified(name_));
  EXPECT_EQ(verified.facts().verification().badge(), "gray");
  EXPECT_EQ(Get(name_).etag(), verified.etag());
  v1::ListAccountRevisionsRequest request;
  request.set_name(name_);
  const auto history = Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  ASSERT_THAT(history.revisions(), SizeIs(3));
  EXPECT_EQ(history.revisions(0).act(), "account.verification_recorded");
  EXPECT_EQ(history.revisions(0).actor(), "users/hirose");
  EXPECT_EQ(history.revisions(1).account().facts().verification().state(),
            v1::Verification::STATE_APPLIED);
  EXPECT_EQ(EventCount("account.verification_recorded"), 2);
}

TEST_F(FactServiceTest, VerificationThatCannotFollowIsRefused) {
  Must(kStaff, &Facts::RecordVerification, Applied(name_));
  v1::Account account;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Facts::RecordVerification, Applied(name_), &account)),
            "VERIFICATION_CANNOT_FOLLOW");
}

TEST_F(FactServiceTest, APlatformWithoutAProgrammeVerifiesNothing) {
  const std::string flickr =
      ImportAccounts("5002", {"12345678@N00"}, "Flickr", "https://www.flickr.com/people/").front();
  v1::Account account;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Facts::RecordVerification, Applied(flickr), &account)),
            "NO_PROGRAMME");
  v1::CheckVerificationReadinessRequest check;
  check.set_name(flickr);
  const auto readiness = Must(kStaff, &Facts::CheckVerificationReadiness, check);
  EXPECT_EQ(readiness.programme(), "");
  EXPECT_FALSE(readiness.ready());
  EXPECT_THAT(readiness.conditions(), IsEmpty());
}

TEST_F(FactServiceTest, ReadinessNamesWhatIsMissingAndHowToMendIt) {
  Must(kStaff, &Facts::RecordProfile, Checked(name_));
  v1::CheckVerificationReadinessRequest request;
  request.set_name(name_);
  const auto readiness = Must(kStaff, &Facts::CheckVerificationReadiness, request);
  EXPECT_FALSE(readiness.ready());
  EXPECT_FALSE(readiness.programme().empty());
  std::map<std::string, v1::ReadinessCondition::State> states;
  for (const auto& condition : readiness.conditions()) states[condition.id()] = condition.state();
  EXPECT_EQ(states["images"], v1::ReadinessCondition::STATE_MET);
  EXPECT_EQ(states["description"], v1::ReadinessCondition::STATE_NOT_MET);
  EXPECT_EQ(states["listed"], v1::ReadinessCondition::STATE_NOT_MET);
  EXPECT_EQ(states["first_post"], v1::ReadinessCondition::STATE_UNKNOWN);
  EXPECT_EQ(states["confirmed_phone"], v1::ReadinessCondition::STATE_UNKNOWN);
}

TEST_F(FactServiceTest, CoverageCountsByDepartmentAndPlatform) {
  Must(kStaff, &Facts::RecordVerification, Verified(name_));
  const auto all = Cover(kPrOffice);
  ASSERT_THAT(all.coverage(), SizeIs(2));
  EXPECT_EQ(all.coverage(0).department(), "departments/0201");
  EXPECT_EQ(all.coverage(0).unreported_count(), 1);
  EXPECT_EQ(all.coverage(1).verified_count(), 1);
  EXPECT_TRUE(all.coverage(1).offered());
  ASSERT_THAT(all.missing(), SizeIs(1));
  EXPECT_EQ(all.missing(0).account(), foreign_);
  EXPECT_EQ(all.missing_count(), 1);
}

TEST_F(FactServiceTest, CoverageLooksAtBadgesAsOfADay) {
  Must(kStaff, &Facts::RecordVerification, Verified(name_));
  v1::GetVerificationCoverageRequest request;
  request.set_department("departments/5002");
  *request.mutable_as_of() = DateOf(2027, 3, 31);
  EXPECT_EQ(Must(kPrOffice, &Facts::GetVerificationCoverage, request).coverage(0).verified_count(),
            1);
  *request.mutable_as_of() = DateOf(2027, 4, 1);
  const auto lapsed = Must(kPrOffice, &Facts::GetVerificationCoverage, request);
  EXPECT_EQ(lapsed.coverage(0).lapsed_count(), 1);
  EXPECT_EQ(lapsed.missing(0).expired_on().year(), 2027);
}

TEST_F(FactServiceTest, CoverageReachesAsFarAsTheCallerMaySee) {
  EXPECT_THAT(Cover(kPrOffice, "5001").coverage(), IsEmpty());
  EXPECT_THAT(Cover(kPrOffice, "5001", true).coverage(), SizeIs(1)) << "5002 is below 5001";
  EXPECT_THAT(Cover(kStaff).coverage(), SizeIs(1));
  v1::GetVerificationCoverageRequest request;
  request.set_department("departments/0201");
  v1::GetVerificationCoverageResponse response;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Facts::GetVerificationCoverage, request, &response)),
            "FOREIGN_DEPARTMENT");
  request.set_department("departments/9999");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Facts::GetVerificationCoverage, request, &response)),
            "DEPARTMENT_NOT_FOUND");
}

TEST_F(FactServiceTest, CustodyIsAttestedByTheCallerWithoutAnyText) {
  const auto account = Must(kStaff, &Facts::AttestCustody, Attested(name_));
  EXPECT_EQ(account.facts().custody().attested_by(), "users/hirose");
  EXPECT_TRUE(account.facts().custody().mfa_enabled());
  auto secret = Attested(name_);
  secret.mutable_custody()->set_attested_by("hunter2");
  v1::Account refused;
  const grpc::Status status = CallAs(kStaff, &Facts::AttestCustody, secret, &refused);
  EXPECT_THAT(BadFields(status), ElementsAre("custody.attested_by"));
  EXPECT_EQ(EventCount("hunter2"), 0);
}

TEST_F(FactServiceTest, AnOlderAttestationChangesNothing) {
  const auto newest = Must(kStaff, &Facts::AttestCustody, Attested(name_));
  auto older = Attested(name_);
  *older.mutable_custody()->mutable_attested_on() = DateOf(2026, 11, 19);
  older.mutable_custody()->set_holder_count(9);
  EXPECT_EQ(Must(kStaff, &Facts::AttestCustody, older).etag(), newest.etag());
  EXPECT_EQ(Get(name_).facts().custody().holder_count(), 3);
  EXPECT_EQ(EventCount("account.custody_attested"), 1);
}

TEST_F(FactServiceTest, AStaleEtagIsRefused) {
  const auto profile = Checked(name_);
  Must(kStaff, &Facts::AttestCustody, Attested(name_));
  v1::Account account;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Facts::RecordProfile, profile, &account)), "ETAG_MISMATCH");
}

TEST_F(FactServiceTest, FactsAreReportedByTheOwnDepartmentAlone) {
  v1::Account account;
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Facts::RecordProfile, Checked(name_), &account)),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Facts::AttestCustody, Attested(name_), &account)),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Facts::RecordVerification, Applied(name_), &account)),
            "FOREIGN_DEPARTMENT");
}

TEST_F(FactServiceTest, AGrantLastsUntilTheEndOfTheFiscalYear) {
  const auto grant = Must(kHead, &Facts::GrantAccess, GrantTo("山田"));
  EXPECT_EQ(grant.fiscal_year(), 2026);
  EXPECT_EQ(grant.valid_until().year(), 2027);
  EXPECT_EQ(grant.granted_by(), "users/ogawa");
  v1::Grant second;
  EXPECT_EQ(ReasonOf(CallAs(kHead, &Facts::GrantAccess, GrantTo("山田"), &second)), "GRANT_EXISTS");
  EXPECT_EQ(EventCount("grant.made"), 1);
}

TEST_F(FactServiceTest, ARevokedGrantMakesRoomForAnother) {
  const auto grant = Must(kHead, &Facts::GrantAccess, GrantTo("山田"));
  v1::RevokeGrantRequest request;
  request.set_name(grant.name());
  request.set_etag(grant.etag());
  request.set_reason("異動");
  request.set_request_id(NewId());
  const auto revoked = Must(kHead, &Facts::RevokeGrant, request);
  EXPECT_EQ(revoked.revoke_reason(), "異動");
  EXPECT_NE(revoked.etag(), grant.etag());
  request.set_request_id(NewId());
  v1::Grant again;
  EXPECT_EQ(ReasonOf(CallAs(kHead, &Facts::RevokeGrant, request, &again)), "ETAG_MISMATCH");
  request.set_etag(revoked.etag());
  EXPECT_EQ(ReasonOf(CallAs(kHead, &Facts::RevokeGrant, request, &again)), "GRANT_ALREADY_REVOKED");
  Must(kHead, &Facts::GrantAccess, GrantTo("山田"));

  EXPECT_THAT(Holders({}), ElementsAre("山田"));
  v1::ListGrantsRequest with_revoked;
  with_revoked.set_include_revoked(true);
  EXPECT_THAT(Holders(with_revoked), ElementsAre("山田", "山田"));
}

TEST_F(FactServiceTest, GrantsAreListedByAccountPersonAndYear) {
  for (const char* person : {"山田", "佐藤", "鈴木"}) {
    Must(kHead, &Facts::GrantAccess, GrantTo(person));
  }
  auto next_year = GrantTo("山田");
  *next_year.mutable_valid_from() = DateOf(2027, 4, 1);
  Must(kHead, &Facts::GrantAccess, next_year);

  v1::ListGrantsRequest request;
  EXPECT_THAT(Holders(request), ElementsAre("山田", "佐藤", "鈴木", "山田"));
  request.set_person("山田");
  EXPECT_THAT(Holders(request), SizeIs(2));
  request.set_fiscal_year(2027);
  EXPECT_THAT(Holders(request), SizeIs(1));
  request.clear_person();
  request.clear_fiscal_year();
  request.set_account(foreign_);
  EXPECT_THAT(Holders(request, kPrOffice), IsEmpty());
  EXPECT_THAT(Holders({}, kForeign), IsEmpty()) << "another department's";
  EXPECT_GT(EventCount("data.read"), 0);
}

TEST_F(FactServiceTest, AGrantIsDueForRenewalUntilTheNextYearsIsThere) {
  for (const char* person : {"山田", "佐藤"}) Must(kHead, &Facts::GrantAccess, GrantTo(person));
  v1::ListGrantsRequest due;
  *due.mutable_due_by() = DateOf(2027, 3, 30);
  EXPECT_THAT(Holders(due), IsEmpty());
  *due.mutable_due_by() = DateOf(2027, 3, 31);
  EXPECT_THAT(Holders(due), ElementsAre("山田", "佐藤"));
  auto next_year = GrantTo("山田");
  *next_year.mutable_valid_from() = DateOf(2027, 4, 1);
  Must(kHead, &Facts::GrantAccess, next_year);
  EXPECT_THAT(Holders(due), ElementsAre("佐藤"));
}

// Y 2-2: another department asks for the use of a shared account.
class GrantFormTest : public FactServiceTest {
 protected:
  v1::ApplyFormRequest FormFor(const std::vector<std::string>& people) {
    v1::ApplyFormRequest form;
    form.set_form("forms/" + NewId());
    form.set_action(v1::ApplyFormRequest::ACTION_GRANT);
    form.set_department("departments/0201");
    form.set_account(name_);
    form.set_agreed_by("users/pr");
    *form.mutable_effective_on() = DateOf(2026, 12, 1);
    for (const std::string& person : people) {
      form.mutable_use()->add_users()->set_display_name(person);
    }
    form.set_request_id(NewId());
    return form;
  }

  v1::ApplyFormResponse Sent(const v1::ApplyFormRequest& form) {
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(form, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(GrantFormTest, GrantsEveryoneUntilTheEndOfTheYearOnceHoweverOftenItIsSent) {
  const v1::ApplyFormRequest form = FormFor({"広瀬", "藤原"});
  const v1::ApplyFormResponse first = Sent(form);
  EXPECT_EQ(first.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(first.account(), name_);
  EXPECT_EQ(Sent(form).SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(EventCount("grant.made"), 2);
  v1::ListGrantsRequest request;
  const auto grants = Must(kPrOffice, &Facts::ListGrants, request).grants();
  ASSERT_THAT(grants, SizeIs(2));
  EXPECT_EQ(grants[0].form(), form.form());
  EXPECT_EQ(grants[0].granted_by(), "users/pr");
  EXPECT_EQ(grants[0].valid_from().month(), 12);
  EXPECT_EQ(grants[0].valid_until().SerializeAsString(), DateOf(2027, 3, 31).SerializeAsString());
}

TEST_F(GrantFormTest, GrantsNobodyWhenSomethingStandsInTheWay) {
  Sent(FormFor({"広瀬"}));
  const v1::ApplyFormResponse again = Sent(FormFor({"藤原", "広瀬"}));
  EXPECT_EQ(again.outcome(), v1::ApplyFormResponse::OUTCOME_CONFLICT);
  EXPECT_EQ(again.conflict_reason(), "GRANT_EXISTS");
  EXPECT_EQ(again.conflict_field(), "use.users[1]");
  v1::ApplyFormRequest too_long = FormFor({"藤原"});
  *too_long.mutable_use()->mutable_last_day() = DateOf(2027, 4, 1);
  EXPECT_EQ(Sent(too_long).conflict_reason(), "GRANT_BEYOND_FISCAL_YEAR");
  EXPECT_EQ(Sent(FormFor({"三好", "三好"})).conflict_reason(), "GRANT_EXISTS") << "named twice";
  EXPECT_EQ(EventCount("grant.made"), 1);
}

TEST_F(GrantFormTest, OnlySaysSoWhenAskedToAndWantsUsers) {
  v1::ApplyFormRequest form = FormFor({"広瀬"});
  form.set_validate_only(true);
  form.clear_agreed_by();
  EXPECT_EQ(Sent(form).outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM account_grants"), "0");
  v1::ApplyFormResponse response;
  EXPECT_EQ(ReasonOf(Apply(FormFor({}), &response)), "INVALID_FIELD");
}

class GoalServiceTest : public FactServiceTest {
 protected:
  GoalServiceTest() {
    v1::ApplyFormRequest form;
    form.set_form("forms/" + NewId());
    form.set_action(v1::ApplyFormRequest::ACTION_OPEN);
    form.set_department("departments/5002");
    form.mutable_fields()->set_platform("x");
    form.mutable_fields()->set_url("https://x.com/goals");
    auto& goal = *form.mutable_fields()->add_goals();
    goal.set_metric("フォロワー数");
    goal.set_target(2000);
    form.set_request_id(NewId());
    v1::ApplyFormResponse response;
    EXPECT_TRUE(Apply(form, &response).ok());
    account_ = response.account();
  }

  v1::RecordGoalSampleRequest Sample(int value, int day) {
    v1::RecordGoalSampleRequest request;
    request.set_name(account_);
    request.set_metric("フォロワー数");
    request.set_value(value);
    *request.mutable_sampled_on() = DateOf(2026, 11, day);
    request.set_request_id(NewId());
    return request;
  }

  std::string account_;
};

TEST_F(GoalServiceTest, ASampleSaysHowMuchOfTheGoalWasReached) {
  const auto sample = Must(kStaff, &Facts::RecordGoalSample, Sample(1599, 20));
  EXPECT_EQ(sample.target(), 2000);
  EXPECT_EQ(sample.achieved_percent(), 79);
  auto unknown = Sample(1, 20);
  unknown.set_metric("いいね");
  v1::GoalSample refused;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Facts::RecordGoalSample, unknown, &refused)),
            "METRIC_NOT_A_GOAL");
  EXPECT_EQ(ReasonOf(CallAs(kForeign, &Facts::RecordGoalSample, Sample(1, 20), &refused)),
            "FOREIGN_DEPARTMENT");
}

TEST_F(GoalServiceTest, SamplesAreListedNewestFirstAndACorrectionCounts) {
  for (const auto& [value, day] : {std::pair(100, 18), {200, 19}, {300, 20}, {250, 19}}) {
    Must(kStaff, &Facts::RecordGoalSample, Sample(value, day));
  }
  v1::ListGoalSamplesRequest request;
  request.set_name(account_);
  request.set_page_size(2);
  std::vector<int> values;
  do {
    const auto page = Must(kStaff, &Facts::ListGoalSamples, request);
    for (const auto& sample : page.samples()) values.push_back(static_cast<int>(sample.value()));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(values, ElementsAre(300, 250, 100));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM account_goal_samples"), "4");
}

}  // namespace
}  // namespace daicho::registry
