#include "services/approval/testing/fixture.h"

#include <utility>

#include "absl/time/civil_time.h"
#include "common/base/sha256.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "common/wire/sealed_event.h"
#include "daicho/approval/v1/attachment_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "services/approval/advice_service.h"
#include "services/approval/attachment_service.h"
#include "services/approval/document_service.h"
#include "services/approval/schema.h"
#include "services/approval/service.h"
#include "services/approval/testing/files.h"

namespace daicho::approval {
namespace {

using registry::v1::Department;

testing::Server::Options OptionsOf(pg::Pool* pool, const Clock* clock,
                                   std::shared_ptr<const Peers> peers,
                                   std::shared_ptr<grpc::Channel> registry) {
  return {
      .service = "approval",
      .grpc_services = {"daicho.approval.v1.AdviceService", "daicho.approval.v1.AttachmentService",
                        "daicho.approval.v1.DocumentService", "daicho.approval.v1.FormService"},
      .pool = pool,
      .clock = clock,
      .services = {"policy", "registry"},
      .build = [peers = std::move(peers), registry = std::move(registry)](const rpc::Env& env) {
        std::vector<std::unique_ptr<grpc::Service>> services;
        services.push_back(std::make_unique<FormServiceImpl>(
            env, peers,
            FormServiceImpl::Options{.pr_office = "departments/0101",
                                     .desks = {.personal_data = "departments/0104",
                                               .it_security = "departments/0102"}}));
        services.push_back(std::make_unique<AttachmentServiceImpl>(env));
        services.push_back(std::make_unique<AdviceServiceImpl>(env, registry));
        services.push_back(
            std::make_unique<DocumentServiceImpl>(env, peers, paper::Fonts::Load().value()));
        return services;
      }};
}

constexpr char kPolicyFile[] = "usage-policy.pdf";

template <typename Request>
Request RequestOn(const v1::Form& form) {
  Request request;
  request.set_name(form.name());
  request.set_etag(form.etag());
  request.set_request_id(NewId());
  return request;
}

registry::v1::GovernedFields Governed(const std::string& purpose) {
  registry::v1::GovernedFields fields;
  fields.set_platform("x");
  fields.set_handle("tokushima_edu");
  fields.set_display_name("徳島県の学校");
  fields.set_url("https://x.com/tokushima_edu");
  fields.set_operator_type(registry::v1::GovernedFields::OPERATOR_TYPE_DIRECT);
  fields.mutable_term()->set_permanent(true);
  fields.set_purpose(purpose);
  fields.set_audience("県民");
  fields.set_topics("行事");
  auto& method = *fields.mutable_publishing_method();
  method.set_publishing_department("学校教育課");
  method.mutable_account_manager()->set_display_name("三好");
  method.add_operators()->set_display_name("広瀬");
  method.add_operators()->set_display_name("藤原 \"次席\" \\{1}");
  method.set_frequency("週3回");
  method.set_timing("随時");
  method.set_operating_hours("開庁時間");
  fields.mutable_decision_makers()->mutable_head()->set_display_name("課長");
  fields.set_reply_policy("返信しない");
  fields.mutable_personal_data()->set_handling("収集しない");
  fields.set_overlap_statement("重複なし");
  fields.add_goals()->set_metric("リーチ数");
  fields.set_verification_plan("申請する");
  fields.add_listing_urls("https://www.pref.example/sns/");
  fields.set_policy_url("https://www.pref.example/policy/");
  return fields;
}

// What every form has.
v1::FormContent ContentOf(v1::Form::Action action, const std::string& account = "") {
  v1::FormContent content;
  content.set_action(action);
  content.set_account(account);
  if (!account.empty()) content.set_account_etag("\"3\"");
  *content.mutable_submitted_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 22));
  content.set_addressee("秘書課長");
  content.set_department_head("課長");
  content.mutable_contact()->set_display_name("広瀬");
  content.mutable_contact()->set_extension("3147");
  content.mutable_contact()->set_email("edu@pref.example");
  *content.mutable_effective_on() = daicho::wire::ToDate(absl::CivilDay(2026, 12, 1));
  return content;
}

