#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using FormStub = v1::FormService::Stub;

const Somebody kNewHead = {"new-head", {"DEPARTMENT_HEAD"}, "0802"};
const Somebody kNewStaff = {"new-staff", {"DEPARTMENT_STAFF"}, "0802"};

class TransferPeopleTest : public ApprovalTest {
 protected:
  // `people` are "PERSON DEPARTMENT SUCCESSOR" by their ids.
  static v1::TransferPeopleRequest People(const std::vector<std::array<std::string, 3>>& people) {
    v1::TransferPeopleRequest request;
    for (const auto& [person, department, successor] : people) {
      v1::TransferredPerson& added = *request.add_people();
      added.set_subject("users/" + person);
      added.set_department_left("departments/" + department);
      added.mutable_successor()->set_subject("users/" + successor);
      added.mutable_successor()->set_display_name("後任");
    }
    request.set_request_id(NewId());
    return request;
  }

  absl::StatusOr<v1::TransferPeopleResponse> Transfer(const v1::TransferPeopleRequest& request,
                                                      const Somebody& who = kPrOffice) {
    return Send(&FormStub::TransferPeople, who, request);
  }

  // "WHAT field" of every effect.
  static std::vector<std::string> Effects(
      const absl::StatusOr<v1::TransferPeopleResponse>& response) {
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> effects;
    if (!response.ok()) return effects;
    for (const v1::TransferEffect& effect : response->effects()) {
      effects.push_back(
          absl::StrCat(v1::TransferEffect::What_Name(effect.what()), " ", effect.field()));
    }
    return effects;
  }

  v1::ListInboxResponse Inbox(const Somebody& who, v1::ListInboxRequest::Bucket bucket) {
    v1::ListInboxRequest request;
    request.set_bucket(bucket);
    return Send(&FormStub::ListInbox, who, request).value();
  }
  std::vector<std::string> Names(const Somebody& who, v1::ListInboxRequest::Bucket bucket) {
    std::vector<std::string> names;
    const v1::ListInboxResponse inbox = Inbox(who, bucket);
    for (const auto& entry : inbox.entries()) names.push_back(entry.form().name());
    return names;
  }
  std::vector<std::string> Mine(const Somebody& who) {
    return Names(who, v1::ListInboxRequest::BUCKET_MINE);
  }
  std::vector<std::string> ToReview(const Somebody& who) {
    return Names(who, v1::ListInboxRequest::BUCKET_REVIEW);
  }

  v1::Absence HeadAway(int days = 5) {
    v1::RecordAbsenceRequest away;
    away.set_department("departments/0802");
    away.set_person("users/head");
    away.set_reason("出張");
    *away.mutable_from_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()));
    *away.mutable_until_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()) + days);
    away.set_request_id(NewId());
    return Send(&FormStub::RecordAbsence, kStaff, away).value();
  }

  absl::StatusOr<v1::Form> AgreeAsDeputy(const v1::Form& form) {
    v1::DecideFormRequest decide;
    decide.set_name(form.name());
    decide.set_etag(form.etag());
    decide.set_decision(v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY);
    decide.set_deputy_reason("出張");
    decide.set_request_id(NewId());
    return Send(&FormStub::DecideForm, kDeputy, decide);
  }

  absl::StatusOr<v1::Form> Review(const Somebody& who, const v1::Form& form) {
    v1::ReviewFormAfterwardsRequest review;
    review.set_name(form.name());
    review.set_etag(form.etag());
    review.set_request_id(NewId());
    return Send(&FormStub::ReviewFormAfterwards, who, review);
  }

  v1::Form Now(const v1::Form& form) { return Get(kAuditor, form).value(); }
};

