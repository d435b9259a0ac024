#include "common/rpc/handle.h"

#include <prometheus/text_serializer.h>

#include <thread>

#include "common/base/refusal.h"
#include "common/rpc/handle_fixture.h"
#include "common/wire/fields.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace daicho::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const pg::Statement kInsert{"test_insert", R"sql(INSERT INTO note (text) VALUES ($1))sql"};
const pg::Statement kInsertChecked{"test_insert_checked",
                                   R"sql(INSERT INTO checked (text) VALUES ($1))sql"};
const pg::Statement kCount{"test_count", R"sql(SELECT count(*) FROM note)sql"};
const pg::Statement kUpdateNone{"test_update_none",
                                R"sql(UPDATE note SET text = $1 WHERE text = $1)sql"};

class WriteTest : public HandlerTest {
 protected:
  // Each run writes another note, as a handler that makes a new id does.
  void WriteNewNotes() {
    bodies_.create_form = [this](const Call& call, work::UnitOfWork& unit) {
      return WriteNote(call, unit, "n" + std::to_string(++runs_));
    };
  }

  std::atomic<int> runs_{0};
};

TEST_F(WriteTest, CommitsTheChangeItsEventAndItsAnswerTogether) {
  WriteNewNotes();
  Form form;
  const grpc::Status status = Create(CreateRequest(), &form);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(form.name(), "forms/n1");
  EXPECT_EQ(NoteCount(), "1");
  EXPECT_EQ(committed_, 1);
  EXPECT_EQ(db_.Value("SELECT destination || ' ' || subject FROM outbox"), "audit forms/n1");
  ASSERT_THAT(Events(), SizeIs(1));
  const event::v1::Event event = Events()[0];
  EXPECT_EQ(event.event_id(), db_.Value("SELECT event_id FROM outbox"));
  EXPECT_EQ(wire::FromTimestamp(event.event_time()), clock_.Now());
  EXPECT_EQ(event.service(), "approval");
  EXPECT_EQ(event.rpc(), "daicho.approval.v1.FormService/CreateForm");
  EXPECT_EQ(event.type(), "form.created");
  EXPECT_EQ(event.resource(), "forms/n1");
  EXPECT_THAT(event.related_resources(), ElementsAre("accounts/a"));
  EXPECT_EQ(event.department(), "departments/1");
  EXPECT_EQ(event.actor().subject(), "users/hirose");
  EXPECT_EQ(event.actor().display_name(), "hiroseさん");
  EXPECT_EQ(event.actor().department(), "departments/1");
  EXPECT_THAT(event.actor().roles(), ElementsAre(access::v1::ROLE_DEPARTMENT_STAFF));
  EXPECT_EQ(event.outcome(), event::v1::Event::OUTCOME_OK);
  EXPECT_EQ(event.reason(), "開設のため");
  EXPECT_EQ(event.changes(0).after(), "広報");
  EXPECT_EQ(event.request_id(), kRequestId);
  EXPECT_THAT(event.traceparent(), SizeIs(55));
}

TEST_F(WriteTest, GivesARepeatTheFirstAnswerAndChangesNothing) {
  WriteNewNotes();
  Form first, second;
  ASSERT_TRUE(Create(CreateRequest(), &first).ok());
  ASSERT_TRUE(Create(CreateRequest(), &second).ok());
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(NoteCount(), "1");
  EXPECT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(committed_, 1);
}

TEST_F(WriteTest, GivesARepeatTheFirstAnswerThoughItWouldNowBeRefused) {
  WriteNewNotes();
  Form first, second;
  ASSERT_TRUE(Create(CreateRequest(), &first).ok());
  bodies_.create_form = [](const Call&, work::UnitOfWork&) { return EtagMismatch(); };
  ASSERT_TRUE(Create(CreateRequest(), &second).ok());
  EXPECT_EQ(second.name(), first.name());
  EXPECT_THAT(Events(), SizeIs(1)) << "no refusal either";
}