v1::Attachment PolicyDraft() {
  const std::string file = testing::Pdf();
  v1::Attachment attachment;
  attachment.set_file_name(kPolicyFile);
  attachment.set_media_type("application/pdf");
  attachment.set_sha256(Sha256(file));
  attachment.set_size_bytes(static_cast<std::int64_t>(file.size()));
  return attachment;
}

}  // namespace

std::string NewId() { return NewUuid(absl::Now()); }

std::vector<std::string> BadFields(const absl::Status& status) {
  google::rpc::BadRequest bad;
  if (const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest")) {
    bad.ParseFromString(std::string(*payload));
  }
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

v1::FormContent OpenContent() {
  v1::FormContent content = ContentOf(v1::Form::ACTION_OPEN);
  *content.mutable_fields() = Governed("学校教育の広報");
  *content.add_attachments() = PolicyDraft();
  return content;
}

v1::FormContent ChangeContent(const std::string& account) {
  v1::FormContent content = ContentOf(v1::Form::ACTION_CHANGE, account);
  content.set_change_reason("対象の拡大");
  *content.mutable_fields() = Governed("防災");
  *content.add_attachments() = PolicyDraft();
  return content;
}

v1::FormContent CloseContent(const std::string& account) {
  v1::FormContent content = ContentOf(v1::Form::ACTION_CLOSE, account);
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_OTHER);
  content.mutable_closing()->set_reason_detail("事業の終了");
  auto& plan = *content.mutable_closing_plan();
  plan.set_notice("固定した投稿");
  *plan.mutable_notice_until() = content.effective_on();
  plan.set_removal("設定画面から削除する");
  plan.set_handle_protection("毎月確認する");
  plan.set_data_retention("5年間保存する");
  *plan.mutable_unlist_on() = content.effective_on();
  return content;
}

v1::FormContent GrantContent(const std::string& account) {
  v1::FormContent content = ContentOf(v1::Form::ACTION_GRANT, account);
  content.clear_account_etag();
  auto& use = *content.mutable_use();
  use.add_users()->set_display_name("広瀬");
  use.add_users()->set_subject("users/fujiwara");
  use.mutable_users(1)->set_display_name("藤原");
  use.set_purpose("観光情報を随時発信するため");
  use.set_safekeeping("課長が金庫で保管する");
  return content;
}

v1::FormContent UrgentContent(const std::string& account) {
  v1::FormContent content = CloseContent(account);
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_SECURITY);
  content.mutable_closing()->set_reason_detail("不審なログイン");
  content.set_urgent(true);
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

void ApprovalTest::Attach(const Somebody& who, const v1::Form& form) {
  v1::UploadAttachmentRequest first, piece;
  piece.set_chunk(testing::Pdf());
  first.mutable_header()->set_form(form.name());
  first.mutable_header()->set_file_name(kPolicyFile);
  first.mutable_header()->set_size_bytes(static_cast<std::int64_t>(piece.chunk().size()));
  first.mutable_header()->set_request_id(NewId());
  grpc::ClientContext context;
  server_.SignIn(context, who.subject, who.roles, who.department);
  v1::AttachmentFile file;
  const auto writer =
      v1::AttachmentService::NewStub(server_.ChannelOf())->UploadAttachment(&context, &file);
  if (writer->Write(first)) writer->Write(piece);
  writer->WritesDone();
  (void)writer->Finish();  // Refused where it is there already, or the form cannot be submitted.
}

absl::StatusOr<v1::Form> ApprovalTest::Submit(const Somebody& who, const v1::Form& form) {
  const auto& named = form.content().attachments();
  if (!named.empty() && named[0].file_name() == kPolicyFile) Attach(who, form);
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
  account.set_department("departments/0802");
  *account.mutable_fields() = Governed(purpose);
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