TEST_F(TransferPeopleTest, TheReviewOfAHeadWhoMovedIsTheSuccessorsAndOnlyTheirs) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  EXPECT_EQ(decided.steps(0).reviewer().subject(), "users/head");
  EXPECT_THAT(ToReview(kHead), ElementsAre(decided.name()));
  const auto answer = Transfer(People({{"head", "0802", "new-head"}}));
  EXPECT_THAT(Effects(answer),
              ElementsAre("WHAT_ABSENCE_ENDED end_time", "WHAT_REVIEW_GIVEN steps[0].reviewer"));
  EXPECT_EQ(answer->effects(1).name(), decided.name());
  EXPECT_EQ(answer->effects(1).department(), "departments/0802");
  EXPECT_EQ(answer->effects(1).successor().subject(), "users/new-head");
  EXPECT_EQ(answer->form_count(), 1);

  EXPECT_THAT(ToReview(kHead), IsEmpty());
  EXPECT_THAT(ToReview(kNewHead), ElementsAre(decided.name()));
  EXPECT_EQ(Inbox(kNewHead, v1::ListInboxRequest::BUCKET_REVIEW).counts().review(), 1);
  EXPECT_EQ(Inbox(kHead, v1::ListInboxRequest::BUCKET_REVIEW).counts().review(), 0);
  const v1::Form form = Now(decided);
  EXPECT_EQ(form.steps(0).absent().subject(), "users/head");
  EXPECT_EQ(form.steps(0).reviewer().subject(), "users/new-head");
  EXPECT_EQ(form.steps(0).reviewer().display_name(), "後任");
  const v1::FormAct& act = form.acts(form.acts_size() - 1);
  EXPECT_EQ(act.kind(), v1::FormAct::KIND_TRANSFERRED);
  EXPECT_EQ(act.actor().subject(), "users/pr");
  EXPECT_EQ(act.role(), access::v1::ROLE_PR_OFFICE);
  EXPECT_EQ(ReasonOf(Review(kHead, form).status()), "NOT_YOUR_REVIEW");
  const auto read = Review(kNewHead, form);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->steps(0).has_review_time());
  EXPECT_THAT(ToReview(kNewHead), IsEmpty());
}

TEST_F(TransferPeopleTest, WhoReadItIsShownNothingThatFourEyesKeepThemFrom) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  ASSERT_TRUE(Transfer(People({{"head", "0802", "new-head"}})).ok());
  ASSERT_TRUE(Review(kNewHead, Now(decided)).ok());
  Somebody via = kNewHead;
  via.department = "0801";
  EXPECT_THAT(Mine(via), IsEmpty());
  EXPECT_EQ(ReasonOf(Agree(via, Now(decided)).status()), "FOUR_EYES");
  via.subject = "head";
  EXPECT_THAT(Mine(via), ElementsAre(decided.name())) << "whoever moved has not read it";
}

TEST_F(TransferPeopleTest, AReviewFollowsToAFormThatIsAgreedWhichIsSentToTheLedgerOnce) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  const v1::Form agreed = Agree(kPrOffice, Agree(kViaHead, decided).value()).value();
  EXPECT_THAT(Effects(Transfer(People({{"head", "0802", "new-head"}}), kAdmin)),
              Contains("WHAT_REVIEW_GIVEN steps[0].reviewer"));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox WHERE destination = 'registry'"), "1");
  const v1::Form form = Now(agreed);
  EXPECT_EQ(form.state(), v1::Form::STATE_AGREED);
  EXPECT_EQ(form.acts(form.acts_size() - 1).role(), access::v1::ROLE_ADMIN);
  EXPECT_TRUE(Review(kNewHead, form).ok());
}

TEST_F(TransferPeopleTest, AReviewThatTheSuccessorMayNotReadStaysAndTheAnswerSaysSo) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  const auto answer = Transfer(People({{"head", "0802", "deputy"}}));
  EXPECT_THAT(Effects(answer),
              ElementsAre("WHAT_ABSENCE_ENDED end_time", "WHAT_REVIEW_LEFT steps[0].reviewer"));
  EXPECT_EQ(answer->form_count(), 0);
  EXPECT_EQ(Now(decided).etag(), decided.etag());
  EXPECT_THAT(ToReview(kHead), ElementsAre(decided.name()));
}