TEST_F(WriteTest, GivesManyRepeatsAtOnceOneAnswer) {
  WriteNewNotes();
  std::vector<Form> forms(6);
  std::vector<std::thread> threads;
  for (Form& form : forms) {
    threads.emplace_back([&] { EXPECT_TRUE(Create(CreateRequest(), &form).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Form& form : forms) EXPECT_EQ(form.name(), forms[0].name());
  EXPECT_EQ(NoteCount(), "1");
  EXPECT_THAT(Events(), SizeIs(1));
}

TEST_F(WriteTest, RefusesTheSameIdWithOtherContent) {
  WriteNewNotes();
  ASSERT_TRUE(Create(CreateRequest()).ok());
  approval::v1::CreateFormRequest other = CreateRequest();
  other.mutable_content()->set_change_reason("別の内容");
  const grpc::Status status = Create(other);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(WireReason(status), "REQUEST_ID_REUSED");
  EXPECT_EQ(NoteCount(), "1");
}

TEST_F(WriteTest, KeepsTheAnswersOfCallersApart) {
  WriteNewNotes();
  Form mine, theirs;
  ASSERT_TRUE(Create(CreateRequest(), &mine, "hirose").ok());
  ASSERT_TRUE(Create(CreateRequest(), &theirs, "yamada").ok());
  EXPECT_NE(mine.name(), theirs.name());
}

TEST_F(WriteTest, KeepsNoAnswerToAFailure) {
  bodies_.create_form = [](const Call&, work::UnitOfWork&) { return EtagMismatch(); };
  EXPECT_EQ(WireReason(Create(CreateRequest())), "ETAG_MISMATCH");
  WriteNewNotes();
  EXPECT_TRUE(Create(CreateRequest()).ok());
}

TEST_F(WriteTest, NamesEveryBadFieldAtOnceAndRunsNothing) {
  WriteNewNotes();
  approval::v1::CreateFormRequest request;
  request.set_request_id("1");
  const grpc::Status status = Create(request);
  EXPECT_EQ(WireReason(status), "INVALID_FIELD");
  const absl::Status refusal = FromGrpc(status);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(bad.ParseFromString(
      std::string(*refusal.GetPayload("type.googleapis.com/google.rpc.BadRequest"))));
  EXPECT_EQ(bad.field_violations_size(), 3);
  EXPECT_EQ(runs_, 0);
}

TEST_F(WriteTest, AsksWhoCallsBeforeItLooksAtTheRequest) {
  grpc::ClientContext context;
  server_.SignIn(context, "kansa", {"AUDITOR"});
  Form form;
  const grpc::Status status = approval::v1::FormService::NewStub(channel_)->CreateForm(
      &context, approval::v1::CreateFormRequest(), &form);
  EXPECT_EQ(WireReason(status), "ROLE_NOT_ALLOWED");
}

TEST_F(WriteTest, IsAtFaultWhenTheHandlerNeverShowsTheDepartment) {
  bodies_.create_form = [](const Call&, work::UnitOfWork& unit) -> absl::StatusOr<Form> {
    unit.tx().Queue(kInsert, {"unguarded"});
    return Form();
  };
  const grpc::Status status = Create(CreateRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(NoteCount(), "0");
}

TEST_F(WriteTest, RefusesARecordOfAnotherDepartment) {
  bodies_.create_form = [](const Call& call, work::UnitOfWork&) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/2"));
    return Form();
  };
  const grpc::Status status = Create(CreateRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(WireReason(status), "FOREIGN_DEPARTMENT");
}

TEST_F(WriteTest, TakesAnExceptionForAFaultAndTellsNothingOfIt) {
  bodies_.create_form = [](const Call& call, work::UnitOfWork& unit) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(WriteNote(call, unit, "n").status());
    throw std::runtime_error("hunter2");
  };
  grpc::Status status = Create(CreateRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(WireReason(status), "INTERNAL");
  EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr("hunter2")));
  bodies_.create_form = [](const Call&, work::UnitOfWork&) -> absl::StatusOr<Form> { throw 7; };
  EXPECT_EQ(WireReason(Create(CreateRequest())), "INTERNAL");
  EXPECT_EQ(NoteCount(), "0");
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(WriteTest, TakesABrokenConstraintForAFault) {
  bodies_.create_form = [](const Call& call, work::UnitOfWork& unit) {
    unit.tx().Queue(kInsert, {"same"});
    return WriteNote(call, unit, "same");
  };
  EXPECT_EQ(WireReason(Create(CreateRequest())), "INTERNAL");
}

TEST_F(WriteTest, AsksPeersFirstAndHandsOverWhatTheySaid) {
  bodies_.prepare_submit = [](const Call&) -> absl::StatusOr<std::string> { return "asked"; };
  bodies_.submit_form = [](const Call& call, work::UnitOfWork& unit, const std::string& prepared) {
    return WriteNote(call, unit, prepared);
  };
  Form form;
  ASSERT_TRUE(Submit("x", &form).ok());
  EXPECT_EQ(form.name(), "forms/asked");
}

TEST_F(WriteTest, GivesARepeatTheFirstAnswerThoughAPeerIsAwayNow) {
  bodies_.prepare_submit = [](const Call&) -> absl::StatusOr<std::string> { return "asked"; };
  bodies_.submit_form = [](const Call& call, work::UnitOfWork& unit, const std::string& prepared) {
    return WriteNote(call, unit, prepared);
  };
  ASSERT_TRUE(Submit("x").ok());
  bodies_.prepare_submit = [](const Call&) -> absl::StatusOr<std::string> {
    return absl::UnavailableError("policy is away");
  };
  Form form;
  ASSERT_TRUE(Submit("x", &form).ok());
  EXPECT_EQ(form.name(), "forms/asked");
  EXPECT_EQ(WireReason(Submit("y")), "REQUEST_ID_REUSED");
}

class ValidateOnlyTest : public HandlerTest {
 protected:
  ValidateOnlyTest() {
    request_.set_content("code,name\n");
    request_.set_validate_only(true);
    request_.set_request_id(kRequestId);
  }

  registry::v1::ImportDepartmentsRequest request_;
  registry::v1::ImportDepartmentsResponse response_;
};

TEST_F(ValidateOnlyTest, AnswersAndLeavesNoTrace) {
  bodies_.import =
      [](const Call& call,
         work::UnitOfWork& unit) -> absl::StatusOr<registry::v1::ImportDepartmentsResponse> {
    RETURN_IF_ERROR(WriteNote(call, unit, "n").status());
    registry::v1::ImportDepartmentsResponse response;
    response.set_row_count(7);
    return response;
  };
  ASSERT_TRUE(Import(request_, &response_).ok());
  EXPECT_EQ(response_.row_count(), 7);
  EXPECT_EQ(NoteCount(), "0");
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_EQ(db_.Value("SELECT count(*) FROM request_log"), "0");
  EXPECT_EQ(committed_, 0);
  request_.set_validate_only(false);
  ASSERT_TRUE(Import(request_, &response_).ok()) << "the same request_id, in earnest";
  EXPECT_EQ(NoteCount(), "1");
}

TEST_F(ValidateOnlyTest, FindsWhatOnlyTheCommitWouldFind) {
  bodies_.import =
      [](const Call&,
         work::UnitOfWork& unit) -> absl::StatusOr<registry::v1::ImportDepartmentsResponse> {
    unit.tx().QueueOne(kUpdateNone, {"none"}, EtagMismatch());
    return registry::v1::ImportDepartmentsResponse();
  };
  EXPECT_EQ(WireReason(Import(request_, &response_)), "ETAG_MISMATCH");
  bodies_.import =
      [](const Call&,
         work::UnitOfWork& unit) -> absl::StatusOr<registry::v1::ImportDepartmentsResponse> {
    unit.tx().Queue(kInsertChecked, {"twice"});
    unit.tx().Queue(kInsertChecked, {"twice"});
    return registry::v1::ImportDepartmentsResponse();
  };
  EXPECT_EQ(WireReason(Import(request_, &response_)), "INTERNAL") << "a deferred constraint";
}

class ReadTest : public HandlerTest {};

TEST_F(ReadTest, AnnouncesEachReadingOfPersonalData) {
  bodies_.get_form = [](const Call& call, pg::Transaction&) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/1"));
    Form form;
    form.set_name("forms/f");
    return form;
  };
  ASSERT_TRUE(Get("forms/f").ok());
  ASSERT_THAT(Events(), SizeIs(1));
  const event::v1::Event event = Events()[0];
  EXPECT_EQ(event.type(), "data.read");
  EXPECT_EQ(event.resource(), "forms/f");
  EXPECT_EQ(event.actor().subject(), "users/hirose");
  EXPECT_EQ(event.outcome(), event::v1::Event::OUTCOME_OK);
  EXPECT_EQ(committed_, 1);
}

TEST_F(ReadTest, NamesTheCollectionWhenAListWasRead) {
  bodies_.list_forms = [](const Call& call, pg::Transaction&) {
    EXPECT_EQ(call.OnlyDepartment(), "departments/1");
    return approval::v1::ListFormsResponse();
  };
  grpc::ClientContext context;
  server_.SignIn(context, "hirose", {"DEPARTMENT_STAFF"}, "1");
  approval::v1::ListFormsRequest request;
  request.set_department("departments/1");
  approval::v1::ListFormsResponse response;
  ASSERT_TRUE(
      approval::v1::FormService::NewStub(channel_)->ListForms(&context, request, &response).ok());
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].resource(), "forms");
  EXPECT_EQ(Events()[0].department(), "departments/1");
}

