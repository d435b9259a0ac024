#include "services/registry/account_service.h"

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/sheet/sheet.h"
#include "common/wire/fields.h"
#include "services/registry/account_change.h"
#include "services/registry/account_store.h"
#include "services/registry/account_wire.h"
#include "services/registry/department_store.h"
#include "services/registry/domain/claim.h"
#include "services/registry/domain/condition.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/merge.h"
#include "services/registry/fact_store.h"
#include "services/registry/import_file.h"
#include "services/registry/import_wire.h"
#include "services/registry/warning_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kListAccountRevisions{
    "daicho.registry.v1.AccountService.ListAccountRevisions"};
constexpr rpc::Method kImportAccounts{"daicho.registry.v1.AccountService.ImportAccounts"};
constexpr rpc::Method kApplyForm{"daicho.registry.v1.AccountService.ApplyForm"};
constexpr rpc::Method kConfirmOpening{"daicho.registry.v1.AccountService.ConfirmOpening"};
constexpr rpc::Method kRecordListing{"daicho.registry.v1.AccountService.RecordListing"};
constexpr rpc::Method kConfirmClosing{"daicho.registry.v1.AccountService.ConfirmClosing"};
constexpr rpc::Method kReportCondition{"daicho.registry.v1.AccountService.ReportCondition"};
constexpr rpc::Method kListOverdueClosings{"daicho.registry.v1.AccountService.ListOverdueClosings"};

// What the form claims, and who in the ledger has it.
absl::StatusOr<domain::Claim> LoadClaim(pg::Transaction& tx, const domain::PlatformTable& platforms,
                                        const Fields& fields) {
  domain::Claim claim{.fields = fields, .identity = domain::ClaimIdentity(platforms, fields)};
  if (claim.identity.ok() && *claim.identity) {
    ASSIGN_OR_RETURN(claim.holder, store::FindHolder(tx, (*claim.identity)->key));
    ASSIGN_OR_RETURN(const auto warned, store::FindWarned(tx, {(*claim.identity)->key}));
    claim.warned = !warned.empty();
  }
  return claim;
}

// The department to open an account for: the form's, or the first of those that took over from it
// since, where approval has its open forms go too. nullopt when there is none.
absl::StatusOr<std::optional<std::string>> OpeningDepartment(pg::Transaction& tx, std::string code,
                                                             absl::CivilDay today) {
  std::set<std::string> seen;
  while (seen.insert(code).second) {
    ASSIGN_OR_RETURN(const auto department, store::FindDepartment(tx, code));
    if (!department) return std::nullopt;
    if (domain::ExistsOn(*department, today)) return code;
    if (department->successors.empty()) return std::nullopt;
    code = department->successors.front();
  }
  return std::nullopt;
}

absl::StatusOr<domain::Decision> DecideOpening(const rpc::Call& call, pg::Transaction& tx,
                                               const domain::PlatformTable& platforms,
                                               const wire::ApplyCommand& command) {
  domain::AgreedForm form = command.form;
  ASSIGN_OR_RETURN(const std::optional<std::string> department,
                   OpeningDepartment(tx, form.department, TokyoDay(call.now())));
  ASSIGN_OR_RETURN(const domain::Claim claim, LoadClaim(tx, platforms, command.fields));
  if (department) form.department = *department;
  return domain::Open(form, claim, department.has_value(), NewUuid(call.now()), call.now());
}

// `account` as it was when `agreed` was its revision, if no form changed it since: what is governed
// changes by forms alone (domain.md §3), so that a form agreed then may still be taken.
absl::StatusOr<std::optional<domain::Account>> AgreedVersion(pg::Transaction& tx,
                                                             const domain::Account& account,
                                                             std::optional<std::int64_t> agreed) {
  if (!agreed || *agreed >= account.revision) return std::nullopt;
  ASSIGN_OR_RETURN(auto found, store::ListRevisions(tx, account.id, *agreed + 1, 1));
  const bool same = !found.empty() && found.front().account.revision == *agreed &&
                    found.front().account.last_form == account.last_form;
  if (!same) return std::nullopt;
  return std::optional<domain::Account>(std::move(found.front().account));
}

