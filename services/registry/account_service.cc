#include "services/registry/account_service.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/csv.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"
#include "services/registry/account_wire.h"
#include "services/registry/activity_store.h"
#include "services/registry/department_store.h"
#include "services/registry/domain/claim.h"
#include "services/registry/domain/department.h"
#include "services/registry/fact_wire.h"
#include "services/registry/import_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kGetAccount{"daicho.registry.v1.AccountService.GetAccount"};
constexpr rpc::Method kListAccounts{"daicho.registry.v1.AccountService.ListAccounts"};
constexpr rpc::Method kListAccountRevisions{
    "daicho.registry.v1.AccountService.ListAccountRevisions"};
constexpr rpc::Method kImportAccounts{"daicho.registry.v1.AccountService.ImportAccounts"};
constexpr rpc::Method kApplyForm{"daicho.registry.v1.AccountService.ApplyForm"};
constexpr rpc::Method kConfirmOpening{"daicho.registry.v1.AccountService.ConfirmOpening"};
constexpr rpc::Method kRecordListing{"daicho.registry.v1.AccountService.RecordListing"};
constexpr rpc::Method kConfirmClosing{"daicho.registry.v1.AccountService.ConfirmClosing"};

std::string DepartmentName(const std::string& code) { return absl::StrCat("departments/", code); }

// The account at `id`, which the caller may read.
absl::StatusOr<domain::Account> LoadForReading(const rpc::Call& call, pg::Transaction& tx,
                                               const std::string& name) {
  ASSIGN_OR_RETURN(const std::string id, wire::ParseAccountName(name));
  ASSIGN_OR_RETURN(domain::Account account, store::GetAccount(tx, id));
  RETURN_IF_ERROR(call.AdmitDepartment(DepartmentName(account.department)));
  return account;
}

// The account at `target`, which the caller may change and saw as it is.
absl::StatusOr<domain::Account> LoadForChange(const rpc::Call& call, pg::Transaction& tx,
                                              const wire::Target& target) {
  ASSIGN_OR_RETURN(domain::Account account, store::GetAccount(tx, target.account));
  RETURN_IF_ERROR(call.AdmitDepartment(DepartmentName(account.department)));
  if (account.revision != target.revision) return EtagMismatch();
  return account;
}

absl::Status Store(const rpc::Call& call, work::UnitOfWork& unit, const domain::Change& change) {
  store::SaveAccount(unit.tx(), change, {.actor = call.caller().subject});
  return unit.Announce(change.event);
}

// Limits `filter` to what the caller may list.
absl::Status LimitToScope(const rpc::Call& call, domain::AccountFilter& filter) {
  if (!filter.department.empty()) {
    return call.AdmitDepartment(DepartmentName(filter.department));
  }
  if (const auto only = call.OnlyDepartment()) {
    ASSIGN_OR_RETURN(filter.department, daicho::wire::ParseDepartmentName(*only, "department"));
  }
  return absl::OkStatus();
}

// What the form claims, and who in the ledger has it.
absl::StatusOr<domain::Claim> LoadClaim(pg::Transaction& tx, const domain::PlatformTable& platforms,
                                        const Fields& fields) {
  domain::Claim claim{.fields = fields, .identity = domain::ClaimIdentity(platforms, fields)};
  if (claim.identity.ok() && *claim.identity) {
    ASSIGN_OR_RETURN(claim.holder, store::FindHolder(tx, (*claim.identity)->key));
  }
  return claim;
}

absl::StatusOr<domain::Decision> DecideOpening(const rpc::Call& call, pg::Transaction& tx,
                                               const domain::PlatformTable& platforms,
                                               const wire::ApplyCommand& command) {
  ASSIGN_OR_RETURN(const auto department, store::FindDepartment(tx, command.form.department));
  ASSIGN_OR_RETURN(const domain::Claim claim, LoadClaim(tx, platforms, command.fields));
  const bool exists = department && domain::ExistsOn(*department, TokyoDay(call.now()));
  return domain::Open(command.form, claim, exists, NewUuid(call.now()), call.now());
}

