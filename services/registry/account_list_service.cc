// AccountService: one account, lists of them, and the ledger as it was.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/account_list_store.h"
#include "services/registry/account_list_wire.h"
#include "services/registry/account_service.h"
#include "services/registry/account_store.h"
#include "services/registry/account_wire.h"
#include "services/registry/directory_store.h"
#include "services/registry/domain/inquiry.h"
#include "services/registry/fact_wire.h"
#include "services/registry/lookup_wire.h"
#include "services/registry/open_advice_service.h"
#include "services/registry/present_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kGetAccount{"daicho.registry.v1.AccountService.GetAccount"};
constexpr rpc::Method kListAccounts{"daicho.registry.v1.AccountService.ListAccounts"};
constexpr rpc::Method kLookupAccountAsOf{"daicho.registry.v1.AccountService.LookupAccountAsOf"};

std::string DepartmentName(const domain::Account& account) {
  return absl::StrCat("departments/", account.department);
}

// The account as it was at `time`. Whoever has it now may read what it was, and whoever had it
// then.
absl::StatusOr<domain::Account> LoadAsOf(const rpc::Call& call, pg::Transaction& tx,
                                         const domain::Account& present, absl::Time time) {
  ASSIGN_OR_RETURN(const std::int64_t change, store::LastChangeBy(tx, time));
  ASSIGN_OR_RETURN(std::optional<domain::Account> then,
                   store::FindAccountAsOf(tx, present.id, change));
  if (!then) {
    RETURN_IF_ERROR(call.AdmitDepartment(DepartmentName(present)));
    return Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                  {"The ledger did not hold this account yet; ask for a later moment.",
                   "その時点では、このアカウントはまだ台帳にありません。"
                   "より後の時点を指定してください。"},
                  {{"account", absl::StrCat("accounts/", present.id)}});
  }
  RETURN_IF_ERROR(call.AdmitAnyDepartment({DepartmentName(present), DepartmentName(*then)}));
  return *std::move(then);
}

// The department that lists are limited to; empty for none.
absl::StatusOr<std::string> OnlyDepartment(const rpc::Call& call) {
  const auto only = call.OnlyDepartment();
  if (!only) return std::string();
  return daicho::wire::ParseDepartmentName(*only, "department");
}

// The state of the ledger that a list begins with.
absl::StatusOr<std::int64_t> FirstChange(pg::Transaction& tx, std::optional<absl::Time> read_time,
                                         std::int64_t last_change) {
  if (!read_time) return last_change;
  return store::LastChangeBy(tx, *read_time);
}

domain::DirectorySnapshot SnapshotOf(store::DirectoryChanges as_of) {
  domain::DirectorySnapshot::Editor editor{domain::DirectorySnapshot()};
  for (domain::LookupEntry& entry : as_of.accounts) editor.Put(std::move(entry));
  for (const domain::FormerHolding& former : as_of.former) editor.Put(former);
  for (domain::PublicDepartment& department : as_of.departments) editor.Put(std::move(department));
  for (domain::PublicWarning& warning : as_of.warnings) editor.Put(std::move(warning));
  return std::move(editor).Finish();
}

}  // namespace

absl::Status AddPresent(pg::Transaction& tx, const std::vector<v1::Account*>& accounts) {
  std::vector<std::string> ids;
  for (const v1::Account* account : accounts) {
    ASSIGN_OR_RETURN(ids.emplace_back(), wire::ParseAccountName(account->name()));
  }
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto present, store::LoadPresent(tx, ids));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto known = present.find(ids[i]);
    if (known == present.end()) continue;
    const auto& [activity, open_advice] = known->second;
    if (activity) *accounts[i]->mutable_activity() = wire::ToProto(*activity);
    if (open_advice) *accounts[i]->mutable_open_advice() = ToProto(*open_advice);
  }
  return absl::OkStatus();
}