TEST_F(TransferPeopleTest, WhatCameBackIsTheSuccessorsToMend) {
  const v1::Form returned = Return(kHead, Submitted(), "目的を具体的に").value();
  const v1::Form draft = Drafted();
  EXPECT_EQ(draft.keeper().subject(), "users/staff");
  EXPECT_THAT(Mine(kStaff), ElementsAre(returned.name()));
  const auto answer = Transfer(People({{"staff", "0802", "new-staff"}}));
  EXPECT_THAT(Effects(answer), ElementsAre("WHAT_FORM_GIVEN keeper", "WHAT_FORM_GIVEN keeper"));
  EXPECT_THAT(Mine(kStaff), IsEmpty());
  EXPECT_THAT(Mine(kNewStaff), ElementsAre(returned.name()));
  const v1::ListInboxResponse inbox = Inbox(kNewStaff, v1::ListInboxRequest::BUCKET_MINE);
  EXPECT_EQ(inbox.counts().mine(), 1);
  EXPECT_EQ(inbox.entries(0).form().keeper().subject(), "users/new-staff");
  EXPECT_EQ(inbox.entries(0).due_on().DebugString(), returned.due_on().DebugString());
  const v1::Form form = Now(returned);
  EXPECT_EQ(form.drafter().subject(), "users/staff");
  const auto again = Submit(kNewStaff, form);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->keeper().subject(), "users/new-staff");
}

TEST_F(TransferPeopleTest, TheAbsenceOfWhoMovedLetsNoDeputyDecideAnyMore) {
  const v1::Absence absence = HeadAway();
  const v1::Form form = Submitted();
  const auto answer =
      Transfer(People({{"staff", "0301", "foreign"}, {"head", "0802", "new-head"}}));
  EXPECT_THAT(Effects(answer), ElementsAre("WHAT_ABSENCE_ENDED end_time"));
  EXPECT_EQ(answer->effects(0).name(), absence.name());
  EXPECT_EQ(answer->effects(0).person(), 1);
  EXPECT_EQ(ReasonOf(AgreeAsDeputy(form).status()), "NO_ABSENCE_RECORDED");
  EXPECT_EQ(Now(form).etag(), form.etag());
  EXPECT_THAT(Effects(Transfer(People({{"head", "0802", "new-head"}}))), IsEmpty());
}

TEST_F(TransferPeopleTest, AFormThatNamesThemSaysSoAndKeepsItsWords) {
  v1::FormContent content = OpenContent();
  content.mutable_fields()->mutable_publishing_method()->mutable_account_manager()->set_subject(
      "users/miyoshi");
  const v1::Form form = Submitted(content);
  const auto answer = Transfer(People({{"miyoshi", "0301", "foreign"}}));
  constexpr char kPath[] = "fields.publishing_method.account_manager.subject";
  EXPECT_THAT(Effects(answer), ElementsAre(absl::StrCat("WHAT_NAMED ", kPath)));
  const v1::Form after = Now(form);
  EXPECT_EQ(after.content().DebugString(), form.content().DebugString());
  EXPECT_EQ(after.acts(after.acts_size() - 1).comment(),
            absl::StrCat(kPath, ": users/miyoshi (異動 departments/0301、後任 users/foreign)"));
  EXPECT_THAT(Effects(Transfer(People({{"miyoshi", "0301", "foreign"}}))), IsEmpty());
  EXPECT_EQ(Now(form).etag(), after.etag());
}