// The revision of `account` that the form was agreed on; the present one where only facts were
// reported since, for what is governed changes by forms alone (domain.md §3).
absl::StatusOr<std::optional<std::int64_t>> AgreedRevision(pg::Transaction& tx,
                                                           const domain::Account& account,
                                                           std::optional<std::int64_t> agreed) {
  if (!agreed || *agreed >= account.revision) return agreed;
  ASSIGN_OR_RETURN(const auto found, store::ListRevisions(tx, account.id, *agreed + 1, 1));
  const bool same = !found.empty() && found.front().account.revision == *agreed &&
                    found.front().account.last_form == account.last_form;
  return same ? account.revision : agreed;
}

absl::StatusOr<domain::Decision> DecideClosing(const rpc::Call& call, pg::Transaction& tx,
                                               const domain::Account& account,
                                               std::optional<std::int64_t> agreed_revision,
                                               const wire::ApplyCommand& command) {
  bool successor_exists = false;
  if (!command.closing.successor.empty()) {
    ASSIGN_OR_RETURN(const auto successor, store::FindAccount(tx, command.closing.successor));
    successor_exists = successor && domain::IsAlive(*successor);
  }
  return domain::BeginClosing(account, command.form, agreed_revision, command.closing,
                              successor_exists, call.now());
}

absl::StatusOr<domain::Decision> Decide(const rpc::Call& call, pg::Transaction& tx,
                                        const domain::PlatformTable& platforms,
                                        const wire::ApplyCommand& command) {
  if (command.action == wire::Action::kOpen) return DecideOpening(call, tx, platforms, command);
  ASSIGN_OR_RETURN(const auto account, store::FindAccount(tx, command.account));
  if (!account) {
    return domain::Conflict{.reason = "ACCOUNT_NOT_FOUND",
                            .en = "The ledger has no such account; look it up in the list.",
                            .ja = "台帳にそのアカウントはありません。一覧で確認してください。",
                            .field = "account"};
  }
  ASSIGN_OR_RETURN(const auto agreed_revision,
                   AgreedRevision(tx, *account, command.agreed_revision));
  if (command.action == wire::Action::kClose) {
    return DecideClosing(call, tx, *account, agreed_revision, command);
  }
  ASSIGN_OR_RETURN(const domain::Claim claim, LoadClaim(tx, platforms, command.fields));
  return domain::ChangeFields(*account, command.form, agreed_revision, claim, call.now());
}

// Who answers for a form's version: whoever agreed it, as the approval service says.
store::Authorship AuthorOf(const rpc::Call& call, const wire::ApplyCommand& command) {
  std::string reason = command.form.reception_number;
  if (!command.form.reason.empty()) {
    absl::StrAppend(&reason, reason.empty() ? "" : ": ", command.form.reason);
  }
  return {.actor = command.agreed_by.empty() ? call.caller().subject : command.agreed_by,
          .reason = std::move(reason)};
}

domain::DepartmentNames NamesOn(const domain::DepartmentsByCode& departments, absl::CivilDay day) {
  domain::DepartmentNames names;
  for (const auto& [code, department] : departments) {
    if (domain::ExistsOn(department, day)) names.Add(code, department.display_name);
  }
  return names;
}

absl::StatusOr<domain::AccountImport> PlanImport(const rpc::Call& call, pg::Transaction& tx,
                                                 const domain::PlatformTable& platforms,
                                                 const std::string& csv) {
  ASSIGN_OR_RETURN(std::vector<CsvRecord> records, ReadCsv(csv));
  store::LockLedger(tx);
  ASSIGN_OR_RETURN(const domain::DepartmentsByCode departments, store::AllDepartments(tx));
  domain::AccountFile file = domain::ReadAccountFile(
      std::move(records), NamesOn(departments, TokyoDay(call.now())), platforms);
  std::vector<std::string> keys;
  for (const domain::ImportedAccount& account : file.accounts) {
    keys.push_back(account.identity.key);
  }
  ASSIGN_OR_RETURN(const auto known, store::FindKnown(tx, keys));
  return domain::PlanAccountImport(std::move(file), known);
}