grpc::Status AccountServiceImpl::GetAccount(grpc::ServerContext* context,
                                            const v1::GetAccountRequest* request,
                                            v1::Account* response) {
  return rpc::Read(
      env_, *context, kGetAccount, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Account> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseAccountName(request->name()));
        ASSIGN_OR_RETURN(const auto read_time, wire::ParseReadTime(*request, call.now()));
        ASSIGN_OR_RETURN(domain::Account account, store::GetAccount(tx, id));
        if (read_time) {
          ASSIGN_OR_RETURN(account, LoadAsOf(call, tx, account, *read_time));
        } else {
          RETURN_IF_ERROR(call.AdmitDepartment(DepartmentName(account)));
        }
        ASSIGN_OR_RETURN(v1::Account out, wire::ToProto(account));
        if (!read_time) RETURN_IF_ERROR(AddPresent(tx, {&out}));
        return out;
      });
}

grpc::Status AccountServiceImpl::ListAccounts(grpc::ServerContext* context,
                                              const v1::ListAccountsRequest* request,
                                              v1::ListAccountsResponse* response) {
  return rpc::Read(
      env_, *context, kListAccounts, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListAccountsResponse> {
        ASSIGN_OR_RETURN(domain::AccountQuery query, wire::Parse(*request, *platforms_));
        ASSIGN_OR_RETURN(query.only_department, OnlyDepartment(call));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const auto read_time, wire::ParseReadTime(*request, call.now()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                         env_.page_tokens->Read(kListAccounts.name, caller, *request));
        const std::optional<wire::ListPosition> begun = wire::ParseListPosition(texts);

        wire::ListPosition position = begun.value_or(wire::ListPosition());
        ASSIGN_OR_RETURN(const std::int64_t last_change, store::LastChange(tx));
        if (!begun) {
          ASSIGN_OR_RETURN(position.change, FirstChange(tx, read_time, last_change));
        }
        const store::Moment moment{position.change, position.change == last_change};
        ASSIGN_OR_RETURN(const auto departments, store::DepartmentsFor(tx, query, moment));
        if (!begun) {
          ASSIGN_OR_RETURN(position.total_size,
                           store::CountAccounts(tx, query, departments, moment));
        }
        ASSIGN_OR_RETURN(
            store::AccountPage page,
            store::ListAccounts(
                tx, query, departments, moment,
                {.after = position.after, .size = size, .total = position.total_size}));
        v1::ListAccountsResponse out;
        out.set_total_size(position.total_size);
        if (page.more) {
          position.after = std::move(page.position);
          out.set_next_page_token(env_.page_tokens->Make(kListAccounts.name, caller, *request,
                                                         wire::ToTexts(position)));
        }
        for (const domain::Account& account : page.accounts) {
          ASSIGN_OR_RETURN(*out.add_accounts(), wire::ToProto(account));
        }
        if (!read_time) {
          RETURN_IF_ERROR(AddPresent(tx, {out.mutable_accounts()->pointer_begin(),
                                          out.mutable_accounts()->pointer_end()}));
        }
        return out;
      });
}

grpc::Status AccountServiceImpl::LookupAccountAsOf(grpc::ServerContext* context,
                                                   const v1::LookupAccountAsOfRequest* request,
                                                   v1::LookupAccountResponse* response) {
  return rpc::Read(
      env_, *context, kLookupAccountAsOf, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::LookupAccountResponse> {
        RETURN_IF_ERROR(wire::CheckLookup(request->lookup(), "lookup."));
        if (!request->lookup().department().empty()) return wire::DepartmentNotAsOf();
        ASSIGN_OR_RETURN(const auto read_time, wire::ParseReadTime(*request, call.now()));
        if (!read_time) return wire::ReadTimeMissing();
        ASSIGN_OR_RETURN(const std::int64_t change, store::LastChangeBy(tx, *read_time));
        const domain::Inquiry inquiry = wire::Parse(request->lookup());
        ASSIGN_OR_RETURN(store::DirectoryChanges as_of,
                         store::ReadDirectoryAsOf(tx, domain::KeyOf(inquiry, *platforms_), change));
        const domain::DirectorySnapshot snapshot = SnapshotOf(std::move(as_of));
        v1::LookupAccountResponse answer;
        wire::Fill(domain::AnswerTo(inquiry, *platforms_, snapshot, TokyoDay(*read_time)),
                   {*platforms_, snapshot}, &answer);
        *answer.mutable_as_of_time() = daicho::wire::ToTimestamp(*read_time);
        return answer;
      });
}

}  // namespace daicho::registry
