#include "services/approval/peers.h"

#include <grpcpp/client_context.h>

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "common/rpc/handle.h"
#include "common/wire/fields.h"
#include "google/rpc/error_details.pb.h"
#include "services/approval/wire.h"

namespace daicho::approval {
namespace {

using registry::v1::ApplyFormRequest;
using registry::v1::ApplyFormResponse;

// A department's successors are followed over so many reorganisations.
constexpr int kMostReorganizations = 20;

// Whether the peer may well answer the same call a moment later.
bool IsAway(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
         status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         status.error_code() == grpc::StatusCode::ABORTED;
}

// What a failed call of ours means to whoever called us: a peer's refusal was meant for us, and
// says nothing about their request.
absl::Status Fault(absl::string_view peer, const grpc::Status& status) {
  return absl::InternalError(absl::StrCat(peer, " answered ", status.error_code(), ": ",
                                          status.error_message(), " ",
                                          ReasonOf(rpc::FromGrpc(status))));
}

absl::Status PolicyFailed(const grpc::Status& status) {
  if (!IsAway(status)) return Fault("policy", status);
  return Refuse(absl::StatusCode::kUnavailable, "POLICY_UNAVAILABLE",
                {"The guideline cannot be checked for the moment; nothing has changed. Send the "
                 "same request again shortly.",
                 "現在、ガイドラインとの照合ができません。何も変更されていません。"
                 "しばらくしてから同じ操作をやり直してください。"});
}

// What the registry says is one text in both languages: "日本語 / English".
Violation ConflictOf(absl::string_view field, absl::string_view reason, absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(" / ", 1));
  return {std::string(field), std::string(reason),
          std::string(parts.second.empty() ? parts.first : parts.second), std::string(parts.first)};
}

absl::Status RefuseConflicts(const std::vector<Violation>& conflicts) {
  return RefusePreconditions(
      "LEDGER_CONFLICT",
      {"The ledger could not take this form as it is; look at the account and mend each point.",
       "この協議書はこのままでは台帳に反映できません。"
       "アカウントの現在の内容を確認して、各点を直してください。"},
      conflicts);
}

// A form the ledger cannot even read: one conflict per bad field of the request.
std::vector<Violation> ConflictsOf(const grpc::Status& status) {
  const absl::optional<absl::Cord> payload = rpc::FromGrpc(status).GetPayload(
      absl::StrCat("type.googleapis.com/", google::rpc::BadRequest::descriptor()->full_name()));
  google::rpc::BadRequest bad;
  if (!payload || !bad.ParseFromString(std::string(*payload)) || bad.field_violations().empty()) {
    return {ConflictOf("", ReasonOf(rpc::FromGrpc(status)), status.error_message())};
  }
  std::vector<Violation> conflicts;
  for (const auto& violation : bad.field_violations()) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(violation.description(), absl::MaxSplits(": ", 1));
    conflicts.push_back(ConflictOf(violation.field(), parts.first, parts.second));
  }
  return conflicts;
}

bool HasEnded(const rpc::Call& call, const registry::v1::Department& department) {
  const auto last_day = daicho::wire::FromDate(department.valid_until());
  return last_day && *last_day < TokyoDay(call.now());
}

absl::Status RefuseEnded(const registry::v1::Department& department) {
  const std::string successor = department.successors().empty() ? "" : department.successors(0);
  return Refuse(absl::StatusCode::kFailedPrecondition, "DEPARTMENT_ENDED",
                {"This department has ended. A form that was open then is being moved to the "
                 "department that took over: try again in a minute. A newer one has to be drafted "
                 "there.",
                 "この所属は廃止されました。廃止前からの協議書は引継ぎ先に移されますので、しばらく"
                 "してから再度お試しください。新しいものは引継ぎ先の所属で起案してください。"},
                {{"department", department.name()}, {"successor", successor}});
}

// "departments/…" of a desk as a rule names it; empty when nobody is to be asked.
const std::string& DepartmentOf(const std::string& desk, const Desks& desks) {
  if (desk == "personal-data") return desks.personal_data;
  return desk == "it-security" ? desks.it_security : desk;
}

}  // namespace

absl::Status RegistryFailed(const grpc::Status& status) {
  if (!IsAway(status)) return Fault("registry", status);
  return Refuse(absl::StatusCode::kUnavailable, "REGISTRY_UNAVAILABLE",
                {"The ledger cannot be asked for the moment; nothing has changed. Send the same "
                 "request again shortly.",
                 "現在、台帳に照会できません。何も変更されていません。"
                 "しばらくしてから同じ操作をやり直してください。"});
}

Peers::Peers(std::shared_ptr<grpc::Channel> registry, std::shared_ptr<grpc::Channel> policy)
    : accounts_(registry::v1::AccountService::NewStub(registry)),
      departments_(registry::v1::DepartmentService::NewStub(registry)),
      policy_(policy::v1::PolicyService::NewStub(policy)),
      inactivity_(policy::v1::InactivityService::NewStub(policy)) {}

