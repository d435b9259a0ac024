#include "common/rpc/handle_fixture.h"

#include "common/wire/sealed_event.h"

namespace daicho::rpc {
namespace {

const pg::Statement kInsertNote{"test_insert_note", R"sql(INSERT INTO note (text) VALUES ($1))sql"};
const pg::Statement kSelectOutbox{"test_select_outbox",
                                  R"sql(SELECT payload FROM outbox ORDER BY position)sql"};

}  // namespace

HandlerTest::HandlerTest(pg::Pool* pool)
    : server_({.service = "approval",
               .grpc_services = {"daicho.approval.v1.FormService",
                                 "daicho.registry.v1.DepartmentService",
                                 "daicho.policy.v1.PolicyService", "daicho.audit.v1.AuditService",
                                 "grpc.health.v1.Health"},
               .pool = pool != nullptr ? pool : &db_.pool(),
               .clock = &clock_,
               .services = {"registry", "console"},
               .metrics = &metrics_,
               .committed = [this] { ++committed_; },
               .build =
                   [this](const Env& env) {
                     std::vector<std::unique_ptr<grpc::Service>> services;
                     services.push_back(std::make_unique<Forms>(env, &bodies_));
                     services.push_back(std::make_unique<Departments>(env, &bodies_));
                     services.push_back(std::make_unique<Policies>(env, &bodies_));
                     services.push_back(std::make_unique<Audits>(env, &bodies_));
                     return services;
                   }}) {}

approval::v1::CreateFormRequest HandlerTest::CreateRequest() {
  approval::v1::CreateFormRequest request;
  request.set_department("departments/1");
  request.set_request_id(kRequestId);
  request.mutable_content()->set_action(Form::ACTION_OPEN);
  return request;
}

grpc::Status HandlerTest::Create(const approval::v1::CreateFormRequest& request, Form* form,
                                 const std::string& subject) {
  Form unused;
  grpc::ClientContext context;
  server_.SignIn(context, subject, {"DEPARTMENT_STAFF"}, "1");
  return approval::v1::FormService::NewStub(channel_)->CreateForm(&context, request,
                                                                  form == nullptr ? &unused : form);
}

grpc::Status HandlerTest::Submit(const std::string& comment, Form* form) {
  Form unused;
  grpc::ClientContext context;
  server_.SignIn(context, "hirose", {"DEPARTMENT_STAFF"}, "1");
  approval::v1::SubmitFormRequest request;
  request.set_name("forms/f");
  request.set_etag("\"1\"");
  request.set_comment(comment);
  request.set_request_id(kRequestId);
  return approval::v1::FormService::NewStub(channel_)->SubmitForm(&context, request,
                                                                  form == nullptr ? &unused : form);
}

grpc::Status HandlerTest::Get(const std::string& name, Form* form,
                              const std::vector<std::string>& roles) {
  Form unused;
  grpc::ClientContext context;
  server_.SignIn(context, "hirose", roles, "1");
  approval::v1::GetFormRequest request;
  request.set_name(name);
  return approval::v1::FormService::NewStub(channel_)->GetForm(&context, request,
                                                               form == nullptr ? &unused : form);
}

grpc::Status HandlerTest::Import(const registry::v1::ImportDepartmentsRequest& request,
                                 registry::v1::ImportDepartmentsResponse* response) {
  grpc::ClientContext context;
  server_.SignIn(context, "root", {"ADMIN"});
  return registry::v1::DepartmentService::NewStub(channel_)->ImportDepartments(&context, request,
                                                                               response);
}

absl::StatusOr<Form> HandlerTest::WriteNote(const Call& call, work::UnitOfWork& unit,
                                            const std::string& text) {
  RETURN_IF_ERROR(call.AdmitDepartment("departments/1"));
  unit.tx().Queue(kInsertNote, {text});
  Event event;
  event.type = "form.created";
  event.resource = "forms/" + text;
  event.related = {"accounts/a"};
  event.department = "departments/1";
  event.reason = "開設のため";
  event.changes = {{"fields.purpose", "", "広報"}};
  RETURN_IF_ERROR(unit.Announce(event));
  Form form;
  form.set_name("forms/" + text);
  return form;
}

std::vector<event::v1::Event> HandlerTest::Events() { return EventsIn(db_.pool()); }

std::vector<event::v1::Event> EventsIn(pg::Pool& pool) {
  std::vector<event::v1::Event> events;
  auto lease = pool.Acquire(testing::Soon());
  pg::Transaction tx = (*lease)->Begin(testing::Soon());
  const auto rows = tx.Execute(kSelectOutbox, {});
  EXPECT_TRUE(rows.ok()) << rows.status();
  for (int i = 0; rows.ok() && i < rows->size(); ++i) {
    event::v1::Parcel parcel;
    EXPECT_TRUE(wire::ReadParcel((*rows)[i].Bytes(0), parcel));
    events.push_back(wire::EventIn(parcel).value());
  }
  return events;
}

}  // namespace daicho::rpc
