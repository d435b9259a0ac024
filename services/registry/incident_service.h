// Serves IncidentService.
#pragma once

#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/incident_service.grpc.pb.h"

namespace daicho::registry {

class IncidentServiceImpl final : public v1::IncidentService::Service {
 public:
  explicit IncidentServiceImpl(rpc::Env env) : env_(std::move(env)) {}

  grpc::Status CreateIncident(grpc::ServerContext* context,
                              const v1::CreateIncidentRequest* request,
                              v1::Incident* response) override;
  grpc::Status GetIncident(grpc::ServerContext* context, const v1::GetIncidentRequest* request,
                           v1::Incident* response) override;
  grpc::Status ListIncidents(grpc::ServerContext* context, const v1::ListIncidentsRequest* request,
                             v1::ListIncidentsResponse* response) override;
  grpc::Status RecordDuty(grpc::ServerContext* context, const v1::RecordDutyRequest* request,
                          v1::Incident* response) override;
  grpc::Status AddIncidentNote(grpc::ServerContext* context,
                               const v1::AddIncidentNoteRequest* request,
                               v1::Incident* response) override;
  grpc::Status CloseIncident(grpc::ServerContext* context, const v1::CloseIncidentRequest* request,
                             v1::Incident* response) override;
  grpc::Status ReopenIncident(grpc::ServerContext* context,
                              const v1::ReopenIncidentRequest* request,
                              v1::Incident* response) override;
  grpc::Status WithdrawIncident(grpc::ServerContext* context,
                                const v1::WithdrawIncidentRequest* request,
                                v1::Incident* response) override;

 private:
  const rpc::Env env_;
};

}  // namespace daicho::registry
