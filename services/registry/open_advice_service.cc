#include "services/registry/open_advice_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/event.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"
#include "services/registry/present_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kReport{"daicho.registry.v1.OpenAdviceService.ReportOpenAdvice"};

store::OpenAdvice ToDomain(const v1::OpenAdvice& open) {
  return {.count = open.count(),
          .earliest_due_on = daicho::wire::FromDate(open.earliest_due_on()),
          .advices = {open.advices().begin(), open.advices().end()}};
}

Fields Shown(const store::OpenAdvice& open) {
  Fields shown = {{"open_advice.count", absl::StrCat(open.count)}};
  if (open.earliest_due_on) {
    shown["open_advice.earliest_due_on"] = FormatDay(*open.earliest_due_on);
  }
  for (std::size_t i = 0; i < open.advices.size(); ++i) {
    shown[absl::StrCat("open_advice.advices[", i, "]")] = open.advices[i];
  }
  return shown;
}

Event EventOf(const domain::Account& account, const std::string& name,
              const store::OpenAdvice& before, const store::OpenAdvice& after) {
  return {.type = "account.advice_reported",
          .resource = name,
          .related = after.advices,
          .department = absl::StrCat("departments/", account.department),
          .changes = Diff(Shown(before), Shown(after))};
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
        ASSIGN_OR_RETURN(auto present, store::LoadPresent(unit.tx(), {id}));
        const store::OpenAdvice before =
            std::move(present[id].open_advice).value_or(store::OpenAdvice());
        const store::OpenAdvice open = ToDomain(request->open_advice());
        ASSIGN_OR_RETURN(
            const bool taken,
            store::SaveOpenAdvice(unit.tx(), id, request->report_number(), open, call.now()));
        if (taken) {
          RETURN_IF_ERROR(unit.Announce(EventOf(account, request->account(), before, open)));
        }
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
