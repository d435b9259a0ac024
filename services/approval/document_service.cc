#include "services/approval/document_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/paper/html.h"
#include "common/paper/pdf.h"
#include "common/wire/fields.h"
#include "services/approval/document_store.h"
#include "services/approval/handling.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kRender{"daicho.approval.v1.DocumentService.RenderDocument"};

constexpr int kMostPrinting = 2;
constexpr std::size_t kPieceBytes = 256 << 10;

struct Printed {
  v1::DocumentHeader header;
  std::string bytes;
};

// When the form was handed in last, so that what the ledger said then is printed. nullopt before.
std::optional<absl::Time> SubmitTime(const domain::Form& form) {
  std::optional<absl::Time> time;
  for (const domain::Act& act : form.acts) {
    if (act.kind == domain::ActKind::kSubmitted ||
        act.kind == domain::ActKind::kSubmittedUrgently) {
      time = act.time;
    }
  }
  return time;
}

// "accounts/…" that the form names besides its own.
std::vector<std::string> OtherAccounts(const Fields& content) {
  std::vector<std::string> accounts;
  for (const auto& [path, value] : content) {
    const bool absorbed =
        absl::StartsWith(path, "absorbed_accounts[") && absl::EndsWith(path, ".account");
    if (absorbed || path == "closing.successor") accounts.push_back(value);
  }
  return accounts;
}

// What the form's own content says of an account, when it is no CLOSE.
Fields IdentityOf(const registry::v1::GovernedFields& fields) {
  registry::v1::GovernedFields identity;
  identity.set_platform(fields.platform());
  identity.set_handle(fields.handle());
  identity.set_display_name(fields.display_name());
  identity.set_url(fields.url());
  identity.set_platform_account_id(fields.platform_account_id());
  return daicho::wire::Flatten(identity, "fields");
}

absl::StatusOr<paper::Document> Compose(v1::RenderDocumentRequest::Document document,
                                        const DocumentSource& source) {
  if (document == v1::RenderDocumentRequest::DOCUMENT_POLICY) return PolicyDocument(source);
  if (document == v1::RenderDocumentRequest::DOCUMENT_TERMS) return TermsDocument(source);
  return FormDocument(source);
}

absl::Status RefuseBusy() {
  return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_DOCUMENTS",
                {"Other documents are being printed; try again in a moment.",
                 "ほかの文書を作成中です。しばらくしてからやり直してください。"});
}

}  // namespace

absl::StatusOr<DocumentSource> DocumentServiceImpl::Load(const rpc::Call& call,
                                                         const std::string& form) const {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, env_.pool->Acquire(call.deadline()));
  pg::Transaction tx = lease->Begin(call.deadline());
  DocumentSource source;
  ASSIGN_OR_RETURN(source.form, LoadReadable(tx, call, form));
  ASSIGN_OR_RETURN(source.history, store::ListEnactments(tx, source.form));
  return source;
}

absl::Status DocumentServiceImpl::Complete(const rpc::Call& call, DocumentSource& source) const {
  const domain::Form& form = source.form;
  if (form.steps.empty()) {
    ASSIGN_OR_RETURN(const auto department, peers_->GetDepartment(call, form.department));
    source.department_name = department.display_name();
  } else {
    source.department_name = form.steps.front().department_display_name;
  }
  const std::optional<absl::Time> as_of = SubmitTime(form);
  if (form.draft.action == domain::Action::kClose || form.draft.action == domain::Action::kGrant) {
    ASSIGN_OR_RETURN(const auto account, peers_->GetAccount(call, form.draft.account, as_of));
    source.named_account = IdentityOf(account.fields());
  }
  for (const std::string& name : OtherAccounts(form.draft.content)) {
    const auto account = peers_->GetAccount(call, name, as_of);
    if (absl::IsNotFound(account.status())) continue;
    RETURN_IF_ERROR(account.status());
    source.account_names[name] = account->fields().display_name();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DocumentServiceImpl::Print(const rpc::Call& call,
                                                       const wire::RenderCommand& command,
                                                       const DocumentSource& source) {
  ASSIGN_OR_RETURN(const paper::Document document, Compose(command.document, source));
  {
    const absl::MutexLock lock(&mutex_);
    const auto free = [this] {
      mutex_.AssertHeld();
      return printing_ < kMostPrinting;
    };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&free), call.deadline())) return RefuseBusy();
    ++printing_;
  }
  const auto done = absl::MakeCleanup([this] {
    const absl::MutexLock lock(&mutex_);
    --printing_;
  });
  if (command.format == v1::RenderDocumentRequest::FORMAT_HTML) return paper::RenderHtml(document);
  return paper::RenderPdf(fonts_, document);
}

grpc::Status DocumentServiceImpl::RenderDocument(
    grpc::ServerContext* context, const v1::RenderDocumentRequest* request,
    grpc::ServerWriter<v1::RenderDocumentResponse>* writer) {
  return rpc::ReadStreamAfter(
      env_, *context, kRender, *request, writer,
      [&](const rpc::Call& call) -> absl::StatusOr<Printed> {
        ASSIGN_OR_RETURN(const wire::RenderCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(DocumentSource source, Load(call, command.form));
        RETURN_IF_ERROR(Complete(call, source));
        Printed printed;
        ASSIGN_OR_RETURN(printed.bytes, Print(call, command, source));
        printed.header = wire::HeaderOf(command.format, printed.bytes);
        return printed;
      },
      [](const Printed& printed,
         const rpc::Send<v1::RenderDocumentResponse>& send) -> absl::Status {
        v1::RenderDocumentResponse message;
        *message.mutable_header() = printed.header;
        RETURN_IF_ERROR(send(message));
        message.clear_header();
        for (std::size_t at = 0; at < printed.bytes.size(); at += kPieceBytes) {
          message.set_chunk(printed.bytes.substr(at, kPieceBytes));
          RETURN_IF_ERROR(send(message));
        }
        return absl::OkStatus();
      });
}

}  // namespace daicho::approval