TEST_F(ReadTest, GivesNoAnswerThatCannotBeAudited) {
  bodies_.get_form = [](const Call& call, pg::Transaction&) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/1"));
    return Form();
  };
  db_.Execute("ALTER TABLE outbox RENAME TO gone");
  Form form;
  EXPECT_FALSE(Get("forms/f", &form).ok());
  EXPECT_EQ(form.name(), "");
}

TEST_F(ReadTest, CannotChangeAnything) {
  bodies_.get_guideline = [](const Call&,
                             pg::Transaction& tx) -> absl::StatusOr<policy::v1::Guideline> {
    RETURN_IF_ERROR(tx.Execute(kInsert, {"sneaked in"}).status());
    return policy::v1::Guideline();
  };
  grpc::ClientContext context;
  server_.SignIn(context, "kansa", {"AUDITOR"});
  policy::v1::Guideline guideline;
  EXPECT_FALSE(
      policy::v1::PolicyService::NewStub(channel_)->GetGuideline(&context, {}, &guideline).ok());
  EXPECT_EQ(NoteCount(), "0");
}

TEST_F(ReadTest, SeesTheDatabaseAsOfOneMoment) {
  bodies_.get_guideline = [this](const Call&,
                                 pg::Transaction& tx) -> absl::StatusOr<policy::v1::Guideline> {
    ASSIGN_OR_RETURN(const pg::Result before, tx.Execute(kCount, {}));
    db_.Execute("INSERT INTO note (text) VALUES ('meanwhile')");
    ASSIGN_OR_RETURN(const pg::Result after, tx.Execute(kCount, {}));
    EXPECT_EQ(before[0].Int64(0), after[0].Int64(0));
    policy::v1::Guideline guideline;
    guideline.set_id("seen");
    return guideline;
  };
  grpc::ClientContext context;
  server_.SignIn(context, "kansa", {"AUDITOR"});
  policy::v1::Guideline guideline;
  ASSERT_TRUE(
      policy::v1::PolicyService::NewStub(channel_)->GetGuideline(&context, {}, &guideline).ok());
  EXPECT_EQ(guideline.id(), "seen");
  EXPECT_THAT(Events(), IsEmpty()) << "nothing personal in a guideline";
}

