#include "services/registry/warning_service.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/registry/account_store.h"
#include "services/registry/department_store.h"
#include "services/registry/domain/warning.h"
#include "services/registry/warning_store.h"
#include "services/registry/warning_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kCreateWarning{"daicho.registry.v1.WarningService.CreateWarning"};
constexpr rpc::Method kUpdateWarning{"daicho.registry.v1.WarningService.UpdateWarning"};
constexpr rpc::Method kWithdrawWarning{"daicho.registry.v1.WarningService.WithdrawWarning"};
constexpr rpc::Method kGetWarning{"daicho.registry.v1.WarningService.GetWarning"};
constexpr rpc::Method kListWarnings{"daicho.registry.v1.WarningService.ListWarnings"};

// The code of the department that `asked` says is posed as, be it as the owner of an account.
absl::StatusOr<std::string> LoadDepartment(pg::Transaction& tx, const domain::Warning& asked) {
  if (asked.account.empty()) {
    ASSIGN_OR_RETURN(const auto department, store::GetDepartment(tx, asked.department));
    return department.code;
  }
  ASSIGN_OR_RETURN(const domain::Account account, store::GetAccount(tx, asked.account));
  if (asked.department.empty() || asked.department == account.department) {
    return account.department;
  }
  return RefuseFields({{.field = "department",
                        .reason = "DEPARTMENT_DIFFERS",
                        .en = "The account belongs to another department; leave this out.",
                        .ja = "アカウントの所属と異なります。所属は省略できます。"}});
}

// What the ledger has found out about `url`.
absl::StatusOr<domain::WarningClaim> LoadClaim(pg::Transaction& tx, domain::CanonicalUrl url) {
  domain::WarningClaim claim{.url = std::move(url)};
  ASSIGN_OR_RETURN(claim.known, store::FindKnown(tx, {claim.url.key}));
  ASSIGN_OR_RETURN(const auto warned, store::FindWarned(tx, {claim.url.key}));
  if (!warned.empty()) claim.in_force = warned.front().warning;
  return claim;
}

// The warning at `id`, which the caller saw as it is.
absl::StatusOr<domain::Warning> LoadForChange(pg::Transaction& tx, const std::string& id,
                                              std::int64_t revision) {
  ASSIGN_OR_RETURN(domain::Warning warning, store::GetWarning(tx, id));
  if (warning.revision != revision) return EtagMismatch();
  return warning;
}

absl::Status Store(const rpc::Call& call, work::UnitOfWork& unit,
                   const domain::WarningChange& change) {
  store::SaveWarning(unit.tx(), change, call.caller().subject);
  return unit.Announce(change.event);
}

}  // namespace

grpc::Status WarningServiceImpl::CreateWarning(grpc::ServerContext* context,
                                               const v1::CreateWarningRequest* request,
                                               v1::ImpersonationWarning* response) {
  return rpc::Write(env_, *context, kCreateWarning, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ImpersonationWarning> {
                      ASSIGN_OR_RETURN(domain::Warning asked, wire::Parse(*request));
                      ASSIGN_OR_RETURN(domain::CanonicalUrl url,
                                       domain::IdentifyImpersonator(*platforms_, asked.url));
                      store::LockLedger(unit.tx());
                      asked.created_by = call.caller().subject;
                      ASSIGN_OR_RETURN(asked.department, LoadDepartment(unit.tx(), asked));
                      ASSIGN_OR_RETURN(const domain::WarningClaim claim,
                                       LoadClaim(unit.tx(), std::move(url)));
                      ASSIGN_OR_RETURN(const domain::WarningChange change,
                                       domain::Warn(asked, claim, NewUuid(call.now()), call.now()));
                      RETURN_IF_ERROR(Store(call, unit, change));
                      return wire::ToProto(change.after);
                    });
}

grpc::Status WarningServiceImpl::UpdateWarning(grpc::ServerContext* context,
                                               const v1::UpdateWarningRequest* request,
                                               v1::ImpersonationWarning* response) {
  return rpc::Write(env_, *context, kUpdateWarning, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ImpersonationWarning> {
                      ASSIGN_OR_RETURN(const wire::EditCommand command, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Warning warning,
                                       LoadForChange(unit.tx(), command.warning, command.revision));
                      ASSIGN_OR_RETURN(const std::optional<domain::WarningChange> change,
                                       domain::ChangeWarning(warning, command.edit, call.now()));
                      if (!change) return wire::ToProto(warning);
                      RETURN_IF_ERROR(Store(call, unit, *change));
                      return wire::ToProto(change->after);
                    });
}

grpc::Status WarningServiceImpl::WithdrawWarning(grpc::ServerContext* context,
                                                 const v1::WithdrawWarningRequest* request,
                                                 v1::ImpersonationWarning* response) {
  return rpc::Write(env_, *context, kWithdrawWarning, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ImpersonationWarning> {
                      ASSIGN_OR_RETURN(const wire::WithdrawCommand command, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Warning warning,
                                       LoadForChange(unit.tx(), command.warning, command.revision));
                      ASSIGN_OR_RETURN(const domain::WarningChange change,
                                       domain::Withdraw(warning, command.reason, call.now()));
                      RETURN_IF_ERROR(Store(call, unit, change));
                      return wire::ToProto(change.after);
                    });
}

grpc::Status WarningServiceImpl::GetWarning(grpc::ServerContext* context,
                                            const v1::GetWarningRequest* request,
                                            v1::ImpersonationWarning* response) {
  return rpc::Read(
      env_, *context, kGetWarning, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::ImpersonationWarning> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseWarningName(request->name()));
        ASSIGN_OR_RETURN(const domain::Warning warning, store::GetWarning(tx, id));
        return wire::ToProto(warning);
      });
}

grpc::Status WarningServiceImpl::ListWarnings(grpc::ServerContext* context,
                                              const v1::ListWarningsRequest* request,
                                              v1::ListWarningsResponse* response) {
  return rpc::Read(
      env_, *context, kListWarnings, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListWarningsResponse> {
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListWarnings.name, caller, *request));
        ASSIGN_OR_RETURN(std::vector<domain::Warning> warnings,
                         store::ListWarnings(tx, request->show_withdrawn(),
                                             position.empty() ? "" : position.front(), size + 1));
        v1::ListWarningsResponse out;
        ASSIGN_OR_RETURN(const int total, store::CountWarnings(tx, request->show_withdrawn()));
        out.set_total_size(total);
        if (static_cast<int>(warnings.size()) > size) {
          warnings.pop_back();
          out.set_next_page_token(
              env_.page_tokens->Make(kListWarnings.name, caller, *request, {warnings.back().id}));
        }
        for (const domain::Warning& warning : warnings) {
          *out.add_warnings() = wire::ToListed(warning);
        }
        return out;
      });
}

}  // namespace daicho::registry
