#include "services/registry/fact_service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/registry/account_change.h"
#include "services/registry/account_store.h"
#include "services/registry/account_wire.h"
#include "services/registry/department_store.h"
#include "services/registry/domain/fact.h"
#include "services/registry/fact_store.h"
#include "services/registry/fact_wire.h"
#include "services/registry/present_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kRecordVerification{"daicho.registry.v1.FactService.RecordVerification"};
constexpr rpc::Method kCheckVerificationReadiness{
    "daicho.registry.v1.FactService.CheckVerificationReadiness"};
constexpr rpc::Method kGetVerificationCoverage{
    "daicho.registry.v1.FactService.GetVerificationCoverage"};
constexpr rpc::Method kRecordProfile{"daicho.registry.v1.FactService.RecordProfile"};
constexpr rpc::Method kRecordWatch{"daicho.registry.v1.FactService.RecordWatch"};
constexpr rpc::Method kAttestCustody{"daicho.registry.v1.FactService.AttestCustody"};
constexpr rpc::Method kGrantAccess{"daicho.registry.v1.FactService.GrantAccess"};
constexpr rpc::Method kRevokeGrant{"daicho.registry.v1.FactService.RevokeGrant"};
constexpr rpc::Method kListGrants{"daicho.registry.v1.FactService.ListGrants"};
constexpr rpc::Method kRecordGoalSample{"daicho.registry.v1.FactService.RecordGoalSample"};
constexpr rpc::Method kListGoalSamples{"daicho.registry.v1.FactService.ListGoalSamples"};

constexpr int kMostMissing = 1000;

using DecideFact =
    std::function<absl::StatusOr<std::optional<domain::Change>>(const domain::Account&)>;

// Reports a fact that is versioned with its account: what RecordVerification, RecordProfile,
// AttestCustody and RecordWatch have in common.
template <typename Request>
absl::StatusOr<v1::Account> ReportFact(const rpc::Call& call, work::UnitOfWork& unit,
                                       const Request& request, const DecideFact& decide) {
  ASSIGN_OR_RETURN(const daicho::wire::Target target,
                   daicho::wire::ParseTarget("accounts", request.name(), request.etag()));
  ASSIGN_OR_RETURN(const domain::Account account, LoadForChange(call, unit.tx(), target));
  ASSIGN_OR_RETURN(const std::optional<domain::Change> change, decide(account));
  if (!change) return wire::ToProto(account);
  RETURN_IF_ERROR(Store(call, unit, *change));
  return wire::ToProto(change->after);
}

const domain::VerificationProgramme* ProgrammeOf(const domain::PlatformTable& platforms,
                                                 const std::string& platform) {
  const domain::Platform* found = platforms.ById(platform);
  return found == nullptr || !found->verification ? nullptr : &*found->verification;
}

// Departments whose accounts are covered; empty: all.
absl::StatusOr<std::vector<std::string>> CoveredDepartments(
    const rpc::Call& call, pg::Transaction& tx, const v1::GetVerificationCoverageRequest& request) {
  std::string name = request.department();
  if (!name.empty()) RETURN_IF_ERROR(call.AdmitDepartment(name));
  const auto only = call.OnlyDepartment();
  if (only) name = *only;
  if (name.empty() && !only) return std::vector<std::string>();
  ASSIGN_OR_RETURN(const std::string code, daicho::wire::ParseDepartmentName(name, "department"));
  if (request.include_subtree() && !only) return store::DepartmentSubtree(tx, code);
  RETURN_IF_ERROR(store::GetDepartment(tx, code).status());
  return std::vector<std::string>{code};
}

