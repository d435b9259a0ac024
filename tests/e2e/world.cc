#include "tests/e2e/world.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "common/rpc/testing/status.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "daicho/policy/v1/finding_service.grpc.pb.h"
#include "tests/support/wait.h"

namespace daicho::testing {
namespace {

// A text like no other: ideographs by a hash.
std::string TextOf(const std::string& seed) {
  std::string text;
  for (const char c : Sha256(seed)) {
    // U+4E00 to U+4EFF.
    const auto low = static_cast<unsigned char>(c);
    text += {'\xe4', static_cast<char>(0xb8 + (low >> 6)), static_cast<char>(0x80 + (low & 0x3f))};
  }
  return text;
}

constexpr char kDepartments[] =
    "code,name,kana,kind,parent,via\n"
    "0101,秘書課,ひしょか,PREFECTURAL_OFFICE,,\n"
    "0201,観光政策課,かんこうせいさくか,PREFECTURAL_OFFICE,,\n"
    "5000,教育委員会事務局,きょういくいいんかいじむきょく,EDUCATION_BOARD,,5001\n"
    "5001,教育政策課,きょういくせいさくか,EDUCATION_BOARD,5000,\n"
    "5002,生涯学習課,しょうがいがくしゅうか,EDUCATION_BOARD,5000,5001\n";

absl::Status FromGrpc(const grpc::Status& status) { return rpc::FromGrpc(status); }

}  // namespace

std::string FreshHandle() {
  return absl::StrCat("d", NewUuid(absl::Now()).substr(9, 4),
                      absl::ToUnixNanos(absl::Now()) % 1000000000);
}

World::World(Suite::Options options) : suite_(options) {
  registry::v1::ImportDepartmentsRequest request;
  request.set_content(kDepartments);
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::ImportDepartmentsResponse response;
  const auto context = suite_.Context(&admin);
  const grpc::Status status = registry::v1::DepartmentService::NewStub(suite_.Channel("registry"))
                                  ->ImportDepartments(context.get(), request, &response);
  if (status.ok()) return;
  std::cerr << "world: " << status.error_message() << std::endl;
  std::abort();
}

World& World::Get() {
  static World world({.durable = false});
  return world;
}

const std::map<std::string, std::string>& World::names() {
  if (!names_.empty()) return names_;
  const auto draft = Draft(OpenContent(FreshHandle()));
  const auto agreed = Agreed(OpenContent(FreshHandle()));
  const auto applied = agreed.ok() ? Applied(*agreed) : agreed.status();
  const auto warning = Warn(absl::StrCat("https://x.com/", FreshHandle()));
  if (!draft.ok() || !applied.ok() || !warning.ok()) {
    std::cerr << "world: " << draft.status() << applied.status() << warning.status() << std::endl;
    std::abort();
  }
  names_ = {{"accounts", applied->application().account()},
            {"departments", absl::StrCat("departments/", kSection)},
            {"forms", draft->name()},
            {"warnings", warning->name()},
            {"reorganizations", Scheduled()}};
  names_["absences"] = Absent();
  names_["grants"] = GrantFor(names_["accounts"]);
  names_["advices"] = AdviceAbout(names_["accounts"]);
  names_["attachments"] = Attach(*draft)->name();
  names_["findings"] = Found();
  return names_;
}

std::string World::Scheduled() {
  registry::v1::ReorganizeDepartmentsRequest request;
  *request.mutable_effective_on() = wire::ToDate(TokyoDay(absl::Now()) + 300);
  auto& rename = *request.add_steps()->mutable_rename();
  rename.set_department(absl::StrCat("departments/", kOtherSection));
  rename.set_display_name("観光戦略課");
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::Reorganization response;
  const auto context = suite_.Context(&admin);
  const grpc::Status status = registry::v1::DepartmentService::NewStub(suite_.Channel("registry"))
                                  ->ReorganizeDepartments(context.get(), request, &response);
  if (!status.ok()) std::cerr << "world: " << status.error_message() << std::endl;
  return response.name();
}

std::string World::AdviceAbout(const std::string& account) {
  approval::v1::CreateAdviceRequest request;
  request.set_account(account);
  request.set_kind(approval::v1::Advice::KIND_IMPROVE);
  request.set_text("利用方針の掲載を確認してください。");
  *request.mutable_due_on() = wire::ToDate(TokyoDay(absl::Now()) + 14);
  request.set_request_id(NewUuid(absl::Now()));
  approval::v1::Advice advice;
  const auto context = suite_.Context(&pr_office);
  const grpc::Status status = approval::v1::AdviceService::NewStub(suite_.Channel("approval"))
                                  ->CreateAdvice(context.get(), request, &advice);
  if (!status.ok()) std::cerr << "world: " << status.error_message() << std::endl;
  return advice.name();
}

std::string World::Absent() {
  approval::v1::RecordAbsenceRequest request;
  request.set_department(absl::StrCat("departments/", kSection));
  request.set_person("users/away");
  request.set_reason("出張");
  *request.mutable_from_on() = wire::ToDate(TokyoDay(absl::Now()));
  *request.mutable_until_on() = wire::ToDate(TokyoDay(absl::Now()) + 30);
  request.set_request_id(NewUuid(absl::Now()));
  approval::v1::Absence absence;
  const auto context = suite_.Context(&admin);
  const grpc::Status status = approval::v1::FormService::NewStub(suite_.Channel("approval"))
                                  ->RecordAbsence(context.get(), request, &absence);
  if (!status.ok()) std::cerr << "world: " << status.error_message() << std::endl;
  return absence.name();
}

std::string World::Found() {
  registry::v1::ImportAccountsRequest import;
  import.set_content(absl::StrCat("department,service,account_name,url,source\n", kSection,
                                  ",X,公式,https://x.com/", FreshHandle(), ",一覧\n"));
  import.set_request_id(NewUuid(absl::Now()));
  registry::v1::ImportAccountsResponse imported;
  const auto context = suite_.Context(&pr_office);
  const grpc::Status status = registry::v1::AccountService::NewStub(suite_.Channel("registry"))
                                  ->ImportAccounts(context.get(), import, &imported);
  if (!status.ok()) std::cerr << "world: " << status.error_message() << std::endl;
  policy::v1::ListFindingsRequest list;
  list.set_department(absl::StrCat("departments/", kSection));
  policy::v1::ListFindingsResponse found;
  const auto stub = policy::v1::FindingService::NewStub(suite_.Channel("policy"));
  (void)Eventually([&] {
    const auto asking = suite_.Context(&pr_office);
    return stub->ListFindings(asking.get(), list, &found).ok() && found.findings_size() > 0;
  });
  return found.findings().empty() ? "" : found.findings(0).name();
}

std::string World::GrantFor(const std::string& account) {
  registry::v1::GrantAccessRequest request;
  request.set_account(account);
  request.mutable_person()->set_display_name("山田");
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::Grant grant;
  const auto context = suite_.Context(&head);
  const grpc::Status status = registry::v1::FactService::NewStub(suite_.Channel("registry"))
                                  ->GrantAccess(context.get(), request, &grant);
  if (!status.ok()) std::cerr << "world: " << status.error_message() << std::endl;
  return grant.name();
}

approval::v1::FormContent World::OpenContent(const std::string& handle) const {
  approval::v1::FormContent content;
  const absl::Status read = server::LoadTextProto("deploy/sample/forms/open.textproto", &content);
  if (!read.ok()) std::cerr << read << std::endl;
  const absl::CivilDay today = TokyoDay(absl::Now());
  *content.mutable_submitted_on() = wire::ToDate(today);
  *content.mutable_effective_on() = wire::ToDate(today + 14);
  auto* fields = content.mutable_fields();
  fields->set_platform("x");
  fields->set_handle(handle);
  fields->set_url(absl::StrCat("https://x.com/", handle));
  // So that no form overlaps with the account of another (T 5-9-1).
  fields->set_purpose(TextOf(handle));
  fields->set_topics(TextOf(handle + "topics"));
  if (!fields->term().permanent()) {
    *fields->mutable_term()->mutable_last_day() = wire::ToDate(today + 200);
  }
  return content;
}

absl::StatusOr<approval::v1::Form> World::Draft(const approval::v1::FormContent& content,
                                                const std::string& request_id) {
  approval::v1::CreateFormRequest request;
  request.set_department(absl::StrCat("departments/", kSection));
  *request.mutable_content() = content;
  request.set_request_id(request_id);
  approval::v1::Form form;
  const auto context = suite_.Context(&staff);
  RETURN_IF_ERROR(FromGrpc(approval::v1::FormService::NewStub(suite_.Channel("approval"))
                               ->CreateForm(context.get(), request, &form)));
  return form;
}

absl::StatusOr<approval::v1::AttachmentFile> World::Attach(const approval::v1::Form& form) {
  std::ifstream file("deploy/sample/forms/usage-policy.docx", std::ios::binary);
  approval::v1::UploadAttachmentRequest piece, first;
  piece.set_chunk(std::string(std::istreambuf_iterator<char>(file), {}));
  first.mutable_header()->set_form(form.name());
  first.mutable_header()->set_file_name("usage-policy.docx");
  first.mutable_header()->set_size_bytes(static_cast<std::int64_t>(piece.chunk().size()));
  first.mutable_header()->set_request_id(NewUuid(absl::Now()));
  const auto stub = approval::v1::AttachmentService::NewStub(suite_.Channel("approval"));
  const auto context = suite_.Context(&staff);
  approval::v1::AttachmentFile added;
  const auto writer = stub->UploadAttachment(context.get(), &added);
  if (writer->Write(first)) writer->Write(piece);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (status.ok()) return added;
  const std::string reason = WireReason(status);
  if (reason != "ATTACHMENT_EXISTS" && reason != "FORM_NOT_WRITABLE") return FromGrpc(status);
  approval::v1::ListAttachmentsRequest request;
  request.set_form(form.name());
  approval::v1::ListAttachmentsResponse list;
  const auto reading = suite_.Context(&pr_office);
  RETURN_IF_ERROR(FromGrpc(stub->ListAttachments(reading.get(), request, &list)));
  if (list.attachments().empty()) return absl::NotFoundError("the form has no file");
  return list.attachments(0);
}

absl::StatusOr<approval::v1::Form> World::Submit(const approval::v1::Form& form,
                                                 const std::string& request_id) {
  if (form.content().attachments_size() > 0) RETURN_IF_ERROR(Attach(form).status());
  approval::v1::SubmitFormRequest request;
  request.set_name(form.name());
  request.set_etag(form.etag());
  request.set_request_id(request_id);
  approval::v1::Form submitted;
  const auto context = suite_.Context(&staff);
  RETURN_IF_ERROR(FromGrpc(approval::v1::FormService::NewStub(suite_.Channel("approval"))
                               ->SubmitForm(context.get(), request, &submitted)));
  return submitted;
}

absl::StatusOr<approval::v1::Form> World::Agree(const approval::v1::Form& form,
                                                const Person& person,
                                                const std::string& request_id) {
  approval::v1::DecideFormRequest request;
  request.set_name(form.name());
  request.set_etag(form.etag());
  request.set_decision(approval::v1::DecideFormRequest::DECISION_AGREE);
  request.set_comment("確認しました。");
  request.set_request_id(request_id);
  approval::v1::Form decided;
  const auto context = suite_.Context(&person);
  RETURN_IF_ERROR(FromGrpc(approval::v1::FormService::NewStub(suite_.Channel("approval"))
                               ->DecideForm(context.get(), request, &decided)));
  return decided;
}

absl::StatusOr<approval::v1::Form> World::Agreed(const approval::v1::FormContent& content) {
  ASSIGN_OR_RETURN(approval::v1::Form form, Draft(content));
  ASSIGN_OR_RETURN(form, Submit(form));
  for (const Person* person : {&head, &via_head, &pr_office}) {
    ASSIGN_OR_RETURN(form, Agree(form, *person));
  }
  return form;
}

absl::StatusOr<approval::v1::Form> World::GetForm(const std::string& name) {
  approval::v1::GetFormRequest request;
  request.set_name(name);
  approval::v1::Form form;
  const auto context = suite_.Context(&pr_office);
  RETURN_IF_ERROR(FromGrpc(approval::v1::FormService::NewStub(suite_.Channel("approval"))
                               ->GetForm(context.get(), request, &form)));
  return form;
}

absl::StatusOr<approval::v1::Form> World::Applied(const approval::v1::Form& form) {
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  for (;;) {
    ASSIGN_OR_RETURN(approval::v1::Form now, GetForm(form.name()));
    if (now.state() != approval::v1::Form::STATE_AGREED) return now;
    if (absl::Now() > give_up) return absl::DeadlineExceededError("the form is not applied");
    absl::SleepFor(absl::Milliseconds(20));
  }
}

absl::StatusOr<registry::v1::Account> World::GetAccount(const std::string& name) {
  registry::v1::GetAccountRequest request;
  request.set_name(name);
  registry::v1::Account account;
  const auto context = suite_.Context(&pr_office);
  RETURN_IF_ERROR(FromGrpc(registry::v1::AccountService::NewStub(suite_.Channel("registry"))
                               ->GetAccount(context.get(), request, &account)));
  return account;
}

absl::StatusOr<registry::v1::LookupAccountResponse> World::Lookup(const std::string& url) {
  registry::v1::LookupAccountRequest request;
  request.set_url(url);
  registry::v1::LookupAccountResponse response;
  const auto context = suite_.Context(nullptr);
  RETURN_IF_ERROR(FromGrpc(registry::v1::LookupService::NewStub(suite_.Channel("registry"))
                               ->LookupAccount(context.get(), request, &response)));
  return response;
}

absl::StatusOr<registry::v1::ImpersonationWarning> World::Warn(const std::string& url) {
  registry::v1::CreateWarningRequest request;
  request.set_url(url);
  request.set_department(absl::StrCat("departments/", kSection));
  request.set_notice_ja("偽のアカウントです。当課から友達申請を送ることはありません。");
  *request.mutable_reported_on() = wire::ToDate(TokyoDay(absl::Now()));
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::ImpersonationWarning warning;
  const auto context = suite_.Context(&pr_office);
  RETURN_IF_ERROR(FromGrpc(registry::v1::WarningService::NewStub(suite_.Channel("registry"))
                               ->CreateWarning(context.get(), request, &warning)));
  return warning;
}

}  // namespace daicho::testing
