// What is done to a form besides deciding its step.
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/approval/announce.h"
#include "services/approval/domain/form.h"
#include "services/approval/handling.h"
#include "services/approval/lapse.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kReviewFormAfterwards{"daicho.approval.v1.FormService.ReviewFormAfterwards"};
constexpr rpc::Method kPullBackForm{"daicho.approval.v1.FormService.PullBackForm"};
constexpr rpc::Method kAdviseForm{"daicho.approval.v1.FormService.AdviseForm"};
constexpr rpc::Method kAnswerForm{"daicho.approval.v1.FormService.AnswerForm"};
constexpr rpc::Method kSettleConflict{"daicho.approval.v1.FormService.SettleConflict"};
constexpr rpc::Method kExpireForms{"daicho.approval.v1.FormService.ExpireForms"};

}  // namespace

grpc::Status FormServiceImpl::ReviewFormAfterwards(grpc::ServerContext* context,
                                                   const v1::ReviewFormAfterwardsRequest* request,
                                                   v1::Form* response) {
  return rpc::Write(
      env_, *context, kReviewFormAfterwards, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
        ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Form form, LoadToDecide(unit.tx(), call, target));
        ASSIGN_OR_RETURN(
            domain::Change change,
            domain::ReviewAfterwards(form, ActorOf(call.caller()), request->comment(), call.now()));
        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::PullBackForm(grpc::ServerContext* context,
                                           const v1::PullBackFormRequest* request,
                                           v1::Form* response) {
  return rpc::Write(env_, *context, kPullBackForm, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
                      ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Form form, LoadOwn(unit.tx(), call, target));
                      ASSIGN_OR_RETURN(domain::Change change,
                                       domain::PullBack(form, ActorOf(call.caller()),
                                                        request->comment(), call.now()));
                      RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
                      return wire::ToProto(change.after);
                    });
}

grpc::Status FormServiceImpl::AnswerForm(grpc::ServerContext* context,
                                         const v1::AnswerFormRequest* request, v1::Form* response) {
  return rpc::Write(env_, *context, kAnswerForm, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
                      ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Form form, LoadOwn(unit.tx(), call, target));
                      ASSIGN_OR_RETURN(domain::Change change,
                                       domain::Answer(form, ActorOf(call.caller()),
                                                      request->comment(), call.now()));
                      RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
                      return wire::ToProto(change.after);
                    });
}

grpc::Status FormServiceImpl::AdviseForm(grpc::ServerContext* context,
                                         const v1::AdviseFormRequest* request, v1::Form* response) {
  return rpc::Write(env_, *context, kAdviseForm, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
                      ASSIGN_OR_RETURN(const wire::AdviseCommand command, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Form form,
                                       LoadToDecide(unit.tx(), call, command.target));
                      ASSIGN_OR_RETURN(domain::Change change,
                                       domain::Advise(form, ActorOf(call.caller()), command.advice,
                                                      command.comment, call.now()));
                      RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
                      return wire::ToProto(change.after);
                    });
}

grpc::Status FormServiceImpl::SettleConflict(grpc::ServerContext* context,
                                             const v1::SettleConflictRequest* request,
                                             v1::Form* response) {
  return rpc::Write(
      env_, *context, kSettleConflict, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
        ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Form form, LoadToDecide(unit.tx(), call, target));
        ASSIGN_OR_RETURN(domain::Change change, domain::Settle(form, ActorOf(call.caller()),
                                                               request->comment(), call.now()));
        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::ExpireForms(grpc::ServerContext* context,
                                          const v1::ExpireFormsRequest* request,
                                          v1::ExpireFormsResponse* response) {
  return rpc::Write(env_, *context, kExpireForms, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ExpireFormsResponse> {
                      ASSIGN_OR_RETURN(const std::vector<std::string> lapsed,
                                       LapseSome(unit, ActorOf(call.caller()),
                                                 options_.days_of_grace, call.now()));
                      v1::ExpireFormsResponse out;
                      out.mutable_forms()->Add(lapsed.begin(), lapsed.end());
                      return out;
                    });
}

}  // namespace daicho::approval
