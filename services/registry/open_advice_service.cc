#include "services/registry/open_advice_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kReport{"daicho.registry.v1.OpenAdviceService.ReportOpenAdvice"};

store::OpenAdvice ToDomain(const v1::OpenAdvice& open) {
  return {.count = open.count(),
          .earliest_due_on = daicho::wire::FromDate(open.earliest_due_on()),
          .advices = {open.advices().begin(), open.advices().end()}};
}

Event EventOf(const domain::Account& account, const v1::ReportOpenAdviceRequest& request) {
  return {
      .type = "account.advice_reported",
      .resource = request.account(),
      .related = {request.open_advice().advices().begin(), request.open_advice().advices().end()},
      .department = absl::StrCat("departments/", account.department),
      .changes = {
          {.path = "open_advice.count", .after = absl::StrCat(request.open_advice().count())}}};
}

}  // namespace

grpc::Status OpenAdviceServiceImpl::ReportOpenAdvice(grpc::ServerContext* context,
                                                     const v1::ReportOpenAdviceRequest* request,
                                                     v1::ReportOpenAdviceResponse* response) {
  return rpc::Write(
      env_, *context, kReport, *request, response,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::ReportOpenAdviceResponse> {
        ASSIGN_OR_RETURN(const std::string id,
                         daicho::wire::ParseUuidName("accounts", request->account(), "account"));
        ASSIGN_OR_RETURN(const domain::Account account, store::GetAccount(unit.tx(), id));
        ASSIGN_OR_RETURN(const bool taken,
                         store::SaveOpenAdvice(unit.tx(), id, request->report_number(),
                                               ToDomain(request->open_advice()), call.now()));
        if (taken) RETURN_IF_ERROR(unit.Announce(EventOf(account, *request)));
        v1::ReportOpenAdviceResponse out;
        out.set_taken(taken);
        return out;
      });
}

v1::OpenAdvice ToProto(const store::OpenAdvice& open) {
  v1::OpenAdvice out;
  out.set_count(open.count);
  if (open.earliest_due_on) {
    *out.mutable_earliest_due_on() = daicho::wire::ToDate(*open.earliest_due_on);
  }
  for (const std::string& name : open.advices) out.add_advices(name);
  return out;
}

}  // namespace daicho::registry
