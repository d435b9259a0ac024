#include "services/approval/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using FormStub = v1::FormService::Stub;

std::vector<std::string> NamesOf(const v1::ListFormsResponse& page) {
  std::vector<std::string> names;
  for (const v1::Form& form : page.forms()) names.push_back(form.name());
  return names;
}

class CreateFormTest : public ApprovalTest {};

TEST_F(CreateFormTest, StoresTheDraftAsItIsReadLater) {
  const auto created = Create(kStaff, OpenContent());
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), v1::Form::STATE_DRAFT);
  EXPECT_EQ(created->drafter().subject(), "users/staff");
  EXPECT_EQ(created->content().SerializeAsString(), OpenContent().SerializeAsString());
  const auto read = Get(kStaff, *created);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->DebugString(), created->DebugString());
}

TEST_F(CreateFormTest, AnnouncesTheDraftWithItsFields) {
  const v1::Form form = Drafted();
  const auto events = Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type(), "form.created");
  EXPECT_EQ(events[0].resource(), form.name());
  EXPECT_EQ(events[0].department(), "departments/0802");
  EXPECT_EQ(events[0].actor().subject(), "users/staff");
  EXPECT_EQ(events[0].rpc(), "daicho.approval.v1.FormService/CreateForm");
  EXPECT_EQ(events[0].changes(0).path(), "action");
}

TEST_F(CreateFormTest, AnswersARepeatWithTheFirstAnswerAndRefusesOtherContent) {
  v1::CreateFormRequest request;
  request.set_department("departments/0802");
  *request.mutable_content() = OpenContent();
  request.set_request_id(NewId());
  const auto first = Send(&FormStub::CreateForm, kStaff, request);
  const auto second = Send(&FormStub::CreateForm, kStaff, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->DebugString(), first->DebugString());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM forms"), "1");
  request.mutable_content()->set_addressee("別");
  EXPECT_EQ(WhyNot(Send(&FormStub::CreateForm, kStaff, request)), "REQUEST_ID_REUSED");
}

TEST_F(CreateFormTest, IsForTheOwnDepartmentAlone) {
  v1::CreateFormRequest request;
  request.set_department("departments/0301");
  *request.mutable_content() = OpenContent();
  request.set_request_id(NewId());
  EXPECT_EQ(WhyNot(Send(&FormStub::CreateForm, kStaff, request)), "FOREIGN_DEPARTMENT");
}

TEST_F(CreateFormTest, IsForStaffAlone) {
  EXPECT_EQ(WhyNot(Create(kHead, OpenContent())), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(WhyNot(Create(kPrOffice, OpenContent())), "NOT_YOUR_FORM");
}

TEST_F(CreateFormTest, NamesEveryFieldThatIsNotOfItsAction) {
  v1::FormContent open = OpenContent();
  open.set_account("accounts/" + NewId());
  open.set_account_etag("\"1\"");
  open.set_change_reason("x");
  open.mutable_closing()->mutable_evidence()->set_removal("x");
  *open.mutable_closing()->mutable_effective_on() = open.effective_on();
  open.mutable_closing()->set_successor("accounts/1");
  open.mutable_closing_plan()->set_notice("x");
  open.mutable_attachments(0)->set_sha256("short");
  EXPECT_THAT(BadFields(Create(kStaff, open).status()),
              UnorderedElementsAre("content.account", "content.account_etag",
                                   "content.change_reason", "content.closing.evidence",
                                   "content.closing.effective_on", "content.closing.successor",
                                   "content.closing_plan.notice", "content.attachments[0].sha256"));

  v1::FormContent close = CloseContent("accounts/1");
  close.clear_account_etag();
  close.mutable_fields()->set_purpose("x");
  EXPECT_THAT(
      BadFields(Create(kStaff, close).status()),
      UnorderedElementsAre("content.account", "content.account_etag", "content.fields.purpose"));
}

TEST_F(CreateFormTest, RefusesAFormThatDoesNotSayWhatItAsksFor) {
  v1::FormContent content = OpenContent();
  content.clear_action();
  EXPECT_THAT(BadFields(Create(kStaff, content).status()), ElementsAre("content.action"));
}

TEST_F(CreateFormTest, TakesAnIncompleteDraft) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_OPEN);
  EXPECT_TRUE(Create(kStaff, content).ok());
}