TEST_F(TransferPeopleTest, FollowsTheDepartmentLeftToWhoTookOverFromIt) {
  const v1::Form draft = Drafted();
  directory_.Put("0403", "学び課", registry::v1::Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.End("0403", absl::CivilDay(2026, 3, 31), "0802");
  EXPECT_THAT(Effects(Transfer(People({{"staff", "0403", "new-staff"}}))),
              ElementsAre("WHAT_FORM_GIVEN keeper"));
  EXPECT_EQ(Now(draft).keeper().subject(), "users/new-staff");
}

TEST_F(TransferPeopleTest, ADryRunSaysTheSameAndChangesNothing) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  auto request = People({{"head", "0802", "new-head"}, {"staff", "0802", "new-staff"}});
  request.set_validate_only(true);
  const auto before = EventTypes();
  const auto dry = Transfer(request);
  EXPECT_THAT(Effects(dry),
              ElementsAre("WHAT_ABSENCE_ENDED end_time", "WHAT_REVIEW_GIVEN steps[0].reviewer",
                          "WHAT_FORM_GIVEN keeper"));
  EXPECT_EQ(dry->form_count(), 1) << "one act for both";
  EXPECT_EQ(Now(decided).etag(), decided.etag());
  EXPECT_EQ(EventTypes(), before);
  EXPECT_TRUE(AgreeAsDeputy(Submitted()).ok()) << "the absence lasts";
  EXPECT_THAT(ToReview(kNewHead), IsEmpty());
}

TEST_F(TransferPeopleTest, TheSameRequestTwiceHappensOnceAndAnotherChangesNothing) {
  const v1::Form draft = Drafted();
  auto request = People({{"staff", "0802", "new-staff"}});
  const auto first = Transfer(request);
  const v1::Form after = Now(draft);
  EXPECT_EQ(Transfer(request)->DebugString(), first->DebugString());
  request.set_request_id(NewId());
  const auto again = Transfer(request);
  EXPECT_THAT(Effects(again), IsEmpty());
  EXPECT_EQ(again->form_count(), 0);
  EXPECT_EQ(Now(draft).etag(), after.etag());
  const auto types = EventTypes();
  EXPECT_EQ(std::count(types.begin(), types.end(), "form.transferred"), 1);
}

TEST_F(TransferPeopleTest, LeavesWhatIsFinalAndWaitsForNobody) {
  const v1::Form withdrawn = Withdraw(kStaff, Drafted()).value();
  EXPECT_THAT(Effects(Transfer(People({{"staff", "0802", "new-staff"}}))), IsEmpty());
  EXPECT_EQ(Now(withdrawn).etag(), withdrawn.etag());
}

// The ledger may still refuse it, and then it waits for whoever minds it.
TEST_F(TransferPeopleTest, GivesWhatIsAgreedToWhoTookOver) {
  const v1::Form agreed = Agreed();
  EXPECT_THAT(Effects(Transfer(People({{"staff", "0802", "new-staff"}}))),
              ElementsAre("WHAT_FORM_GIVEN keeper"));
  EXPECT_EQ(Now(agreed).state(), v1::Form::STATE_AGREED);
  EXPECT_EQ(Now(agreed).keeper().subject(), "users/new-staff");
}

