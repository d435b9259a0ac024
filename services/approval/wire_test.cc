#include "services/approval/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "google/type/date.pb.h"
#include "services/approval/domain/requirement.h"

namespace daicho::approval::wire {
namespace {

using registry::v1::ApplyFormRequest;
using registry::v1::ApplyFormResponse;

constexpr char kId[] = "0190a6e2-0000-7000-8000-000000000001";
const absl::Time kTime = absl::FromUnixSeconds(1'795'000'000);

domain::Form FormOf(const v1::FormContent& content) {
  return {.id = kId,
          .revision = 7,
          .state = domain::State::kDraft,
          .department = "departments/0802",
          .draft = Parse(content).value(),
          .drafter = {"users/staff", "担当"},
          .create_time = kTime,
          .update_time = kTime};
}

v1::FormContent Open() {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_OPEN);
  content.mutable_fields()->set_purpose("広報");
  return content;
}

TEST(ToProtoTest, KnowsEveryStateOnTheWire) {
  std::set<int> seen;
  for (int i = 1; i < domain::kStateCount; ++i) {
    domain::Form form = FormOf(Open());
    form.state = static_cast<domain::State>(i);
    seen.insert(ToProto(form)->state());
  }
  EXPECT_EQ(seen.count(v1::Form::STATE_UNSPECIFIED), 0u);
  EXPECT_EQ(seen.size(), std::size_t{v1::Form::State_ARRAYSIZE} - 1);
}

TEST(ToProtoTest, KnowsEveryActStepAndRoleOnTheWire) {
  domain::Form form = FormOf(Open());
  for (int i = 0; i < domain::kActKindCount; ++i) {
    form.acts.push_back({.kind = static_cast<domain::ActKind>(i)});
  }
  for (const auto role :
       {domain::Role::kDepartmentStaff, domain::Role::kDepartmentHead, domain::Role::kPrOffice,
        domain::Role::kSystem, domain::Role::kItSecurity}) {
    form.acts.push_back({.role = role});
  }
  for (const auto kind :
       {domain::StepKind::kHead, domain::StepKind::kVia, domain::StepKind::kConcurrence,
        domain::StepKind::kPrOffice, domain::StepKind::kCirculation}) {
    form.steps.push_back({.kind = kind});
  }
  const v1::Form out = ToProto(form).value();
  for (const v1::FormAct& act : out.acts()) {
    EXPECT_NE(act.kind(), v1::FormAct::KIND_UNSPECIFIED);
    EXPECT_NE(act.role(), access::v1::ROLE_UNSPECIFIED);
  }
  for (const v1::RouteStep& step : out.steps()) {
    EXPECT_NE(step.kind(), v1::RouteStep::KIND_UNSPECIFIED);
  }
}

TEST(ToProtoTest, LeavesOutWhatHasNotHappened) {
  const v1::Form form = ToProto(FormOf(Open())).value();
  EXPECT_EQ(form.name(), "forms/0190a6e2-0000-7000-8000-000000000001");
  EXPECT_EQ(form.etag(), "\"7\"");
  EXPECT_EQ(form.current_step(), -1);
  EXPECT_FALSE(form.has_reception());
  EXPECT_FALSE(form.has_application());
}

TEST(ParseTest, RefusesAnEtagThatIsNone) {
  v1::SubmitFormRequest request;
  request.set_name("forms/0190a6e2-0000-7000-8000-000000000001");
  request.set_etag("7");
  EXPECT_EQ(ReasonOf(Parse(request).status()), "ETAG_MISMATCH");
  request.set_etag("\"7\"");
  EXPECT_EQ(Parse(request)->revision, 7);
}

// Every path a drafter can fill in.
void AddPaths(const google::protobuf::Descriptor& message, const std::string& prefix,
              std::vector<std::string>& paths) {
  for (int i = 0; i < message.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.field(i);
    const std::string path = absl::StrCat(prefix, field.name());
    const auto* part = field.message_type();
    if (part == nullptr || part == google::type::Date::descriptor()) {
      paths.push_back(path);
    } else {
      AddPaths(*part, absl::StrCat(path, "."), paths);
    }
  }
}

// Forms without a row in the form's table would be neither asked for nor refused.
TEST(ParseTest, EveryFieldOfTheContentIsInTheTableOfTheFormOnce) {
  std::vector<std::string> paths;
  AddPaths(*v1::FormContent::descriptor(), "", paths);
  for (const std::string& path : paths) {
    // Of the ledger's own message; refused in any form.
    if (path == "closing.effective_on" || absl::StartsWith(path, "closing.evidence.")) continue;
    int rows = 0;
    for (const domain::Requirement& row : domain::Requirements()) {
      rows += !row.path.empty() && domain::IsFilledIn({{path, "x"}}, row.path) ? 1 : 0;
    }
    EXPECT_EQ(rows, 1) << path;
  }
  for (const domain::Requirement& row : domain::Requirements()) {
    const bool named =
        row.path.empty() || std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
          return domain::IsFilledIn({{path, "x"}}, row.path);
        });
    EXPECT_TRUE(named) << row.path;
  }
}