TEST_F(ReadTest, SeesTheDatabaseAsOfOneMomentAlsoWhenItIsAnnounced) {
  bodies_.get_form = [this](const Call& call, pg::Transaction& tx) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/1"));
    ASSIGN_OR_RETURN(const pg::Result before, tx.Execute(kCount, {}));
    db_.Execute("INSERT INTO note (text) VALUES ('meanwhile')");
    ASSIGN_OR_RETURN(const pg::Result after, tx.Execute(kCount, {}));
    EXPECT_EQ(before[0].Int64(0), after[0].Int64(0));
    return Form();
  };
  EXPECT_TRUE(Get("forms/f").ok());
  EXPECT_THAT(Events(), SizeIs(1));
}

TEST_F(ReadTest, IsAtFaultWhenTheHandlerNeverShowsTheDepartment) {
  bodies_.get_form = [](const Call&, pg::Transaction&) -> absl::StatusOr<Form> { return Form(); };
  EXPECT_EQ(WireReason(Get("forms/f")), "INTERNAL");
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_TRUE(Get("forms/f", nullptr, {"AUDITOR"}).ok()) << "an auditor reads all departments";
}

class RefusalTest : public HandlerTest {};

TEST_F(RefusalTest, IsAudited) {
  bodies_.get_form = [](const Call& call, pg::Transaction&) -> absl::StatusOr<Form> {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/2"));
    return Form();
  };
  EXPECT_EQ(WireReason(Get("forms/f")), "FOREIGN_DEPARTMENT");
  ASSERT_THAT(Events(), SizeIs(1));
  const event::v1::Event event = Events()[0];
  EXPECT_EQ(event.type(), "call.refused");
  EXPECT_EQ(event.resource(), "forms/f");
  EXPECT_EQ(event.rpc(), "daicho.approval.v1.FormService/GetForm");
  EXPECT_EQ(event.outcome(), event::v1::Event::OUTCOME_REFUSED);
  EXPECT_EQ(event.reason(), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(event.actor().subject(), "users/hirose");
  EXPECT_EQ(committed_, 1);
}

TEST_F(RefusalTest, IsAuditedWithTheDepartmentOrAccountWhenNothingElseIsNamed) {
  bodies_.create_form = [](const Call&, work::UnitOfWork&) { return EtagMismatch(); };
  EXPECT_EQ(WireReason(Create(CreateRequest())), "ETAG_MISMATCH");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].resource(), "departments/1");
  EXPECT_EQ(Events()[0].request_id(), kRequestId);
}

