// grpc.reflection.v1 for administrators: gRPC's own plugin would show every RPC to everyone.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/handle.h"

namespace daicho::server {

// To be called before MakeReflection: for administrators alone.
void DeclareReflection(rpc::Admitter& admitter);

// Lists `services` and the files they are declared in, to callers with ROLE_ADMIN.
std::unique_ptr<grpc::Service> MakeReflection(const rpc::Env& env,
                                              std::vector<std::string> services);

}  // namespace daicho::server