// The answer does not wait for the database more than once.
TEST_F(CreateFormTest, CostsOneRoundTrip) {
  pg::Pool pool({.conninfo = database_.conninfo(), .size = 1});
  testing::Server server(
      {.service = "approval",
       .grpc_services = {"daicho.approval.v1.FormService"},
       .pool = &pool,
       .clock = &clock_,
       .build = [&](const rpc::Env& env) {
         std::vector<std::unique_ptr<grpc::Service>> services;
         services.push_back(std::make_unique<FormServiceImpl>(
             env, peers_, FormServiceImpl::Options{.pr_office = "departments/0101"}));
         return services;
       }});
  const auto stub = v1::FormService::NewStub(server.ChannelOf());
  const auto create = [&] {
    grpc::ClientContext context;
    server.SignIn(context, kStaff.subject, kStaff.roles, kStaff.department);
    v1::CreateFormRequest request;
    request.set_department("departments/0802");
    *request.mutable_content() = OpenContent();
    request.set_request_id(NewId());
    v1::Form form;
    return stub->CreateForm(&context, request, &form).ok();
  };
  const auto round_trips = [&] { return (*pool.Acquire(testing::Soon()))->round_trips(); };

  ASSERT_TRUE(create()) << "the first call also opens the connection and prepares";
  const std::int64_t before = round_trips();
  ASSERT_TRUE(create());
  EXPECT_EQ(round_trips() - before, 1);
}

class UpdateFormTest : public ApprovalTest {};

TEST_F(UpdateFormTest, ReplacesTheWholeContent) {
  v1::FormContent content = OpenContent();
  content.clear_addressee();
  content.mutable_fields()->set_purpose("防災");
  const auto updated = Update(kStaff, Drafted(), content);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->content().SerializeAsString(), content.SerializeAsString());
  EXPECT_EQ(updated->etag(), "\"2\"");
  EXPECT_EQ(Get(kStaff, *updated)->DebugString(), updated->DebugString());
  const auto events = Events();
  EXPECT_EQ(events[1].type(), "form.updated");
  EXPECT_EQ(events[1].changes_size(), 2);
}

TEST_F(UpdateFormTest, RefusesAnotherActionOrAccount) {
  const v1::Form form = Drafted(ChangeContent(PutAccount()));
  EXPECT_EQ(WhyNot(Update(kStaff, form, CloseContent(form.content().account()))),
            "ACTION_IS_FIXED");
  EXPECT_EQ(WhyNot(Update(kStaff, form, ChangeContent(PutAccount()))), "ACCOUNT_IS_FIXED");
}

TEST_F(UpdateFormTest, RefusesAFormThatIsInItsRoute) {
  EXPECT_EQ(WhyNot(Update(kStaff, Submitted(), OpenContent())), "FORM_NOT_WRITABLE");
}

class GetFormTest : public ApprovalTest {};

TEST_F(GetFormTest, IsForTheDepartmentsOfTheRouteAndThoseWhoSeeEverything) {
  const v1::Form draft = Drafted();
  EXPECT_EQ(WhyNot(Get(kViaHead, draft)), "FOREIGN_DEPARTMENT");
  const v1::Form form = Submit(kStaff, draft).value();
  for (const Somebody& who : {kStaff, kHead, kViaHead, kPrOffice, kAuditor}) {
    EXPECT_TRUE(Get(who, form).ok()) << who.subject;
  }
  EXPECT_EQ(WhyNot(Get(kForeignStaff, form)), "FOREIGN_DEPARTMENT");
}

TEST_F(GetFormTest, LeavesAnEventBecauseItReadsPersonalData) {
  const v1::Form form = Drafted();
  ASSERT_TRUE(Get(kAuditor, form).ok());
  const auto events = Events();
  EXPECT_EQ(events.back().resource(), form.name());
  EXPECT_EQ(events.back().actor().subject(), "users/auditor");
}

TEST_F(GetFormTest, RefusesAFormThatIsNotThereOrHasNoFormName) {
  v1::Form form;
  form.set_name("forms/" + NewId());
  EXPECT_EQ(WhyNot(Get(kAuditor, form)), "FORM_NOT_FOUND");
  form.set_name("forms/1");
  EXPECT_EQ(WhyNot(Get(kAuditor, form)), "INVALID_FIELD");
}

class WithdrawFormTest : public ApprovalTest {};

