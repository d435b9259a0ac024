#include "services/registry/incident_service.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/registry/account_store.h"
#include "services/registry/department_store.h"
#include "services/registry/domain/incident.h"
#include "services/registry/domain/warning.h"
#include "services/registry/incident_store.h"
#include "services/registry/incident_wire.h"
#include "services/registry/warning_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kCreateIncident{"daicho.registry.v1.IncidentService.CreateIncident"};
constexpr rpc::Method kGetIncident{"daicho.registry.v1.IncidentService.GetIncident"};
constexpr rpc::Method kListIncidents{"daicho.registry.v1.IncidentService.ListIncidents"};
constexpr rpc::Method kRecordDuty{"daicho.registry.v1.IncidentService.RecordDuty"};
constexpr rpc::Method kAddIncidentNote{"daicho.registry.v1.IncidentService.AddIncidentNote"};
constexpr rpc::Method kCloseIncident{"daicho.registry.v1.IncidentService.CloseIncident"};
constexpr rpc::Method kReopenIncident{"daicho.registry.v1.IncidentService.ReopenIncident"};
constexpr rpc::Method kWithdrawIncident{"daicho.registry.v1.IncidentService.WithdrawIncident"};

domain::IncidentActor ActorOf(const rpc::Caller& caller) {
  return {caller.subject, caller.display_name};
}

// Whether they may close incidents, and so withdraw those of others (four eyes).
bool MayClose(const rpc::Caller& caller) {
  return caller.Has(access::v1::ROLE_DEPARTMENT_HEAD) || caller.Has(access::v1::ROLE_PR_OFFICE) ||
         caller.Has(access::v1::ROLE_IT_SECURITY);
}

// The name of each account that `report` names, all of which must be its department's.
absl::Status NameAccounts(pg::Transaction& tx, domain::IncidentReport& report) {
  for (std::size_t i = 0; i < report.accounts.size(); ++i) {
    domain::IncidentLink& link = report.accounts[i];
    ASSIGN_OR_RETURN(const domain::Account account, store::GetAccount(tx, link.id));
    if (account.department != report.department) {
      const std::string owner = absl::StrCat("departments/", account.department);
      return RefuseFields(
          {{.field = absl::StrCat("accounts[", i, "]"),
            .reason = "DEPARTMENT_DIFFERS",
            .en = absl::StrCat("The account belongs to ", owner, "; open an incident of that one."),
            .ja = absl::StrCat("アカウントの所属は ", owner,
                               " です。その所属の事案として登録してください。")}});
    }
    const auto name = account.fields.find("display_name");
    if (name != account.fields.end()) link.label = name->second;
  }
  return absl::OkStatus();
}

// The URL of the warning that `link` names, which must be in force.
absl::Status NameWarning(pg::Transaction& tx, domain::IncidentLink& link) {
  if (link.id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const domain::Warning warning, store::GetWarning(tx, link.id));
  link.label = warning.identity.canonical_url;
  return domain::CheckInForce(warning);
}

// The incident at `id`, which the caller may see.
absl::StatusOr<domain::Incident> LoadIncident(const rpc::Call& call, pg::Transaction& tx,
                                              const std::string& id) {
  ASSIGN_OR_RETURN(store::StoredIncident stored, store::GetIncident(tx, id));
  for (std::string& code : stored.departments) code = absl::StrCat("departments/", code);
  RETURN_IF_ERROR(call.AdmitAnyDepartment(stored.departments));
  return std::move(stored.incident);
}

// The same, which the caller saw as it is.
absl::StatusOr<domain::Incident> LoadIncidentForChange(const rpc::Call& call, pg::Transaction& tx,
                                                       const std::string& id,
                                                       std::int64_t revision) {
  ASSIGN_OR_RETURN(domain::Incident incident, LoadIncident(call, tx, id));
  if (incident.revision != revision) return EtagMismatch();
  return incident;
}

absl::StatusOr<v1::Incident> SaveIncidentChange(const rpc::Call& call, work::UnitOfWork& unit,
                                                const domain::IncidentChange& change) {
  store::SaveIncident(unit.tx(), change.after);
  RETURN_IF_ERROR(unit.Announce(change.event));
  return wire::ToProto(change.after, call.now());
}

// Which incidents the caller asks for and may see.
absl::StatusOr<store::IncidentQuery> QueryOf(const rpc::Call& call,
                                             const v1::ListIncidentsRequest& request) {
  ASSIGN_OR_RETURN(const wire::IncidentFilter filter, wire::Parse(request));
  store::IncidentQuery query{.closed_too = request.show_closed(),
                             .state = filter.state,
                             .kind = filter.kind,
                             .department = filter.department};
  if (request.overdue()) query.overdue_at = call.now();
  if (!request.department().empty()) {
    RETURN_IF_ERROR(call.AdmitDepartment(request.department()));
  } else if (const auto only = call.OnlyDepartment()) {
    ASSIGN_OR_RETURN(query.department, daicho::wire::ParseDepartmentName(*only, "department"));
  }
  return query;
}

}  // namespace

grpc::Status IncidentServiceImpl::CreateIncident(grpc::ServerContext* context,
                                                 const v1::CreateIncidentRequest* request,
                                                 v1::Incident* response) {
  return rpc::Write(
      env_, *context, kCreateIncident, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        RETURN_IF_ERROR(call.AdmitDepartment(request->department()));
        ASSIGN_OR_RETURN(domain::IncidentReport report, wire::Parse(*request));
        RETURN_IF_ERROR(store::GetDepartment(unit.tx(), report.department).status());
        RETURN_IF_ERROR(NameAccounts(unit.tx(), report));
        RETURN_IF_ERROR(NameWarning(unit.tx(), report.warning));
        ASSIGN_OR_RETURN(
            const domain::IncidentChange change,
            domain::OpenIncident(report, NewUuid(call.now()), ActorOf(call.caller()), call.now()));
        store::InsertIncident(unit.tx(), change.after);
        RETURN_IF_ERROR(unit.Announce(change.event));
        return wire::ToProto(change.after, call.now());
      });
}