TEST(ParseTest, AnUrgentFormIsAClosingForSecurity) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CLOSE);
  content.set_account("accounts/0190a6e2-0000-7000-8000-000000000002");
  content.set_account_etag("\"3\"");
  content.set_urgent(true);
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_QUALITY);
  EXPECT_EQ(ReasonOf(Parse(content).status()), "INVALID_FIELD");
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_SECURITY);
  const auto draft = Parse(content);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_TRUE(IsUrgent(*draft));
}

TEST(ParseTest, AnApplicationNamesEachUserOnceAndByName) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_GRANT);
  content.set_account("accounts/0190a6e2-0000-7000-8000-000000000002");
  content.mutable_use()->add_users()->set_display_name("広瀬");
  EXPECT_TRUE(Parse(content).ok()) << Parse(content).status();
  content.mutable_use()->add_users()->set_display_name("広瀬");
  content.mutable_use()->add_users()->set_subject("hirose");
  EXPECT_EQ(ReasonOf(Parse(content).status()), "INVALID_FIELD");
  content.mutable_use()->clear_users();
  content.mutable_use()->add_users()->set_subject("users/hirose");
  content.mutable_use()->mutable_users(0)->set_display_name("\u3000");
  EXPECT_EQ(ReasonOf(Parse(content).status()), "INVALID_FIELD");
}

TEST(ToApplyRequestTest, AsksWithoutAnAgreementBeforeThereIsOne) {
  const ApplyFormRequest request = ToApplyRequest(FormOf(Open()), kId).value();
  EXPECT_EQ(request.action(), ApplyFormRequest::ACTION_OPEN);
  EXPECT_EQ(request.fields().purpose(), "広報");
  EXPECT_EQ(request.agreed_by(), "");
  EXPECT_FALSE(request.has_agree_time());
  EXPECT_EQ(request.reception_number(), "");
}

TEST(ToApplyRequestTest, CarriesTheAccountTheChangeWasWrittenOnAndItsReason) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CHANGE);
  content.set_account("accounts/0190a6e2-0000-7000-8000-000000000002");
  content.set_account_etag("\"3\"");
  content.set_change_reason("対象の拡大");
  const ApplyFormRequest request = ToApplyRequest(FormOf(content), kId).value();
  EXPECT_EQ(request.action(), ApplyFormRequest::ACTION_CHANGE);
  EXPECT_EQ(request.account(), content.account());
  EXPECT_EQ(request.account_etag(), "\"3\"");
  EXPECT_EQ(request.reason(), "対象の拡大");
}

TEST(ToApplyRequestTest, CarriesHowAnAccountClosesAndWho) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CLOSE);
  content.set_account("accounts/0190a6e2-0000-7000-8000-000000000002");
  content.set_account_etag("\"3\"");
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_OTHER);
  content.mutable_closing()->set_reason_detail("事業の終了");
  *content.mutable_effective_on() = daicho::wire::ToDate(absl::CivilDay(2027, 3, 31));
  domain::Form form = FormOf(content);
  form.state = domain::State::kAgreed;
  form.steps = {{.kind = domain::StepKind::kPrOffice,
                 .decider = domain::Person{"users/pr", "広報"},
                 .decide_time = kTime}};
  form.reception = domain::Receive(12, kTime);
  const ApplyFormRequest request = ToApplyRequest(form, kId).value();
  EXPECT_EQ(request.action(), ApplyFormRequest::ACTION_CLOSE);
  EXPECT_EQ(request.closing().reason(), registry::v1::Closing::REASON_OTHER);
  EXPECT_EQ(request.reason(), "事業の終了");
  EXPECT_EQ(request.effective_on().month(), 3);
  EXPECT_EQ(request.agreed_by(), "users/pr");
  EXPECT_EQ(request.agree_time().seconds(), 1'795'000'000);
  EXPECT_EQ(request.reception_number(), "令和8年度 第12号");
  EXPECT_FALSE(request.has_fields());
}