Event ImportEvent(const domain::AccountImport& plan, const std::string& csv) {
  return {.type = "account.imported",
          .resource = "accounts",
          .changes = {{.path = "created_count", .after = absl::StrCat(plan.created.size())},
                      {.path = "file_sha256", .after = absl::BytesToHexString(Sha256(csv))},
                      {.path = "row_count", .after = absl::StrCat(plan.row_count)},
                      {.path = "unchanged_count", .after = absl::StrCat(plan.unchanged_count)}}};
}

}  // namespace

grpc::Status AccountServiceImpl::GetAccount(grpc::ServerContext* context,
                                            const v1::GetAccountRequest* request,
                                            v1::Account* response) {
  return rpc::Read(env_, *context, kGetAccount, *request, response,
                   [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Account> {
                     ASSIGN_OR_RETURN(const domain::Account account,
                                      LoadForReading(call, tx, request->name()));
                     ASSIGN_OR_RETURN(v1::Account out, wire::ToProto(account));
                     ASSIGN_OR_RETURN(const auto activity, store::LoadActivity(tx, {account.id}));
                     for (const auto& [id, newest] : activity) {
                       *out.mutable_activity() = wire::ToProto(newest);
                     }
                     return out;
                   });
}

grpc::Status AccountServiceImpl::ListAccounts(grpc::ServerContext* context,
                                              const v1::ListAccountsRequest* request,
                                              v1::ListAccountsResponse* response) {
  return rpc::Read(
      env_, *context, kListAccounts, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListAccountsResponse> {
        ASSIGN_OR_RETURN(domain::AccountFilter filter, wire::Parse(*request));
        RETURN_IF_ERROR(LimitToScope(call, filter));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListAccounts.name, caller, *request));
        ASSIGN_OR_RETURN(std::vector<domain::Account> accounts,
                         store::ListAccounts(tx, filter, wire::ParsePosition(position), size + 1));
        v1::ListAccountsResponse out;
        ASSIGN_OR_RETURN(const int total, store::CountAccounts(tx, filter));
        out.set_total_size(total);
        if (static_cast<int>(accounts.size()) > size) {
          accounts.pop_back();
          out.set_next_page_token(env_.page_tokens->Make(kListAccounts.name, caller, *request,
                                                         wire::PositionOf(accounts.back())));
        }
        for (const domain::Account& account : accounts) {
          ASSIGN_OR_RETURN(*out.add_accounts(), wire::ToProto(account));
        }
        return out;
      });
}

grpc::Status AccountServiceImpl::ListAccountRevisions(
    grpc::ServerContext* context, const v1::ListAccountRevisionsRequest* request,
    v1::ListAccountRevisionsResponse* response) {
  return rpc::Read(
      env_, *context, kListAccountRevisions, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListAccountRevisionsResponse> {
        ASSIGN_OR_RETURN(const domain::Account account, LoadForReading(call, tx, request->name()));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListAccountRevisions.name, caller, *request));
        std::int64_t before = std::numeric_limits<std::int64_t>::max();
        if (!position.empty()) (void)absl::SimpleAtoi(position.front(), &before);
        ASSIGN_OR_RETURN(std::vector<domain::Revision> revisions,
                         store::ListRevisions(tx, account.id, before, size + 1));
        v1::ListAccountRevisionsResponse out;
        if (static_cast<int>(revisions.size()) > size) {
          revisions.pop_back();
          out.set_next_page_token(
              env_.page_tokens->Make(kListAccountRevisions.name, caller, *request,
                                     {absl::StrCat(revisions.back().account.revision)}));
        }
        for (const domain::Revision& revision : revisions) {
          ASSIGN_OR_RETURN(*out.add_revisions(), wire::ToProto(revision));
        }
        return out;
      });
}