// Limits `filter` to what the caller may list.
absl::Status LimitToScope(const rpc::Call& call, domain::GrantFilter& filter) {
  if (!filter.department.empty()) {
    return call.AdmitDepartment(absl::StrCat("departments/", filter.department));
  }
  if (const auto only = call.OnlyDepartment()) {
    ASSIGN_OR_RETURN(filter.department, daicho::wire::ParseDepartmentName(*only, "department"));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status FactServiceImpl::RecordVerification(grpc::ServerContext* context,
                                                 const v1::RecordVerificationRequest* request,
                                                 v1::Account* response) {
  return rpc::Write(
      env_, *context, kRecordVerification, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) {
        return ReportFact(
            call, unit, *request,
            [&](const domain::Account& account) -> absl::StatusOr<std::optional<domain::Change>> {
              const bool offered = ProgrammeOf(*platforms_, account.platform) != nullptr;
              return domain::RecordVerification(account, wire::ToDomain(request->verification()),
                                                offered, call.now());
            });
      });
}

grpc::Status FactServiceImpl::CheckVerificationReadiness(
    grpc::ServerContext* context, const v1::CheckVerificationReadinessRequest* request,
    v1::CheckVerificationReadinessResponse* response) {
  return rpc::Read(
      env_, *context, kCheckVerificationReadiness, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::CheckVerificationReadinessResponse> {
        ASSIGN_OR_RETURN(const domain::Account account, LoadAccount(call, tx, request->name()));
        const domain::VerificationProgramme* programme = ProgrammeOf(*platforms_, account.platform);
        if (programme == nullptr) return v1::CheckVerificationReadinessResponse();
        ASSIGN_OR_RETURN(auto present, store::LoadPresent(tx, {account.id}));
        return wire::ToProto(programme->display_name,
                             domain::CheckReadiness(account, present[account.id].activity,
                                                    *programme, TokyoDay(call.now())));
      });
}

grpc::Status FactServiceImpl::GetVerificationCoverage(
    grpc::ServerContext* context, const v1::GetVerificationCoverageRequest* request,
    v1::GetVerificationCoverageResponse* response) {
  return rpc::Read(
      env_, *context, kGetVerificationCoverage, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::GetVerificationCoverageResponse> {
        store::CoverageFilter filter{.platform = request->platform()};
        ASSIGN_OR_RETURN(filter.departments, CoveredDepartments(call, tx, *request));
        const auto as_of = daicho::wire::FromDate(request->as_of());
        domain::Coverage coverage(as_of ? *as_of : TokyoDay(call.now()), kMostMissing);
        RETURN_IF_ERROR(store::ForEachOpenAccount(tx, filter, [&](domain::CoveredAccount account) {
          const bool offered = ProgrammeOf(*platforms_, account.platform) != nullptr;
          coverage.Add(std::move(account), offered);
        }));
        return wire::ToProto(coverage, *platforms_);
      });
}

grpc::Status FactServiceImpl::RecordProfile(grpc::ServerContext* context,
                                            const v1::RecordProfileRequest* request,
                                            v1::Account* response) {
  return rpc::Write(env_, *context, kRecordProfile, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) {
                      return ReportFact(call, unit, *request, [&](const domain::Account& account) {
                        return domain::RecordProfile(
                            account, daicho::wire::Flatten(request->profile(), "profile"),
                            call.now());
                      });
                    });
}

grpc::Status FactServiceImpl::AttestCustody(grpc::ServerContext* context,
                                            const v1::AttestCustodyRequest* request,
                                            v1::Account* response) {
  return rpc::Write(env_, *context, kAttestCustody, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) {
                      return ReportFact(call, unit, *request, [&](const domain::Account& account) {
                        return domain::AttestCustody(
                            account, daicho::wire::Flatten(request->custody(), "custody"),
                            call.caller().subject, call.now());
                      });
                    });
}

grpc::Status FactServiceImpl::RecordWatch(grpc::ServerContext* context,
                                          const v1::RecordWatchRequest* request,
                                          v1::Account* response) {
  return rpc::Write(env_, *context, kRecordWatch, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) {
                      return ReportFact(call, unit, *request, [&](const domain::Account& account) {
                        return domain::RecordWatch(account,
                                                   daicho::wire::Flatten(request->watch(), "watch"),
                                                   call.caller().subject, call.now());
                      });
                    });
}

