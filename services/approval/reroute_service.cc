#include <optional>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/approval/advice_report.h"
#include "services/approval/announce.h"
#include "services/approval/domain/reroute.h"
#include "services/approval/reroute_store.h"
#include "services/approval/service.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kRerouteForms{"daicho.approval.v1.FormService.RerouteForms"};

std::vector<domain::Succession> SuccessionsOf(const v1::RerouteFormsRequest& request) {
  std::vector<domain::Succession> successions;
  for (const v1::DepartmentSuccession& one : request.successions()) {
    successions.push_back({.department = one.department(),
                           .successor = one.successor(),
                           .successor_display_name = one.successor_display_name(),
                           .account = one.account()});
  }
  return successions;
}

absl::Status LetSuccessorsRead(pg::Transaction& tx,
                               const std::vector<domain::Succession>& successions,
                               const std::string& reorganization) {
  store::Successions all;
  for (const domain::Succession& one : successions) {
    all.departments.push_back(one.department);
    all.successors.push_back(one.successor);
    all.accounts.push_back(one.account);
  }
  return store::LetSuccessorsRead(tx, all, reorganization);
}

absl::StatusOr<std::vector<domain::Form>> LoadConcerned(
    pg::Transaction& tx, const std::vector<domain::Succession>& successions) {
  std::vector<std::string> departments, accounts;
  for (const domain::Succession& one : successions) {
    if (one.account.empty()) {
      departments.push_back(one.department);
    } else {
      accounts.push_back(one.account);
    }
  }
  return store::LoadConcerned(tx, departments, accounts);
}

}  // namespace

grpc::Status FormServiceImpl::RerouteForms(grpc::ServerContext* context,
                                           const v1::RerouteFormsRequest* request,
                                           v1::RerouteFormsResponse* response) {
  return rpc::Write(
      env_, *context, kRerouteForms, *request, response,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::RerouteFormsResponse> {
        const std::vector<domain::Succession> successions = SuccessionsOf(*request);
        RETURN_IF_ERROR(LetSuccessorsRead(unit.tx(), successions, request->reorganization()));
        ASSIGN_OR_RETURN(const std::vector<domain::Form> forms,
                         LoadConcerned(unit.tx(), successions));
        const domain::Actor registry = {.person = {.subject = call.caller().subject},
                                        .roles = {domain::Role::kSystem}};
        v1::RerouteFormsResponse out;
        for (const domain::Form& form : forms) {
          const std::optional<domain::Change> change =
              domain::Reroute(form, successions, request->reorganization(), registry, call.now());
          if (!change) continue;
          RETURN_IF_ERROR(store::Save(unit.tx(), change->after));
          RETURN_IF_ERROR(Announce(unit, *change));
          out.set_form_count(out.form_count() + 1);
        }
        RETURN_IF_ERROR(RerouteOpenAdvice(unit, successions, request->reorganization(),
                                          registry.person, call.now()));
        return out;
      });
}

}  // namespace daicho::approval