TEST(ToApplicationTest, TakesAConflictForOneEvenWhenItGivesNoReason) {
  ApplyFormResponse response;
  response.set_outcome(ApplyFormResponse::OUTCOME_APPLIED);
  response.set_account("accounts/1");
  EXPECT_EQ(ToApplication(response, kTime),
            (domain::Application{.account = "accounts/1", .time = kTime}));
  response.set_outcome(ApplyFormResponse::OUTCOME_CONFLICT);
  EXPECT_NE(ToApplication(response, kTime).conflict_reason, "");
}

TEST(FromProtoTest, TakesASeverityItDoesNotKnowForABlock) {
  policy::v1::Finding finding;
  finding.set_severity(policy::v1::SEVERITY_WARN);
  EXPECT_EQ(FromProto(finding).severity, domain::Severity::kWarn);
  finding.set_severity(static_cast<policy::v1::Severity>(99));
  EXPECT_EQ(FromProto(finding).severity, domain::Severity::kBlock);
}

TEST(FromProtoTest, KnowsEveryKindOfDepartment) {
  using registry::v1::Department;
  const std::pair<Department::Kind, domain::DepartmentKind> kinds[] = {
      {Department::KIND_PREFECTURAL_OFFICE, domain::DepartmentKind::kPrefecturalOffice},
      {Department::KIND_EDUCATION_BOARD, domain::DepartmentKind::kEducationBoard},
      {Department::KIND_COMMISSIONED_BODY, domain::DepartmentKind::kCommissionedBody},
      {Department::KIND_AFFILIATED_BODY, domain::DepartmentKind::kAffiliatedBody},
      {Department::KIND_OUT_OF_SCOPE, domain::DepartmentKind::kOutOfScope}};
  EXPECT_EQ(std::size(kinds), std::size_t{Department::Kind_ARRAYSIZE} - 1);
  for (const auto& [wire_kind, kind] : kinds) {
    Department department;
    department.set_kind(wire_kind);
    EXPECT_EQ(FromProto(department).kind, kind);
  }
}

v1::FormContent Merging(const std::vector<std::string>& absorbed) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CHANGE);
  content.set_account(std::string("accounts/") + kId);
  content.set_account_etag("\"3\"");
  for (const std::string& name : absorbed) {
    registry::v1::AbsorbedAccount& added = *content.add_absorbed_accounts();
    added.set_account(name);
    added.set_etag("\"1\"");
  }
  return content;
}

constexpr char kOne[] = "accounts/0190a6e2-0000-7000-8000-0000000000a1";
constexpr char kTwo[] = "accounts/0190a6e2-0000-7000-8000-0000000000a2";

TEST(AbsorbedAccountsTest, TravelToTheLedgerWithTheirEtags) {
  const auto request = ToApplyRequest(FormOf(Merging({kOne, kTwo})), kId);
  ASSERT_TRUE(request.ok()) << request.status();
  ASSERT_EQ(request->absorbed_accounts_size(), 2);
  EXPECT_EQ(request->absorbed_accounts(1).account(), kTwo);
  EXPECT_EQ(request->absorbed_accounts(1).etag(), "\"1\"");
}

TEST(AbsorbedAccountsTest, AreOtherAccountsEachOnceAndOfAChangeAlone) {
  const std::string own = std::string("accounts/") + kId;
  EXPECT_TRUE(Parse(Merging({kOne, kTwo})).ok());
  for (const auto& bad : {Merging({own}), Merging({kOne, kOne}), Merging({"shogai"})}) {
    const auto status = Parse(bad).status();
    EXPECT_EQ(daicho::ReasonOf(status), "INVALID_FIELD");
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("absorbed_accounts["));
  }
  v1::FormContent closing = Merging({kOne});
  closing.set_action(v1::Form::ACTION_CLOSE);
  EXPECT_EQ(daicho::ReasonOf(Parse(closing).status()), "INVALID_FIELD");
}

TEST(ToApplicationTest, KeepsEveryConflictOfTheLedger) {
  ApplyFormResponse response;
  response.set_outcome(ApplyFormResponse::OUTCOME_CONFLICT);
  response.set_conflict_reason("ACCOUNT_CHANGED");
  response.set_conflict_message("一つ目 / first");
  response.add_conflicts()->set_message("一つ目 / first");
  response.add_conflicts()->set_message("二つ目 / second");
  EXPECT_EQ(ToApplication(response, kTime).conflict_message, "一つ目 / first\n二つ目 / second");
}

}  // namespace
}  // namespace daicho::approval::wire
