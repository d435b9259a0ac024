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

 private:
  const rpc::Env env_;
};

}  // namespace daicho::registry