grpc::Status FactServiceImpl::GrantAccess(grpc::ServerContext* context,
                                          const v1::GrantAccessRequest* request,
                                          v1::Grant* response) {
  return rpc::Write(
      env_, *context, kGrantAccess, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Grant> {
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadAccount(call, unit.tx(), request->account(), "account"));
        ASSIGN_OR_RETURN(const domain::GrantChange change,
                         domain::GrantAccess(account, wire::ToDomain(*request), NewUuid(call.now()),
                                             call.caller().subject, call.now()));
        RETURN_IF_ERROR(store::InsertGrant(unit.tx(), change.after));
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status FactServiceImpl::RevokeGrant(grpc::ServerContext* context,
                                          const v1::RevokeGrantRequest* request,
                                          v1::Grant* response) {
  return rpc::Write(
      env_, *context, kRevokeGrant, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Grant> {
        ASSIGN_OR_RETURN(const daicho::wire::Target target,
                         daicho::wire::ParseTarget("grants", request->name(), request->etag()));
        ASSIGN_OR_RETURN(const domain::Grant grant, store::GetGrant(unit.tx(), target.id));
        ASSIGN_OR_RETURN(const domain::Account account,
                         store::GetAccount(unit.tx(), grant.account));
        RETURN_IF_ERROR(call.AdmitDepartment(absl::StrCat("departments/", account.department)));
        if (grant.revision != target.revision) return EtagMismatch();
        ASSIGN_OR_RETURN(const domain::GrantChange change,
                         domain::Revoke(grant, account.department, request->reason(),
                                        call.caller().subject, call.now()));
        store::SaveRevocation(unit.tx(), change.after);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status FactServiceImpl::ListGrants(grpc::ServerContext* context,
                                         const v1::ListGrantsRequest* request,
                                         v1::ListGrantsResponse* response) {
  return rpc::Read(
      env_, *context, kListGrants, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListGrantsResponse> {
        ASSIGN_OR_RETURN(domain::GrantFilter filter, wire::Parse(*request));
        RETURN_IF_ERROR(LimitToScope(call, filter));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListGrants.name, caller, *request));
        ASSIGN_OR_RETURN(
            std::vector<domain::Grant> grants,
            store::ListGrants(tx, filter, position.empty() ? "" : position.front(), size + 1));
        v1::ListGrantsResponse out;
        if (static_cast<int>(grants.size()) > size) {
          grants.pop_back();
          out.set_next_page_token(
              env_.page_tokens->Make(kListGrants.name, caller, *request, {grants.back().id}));
        }
        for (const domain::Grant& grant : grants) *out.add_grants() = wire::ToProto(grant);
        return out;
      });
}

grpc::Status FactServiceImpl::RecordGoalSample(grpc::ServerContext* context,
                                               const v1::RecordGoalSampleRequest* request,
                                               v1::GoalSample* response) {
  return rpc::Write(
      env_, *context, kRecordGoalSample, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::GoalSample> {
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadAccount(call, unit.tx(), request->name()));
        ASSIGN_OR_RETURN(
            const domain::GoalSampleChange change,
            domain::RecordGoalSample(
                account,
                {.id = NewUuid(call.now()),
                 .metric = request->metric(),
                 .value = request->value(),
                 .sampled_on =
                     daicho::wire::FromDate(request->sampled_on()).value_or(TokyoDay(call.now())),
                 .recorded_by = call.caller().subject},
                call.now()));
        store::InsertGoalSample(unit.tx(), change.sample);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.sample, account.fields);
      });
}

grpc::Status FactServiceImpl::ListGoalSamples(grpc::ServerContext* context,
                                              const v1::ListGoalSamplesRequest* request,
                                              v1::ListGoalSamplesResponse* response) {
  return rpc::Read(
      env_, *context, kListGoalSamples, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListGoalSamplesResponse> {
        ASSIGN_OR_RETURN(const domain::Account account, LoadAccount(call, tx, request->name()));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListGoalSamples.name, caller, *request));
        store::SamplePosition after;
        if (position.size() == 2) after = {.sampled_on = position[0], .metric = position[1]};
        ASSIGN_OR_RETURN(
            std::vector<domain::GoalSample> samples,
            store::ListGoalSamples(tx, account.id, request->metric(), after, size + 1));
        v1::ListGoalSamplesResponse out;
        if (static_cast<int>(samples.size()) > size) {
          samples.pop_back();
          out.set_next_page_token(env_.page_tokens->Make(
              kListGoalSamples.name, caller, *request,
              {FormatDay(samples.back().sampled_on), samples.back().metric}));
        }
        for (const domain::GoalSample& sample : samples) {
          *out.add_samples() = wire::ToProto(sample, account.fields);
        }
        return out;
      });
}

}  // namespace daicho::registry