TEST_F(WithdrawFormTest, EndsTheForm) {
  const auto withdrawn = Withdraw(kHead, Submitted());
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->state(), v1::Form::STATE_WITHDRAWN);
  EXPECT_EQ(withdrawn->current_step(), -1);
  EXPECT_EQ(WhyNot(Submit(kStaff, *withdrawn)), "FORM_NOT_WRITABLE");
}

TEST_F(WithdrawFormTest, ComesTooLateOnceTheFormIsAgreed) {
  EXPECT_EQ(WhyNot(Withdraw(kStaff, Agreed())), "FORM_NOT_WITHDRAWABLE");
}

TEST_F(WithdrawFormTest, IsForTheOwnDepartmentAlone) {
  EXPECT_EQ(WhyNot(Withdraw(kViaHead, Submitted())), "FOREIGN_DEPARTMENT");
}

class ListFormsTest : public ApprovalTest {
 protected:
  absl::StatusOr<v1::ListFormsResponse> List(const Somebody& who,
                                             const v1::ListFormsRequest& request = {}) {
    return Send(&FormStub::ListForms, who, request);
  }
};

TEST_F(ListFormsTest, PagesThroughAllFormsNewestFirst) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.insert(names.begin(), Drafted().name());
  v1::ListFormsRequest request;
  request.set_page_size(2);
  std::vector<std::string> seen;
  for (int page_count = 1; page_count <= 3; ++page_count) {
    const auto page = List(kAuditor, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total_size(), 5);
    for (const std::string& name : NamesOf(*page)) seen.push_back(name);
    EXPECT_EQ(page->next_page_token().empty(), page_count == 3);
    request.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(seen, names);
}

TEST_F(ListFormsTest, ShowsWholeForms) {
  const v1::Form form = UnderReview();
  const auto page = List(kAuditor);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->forms_size(), 1);
  EXPECT_EQ(page->forms(0).DebugString(), form.DebugString());
}

TEST_F(ListFormsTest, ShowsADepartmentItsOwnFormsAndThoseThatGoViaIt) {
  const v1::Form via_form = Submitted();
  const v1::Form own_draft = Drafted();
  const v1::Form foreign = Create(kForeignStaff, OpenContent()).value();
  EXPECT_THAT(NamesOf(*List(kStaff)), ElementsAre(own_draft.name(), via_form.name()));
  EXPECT_THAT(NamesOf(*List(kViaHead)), ElementsAre(via_form.name()));
  EXPECT_EQ(List(kViaHead)->total_size(), 1);
  EXPECT_THAT(NamesOf(*List(kPrOffice)),
              ElementsAre(foreign.name(), own_draft.name(), via_form.name()));
}

TEST_F(ListFormsTest, FiltersByDepartmentStateAndAccount) {
  const v1::Form change = Submitted(ChangeContent(PutAccount()));
  const v1::Form draft = Drafted();
  const v1::Form foreign = Create(kForeignStaff, OpenContent()).value();
  v1::ListFormsRequest by_department, by_state, by_account;
  by_department.set_department("departments/0301");
  by_state.add_states(v1::Form::STATE_IN_ROUTE);
  by_state.add_states(v1::Form::STATE_WITHDRAWN);
  by_account.set_account(change.content().account());
  EXPECT_THAT(NamesOf(*List(kAuditor, by_department)), ElementsAre(foreign.name()));
  EXPECT_THAT(NamesOf(*List(kAuditor, by_state)), ElementsAre(change.name()));
  EXPECT_THAT(NamesOf(*List(kAuditor, by_account)), ElementsAre(change.name()));
  EXPECT_THAT(NamesOf(*List(kStaff, by_department)), IsEmpty());
}

TEST_F(ListFormsTest, RefusesATokenOfAnotherQueryOrCaller) {
  Drafted();
  Drafted();
  v1::ListFormsRequest request;
  request.set_page_size(1);
  request.set_page_token(List(kAuditor, request)->next_page_token());
  EXPECT_EQ(WhyNot(List(kPrOffice, request)), "INVALID_PAGE_TOKEN");
  request.add_states(v1::Form::STATE_DRAFT);
  EXPECT_EQ(WhyNot(List(kAuditor, request)), "INVALID_PAGE_TOKEN");
}

