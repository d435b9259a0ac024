#include "services/approval/testing/fixture.h"

#include <utility>

#include "common/base/uuid.h"
#include "common/wire/sealed_event.h"
#include "services/approval/advice_service.h"
#include "services/approval/attachment_service.h"
#include "services/approval/schema.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

using registry::v1::Department;

testing::Server::Options OptionsOf(pg::Pool* pool, const Clock* clock,
                                   std::shared_ptr<const Peers> peers,
                                   std::shared_ptr<grpc::Channel> registry) {
  return {
      .service = "approval",
      .grpc_services = {"daicho.approval.v1.AdviceService", "daicho.approval.v1.AttachmentService",
                        "daicho.approval.v1.FormService"},
      .pool = pool,
      .clock = clock,
      .services = {"policy", "registry"},
      .build = [peers = std::move(peers), registry = std::move(registry)](const rpc::Env& env) {
        std::vector<std::unique_ptr<grpc::Service>> services;
        services.push_back(std::make_unique<FormServiceImpl>(
            env, peers, "departments/0101",
            Desks{.personal_data = "departments/0104", .it_security = "departments/0102"}));
        services.push_back(std::make_unique<AttachmentServiceImpl>(env));
        services.push_back(std::make_unique<AdviceServiceImpl>(env, registry));
        return services;
      }};
}

template <typename Request>
Request RequestOn(const v1::Form& form) {
  Request request;
  request.set_name(form.name());
  request.set_etag(form.etag());
  request.set_request_id(NewId());
  return request;
}

}  // namespace

std::string NewId() { return NewUuid(absl::Now()); }

v1::FormContent OpenContent() {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_OPEN);
  content.set_addressee("秘書課長");
  content.mutable_effective_on()->set_year(2026);
  content.mutable_effective_on()->set_month(12);
  content.mutable_effective_on()->set_day(1);
  auto& fields = *content.mutable_fields();
  fields.set_platform("x");
  fields.set_handle("tokushima_edu");
  fields.set_url("https://x.com/tokushima_edu");
  fields.set_purpose("学校教育の広報");
  fields.mutable_publishing_method()->add_operators()->set_display_name("広瀬");
  fields.mutable_publishing_method()->add_operators()->set_display_name("藤原 \"次席\" \\{1}");
  return content;
}

v1::FormContent ChangeContent(const std::string& account) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CHANGE);
  content.set_account(account);
  content.set_account_etag("\"3\"");
  content.set_change_reason("対象の拡大");
  content.mutable_fields()->set_purpose("防災");
  return content;
}

v1::FormContent CloseContent(const std::string& account) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_CLOSE);
  content.set_account(account);
  content.set_account_etag("\"3\"");
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_OTHER);
  content.mutable_closing()->set_reason_detail("事業の終了");
  return content;
}

ApprovalTest::ApprovalTest()
    : database_(Schema()),
      server_(OptionsOf(&database_.pool(), &clock_, peers_, registry_.channel())),
      stub_(v1::FormService::NewStub(server_.ChannelOf())) {
  directory_.Put("0802", "学校教育課", Department::KIND_EDUCATION_BOARD, "0801");
  directory_.Put("0801", "教育政策課", Department::KIND_EDUCATION_BOARD, "");
  directory_.Put("0301", "観光課", Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.Put("0101", "秘書課", Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.Put("0104", "個人情報担当", Department::KIND_PREFECTURAL_OFFICE, "");
  directory_.Put("0102", "スマート県庁推進課", Department::KIND_PREFECTURAL_OFFICE, "");
}

absl::StatusOr<v1::Form> ApprovalTest::Create(const Somebody& who, const v1::FormContent& content) {
  v1::CreateFormRequest request;
  request.set_department("departments/" + who.department);
  *request.mutable_content() = content;
  request.set_request_id(NewId());
  return Send(&v1::FormService::Stub::CreateForm, who, request);
}

absl::StatusOr<v1::Form> ApprovalTest::Update(const Somebody& who, const v1::Form& form,
                                              const v1::FormContent& content) {
  auto request = RequestOn<v1::UpdateFormRequest>(form);
  *request.mutable_content() = content;
  return Send(&v1::FormService::Stub::UpdateForm, who, request);
}

absl::StatusOr<v1::Form> ApprovalTest::Submit(const Somebody& who, const v1::Form& form) {
  return Send(&v1::FormService::Stub::SubmitForm, who, RequestOn<v1::SubmitFormRequest>(form));
}

absl::StatusOr<v1::Form> ApprovalTest::Agree(const Somebody& who, const v1::Form& form,
                                             const std::string& comment) {
  auto request = RequestOn<v1::DecideFormRequest>(form);
  request.set_decision(v1::DecideFormRequest::DECISION_AGREE);
  request.set_comment(comment);
  return Send(&v1::FormService::Stub::DecideForm, who, request);
}

absl::StatusOr<v1::Form> ApprovalTest::Return(const Somebody& who, const v1::Form& form,
                                              const std::string& comment) {
  auto request = RequestOn<v1::DecideFormRequest>(form);
  request.set_decision(v1::DecideFormRequest::DECISION_RETURN);
  request.set_comment(comment);
  return Send(&v1::FormService::Stub::DecideForm, who, request);
}

absl::StatusOr<v1::Form> ApprovalTest::Withdraw(const Somebody& who, const v1::Form& form) {
  return Send(&v1::FormService::Stub::WithdrawForm, who, RequestOn<v1::WithdrawFormRequest>(form));
}

absl::StatusOr<v1::Form> ApprovalTest::Get(const Somebody& who, const v1::Form& form) {
  v1::GetFormRequest request;
  request.set_name(form.name());
  return Send(&v1::FormService::Stub::GetForm, who, request);
}

v1::Form ApprovalTest::Drafted(const v1::FormContent& content) {
  return Create(kStaff, content).value();
}

v1::Form ApprovalTest::Submitted(const v1::FormContent& content) {
  return Submit(kStaff, Drafted(content)).value();
}

v1::Form ApprovalTest::UnderReview(const v1::FormContent& content) {
  return Agree(kViaHead, Agree(kHead, Submitted(content)).value()).value();
}

v1::Form ApprovalTest::Agreed(const v1::FormContent& content) {
  return Agree(kPrOffice, UnderReview(content)).value();
}

std::string ApprovalTest::PutAccount(const std::string& purpose) {
  registry::v1::Account account;
  account.set_name("accounts/" + NewId());
  account.set_etag("\"3\"");
  account.mutable_fields()->set_purpose(purpose);
  ledger_.Put(account);
  return account.name();
}

std::vector<event::v1::Event> ApprovalTest::Events() {
  pg::Connection connection = database_.Connect();
  const pg::Result rows =
      connection
          .QueryOnce("SELECT payload FROM outbox WHERE destination = 'audit' ORDER BY position",
                     testing::Soon())
          .value();
  std::vector<event::v1::Event> events;
  for (int i = 0; i < rows.size(); ++i) {
    event::v1::Parcel parcel;
    EXPECT_TRUE(daicho::wire::ReadParcel(rows[i].Bytes(0), parcel));
    events.push_back(daicho::wire::EventIn(parcel).value());
  }
  return events;
}

std::vector<std::string> ApprovalTest::EventTypes() {
  std::vector<std::string> types;
  for (const event::v1::Event& event : Events()) {
    if (event.type().rfind("form.", 0) == 0) types.push_back(event.type());
  }
  return types;
}

}  // namespace daicho::approval