// Known by the name of today as well as by that of the step.
TEST_F(TransferPeopleTest, AReviewGoesToTheSuccessorUnderTheDepartmentsNewName) {
  HeadAway();
  const v1::Form decided = AgreeAsDeputy(Submitted()).value();
  directory_.Put("0301", "観光課", registry::v1::Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.End("0802", TokyoDay(clock_.Now()) - 1, "0301");
  v1::RerouteFormsRequest merge;
  merge.set_reorganization("reorganizations/" + NewId());
  v1::DepartmentSuccession& succession = *merge.add_successions();
  succession.set_department("departments/0802");
  succession.set_successor("departments/0301");
  succession.set_successor_display_name("観光課");
  merge.set_request_id(NewId());
  grpc::ClientContext context;
  v1::RerouteFormsResponse followed;
  ASSERT_TRUE(
      FormStub(server_.ChannelOf("registry")).RerouteForms(&context, merge, &followed).ok());
  EXPECT_THAT(Effects(Transfer(People({{"head", "0301", "new-head"}}))),
              Contains("WHAT_REVIEW_GIVEN steps[0].reviewer"));
  const Somebody heir = {"new-head", {"DEPARTMENT_HEAD"}, "0301"};
  EXPECT_THAT(ToReview(heir), ElementsAre(decided.name()));
  EXPECT_TRUE(Review(heir, Now(decided)).ok());
}

TEST_F(TransferPeopleTest, NamesTheFieldThatIsWrong) {
  const auto bad = [&](v1::TransferPeopleRequest request) {
    return BadFields(Transfer(request).status());
  };
  const auto good = People({{"head", "0802", "new-head"}});
  auto request = good;
  request.mutable_people(0)->set_subject("head");
  EXPECT_THAT(bad(request), ElementsAre("people[0].subject"));
  request = good;
  request.mutable_people(0)->mutable_successor()->set_subject("new-head");
  EXPECT_THAT(bad(request), ElementsAre("people[0].successor.subject"));
  request = good;
  request.mutable_people(0)->mutable_successor()->clear_subject();
  EXPECT_THAT(bad(request), ElementsAre("people[0].successor.subject"));
  request = good;
  request.mutable_people(0)->set_department_left("0802");
  EXPECT_THAT(bad(request), ElementsAre("people[0].department_left"));
  EXPECT_THAT(bad(People({{"head", "9999", "new-head"}})),
              ElementsAre("people[0].department_left"));
  request = good;
  request.mutable_people(0)->set_department_joined("departments/9999");
  EXPECT_THAT(bad(request), ElementsAre("people[0].department_joined"));
  EXPECT_THAT(bad(People({{"head", "0802", "head"}})), ElementsAre("people[0].successor.subject"));
  EXPECT_THAT(bad(People({{"head", "0802", "new-head"}, {"new-head", "0802", "deputy"}})),
              ElementsAre("people[0].successor.subject"));
  EXPECT_TRUE(Transfer(People({{"head", "0802", "via"}, {"via", "0801", "deputy"}})).ok())
      << "who came from another department takes over";
  EXPECT_THAT(bad(People({{"head", "0802", "new-head"}, {"head", "0802", "deputy"}})),
              ElementsAre("people[1].subject"));
  EXPECT_THAT(bad(v1::TransferPeopleRequest()), Contains("people"));
}

TEST_F(TransferPeopleTest, IsForThePrOfficeAndTheAdministratorAlone) {
  const auto request = People({{"head", "0802", "new-head"}});
  for (const Somebody& who : {kStaff, kHead, kSecurity, kAuditor}) {
    EXPECT_EQ(ReasonOf(Transfer(request, who).status()), "ROLE_NOT_ALLOWED") << who.subject;
  }
  EXPECT_TRUE(Transfer(request, kAdmin).ok());
}

TEST_F(TransferPeopleTest, RefusesWhatWouldBeTooMuchForOneTransaction) {
  database_.Execute(
      "INSERT INTO forms (id, revision, state, action, department, content, drafter, drafter_name, "
      "round, changes, create_time, update_time) SELECT gen_random_uuid(), 1, 'DRAFT', 'OPEN', "
      "'departments/0802', '{\"action\": \"ACTION_OPEN\"}', 'users/staff', '', 0, '[]', now(), "
      "now() FROM generate_series(1, 5001)");
  auto request = People({{"staff", "0802", "new-staff"}});
  request.set_validate_only(true);
  EXPECT_EQ(ReasonOf(Transfer(request).status()), "TOO_MANY_FORMS");
}

TEST_F(TransferPeopleTest, ChangesNothingWhileTheDirectoryCannotBeAsked) {
  const v1::Form draft = Drafted();
  registry_.GoDown();
  EXPECT_EQ(ReasonOf(Transfer(People({{"staff", "0802", "new-staff"}})).status()),
            "REGISTRY_UNAVAILABLE");
  EXPECT_EQ(Now(draft).etag(), draft.etag());
}

}  // namespace
}  // namespace daicho::approval