TEST_F(RefusalTest, IsAuditedWhenTheRoleOrTheTokenIsWrong) {
  EXPECT_EQ(WireReason(Get("forms/f", nullptr, {"ADMIN"})), "ROLE_NOT_ALLOWED");
  grpc::ClientContext context;
  Address(context, testing::Soon(), "no.such.token");
  approval::v1::GetFormRequest request;
  request.set_name("forms/g");
  Form form;
  EXPECT_EQ(
      WireReason(approval::v1::FormService::NewStub(channel_)->GetForm(&context, request, &form)),
      "TOKEN_INVALID");
  ASSERT_THAT(Events(), SizeIs(2));
  EXPECT_EQ(Events()[0].actor().subject(), "users/hirose");
  EXPECT_EQ(Events()[0].reason(), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Events()[1].actor().subject(), "anonymous");
  EXPECT_EQ(Events()[1].reason(), "TOKEN_INVALID");
  EXPECT_EQ(Events()[1].resource(), "forms/g");
  EXPECT_EQ(Events()[1].rpc(), "daicho.approval.v1.FormService/GetForm");
  for (const event::v1::Event& event : Events()) {
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr("no.such.token")));
  }
}

TEST_F(RefusalTest, NamesNoResourceThatCannotBeOne) {
  EXPECT_EQ(WireReason(Get("forms/\x01")), "INVALID_FIELD");
  EXPECT_EQ(WireReason(Get(std::string(201, 'x'), nullptr, {"ADMIN"})), "ROLE_NOT_ALLOWED");
  ASSERT_THAT(Events(), SizeIs(2));
  EXPECT_EQ(Events()[0].resource(), "");
  EXPECT_EQ(Events()[1].resource(), "");
  EXPECT_EQ(db_.Value("SELECT DISTINCT subject FROM outbox"),
            "daicho.approval.v1.FormService/GetForm");
}