// A form about `account` as it is to be taken now, and the revision it was agreed on: the present
// one where only facts were reported since, or a reorganisation gave the account to another
// department.
struct Agreement {
  domain::AgreedForm form;
  std::optional<std::int64_t> revision;
};

absl::StatusOr<Agreement> AgreementOn(pg::Transaction& tx, const domain::Account& account,
                                      const wire::ApplyCommand& command) {
  Agreement agreement{.form = command.form, .revision = command.agreed_revision};
  ASSIGN_OR_RETURN(const auto agreed, AgreedVersion(tx, account, command.agreed_revision));
  if (!agreed) return agreement;
  agreement.revision = account.revision;
  if (agreed->department == command.form.department) {
    agreement.form.department = account.department;
  }
  return agreement;
}

absl::StatusOr<bool> IsAliveAccount(pg::Transaction& tx, const std::string& id) {
  if (id.empty()) return false;
  ASSIGN_OR_RETURN(const auto account, store::FindAccount(tx, id));
  return account && domain::IsAlive(*account);
}

absl::StatusOr<domain::Decision> DecideClosing(const rpc::Call& call, pg::Transaction& tx,
                                               const domain::Account& account,
                                               const Agreement& agreement,
                                               const wire::ApplyCommand& command) {
  ASSIGN_OR_RETURN(const bool successor_exists, IsAliveAccount(tx, command.closing.successor));
  return domain::BeginClosing(account, agreement.form, agreement.revision, command.closing,
                              successor_exists, call.now());
}

// The accounts that `command` merges away, as the ledger has them, in the form's order.
absl::StatusOr<std::vector<domain::Absorbed>> LoadAbsorbed(pg::Transaction& tx,
                                                           const wire::ApplyCommand& command) {
  std::vector<std::string> ids;
  for (const wire::AbsorbedName& name : command.absorbed) ids.push_back(name.account);
  ASSIGN_OR_RETURN(const std::vector<domain::Account> found, store::FindAccounts(tx, ids));
  std::map<std::string, const domain::Account*> by_id;
  for (const domain::Account& account : found) by_id[account.id] = &account;
  std::vector<domain::Absorbed> absorbed;
  for (const wire::AbsorbedName& name : command.absorbed) {
    domain::Absorbed& one = absorbed.emplace_back(domain::Absorbed{.id = name.account});
    const auto account = by_id.find(name.account);
    if (account == by_id.end()) continue;
    one.account = *account->second;
    ASSIGN_OR_RETURN(const auto agreed, AgreedVersion(tx, *account->second, name.agreed_revision));
    one.agreed_revision = agreed ? account->second->revision : name.agreed_revision;
  }
  return absorbed;
}