absl::StatusOr<registry::v1::Department> Peers::GetDepartment(const rpc::Call& call,
                                                              const std::string& name) const {
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  registry::v1::GetDepartmentRequest request;
  registry::v1::Department department;
  request.set_name(name);
  const grpc::Status status = departments_->GetDepartment(&context, request, &department);
  if (status.ok()) return department;
  if (status.error_code() != grpc::StatusCode::NOT_FOUND) return RegistryFailed(status);
  return Refuse(absl::StatusCode::kFailedPrecondition, "DEPARTMENT_NOT_FOUND",
                {"The route needs a department that is not in the directory; ask the "
                 "administrator to enter it.",
                 "経路に必要な所属が登録されていません。システム管理者に登録を依頼してください。"},
                {{"department", name}});
}

absl::StatusOr<std::optional<registry::v1::Account>> Peers::FindAccount(
    const std::string& name, absl::Time deadline, const std::string& traceparent,
    std::optional<absl::Time> as_of) const {
  grpc::ClientContext context;
  rpc::Address(context, deadline, "", traceparent);
  registry::v1::GetAccountRequest request;
  registry::v1::Account account;
  request.set_name(name);
  if (as_of) *request.mutable_read_time() = daicho::wire::ToTimestamp(*as_of);
  const grpc::Status status = accounts_->GetAccount(&context, request, &account);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return std::nullopt;
  if (!status.ok()) return RegistryFailed(status);
  return account;
}

absl::StatusOr<registry::v1::Account> Peers::GetAccount(const rpc::Call& call,
                                                        const std::string& name,
                                                        std::optional<absl::Time> as_of) const {
  ASSIGN_OR_RETURN(auto account, FindAccount(name, call.deadline(), call.traceparent, as_of));
  if (account) return *std::move(account);
  return Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                {"The ledger has no such account; look it up in the list.",
                 "このアカウントは台帳にありません。一覧で確認してください。"},
                {{"account", name}});
}

absl::StatusOr<std::optional<registry::v1::Account>> Peers::GetLedger(
    const rpc::Call& call, const domain::Form& form) const {
  const domain::Action action = form.draft.action;
  if (action != domain::Action::kChange && action != domain::Action::kClose) return std::nullopt;
  const auto account = GetAccount(call, form.draft.account);
  if (ReasonOf(account.status()) == "ACCOUNT_NOT_FOUND") {
    return RefuseConflicts({ConflictOf("account", "ACCOUNT_NOT_FOUND",
                                       "このアカウントは台帳にありません。一覧で確認してください。"
                                       " / The ledger has no such account; look it up in the "
                                       "list.")});
  }
  return account;
}

absl::StatusOr<std::set<std::string>> Peers::GetHeirs(const rpc::Call& call,
                                                      const std::string& name) const {
  std::set<std::string> heirs;
  std::vector<std::string> next = {name};
  while (!next.empty()) {
    ASSIGN_OR_RETURN(const auto department, GetDepartment(call, next.back()));
    next.pop_back();
    if (!HasEnded(call, department)) continue;
    for (const std::string& heir : department.successors()) {
      if (heir != name && heirs.insert(heir).second) next.push_back(heir);
    }
  }
  return heirs;
}

absl::StatusOr<domain::Department> Peers::GetStanding(const rpc::Call& call,
                                                      const std::string& name) const {
  ASSIGN_OR_RETURN(auto department, GetDepartment(call, name));
  // The configuration or the guideline may still name it as it was years ago.
  for (int i = 0; i < kMostReorganizations && HasEnded(call, department); ++i) {
    if (department.successors().empty()) break;
    ASSIGN_OR_RETURN(department, GetDepartment(call, department.successors(0)));
  }
  return wire::FromProto(department);
}

absl::StatusOr<domain::Others> Peers::GetOthers(const rpc::Call& call,
                                                const std::vector<domain::Finding>& findings,
                                                const Desks& desks) const {
  domain::Others others;
  for (const domain::Finding& finding : findings) {
    for (const std::string& desk : finding.concurrence) {
      const std::string& name = DepartmentOf(desk, desks);
      if (name.empty()) continue;
      ASSIGN_OR_RETURN(domain::Department department, GetStanding(call, name));
      others.concurrence.push_back({std::move(department), {finding.rule_id, finding.clause}});
    }
  }
  for (const std::string& desk : desks.circulation) {
    ASSIGN_OR_RETURN(others.circulation.emplace_back(), GetStanding(call, desk));
  }
  return others;
}

