#include "services/approval/testing/peer.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "common/wire/fields.h"

namespace daicho::testing {

using registry::v1::ApplyFormRequest;
using registry::v1::ApplyFormResponse;

grpc::Status Ledger::GetAccount(grpc::ServerContext*,
                                const registry::v1::GetAccountRequest* request,
                                registry::v1::Account* response) {
  const absl::MutexLock lock(&mutex_);
  const auto found = accounts_.find(request->name());
  if (found == accounts_.end()) return {grpc::StatusCode::NOT_FOUND, "no such account"};
  *response = found->second;
  if (!request->has_read_time()) return grpc::Status::OK;
  for (const auto& [until, account] : earlier_) {
    if (account.name() != request->name()) continue;
    if (wire::FromTimestamp(request->read_time()) >= until) continue;
    *response = account;
    break;
  }
  return grpc::Status::OK;
}

grpc::Status Ledger::ApplyForm(grpc::ServerContext*, const ApplyFormRequest* request,
                               ApplyFormResponse* response) {
  std::function<void()> hook;
  {
    const absl::MutexLock lock(&mutex_);
    if (refuse_) {
      return rpc::ToGrpc(RefuseFields({{"fields.url", "REQUIRED", "Fill it in.", "入力する。"},
                                       {"fields.platform", "REQUIRED", "Name it.", "指定する。"}}));
    }
    const auto account = accounts_.find(request->account());
    const bool stale = account != accounts_.end() && !request->account_etag().empty() &&
                       account->second.etag() != request->account_etag();
    const std::string conflict = stale ? "ACCOUNT_CHANGED" : conflict_;
    response->set_outcome(conflict.empty() ? ApplyFormResponse::OUTCOME_APPLIED
                                           : ApplyFormResponse::OUTCOME_CONFLICT);
    response->set_conflict_reason(conflict);
    if (!conflict.empty()) response->set_conflict_message("登録済みです。 / It is there already.");
    response->set_account(request->account());
    if (request->validate_only()) return grpc::Status::OK;
    ++received_count_;
    const auto [answer, is_new] = answers_.try_emplace(request->request_id());
    if (is_new) {
      if (response->account().empty() && conflict.empty()) {
        response->set_account(absl::StrCat("accounts/", NewUuid(absl::Now())));
      }
      answer->second = *response;
      applied_.push_back(*request);
      hook = std::exchange(hook_, nullptr);
    }
    *response = answer->second;
  }
  if (hook != nullptr) hook();
  return grpc::Status::OK;
}

void Ledger::Put(const registry::v1::Account& account) {
  const absl::MutexLock lock(&mutex_);
  accounts_[account.name()] = account;
}

void Ledger::Replace(const registry::v1::Account& account, absl::Time since) {
  const absl::MutexLock lock(&mutex_);
  registry::v1::Account& now = accounts_[account.name()];
  earlier_.emplace_back(since, now);
  now = account;
}

void Ledger::Conflict(const std::string& reason) {
  const absl::MutexLock lock(&mutex_);
  conflict_ = reason;
}

void Ledger::RefuseAll() {
  const absl::MutexLock lock(&mutex_);
  refuse_ = true;
}

void Ledger::AfterNextApply(std::function<void()> hook) {
  const absl::MutexLock lock(&mutex_);
  hook_ = std::move(hook);
}

std::vector<ApplyFormRequest> Ledger::applied() const {
  const absl::MutexLock lock(&mutex_);
  return applied_;
}

int Ledger::received_count() const {
  const absl::MutexLock lock(&mutex_);
  return received_count_;
}

grpc::Status Directory::GetDepartment(grpc::ServerContext*,
                                      const registry::v1::GetDepartmentRequest* request,
                                      registry::v1::Department* response) {
  const absl::MutexLock lock(&mutex_);
  const auto found = departments_.find(request->name());
  if (found == departments_.end()) return {grpc::StatusCode::NOT_FOUND, "no such department"};
  *response = found->second;
  return grpc::Status::OK;
}

void Directory::Put(const std::string& code, const std::string& display_name,
                    registry::v1::Department::Kind kind, const std::string& via) {
  registry::v1::Department department;
  department.set_name("departments/" + code);
  department.set_display_name(display_name);
  department.set_kind(kind);
  if (!via.empty()) department.set_via_department("departments/" + via);
  const absl::MutexLock lock(&mutex_);
  departments_[department.name()] = department;
}

void Directory::End(const std::string& code, absl::CivilDay day, const std::string& successor) {
  const absl::MutexLock lock(&mutex_);
  registry::v1::Department& department = departments_["departments/" + code];
  *department.mutable_valid_until() = wire::ToDate(day);
  if (!successor.empty()) department.add_successors("departments/" + successor);
}

grpc::Status Guideline::CheckForm(grpc::ServerContext*, const policy::v1::CheckFormRequest* request,
                                  policy::v1::CheckFormResponse* response) {
  const absl::MutexLock lock(&mutex_);
  ++check_count_;
  last_ = *request;
  for (const auto& finding : findings_) *response->add_findings() = finding;
  return grpc::Status::OK;
}

void Guideline::Find(policy::v1::Severity severity, const std::string& rule_id) {
  policy::v1::Finding finding;
  finding.set_rule_id(rule_id);
  finding.set_clause("T 5-2");
  finding.set_severity(severity);
  finding.set_field("fields.purpose");
  finding.set_message("The purpose is missing.");
  finding.set_message_ja("目的がありません。");
  finding.set_guideline_version("tokushima@2023-03-31");
  const absl::MutexLock lock(&mutex_);
  findings_ = {finding};
}

void Guideline::Ask(const std::string& rule_id, const std::string& clause,
                    const std::string& desk) {
  policy::v1::Finding finding;
  finding.set_rule_id(rule_id);
  finding.set_clause(clause);
  finding.set_severity(policy::v1::SEVERITY_INFO);
  finding.add_concurrence(desk);
  const absl::MutexLock lock(&mutex_);
  findings_.push_back(std::move(finding));
}

policy::v1::CheckFormRequest Guideline::last() const {
  const absl::MutexLock lock(&mutex_);
  return last_;
}

void Guideline::FindNothing() {
  const absl::MutexLock lock(&mutex_);
  findings_.clear();
}

int Guideline::check_count() const {
  const absl::MutexLock lock(&mutex_);
  return check_count_;
}

grpc::Status Silence::AssessAccount(grpc::ServerContext*,
                                    const policy::v1::AssessAccountRequest* request,
                                    policy::v1::InactivityRow* response) {
  const absl::MutexLock lock(&mutex_);
  if (!row_) {
    return rpc::ToGrpc(Refuse(absl::StatusCode::kFailedPrecondition, "NO_LADDER", {"No.", "なし"}));
  }
  *response = *row_;
  response->set_account(request->account());
  return grpc::Status::OK;
}

void Silence::Say(const std::optional<policy::v1::InactivityRow>& row) {
  const absl::MutexLock lock(&mutex_);
  row_ = row;
}

Peer::Peer(std::vector<grpc::Service*> services)
    : services_(std::move(services)), address_("unix:" + folder_.File("peer")) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  channel_ = grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
  ComeBack();
}

Peer::~Peer() { GoDown(); }

void Peer::GoDown() {
  if (server_ == nullptr) return;
  server_->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  server_->Wait();
  server_ = nullptr;
}

void Peer::ComeBack() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
  for (grpc::Service* service : services_) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ != nullptr) return;
  std::cerr << "no peer to test with at " << address_ << "\n";
  std::abort();
}

}  // namespace daicho::testing
