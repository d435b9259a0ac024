#include "services/policy/ledger.h"

#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/handle.h"

namespace daicho::policy {
namespace {

// What a failed call of ours means to whoever called us: a peer's refusal was meant for us.
absl::Status Failed(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
      return Refuse(absl::StatusCode::kUnavailable, "REGISTRY_UNAVAILABLE",
                    {"The ledger cannot be read for the moment; nothing has changed. Try again "
                     "shortly.",
                     "現在、台帳を読むことができません。何も変更されていません。しばらくしてから"
                     "やり直してください。"});
    default:
      return absl::InternalError(absl::StrCat("registry answered ", status.error_code(), ": ",
                                              status.error_message(), " ",
                                              ReasonOf(rpc::FromGrpc(status))));
  }
}

}  // namespace

Ledger::Ledger(const std::shared_ptr<grpc::Channel>& channel)
    : snapshots_(registry::v1::SnapshotService::NewStub(channel)),
      accounts_(registry::v1::AccountService::NewStub(channel)) {}

absl::Status Ledger::ReadSnapshot(
    const rpc::Call& call, const registry::v1::StreamSnapshotRequest& request,
    const std::function<absl::Status(const registry::v1::StreamSnapshotResponse&)>& take) const {
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  const auto reader = snapshots_->StreamSnapshot(&context, request);
  registry::v1::StreamSnapshotResponse part;  // One for all: its memory is used again.
  absl::Status taken;
  while (taken.ok() && reader->Read(&part)) taken = take(part);
  if (!taken.ok()) context.TryCancel();
  const grpc::Status status = reader->Finish();
  RETURN_IF_ERROR(taken);
  return status.ok() ? absl::OkStatus() : Failed(status);
}

absl::StatusOr<registry::v1::Account> Ledger::GetAccount(const rpc::Call& call,
                                                         const std::string& name) const {
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  registry::v1::GetAccountRequest request;
  request.set_name(name);
  registry::v1::Account account;
  const grpc::Status status = accounts_->GetAccount(&context, request, &account);
  if (status.ok()) return account;
  if (status.error_code() != grpc::StatusCode::NOT_FOUND) return Failed(status);
  return Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                {"The ledger has no such account; look it up in the list.",
                 "このアカウントは台帳にありません。一覧で確認してください。"},
                {{"account", name}});
}

}  // namespace daicho::policy