TEST_F(ListFormsTest, NamesEveryBadFilter) {
  v1::ListFormsRequest request;
  request.set_department("0802");
  request.set_account("accounts/1");
  request.add_states(v1::Form::STATE_UNSPECIFIED);
  EXPECT_THAT(BadFields(List(kAuditor, request).status()),
              UnorderedElementsAre("department", "account", "states[0]"));
}

// What holds for every RPC that changes a form: one entry each.
class EveryChangeTest : public ApprovalTest {
 protected:
  struct Change {
    std::string name;
    v1::Form form;  // As it is before.
    // Sends the change as one to `form` with this etag.
    std::function<absl::StatusOr<v1::Form>(const std::string& etag, const std::string& request_id)>
        send;
  };

  template <typename Request>
  Change ChangeOf(const std::string& name, const Somebody& who, const v1::Form& form,
                  Request request,
                  grpc::Status (FormStub::*method)(grpc::ClientContext*, const Request&,
                                                   v1::Form*)) {
    request.set_name(form.name());
    return {name, form, [=, this](const std::string& etag, const std::string& request_id) {
              Request sent = request;
              sent.set_etag(etag);
              sent.set_request_id(request_id);
              return Send(method, who, sent);
            }};
  }

  std::vector<Change> Changes() {
    v1::UpdateFormRequest update;
    *update.mutable_content() = OpenContent();
    update.mutable_content()->set_addressee("変更後");
    v1::DecideFormRequest agree, give_back;
    agree.set_decision(v1::DecideFormRequest::DECISION_AGREE);
    give_back.set_decision(v1::DecideFormRequest::DECISION_RETURN);
    give_back.set_comment("直す");
    const v1::Form complete = Drafted();
    Attach(kStaff, complete);
    return {
        ChangeOf("update", kStaff, Drafted(), update, &FormStub::UpdateForm),
        ChangeOf("submit", kStaff, complete, v1::SubmitFormRequest(), &FormStub::SubmitForm),
        ChangeOf("agree", kHead, Submitted(), agree, &FormStub::DecideForm),
        ChangeOf("agree at last", kPrOffice, UnderReview(), agree, &FormStub::DecideForm),
        ChangeOf("return", kViaHead, Agree(kHead, Submitted()).value(), give_back,
                 &FormStub::DecideForm),
        ChangeOf("withdraw", kStaff, Submitted(), v1::WithdrawFormRequest(),
                 &FormStub::WithdrawForm),
    };
  }
};

TEST_F(EveryChangeTest, AnswersARepeatWithTheFirstAnswerAndChangesNothing) {
  for (const Change& change : Changes()) {
    SCOPED_TRACE(change.name);
    const std::string request_id = NewId();
    const auto first = change.send(change.form.etag(), request_id);
    ASSERT_TRUE(first.ok()) << first.status();
    const std::string outbox = database_.Value("SELECT count(*) FROM outbox");
    const auto second = change.send(change.form.etag(), request_id);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox"), outbox);
  }
}

TEST_F(EveryChangeTest, RefusesTheSameRequestIdWithOtherContent) {
  for (const Change& change : Changes()) {
    SCOPED_TRACE(change.name);
    const std::string request_id = NewId();
    ASSERT_TRUE(change.send(change.form.etag(), request_id).ok());
    EXPECT_EQ(WhyNot(change.send("\"99\"", request_id)), "REQUEST_ID_REUSED");
  }
}

TEST_F(EveryChangeTest, RefusesAStaleEtagAndLeavesTheFormAsItWas) {
  for (const Change& change : Changes()) {
    SCOPED_TRACE(change.name);
    const auto answer = change.send("\"99\"", NewId());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(WhyNot(answer), "ETAG_MISMATCH");
    EXPECT_EQ(Get(kAuditor, change.form)->DebugString(), change.form.DebugString());
  }
}

TEST_F(EveryChangeTest, AnswersWhatIsThenRead) {
  for (const Change& change : Changes()) {
    SCOPED_TRACE(change.name);
    const auto answer = change.send(change.form.etag(), NewId());
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(Get(kAuditor, change.form)->DebugString(), answer->DebugString());
  }
}

TEST_F(ApprovalTest, PreparesEveryStatement) {
  EXPECT_EQ(testing::PrepareAll(database_.conninfo()), absl::OkStatus());
}

}  // namespace
}  // namespace daicho::approval