grpc::Status IncidentServiceImpl::GetIncident(grpc::ServerContext* context,
                                              const v1::GetIncidentRequest* request,
                                              v1::Incident* response) {
  return rpc::Read(env_, *context, kGetIncident, *request, response,
                   [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Incident> {
                     ASSIGN_OR_RETURN(const std::string id,
                                      wire::ParseIncidentName(request->name()));
                     ASSIGN_OR_RETURN(const domain::Incident incident, LoadIncident(call, tx, id));
                     return wire::ToProto(incident, call.now());
                   });
}

grpc::Status IncidentServiceImpl::ListIncidents(grpc::ServerContext* context,
                                                const v1::ListIncidentsRequest* request,
                                                v1::ListIncidentsResponse* response) {
  return rpc::Read(
      env_, *context, kListIncidents, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListIncidentsResponse> {
        ASSIGN_OR_RETURN(const store::IncidentQuery query, QueryOf(call, *request));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListIncidents.name, caller, *request));
        ASSIGN_OR_RETURN(
            std::vector<domain::Incident> incidents,
            store::ListIncidents(tx, query, position.empty() ? "" : position.front(), size + 1));
        v1::ListIncidentsResponse out;
        ASSIGN_OR_RETURN(const int total, store::CountIncidents(tx, query));
        out.set_total_size(total);
        if (static_cast<int>(incidents.size()) > size) {
          incidents.pop_back();
          out.set_next_page_token(
              env_.page_tokens->Make(kListIncidents.name, caller, *request, {incidents.back().id}));
        }
        for (const domain::Incident& incident : incidents) {
          *out.add_incidents() = wire::ToListed(incident, call.now());
        }
        return out;
      });
}

grpc::Status IncidentServiceImpl::RecordDuty(grpc::ServerContext* context,
                                             const v1::RecordDutyRequest* request,
                                             v1::Incident* response) {
  return rpc::Write(
      env_, *context, kRecordDuty, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        ASSIGN_OR_RETURN(wire::DutyCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(
            const domain::Incident incident,
            LoadIncidentForChange(call, unit.tx(), command.incident, command.revision));
        RETURN_IF_ERROR(NameWarning(unit.tx(), command.report.warning));
        ASSIGN_OR_RETURN(
            const domain::IncidentChange change,
            domain::RecordDuty(incident, command.report, ActorOf(call.caller()), call.now()));
        return SaveIncidentChange(call, unit, change);
      });
}

grpc::Status IncidentServiceImpl::AddIncidentNote(grpc::ServerContext* context,
                                                  const v1::AddIncidentNoteRequest* request,
                                                  v1::Incident* response) {
  return rpc::Write(
      env_, *context, kAddIncidentNote, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        ASSIGN_OR_RETURN(const wire::NoteCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(
            const domain::Incident incident,
            LoadIncidentForChange(call, unit.tx(), command.incident, command.revision));
        ASSIGN_OR_RETURN(
            const domain::IncidentChange change,
            domain::AddNote(incident, command.text, command.event_time.value_or(call.now()),
                            ActorOf(call.caller()), call.now()));
        return SaveIncidentChange(call, unit, change);
      });
}

grpc::Status IncidentServiceImpl::CloseIncident(grpc::ServerContext* context,
                                                const v1::CloseIncidentRequest* request,
                                                v1::Incident* response) {
  return rpc::Write(
      env_, *context, kCloseIncident, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        ASSIGN_OR_RETURN(const wire::CloseIncidentCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(
            const domain::Incident incident,
            LoadIncidentForChange(call, unit.tx(), command.incident, command.revision));
        ASSIGN_OR_RETURN(const domain::IncidentChange change,
                         domain::CloseIncident(incident, command.conclusion, ActorOf(call.caller()),
                                               call.now()));
        return SaveIncidentChange(call, unit, change);
      });
}

grpc::Status IncidentServiceImpl::ReopenIncident(grpc::ServerContext* context,
                                                 const v1::ReopenIncidentRequest* request,
                                                 v1::Incident* response) {
  return rpc::Write(
      env_, *context, kReopenIncident, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        ASSIGN_OR_RETURN(const wire::ReopenCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(
            const domain::Incident incident,
            LoadIncidentForChange(call, unit.tx(), command.incident, command.revision));
        ASSIGN_OR_RETURN(
            const domain::IncidentChange change,
            domain::ReopenIncident(incident, command.reason, ActorOf(call.caller()), call.now()));
        return SaveIncidentChange(call, unit, change);
      });
}

grpc::Status IncidentServiceImpl::WithdrawIncident(grpc::ServerContext* context,
                                                   const v1::WithdrawIncidentRequest* request,
                                                   v1::Incident* response) {
  return rpc::Write(
      env_, *context, kWithdrawIncident, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Incident> {
        ASSIGN_OR_RETURN(const wire::WithdrawIncidentCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(
            const domain::Incident incident,
            LoadIncidentForChange(call, unit.tx(), command.incident, command.revision));
        ASSIGN_OR_RETURN(const domain::IncidentUse use, store::GetIncidentUse(unit.tx(), incident));
        ASSIGN_OR_RETURN(
            const domain::IncidentChange change,
            domain::WithdrawIncident(
                incident, {.reason = command.reason, .own_alone = !MayClose(call.caller())}, use,
                ActorOf(call.caller()), call.now()));
        return SaveIncidentChange(call, unit, change);
      });
}

}  // namespace daicho::registry
