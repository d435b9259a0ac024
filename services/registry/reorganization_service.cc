#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/registry/department_service.h"
#include "services/registry/reorganization_store.h"
#include "services/registry/reorganization_wire.h"
#include "services/registry/reorganize.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kReorganizeDepartments{
    "daicho.registry.v1.DepartmentService.ReorganizeDepartments"};
constexpr rpc::Method kGetReorganization{"daicho.registry.v1.DepartmentService.GetReorganization"};
constexpr rpc::Method kListReorganizations{
    "daicho.registry.v1.DepartmentService.ListReorganizations"};
constexpr rpc::Method kCancelReorganization{
    "daicho.registry.v1.DepartmentService.CancelReorganization"};

using domain::ReorganizationState;

std::optional<ReorganizationState> StateOf(v1::Reorganization::State state) {
  const std::string name = v1::Reorganization::State_Name(state);
  return domain::ParseReorganizationState(absl::StripPrefix(name, "STATE_"));
}

absl::StatusOr<std::vector<ReorganizationState>> StatesOf(
    const v1::ListReorganizationsRequest& request) {
  std::vector<ReorganizationState> states;
  for (int i = 0; i < request.states_size(); ++i) {
    const auto state = StateOf(request.states(i));
    if (!state) {
      return RefuseFields(
          {{absl::StrCat("states[", i, "]"), "UNKNOWN_VALUE",
            "Name a state a reorganisation can be in.", "組織改編の状態を指定してください。"}});
    }
    states.push_back(*state);
  }
  return states;
}

// `asked` as it is to be kept: in effect at once when its day has come.
domain::Reorganization Entered(const rpc::Call& call, domain::Reorganization asked,
                               const domain::ReorganizationPlan& plan) {
  asked.actor = call.caller().subject;
  asked.create_time = call.now();
  asked.outcome = wire::OutcomeOf(plan);
  asked.revision = 1;
  if (asked.effective_on > TokyoDay(call.now())) return asked;
  asked.state = ReorganizationState::kInEffect;
  asked.settle_time = call.now();
  return asked;
}

absl::Status Store(const rpc::Call& call, work::UnitOfWork& unit,
                   const domain::Reorganization& entered, const domain::ReorganizationPlan& plan) {
  const bool at_once = entered.state == ReorganizationState::kInEffect;
  if (at_once) {
    RETURN_IF_ERROR(CarryOut(unit, entered, plan, call.caller().subject, call.now()));
  }
  store::SaveReorganization(unit.tx(), entered);
  return unit.Announce(domain::EventOf(
      at_once ? "reorganization.effected" : "reorganization.scheduled", std::nullopt, entered));
}

absl::StatusOr<domain::Reorganization> Cancelled(const domain::Reorganization& before,
                                                 const std::string& reason, absl::Time now) {
  if (before.state != ReorganizationState::kScheduled) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "REORGANIZATION_NOT_SCHEDULED",
                  {"Only a scheduled reorganisation can be called off; enter another one that "
                   "undoes it.",
                   "取り消せるのは予定の組織改編だけです。元に戻すには新たに組織改編を登録して"
                   "ください。"},
                  {{"state", domain::ToText(before.state)}});
  }
  domain::Reorganization after = before;
  after.state = ReorganizationState::kCancelled;
  after.settle_time = now;
  ++after.revision;
  if (!reason.empty()) after.reason = absl::StrCat(before.reason, " (取消: ", reason, ")");
  return after;
}

}  // namespace

grpc::Status DepartmentServiceImpl::ReorganizeDepartments(
    grpc::ServerContext* context, const v1::ReorganizeDepartmentsRequest* request,
    v1::Reorganization* response) {
  return rpc::Write(
      env_, *context, kReorganizeDepartments, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Reorganization> {
        domain::Reorganization asked = wire::Parse(*request);
        ASSIGN_OR_RETURN(const domain::ReorganizationPlan plan,
                         PlanOnLedger(unit.tx(), asked, call.now()));
        if (!plan.problems.empty() && !request->validate_only()) {
          return wire::RefuseProblems(plan.problems);
        }
        domain::Reorganization entered = Entered(call, std::move(asked), plan);
        if (!plan.problems.empty()) return wire::ToProto(entered);
        entered.id = NewUuid(call.now());
        RETURN_IF_ERROR(Store(call, unit, entered, plan));
        if (request->validate_only()) entered.id.clear();  // Only what is kept has a name.
        return wire::ToProto(entered);
      });
}

grpc::Status DepartmentServiceImpl::GetReorganization(grpc::ServerContext* context,
                                                      const v1::GetReorganizationRequest* request,
                                                      v1::Reorganization* response) {
  return rpc::Read(
      env_, *context, kGetReorganization, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::Reorganization> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseReorganizationName(request->name()));
        ASSIGN_OR_RETURN(const domain::Reorganization found, store::GetReorganization(tx, id));
        return wire::ToProto(found);
      });
}

grpc::Status DepartmentServiceImpl::ListReorganizations(
    grpc::ServerContext* context, const v1::ListReorganizationsRequest* request,
    v1::ListReorganizationsResponse* response) {
  return rpc::Read(
      env_, *context, kListReorganizations, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListReorganizationsResponse> {
        ASSIGN_OR_RETURN(const std::vector<ReorganizationState> states, StatesOf(*request));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListReorganizations.name, caller, *request));
        ASSIGN_OR_RETURN(std::vector<domain::Reorganization> found,
                         store::ListReorganizations(
                             tx, states, position.empty() ? "" : position.front(), size + 1));
        v1::ListReorganizationsResponse out;
        if (static_cast<int>(found.size()) > size) {
          found.pop_back();
          out.set_next_page_token(env_.page_tokens->Make(kListReorganizations.name, caller,
                                                         *request, {found.back().id}));
        }
        for (const domain::Reorganization& one : found) {
          ASSIGN_OR_RETURN(*out.add_reorganizations(), wire::ToSummary(one));
        }
        return out;
      });
}

grpc::Status DepartmentServiceImpl::CancelReorganization(
    grpc::ServerContext* context, const v1::CancelReorganizationRequest* request,
    v1::Reorganization* response) {
  return rpc::Write(
      env_, *context, kCancelReorganization, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Reorganization> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseReorganizationName(request->name()));
        ASSIGN_OR_RETURN(const std::int64_t revision, daicho::wire::ParseEtag(request->etag()));
        ASSIGN_OR_RETURN(const domain::Reorganization before,
                         store::GetReorganization(unit.tx(), id));
        if (before.revision != revision) return EtagMismatch();
        ASSIGN_OR_RETURN(const domain::Reorganization after,
                         Cancelled(before, request->reason(), call.now()));
        store::SaveReorganization(unit.tx(), after);
        RETURN_IF_ERROR(unit.Announce(domain::EventOf("reorganization.cancelled", before, after)));
        return wire::ToProto(after);
      });
}

}  // namespace daicho::registry
