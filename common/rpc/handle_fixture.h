// For tests of the handler path: an RPC of each sort, whose bodies the test gives.
#pragma once

#include <gmock/gmock.h>
#include <prometheus/registry.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "common/rpc/handle.h"
#include "common/rpc/metrics.h"
#include "common/rpc/testing/server.h"
#include "common/rpc/testing/status.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "daicho/event/v1/event.pb.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "tests/support/database.h"

namespace daicho::rpc {

using approval::v1::Form;

// What the handlers do; a test sets those it needs.
struct Bodies {
  std::function<absl::StatusOr<Form>(const Call&, work::UnitOfWork&)> create_form;
  std::function<absl::StatusOr<std::string>(const Call&)> prepare_submit;
  std::function<absl::StatusOr<Form>(const Call&, work::UnitOfWork&, const std::string&)>
      submit_form;
  std::function<absl::StatusOr<Form>(const Call&, pg::Transaction&)> get_form;
  std::function<absl::StatusOr<approval::v1::ListFormsResponse>(const Call&, pg::Transaction&)>
      list_forms;
  std::function<absl::StatusOr<registry::v1::ImportDepartmentsResponse>(const Call&,
                                                                        work::UnitOfWork&)>
      import;
  std::function<absl::StatusOr<policy::v1::Guideline>(const Call&, pg::Transaction&)> get_guideline;
  std::function<absl::StatusOr<audit::v1::AppendEventsResponse>(const Call&, work::UnitOfWork&)>
      append;
};

inline constexpr Method kCreateForm{"daicho.approval.v1.FormService.CreateForm"};
inline constexpr Method kSubmitForm{"daicho.approval.v1.FormService.SubmitForm"};
inline constexpr Method kGetForm{"daicho.approval.v1.FormService.GetForm"};
inline constexpr Method kListForms{"daicho.approval.v1.FormService.ListForms"};
inline constexpr Method kImport{"daicho.registry.v1.DepartmentService.ImportDepartments"};
inline constexpr Method kGetGuideline{"daicho.policy.v1.PolicyService.GetGuideline"};
inline constexpr Method kAppend{"daicho.audit.v1.AuditService.AppendEvents"};

class Forms final : public approval::v1::FormService::Service {
 public:
  Forms(const Env& env, const Bodies* bodies) : env_(env), bodies_(bodies) {}
  grpc::Status CreateForm(grpc::ServerContext* context,
                          const approval::v1::CreateFormRequest* request, Form* response) override {
    return Write(env_, *context, kCreateForm, *request, response, bodies_->create_form);
  }
  grpc::Status SubmitForm(grpc::ServerContext* context,
                          const approval::v1::SubmitFormRequest* request, Form* response) override {
    return WriteAfter(env_, *context, kSubmitForm, *request, response, bodies_->prepare_submit,
                      bodies_->submit_form);
  }
  grpc::Status GetForm(grpc::ServerContext* context, const approval::v1::GetFormRequest* request,
                       Form* response) override {
    return Read(env_, *context, kGetForm, *request, response, bodies_->get_form);
  }
  grpc::Status ListForms(grpc::ServerContext* context,
                         const approval::v1::ListFormsRequest* request,
                         approval::v1::ListFormsResponse* response) override {
    return Read(env_, *context, kListForms, *request, response, bodies_->list_forms);
  }

 private:
  const Env env_;
  const Bodies* const bodies_;
};

class Departments final : public registry::v1::DepartmentService::Service {
 public:
  Departments(const Env& env, const Bodies* bodies) : env_(env), bodies_(bodies) {}
  grpc::Status ImportDepartments(grpc::ServerContext* context,
                                 const registry::v1::ImportDepartmentsRequest* request,
                                 registry::v1::ImportDepartmentsResponse* response) override {
    return Write(env_, *context, kImport, *request, response, bodies_->import);
  }

 private:
  const Env env_;
  const Bodies* const bodies_;
};

class Policies final : public policy::v1::PolicyService::Service {
 public:
  Policies(const Env& env, const Bodies* bodies) : env_(env), bodies_(bodies) {}
  grpc::Status GetGuideline(grpc::ServerContext* context,
                            const policy::v1::GetGuidelineRequest* request,
                            policy::v1::Guideline* response) override {
    return Read(env_, *context, kGetGuideline, *request, response, bodies_->get_guideline);
  }

 private:
  const Env env_;
  const Bodies* const bodies_;
};

class Audits final : public audit::v1::AuditService::Service {
 public:
  Audits(const Env& env, const Bodies* bodies) : env_(env), bodies_(bodies) {}
  grpc::Status AppendEvents(grpc::ServerContext* context,
                            const audit::v1::AppendEventsRequest* request,
                            audit::v1::AppendEventsResponse* response) override {
    return Write(env_, *context, kAppend, *request, response, bodies_->append);
  }

 private:
  const Env env_;
  const Bodies* const bodies_;
};

inline const pg::Migration kNotes{
    "9001_note",
    "CREATE TABLE note (text text PRIMARY KEY);"
    "CREATE TABLE checked (text text UNIQUE DEFERRABLE INITIALLY DEFERRED)"};

// What stands in the outbox, oldest first, read as the relay carries it.
std::vector<event::v1::Event> EventsIn(pg::Pool& pool);

// A server of all of them, on a database with a table `note`.
class HandlerTest : public ::testing::Test {
 protected:
  explicit HandlerTest(pg::Pool* pool = nullptr);

  static constexpr char kRequestId[] = "0190f1e2-7c3a-7d4b-8a5c-6e7f80912233";

  // A request of users/hirose, staff of department 1, that is in order.
  static approval::v1::CreateFormRequest CreateRequest();
  // Sends it, as users/hirose or somebody else of department 1.
  grpc::Status Create(const approval::v1::CreateFormRequest& request, Form* form = nullptr,
                      const std::string& subject = "hirose");
  grpc::Status Submit(const std::string& comment, Form* form = nullptr);
  grpc::Status Get(const std::string& name, Form* form = nullptr,
                   const std::vector<std::string>& roles = {"DEPARTMENT_STAFF"});
  grpc::Status Import(const registry::v1::ImportDepartmentsRequest& request,
                      registry::v1::ImportDepartmentsResponse* response);

  // A body for create_form: writes a note, announces it, and names it in the answer.
  static absl::StatusOr<Form> WriteNote(const Call& call, work::UnitOfWork& unit,
                                        const std::string& text);

  // Events in the outbox, oldest first.
  std::vector<event::v1::Event> Events();
  std::string NoteCount() { return db_.Value("SELECT count(*) FROM note"); }

  testing::Database db_{{kNotes}};
  testing::FixedClock clock_{absl::FromUnixSeconds(1764000000)};
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  CallMetrics metrics_{*registry_};
  std::atomic<int> committed_{0};
  Bodies bodies_;
  testing::Server server_;
  std::shared_ptr<grpc::Channel> channel_ = server_.ChannelOf();
};

using testing::WireReason;

}  // namespace daicho::rpc