absl::StatusOr<domain::Submission> Peers::PrepareSubmission(
    const rpc::Call& call, const domain::Form& form,
    const std::optional<registry::v1::Account>& ledger, const std::string& pr_office,
    const Desks& desks) const {
  ASSIGN_OR_RETURN(const auto own_proto, GetDepartment(call, form.department));
  if (HasEnded(call, own_proto)) return RefuseEnded(own_proto);
  const domain::Department own = wire::FromProto(own_proto);
  std::optional<domain::Department> via;
  if (GoesVia(own)) {
    ASSIGN_OR_RETURN(via, GetStanding(call, own.via_department));
  }
  ASSIGN_OR_RETURN(const domain::Department reviewer, GetStanding(call, pr_office));
  domain::Submission submission;
  if (ledger) submission.ledger = wire::LedgerOf(*ledger);
  ASSIGN_OR_RETURN(submission.findings, CheckForm(call, form, own_proto.kind(), ledger));
  ASSIGN_OR_RETURN(const domain::Others others, GetOthers(call, submission.findings, desks));
  ASSIGN_OR_RETURN(submission.steps, DeriveRoute(own, via, reviewer, others));
  return submission;
}

absl::StatusOr<std::vector<domain::Finding>> Peers::CheckForm(
    const rpc::Call& call, const domain::Form& form,
    const std::optional<registry::v1::Account>& ledger) const {
  ASSIGN_OR_RETURN(const auto department, GetDepartment(call, form.department));
  return CheckForm(call, form, department.kind(), ledger);
}

absl::StatusOr<std::vector<domain::Finding>> Peers::CheckForm(
    const rpc::Call& call, const domain::Form& form, registry::v1::Department::Kind kind,
    const std::optional<registry::v1::Account>& ledger) const {
  policy::v1::CheckFormRequest request;
  request.set_department_kind(kind);
  ASSIGN_OR_RETURN(*request.mutable_content(), wire::ContentOf(form));
  if (ledger && form.draft.action == domain::Action::kChange) {
    *request.mutable_ledger_fields() = ledger->fields();
  }
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  policy::v1::CheckFormResponse response;
  const grpc::Status status = policy_->CheckForm(&context, request, &response);
  if (!status.ok()) return PolicyFailed(status);
  std::vector<domain::Finding> findings;
  for (const auto& finding : response.findings()) findings.push_back(wire::FromProto(finding));
  return findings;
}

absl::StatusOr<std::optional<policy::v1::InactivityRow>> Peers::AssessAccount(
    const rpc::Call& call, const std::string& account) const {
  policy::v1::AssessAccountRequest request;
  request.set_account(account);
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  policy::v1::InactivityRow row;
  const grpc::Status status = inactivity_->AssessAccount(&context, request, &row);
  if (status.ok()) return row;
  if (ReasonOf(rpc::FromGrpc(status)) == "NO_LADDER") return std::nullopt;
  return PolicyFailed(status);
}

absl::Status Peers::CheckLedger(const rpc::Call& call, const domain::Form& form) const {
  ASSIGN_OR_RETURN(ApplyFormRequest request, wire::ToApplyRequest(form, NewUuid(absl::Now())));
  RETURN_IF_ERROR(Validate(call, std::move(request)));
  const bool in_route = !CurrentSteps(form).empty();
  if (!IsUrgent(form.draft) || in_route) return absl::OkStatus();
  return Validate(call, wire::ToSuspendRequest(form, NewUuid(absl::Now())));
}

absl::Status Peers::Validate(const rpc::Call& call, ApplyFormRequest request) const {
  request.set_validate_only(true);
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  ApplyFormResponse response;
  const grpc::Status status = accounts_->ApplyForm(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
    return RefuseConflicts(ConflictsOf(status));
  }
  if (!status.ok()) return RegistryFailed(status);
  if (response.outcome() != ApplyFormResponse::OUTCOME_CONFLICT) return absl::OkStatus();
  std::vector<Violation> conflicts;
  for (const auto& conflict : response.conflicts()) {
    conflicts.push_back(ConflictOf(conflict.field(), conflict.reason(), conflict.message()));
  }
  if (conflicts.empty()) {
    conflicts.push_back(ConflictOf(response.conflict_field(), response.conflict_reason(),
                                   response.conflict_message()));
  }
  return RefuseConflicts(conflicts);
}

absl::StatusOr<ApplyFormResponse> Peers::Apply(const ApplyFormRequest& request,
                                               absl::Time deadline) const {
  grpc::ClientContext context;
  rpc::Address(context, deadline);
  ApplyFormResponse response;
  const grpc::Status status = accounts_->ApplyForm(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
    // Sending it again would change nothing: the PR office has to know.
    response.set_outcome(ApplyFormResponse::OUTCOME_CONFLICT);
    response.set_conflict_reason(ReasonOf(rpc::FromGrpc(status)));
    response.set_conflict_message(status.error_message());
    return response;
  }
  if (!status.ok()) return RegistryFailed(status);
  const bool applied = response.outcome() == ApplyFormResponse::OUTCOME_APPLIED;
  const bool conflict = response.outcome() == ApplyFormResponse::OUTCOME_CONFLICT;
  if (conflict || (applied && !response.account().empty())) return response;
  return absl::InternalError(
      absl::StrCat("registry answered ", request.form(), " with no outcome or no account"));
}

}  // namespace daicho::approval