absl::StatusOr<domain::Ruling> DecideChange(const rpc::Call& call, pg::Transaction& tx,
                                            const domain::PlatformTable& platforms,
                                            const domain::Account& account,
                                            const Agreement& agreement,
                                            const wire::ApplyCommand& command) {
  ASSIGN_OR_RETURN(const domain::Claim claim, LoadClaim(tx, platforms, command.fields));
  domain::Decision changed =
      domain::ChangeFields(account, agreement.form, agreement.revision, claim, call.now());
  if (command.absorbed.empty()) return domain::ToRuling(std::move(changed));
  ASSIGN_OR_RETURN(const std::vector<domain::Absorbed> absorbed, LoadAbsorbed(tx, command));
  return domain::Merge(account, std::move(changed), agreement.form, absorbed,
                       command.effective_on.value_or(TokyoDay(call.now())), call.now());
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

absl::StatusOr<domain::Ruling> DecideGrant(const rpc::Call& call, pg::Transaction& tx,
                                           const domain::Account& account,
                                           const wire::ApplyCommand& command) {
  const absl::CivilDay first = command.use.valid_from.value_or(TokyoDay(call.now()));
  ASSIGN_OR_RETURN(const auto holders, store::GrantHolders(tx, account.id, FiscalYear(first)));
  std::vector<std::string> ids(command.use.users.size());
  for (std::string& id : ids) id = NewUuid(call.now());
  return domain::GrantUse(account, command.form, command.use, ids, holders,
                          AuthorOf(call, command).actor, call.now());
}

absl::StatusOr<domain::Ruling> Decide(const rpc::Call& call, pg::Transaction& tx,
                                      const domain::PlatformTable& platforms,
                                      const wire::ApplyCommand& command) {
  if (command.action == wire::Action::kOpen) {
    ASSIGN_OR_RETURN(domain::Decision opened, DecideOpening(call, tx, platforms, command));
    return domain::ToRuling(std::move(opened));
  }
  ASSIGN_OR_RETURN(const auto account, store::FindAccount(tx, command.account));
  if (!account) {
    return domain::ToRuling(
        domain::Conflict{.reason = "ACCOUNT_NOT_FOUND",
                         .en = "The ledger has no such account; look it up in the list.",
                         .ja = "台帳にそのアカウントはありません。一覧で確認してください。",
                         .field = "account"});
  }
  if (command.action == wire::Action::kSuspend) {
    return domain::SuspendAtOnce(*account, command.form, call.now());
  }
  if (command.action == wire::Action::kGrant) return DecideGrant(call, tx, *account, command);
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOn(tx, *account, command));
  if (command.action == wire::Action::kChange) {
    return DecideChange(call, tx, platforms, *account, agreement, command);
  }
  ASSIGN_OR_RETURN(domain::Decision closing, DecideClosing(call, tx, *account, agreement, command));
  return domain::ToRuling(std::move(closing));
}

domain::Reporter ReporterOf(const rpc::Caller& caller) {
  if (caller.Has(access::v1::ROLE_PR_OFFICE)) return domain::Reporter::kPrOffice;
  if (caller.Has(access::v1::ROLE_IT_SECURITY)) return domain::Reporter::kItSecurity;
  return domain::Reporter::kDepartment;
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
                                                 const std::string& content) {
  ASSIGN_OR_RETURN(sheet::Sheet sheet, sheet::ReadSheet(content));
  store::LockLedger(tx);
  ASSIGN_OR_RETURN(const domain::DepartmentsByCode departments, store::AllDepartments(tx));
  domain::AccountFile file = domain::ReadAccountFile(
      std::move(sheet.records), NamesOn(departments, TokyoDay(call.now())), platforms);
  std::vector<std::string> keys;
  for (const domain::ImportedAccount& account : file.accounts) {
    keys.push_back(account.identity.key);
  }
  ASSIGN_OR_RETURN(auto known, store::FindKnown(tx, keys));
  ASSIGN_OR_RETURN(const auto warned, store::FindWarned(tx, keys));
  for (const domain::WarnedKey& entry : warned) {
    known.push_back({.key = entry.key, .as = domain::KnownAccount::As::kImpersonator});
  }
  domain::AccountImport plan = domain::PlanAccountImport(std::move(file), known);
  NameCells(sheet.kind, plan);
  return plan;
}

Event ImportEvent(const domain::AccountImport& plan, const std::string& content) {
  return {.type = "account.imported",
          .resource = "accounts",
          .changes = {{.path = "created_count", .after = absl::StrCat(plan.created.size())},
                      {.path = "file_sha256", .after = absl::BytesToHexString(Sha256(content))},
                      {.path = "row_count", .after = absl::StrCat(plan.row_count)},
                      {.path = "unchanged_count", .after = absl::StrCat(plan.unchanged_count)}}};
}

}  // namespace

