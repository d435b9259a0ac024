#include <string>
#include <utility>
#include <vector>

#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/approval/absence_store.h"
#include "services/approval/domain/absence.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kRecordAbsence{"daicho.approval.v1.FormService.RecordAbsence"};
constexpr rpc::Method kEndAbsence{"daicho.approval.v1.FormService.EndAbsence"};
constexpr rpc::Method kListAbsences{"daicho.approval.v1.FormService.ListAbsences"};

}  // namespace

grpc::Status FormServiceImpl::RecordAbsence(grpc::ServerContext* context,
                                            const v1::RecordAbsenceRequest* request,
                                            v1::Absence* response) {
  return rpc::Write(
      env_, *context, kRecordAbsence, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Absence> {
        RETURN_IF_ERROR(call.AdmitDepartment(request->department()));
        ASSIGN_OR_RETURN(domain::Absence absence, wire::Parse(*request));
        absence.id = NewUuid(call.now());
        absence.recorder = {call.caller().subject, call.caller().display_name};
        absence.record_time = call.now();
        ASSIGN_OR_RETURN(const domain::AbsenceChange change,
                         domain::RecordAbsence(std::move(absence), call.now()));
        store::InsertAbsence(unit.tx(), change.after);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::EndAbsence(grpc::ServerContext* context,
                                         const v1::EndAbsenceRequest* request,
                                         v1::Absence* response) {
  return rpc::Write(
      env_, *context, kEndAbsence, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Absence> {
        ASSIGN_OR_RETURN(const std::string id, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Absence absence, store::GetAbsence(unit.tx(), id));
        RETURN_IF_ERROR(call.AdmitDepartment(absence.department));
        ASSIGN_OR_RETURN(const domain::AbsenceChange change,
                         domain::EndAbsence(absence, call.now()));
        store::SaveAbsenceEnd(unit.tx(), change.after);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::ListAbsences(grpc::ServerContext* context,
                                           const v1::ListAbsencesRequest* request,
                                           v1::ListAbsencesResponse* response) {
  return rpc::Read(
      env_, *context, kListAbsences, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListAbsencesResponse> {
        const std::string& caller = call.caller().subject;
        store::AbsenceQuery query = {.department = call.OnlyDepartment()};
        ASSIGN_OR_RETURN(const std::string department, wire::Parse(*request));
        v1::ListAbsencesResponse answer;
        // Another department has nothing to show to whoever sees their own alone.
        if (query.department && !department.empty() && department != *query.department)
          return answer;
        if (!department.empty()) query.department = department;
        if (!request->include_past()) query.not_over_on = TokyoDay(call.now());
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListAbsences.name, caller, *request));
        if (!position.empty()) query.before = position.front();
        ASSIGN_OR_RETURN(std::vector<domain::Absence> absences, store::ListAbsences(tx, query));
        const bool more = static_cast<int>(absences.size()) > query.limit;
        if (more) absences.pop_back();
        for (const domain::Absence& absence : absences)
          *answer.add_absences() = wire::ToProto(absence);
        if (more) {
          answer.set_next_page_token(
              env_.page_tokens->Make(kListAbsences.name, caller, *request, {absences.back().id}));
        }
        return answer;
      });
}

}  // namespace daicho::approval
