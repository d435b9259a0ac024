#include "services/approval/advice_service.h"

#include <grpcpp/client_context.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "services/approval/advice_report.h"
#include "services/approval/advice_store.h"
#include "services/approval/advice_wire.h"
#include "services/approval/peers.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kCreate{"daicho.approval.v1.AdviceService.CreateAdvice"};
constexpr rpc::Method kAnswer{"daicho.approval.v1.AdviceService.AnswerAdvice"};
constexpr rpc::Method kClose{"daicho.approval.v1.AdviceService.CloseAdvice"};
constexpr rpc::Method kGet{"daicho.approval.v1.AdviceService.GetAdvice"};
constexpr rpc::Method kListAdvices{"daicho.approval.v1.AdviceService.ListAdvices"};
constexpr rpc::Method kRemind{"daicho.approval.v1.AdviceService.ListAdviceReminders"};

domain::Person PersonOf(const rpc::Caller& caller) { return {caller.subject, caller.display_name}; }

absl::StatusOr<domain::Advice> Load(pg::Transaction& tx, const rpc::Call& call,
                                    const std::string& id) {
  ASSIGN_OR_RETURN(domain::Advice advice, store::GetAdvice(tx, id));
  RETURN_IF_ERROR(call.AdmitDepartment(advice.department));
  return advice;
}

absl::StatusOr<domain::Advice> LoadForChange(pg::Transaction& tx, const rpc::Call& call,
                                             const std::string& id, std::int64_t revision) {
  ASSIGN_OR_RETURN(domain::Advice advice, Load(tx, call, id));
  if (advice.revision != revision) return EtagMismatch();
  return advice;
}

// Form that follows from an answer; nullopt when none is named.
absl::StatusOr<std::optional<domain::Form>> LoadForm(pg::Transaction& tx, const std::string& id) {
  if (id.empty()) return std::nullopt;
  return store::Get(tx, id);
}

// What a service has already advised on the same findings and is not closed: its reports repeat
// what people would not. Whoever else advises on the account waits until the end of the unit.
absl::StatusOr<std::optional<domain::Advice>> FindRepeated(const rpc::Call& call,
                                                           work::UnitOfWork& unit,
                                                           const std::string& account,
                                                           const domain::AdviceDraft& draft) {
  if (call.caller().service.empty()) return std::nullopt;
  RETURN_IF_ERROR(store::NextReportNumber(unit.tx(), account).status());
  return store::FindOpenAdvice(unit.tx(), account, draft.kind, draft.findings);
}

// Saves, tells the ledger, and announces.
absl::StatusOr<v1::Advice> Finish(work::UnitOfWork& unit, const domain::AdviceChange& change,
                                  absl::Time now) {
  RETURN_IF_ERROR(ReportOpenAdvice(unit, change.after.account, now));
  RETURN_IF_ERROR(unit.Announce(change.event));
  return wire::ToProto(change.after, now);
}

// Puts a page into an answer; `position` is where the last of it stands.
template <typename Request, typename Response>
void Fill(const rpc::Env& env, const rpc::Call& call, const rpc::Method& method,
          const Request& request, const store::AdvicePage& page, std::vector<std::string> position,
          Response* answer) {
  for (const domain::Advice& advice : page.advices) {
    *answer->add_advices() = wire::ToProto(advice, call.now());
  }
  answer->set_total_size(static_cast<int>(page.total));
  if (!page.has_more) return;
  answer->set_next_page_token(
      env.page_tokens->Make(method.name, call.caller().subject, request, std::move(position)));
}

}  // namespace

AdviceServiceImpl::AdviceServiceImpl(rpc::Env env, const std::shared_ptr<grpc::Channel>& registry)
    : env_(std::move(env)), accounts_(registry::v1::AccountService::NewStub(registry)) {}

absl::StatusOr<domain::AdvisedAccount> AdviceServiceImpl::AskLedger(
    const rpc::Call& call, const std::string& account) const {
  grpc::ClientContext context;
  rpc::Address(context, call.deadline(), "", call.traceparent);
  registry::v1::GetAccountRequest request;
  registry::v1::Account answer;
  request.set_name(account);
  const grpc::Status status = accounts_->GetAccount(&context, request, &answer);
  if (status.ok()) return wire::ToAdvised(answer);
  if (status.error_code() != grpc::StatusCode::NOT_FOUND) return RegistryFailed(status);
  return Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                {"The ledger has no such account; look it up in the list.",
                 "このアカウントは台帳にありません。一覧で確認してください。"},
                {{"account", account}});
}

grpc::Status AdviceServiceImpl::CreateAdvice(grpc::ServerContext* context,
                                             const v1::CreateAdviceRequest* request,
                                             v1::Advice* response) {
  return rpc::WriteAfter(
      env_, *context, kCreate, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<domain::AdvisedAccount> {
        RETURN_IF_ERROR(wire::Parse(*request).status());
        return AskLedger(call, request->account());
      },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const domain::AdvisedAccount& account) -> absl::StatusOr<v1::Advice> {
        ASSIGN_OR_RETURN(domain::AdviceDraft draft, wire::Parse(*request));
        ASSIGN_OR_RETURN(const std::optional<domain::Advice> repeated,
                         FindRepeated(call, unit, request->account(), draft));
        if (repeated) return wire::ToProto(*repeated, call.now());
        ASSIGN_OR_RETURN(const domain::AdviceChange change,
                         domain::Advise(NewUuid(call.now()), account, std::move(draft),
                                        PersonOf(call.caller()), call.now()));
        store::InsertAdvice(unit.tx(), change.after);
        return Finish(unit, change, call.now());
      });
}