TEST_F(RefusalTest, IsGivenThoughItCannotBeAudited) {
  db_.Execute("ALTER TABLE outbox RENAME TO gone");
  EXPECT_EQ(WireReason(Get("forms/f", nullptr, {"ADMIN"})), "ROLE_NOT_ALLOWED");
  const std::string metrics = prometheus::TextSerializer().Serialize(registry_->Collect());
  EXPECT_THAT(metrics, HasSubstr("daicho_refusals_not_audited_total 1"));
}

TEST_F(RefusalTest, DoesNotFillTheDatabaseWhenStrangersKnockALot) {
  const absl::Time start = absl::Now();
  const auto stub = approval::v1::FormService::NewStub(channel_);
  constexpr int kCalls = 400;
  for (int i = 0; i < kCalls; ++i) {
    grpc::ClientContext context;
    Form form;
    EXPECT_EQ(WireReason(stub->GetForm(&context, {}, &form)), "TOKEN_MISSING");
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  const std::size_t audited = Events().size();
  EXPECT_LE(audited, 50 + 50 * seconds + 1);
  const std::string metrics = prometheus::TextSerializer().Serialize(registry_->Collect());
  EXPECT_THAT(metrics,
              HasSubstr("daicho_refusals_not_audited_total " + std::to_string(kCalls - audited)));
  EXPECT_EQ(WireReason(Get("forms/f", nullptr, {"ADMIN"})), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Events().back().reason(), "ROLE_NOT_ALLOWED")
      << "people who signed in are always audited";
}

// A database that is away.
class NoDatabase {
 protected:
  pg::Pool away_{{"host=/nowhere dbname=none", 1}};
};

class DatabaseAwayTest : private NoDatabase, public HandlerTest {
 protected:
  DatabaseAwayTest() : HandlerTest(&away_) {}
};

TEST_F(DatabaseAwayTest, StillRefusesAndTellsTheOthersToTryAgain) {
  EXPECT_EQ(WireReason(Get("forms/f", nullptr, {"ADMIN"})), "ROLE_NOT_ALLOWED");
  bodies_.create_form = [](const Call&, work::UnitOfWork&) -> absl::StatusOr<Form> {
    return Form();
  };
  const grpc::Status status = Create(CreateRequest());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(WireReason(status), "BACKEND_UNAVAILABLE");
}

class MetricsTest : public HandlerTest {};

TEST_F(MetricsTest, CountCallsByRpcAndCode) {
  bodies_.get_form = [](const Call&, pg::Transaction&) -> absl::StatusOr<Form> { return Form(); };
  ASSERT_TRUE(Get("forms/f", nullptr, {"AUDITOR"}).ok());
  ASSERT_TRUE(Get("forms/f", nullptr, {"AUDITOR"}).ok());
  EXPECT_FALSE(Get("forms/f", nullptr, {"ADMIN"}).ok());
  const std::string text = prometheus::TextSerializer().Serialize(registry_->Collect());
  EXPECT_THAT(text, HasSubstr("daicho_calls_in_flight 0"));
  EXPECT_THAT(text, HasSubstr(R"(daicho_call_duration_seconds_count{rpc="daicho.approval.v1)"
                              R"(.FormService.GetForm"} 3)"));
  for (const char* line :
       {R"(code="OK",rpc="daicho.approval.v1.FormService.GetForm"} 2)",
        R"(code="PERMISSION_DENIED",rpc="daicho.approval.v1.FormService.GetForm"} 1)"}) {
    EXPECT_THAT(text, HasSubstr(std::string("daicho_calls_total{") + line));
  }
}

TEST(StatementsTest, FitTheSchema) {
  const testing::Database db{{kNotes}};
  const absl::Status prepared = testing::PrepareAll(db.conninfo());
  EXPECT_TRUE(prepared.ok()) << prepared;
}

}  // namespace
}  // namespace daicho::rpc
