// Serves DepartmentService.
#pragma once

#include <utility>

#include "common/rpc/handle.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"

namespace daicho::registry {

class DepartmentServiceImpl final : public v1::DepartmentService::Service {
 public:
  explicit DepartmentServiceImpl(rpc::Env env) : env_(std::move(env)) {}

  grpc::Status GetDepartment(grpc::ServerContext* context, const v1::GetDepartmentRequest* request,
                             v1::Department* response) override;
  grpc::Status ListDepartments(grpc::ServerContext* context,
                               const v1::ListDepartmentsRequest* request,
                               v1::ListDepartmentsResponse* response) override;
  grpc::Status ImportDepartments(grpc::ServerContext* context,
                                 const v1::ImportDepartmentsRequest* request,
                                 v1::ImportDepartmentsResponse* response) override;
  grpc::Status ListDepartmentRevisions(grpc::ServerContext* context,
                                       const v1::ListDepartmentRevisionsRequest* request,
                                       v1::ListDepartmentRevisionsResponse* response) override;

  // reorganization_service.cc
  grpc::Status ReorganizeDepartments(grpc::ServerContext* context,
                                     const v1::ReorganizeDepartmentsRequest* request,
                                     v1::Reorganization* response) override;
  grpc::Status GetReorganization(grpc::ServerContext* context,
                                 const v1::GetReorganizationRequest* request,
                                 v1::Reorganization* response) override;
  grpc::Status ListReorganizations(grpc::ServerContext* context,
                                   const v1::ListReorganizationsRequest* request,
                                   v1::ListReorganizationsResponse* response) override;
  grpc::Status CancelReorganization(grpc::ServerContext* context,
                                    const v1::CancelReorganizationRequest* request,
                                    v1::Reorganization* response) override;

  // transfer_service.cc
  grpc::Status SweepTransfers(grpc::ServerContext* context,
                              const v1::SweepTransfersRequest* request,
                              v1::SweepTransfersResponse* response) override;

 private:
  const rpc::Env env_;
};

}  // namespace daicho::registry