grpc::Status AccountServiceImpl::ListAccountRevisions(
    grpc::ServerContext* context, const v1::ListAccountRevisionsRequest* request,
    v1::ListAccountRevisionsResponse* response) {
  return rpc::Read(
      env_, *context, kListAccountRevisions, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListAccountRevisionsResponse> {
        ASSIGN_OR_RETURN(const domain::Account account, LoadAccount(call, tx, request->name()));
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
                         PlanImport(call, unit.tx(), *platforms_, request->content()));
        if (!plan.CanBeStored()) {
          if (request->validate_only()) return wire::ToProto(plan);
          return wire::RefuseProblems(plan.problems, plan.conflicts);
        }
        std::vector<domain::Account> accounts;
        for (const domain::ImportedAccount& imported : plan.created) {
          accounts.push_back(domain::NewAccount(imported, NewUuid(call.now()), call.now()));
        }
        RETURN_IF_ERROR(
            store::InsertImported(unit.tx(), accounts, {.actor = call.caller().subject}));
        RETURN_IF_ERROR(unit.Announce(ImportEvent(plan, request->content())));
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
        ASSIGN_OR_RETURN(const domain::Ruling ruling,
                         Decide(call, unit.tx(), *platforms_, command));
        for (const domain::Change& change : ruling.changes) {
          store::SaveAccount(unit.tx(), change, AuthorOf(call, command));
          RETURN_IF_ERROR(unit.Announce(change.event));
        }
        for (const domain::GrantChange& grant : ruling.grants) {
          RETURN_IF_ERROR(store::InsertGrant(unit.tx(), grant.after));
          RETURN_IF_ERROR(unit.Announce(grant.event));
        }
        return wire::ToProto(ruling);
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
        ASSIGN_OR_RETURN(const wire::ListingCommand command,
                         wire::Parse(*request, {platforms_, own_hosts_}));
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

grpc::Status AccountServiceImpl::ReportCondition(grpc::ServerContext* context,
                                                 const v1::ReportConditionRequest* request,
                                                 v1::Account* response) {
  return rpc::Write(
      env_, *context, kReportCondition, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Account> {
        ASSIGN_OR_RETURN(const wire::ConditionCommand command, wire::Parse(*request));
        if (!command.report.successor.empty()) store::LockLedger(unit.tx());
        ASSIGN_OR_RETURN(const domain::Account account,
                         LoadForChange(call, unit.tx(), command.target));
        ASSIGN_OR_RETURN(const bool successor_exists,
                         IsAliveAccount(unit.tx(), command.report.successor));
        ASSIGN_OR_RETURN(const std::optional<domain::Change> change,
                         domain::ReportCondition(account, command.report, ReporterOf(call.caller()),
                                                 successor_exists, call.now()));
        if (!change) return wire::ToProto(account);
        RETURN_IF_ERROR(Store(call, unit, *change));
        return wire::ToProto(change->after);
      });
}

grpc::Status AccountServiceImpl::ListOverdueClosings(grpc::ServerContext* context,
                                                     const v1::ListOverdueClosingsRequest* request,
                                                     v1::ListOverdueClosingsResponse* response) {
  return rpc::Read(
      env_, *context, kListOverdueClosings, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListOverdueClosingsResponse> {
        ASSIGN_OR_RETURN(const domain::OverdueFilter filter, wire::Parse(*request));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListOverdueClosings.name, caller, *request));
        const absl::CivilDay today = TokyoDay(call.now());
        ASSIGN_OR_RETURN(std::vector<domain::Account> accounts,
                         store::ListOverdueClosings(
                             tx, filter, today, wire::ParseOverduePosition(position), size + 1));
        v1::ListOverdueClosingsResponse out;
        ASSIGN_OR_RETURN(const int total, store::CountOverdueClosings(tx, filter, today));
        out.set_total_size(total);
        if (static_cast<int>(accounts.size()) > size) {
          accounts.pop_back();
          out.set_next_page_token(env_.page_tokens->Make(kListOverdueClosings.name, caller,
                                                         *request,
                                                         wire::OverduePositionOf(accounts.back())));
        }
        for (const domain::Account& account : accounts) {
          *out.add_closings() = wire::ToOverdueClosing(account, today);
        }
        return out;
      });
}

}  // namespace daicho::registry