grpc::Status AccountServiceImpl::ImportAccounts(grpc::ServerContext* context,
                                                const v1::ImportAccountsRequest* request,
                                                v1::ImportAccountsResponse* response) {
  return rpc::Write(
      env_, *context, kImportAccounts, *request, response,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::ImportAccountsResponse> {
        ASSIGN_OR_RETURN(const domain::AccountImport plan,
                         PlanImport(call, unit.tx(), *platforms_, request->csv()));
        if (!plan.problems.empty()) {
          if (request->validate_only()) return wire::ToProto(plan);
          return wire::RefuseProblems(plan.problems);
        }
        std::vector<domain::Account> accounts;
        for (const domain::ImportedAccount& imported : plan.created) {
          accounts.push_back(domain::NewAccount(imported, NewUuid(call.now()), call.now()));
        }
        RETURN_IF_ERROR(
            store::InsertImported(unit.tx(), accounts, {.actor = call.caller().subject}));
        RETURN_IF_ERROR(unit.Announce(ImportEvent(plan, request->csv())));
        return wire::ToProto(plan);
      });
}

grpc::Status AccountServiceImpl::ApplyForm(grpc::ServerContext* context,
                                           const v1::ApplyFormRequest* request,
                                           v1::ApplyFormResponse* response) {
  return rpc::Write(
      env_, *context, kApplyForm, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::ApplyFormResponse> {
        ASSIGN_OR_RETURN(const wire::ApplyCommand command, wire::Parse(*request));
        store::LockLedger(unit.tx());
        ASSIGN_OR_RETURN(const domain::Decision decision,
                         Decide(call, unit.tx(), *platforms_, command));
        if (const auto* change = std::get_if<domain::Change>(&decision)) {
          store::SaveAccount(unit.tx(), *change, AuthorOf(call, command));
          RETURN_IF_ERROR(unit.Announce(change->event));
        }
        return wire::ToProto(decision);
      });
}

grpc::Status AccountServiceImpl::ConfirmOpening(grpc::ServerContext* context,
                                                const v1::ConfirmOpeningRequest* request,
                                                v1::Account* response) {
  return rpc::Write(
      env_, *context, kConfirmOpening, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Account> {
        ASSIGN_OR_RETURN(const wire::OpeningCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadForChange(call, unit.tx(), command.target));
        ASSIGN_OR_RETURN(const domain::Change change,
                         domain::ConfirmOpening(account, command.opened_on, call.now()));
        RETURN_IF_ERROR(Store(call, unit, change));
        return wire::ToProto(change.after);
      });
}

grpc::Status AccountServiceImpl::RecordListing(grpc::ServerContext* context,
                                               const v1::RecordListingRequest* request,
                                               v1::Account* response) {
  return rpc::Write(
      env_, *context, kRecordListing, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Account> {
        ASSIGN_OR_RETURN(const wire::ListingCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadForChange(call, unit.tx(), command.target));
        ASSIGN_OR_RETURN(const std::optional<domain::Change> change,
                         domain::RecordListing(account, command.listing, call.now()));
        if (!change) return wire::ToProto(account);
        RETURN_IF_ERROR(Store(call, unit, *change));
        return wire::ToProto(change->after);
      });
}

grpc::Status AccountServiceImpl::ConfirmClosing(grpc::ServerContext* context,
                                                const v1::ConfirmClosingRequest* request,
                                                v1::Account* response) {
  return rpc::Write(
      env_, *context, kConfirmClosing, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Account> {
        ASSIGN_OR_RETURN(const wire::ClosingCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadForChange(call, unit.tx(), command.target));
        ASSIGN_OR_RETURN(const domain::Change change,
                         domain::ConfirmClosing(account, command.evidence, call.now()));
        RETURN_IF_ERROR(Store(call, unit, change));
        return wire::ToProto(change.after);
      });
}

}  // namespace daicho::registry
