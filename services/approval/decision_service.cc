// What is done to a form besides deciding its step.
#include <string>
#include <vector>

#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/approval/announce.h"
#include "services/approval/domain/form.h"
#include "services/approval/handling.h"
#include "services/approval/inbox_store.h"
#include "services/approval/service.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kReviewFormAfterwards{"daicho.approval.v1.FormService.ReviewFormAfterwards"};
constexpr rpc::Method kPullBackForm{"daicho.approval.v1.FormService.PullBackForm"};
constexpr rpc::Method kAdviseForm{"daicho.approval.v1.FormService.AdviseForm"};
constexpr rpc::Method kAnswerForm{"daicho.approval.v1.FormService.AnswerForm"};
constexpr rpc::Method kExpireForms{"daicho.approval.v1.FormService.ExpireForms"};

// One call lapses at most so many, so that it ends in time.
constexpr int kMostLapsing = 500;

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

grpc::Status FormServiceImpl::ExpireForms(grpc::ServerContext* context,
                                          const v1::ExpireFormsRequest* request,
                                          v1::ExpireFormsResponse* response) {
  return rpc::Write(env_, *context, kExpireForms, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::ExpireFormsResponse> {
                      const absl::CivilDay last = TokyoDay(call.now()) - domain::kDaysOfGrace;
                      ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                                       store::FindLapsing(unit.tx(), last, kMostLapsing));
                      ASSIGN_OR_RETURN(const std::vector<domain::Form> forms,
                                       store::Load(unit.tx(), ids));
                      v1::ExpireFormsResponse out;
                      for (const domain::Form& form : forms) {
                        ASSIGN_OR_RETURN(domain::Change change,
                                         domain::Expire(form, ActorOf(call.caller()), call.now()));
                        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
                        out.add_forms(NameOf(form));
                      }
                      return out;
                    });
}

}  // namespace daicho::approval