grpc::Status AdviceServiceImpl::AnswerAdvice(grpc::ServerContext* context,
                                             const v1::AnswerAdviceRequest* request,
                                             v1::Advice* response) {
  return rpc::Write(
      env_, *context, kAnswer, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Advice> {
        ASSIGN_OR_RETURN(const wire::AnswerCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Advice advice,
                         LoadForChange(unit.tx(), call, command.id, command.revision));
        ASSIGN_OR_RETURN(const auto form, LoadForm(unit.tx(), command.form));
        ASSIGN_OR_RETURN(const domain::AdviceChange change,
                         domain::Answer(advice, command.text, form ? &*form : nullptr,
                                        PersonOf(call.caller()), call.now()));
        store::SaveAdvice(unit.tx(), change.after);
        return Finish(unit, change, call.now());
      });
}

grpc::Status AdviceServiceImpl::CloseAdvice(grpc::ServerContext* context,
                                            const v1::CloseAdviceRequest* request,
                                            v1::Advice* response) {
  return rpc::Write(
      env_, *context, kClose, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Advice> {
        ASSIGN_OR_RETURN(const wire::CloseCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Advice advice,
                         LoadForChange(unit.tx(), call, command.id, command.revision));
        ASSIGN_OR_RETURN(const domain::AdviceChange change,
                         domain::Close(advice, command.act, command.reason, PersonOf(call.caller()),
                                       call.now()));
        store::SaveAdvice(unit.tx(), change.after);
        return Finish(unit, change, call.now());
      });
}

grpc::Status AdviceServiceImpl::GetAdvice(grpc::ServerContext* context,
                                          const v1::GetAdviceRequest* request,
                                          v1::Advice* response) {
  return rpc::Read(env_, *context, kGet, *request, response,
                   [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Advice> {
                     ASSIGN_OR_RETURN(const std::string id, wire::ParseAdviceName(request->name()));
                     ASSIGN_OR_RETURN(const domain::Advice advice, Load(tx, call, id));
                     return wire::ToProto(advice, call.now());
                   });
}

grpc::Status AdviceServiceImpl::ListAdvices(grpc::ServerContext* context,
                                            const v1::ListAdvicesRequest* request,
                                            v1::ListAdvicesResponse* response) {
  return rpc::Read(
      env_, *context, kListAdvices, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListAdvicesResponse> {
        ASSIGN_OR_RETURN(const wire::AdviceFilter filter, wire::Parse(*request));
        if (filter.department) RETURN_IF_ERROR(call.AdmitDepartment(*filter.department));
        store::AdviceQuery query = {
            .department = call.OnlyDepartment(), .account = filter.account, .open = filter.open};
        if (filter.department) query.department = filter.department;
        if (filter.overdue) query.overdue_on = TokyoDay(call.now());
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(
            const std::vector<std::string> position,
            env_.page_tokens->Read(kListAdvices.name, call.caller().subject, *request));
        if (!position.empty()) query.before = position.front();

        ASSIGN_OR_RETURN(const store::AdvicePage page, store::ListAdvices(tx, query));
        v1::ListAdvicesResponse answer;
        std::vector<std::string> last;
        if (page.has_more) last = {page.advices.back().id};
        Fill(env_, call, kListAdvices, *request, page, std::move(last), &answer);
        return answer;
      });
}

grpc::Status AdviceServiceImpl::ListAdviceReminders(grpc::ServerContext* context,
                                                    const v1::ListAdviceRemindersRequest* request,
                                                    v1::ListAdviceRemindersResponse* response) {
  return rpc::Read(
      env_, *context, kRemind, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListAdviceRemindersResponse> {
        ASSIGN_OR_RETURN(const int days, wire::DaysOf(*request));
        store::ReminderQuery query = {.today = TokyoDay(call.now()),
                                      .until = TokyoDay(call.now()) + days};
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kRemind.name, call.caller().subject, *request));
        absl::CivilDay day;
        if (position.size() == 2 && absl::ParseCivilTime(position[0], &day)) {
          query.after_day = day;
          query.after_id = position[1];
        }

        ASSIGN_OR_RETURN(const store::AdvicePage page, store::ListReminders(tx, query));
        v1::ListAdviceRemindersResponse answer;
        std::vector<std::string> last;
        if (page.has_more) {
          last = {absl::FormatCivilTime(page.advices.back().due_on), page.advices.back().id};
        }
        Fill(env_, call, kRemind, *request, page, std::move(last), &answer);
        answer.set_overdue_count(static_cast<int>(page.overdue_total));
        return answer;
      });
}

}  // namespace daicho::approval
