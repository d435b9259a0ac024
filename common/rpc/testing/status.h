// What a status says on the wire, as a caller in another language would read it.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

namespace daicho::testing {

// The reason in google.rpc.ErrorInfo, of a refusal or of a fault that has one; else "".
std::string WireReason(const grpc::Status& status);

// Paths of the fields that google.rpc.BadRequest names, in its order.
std::vector<std::string> BadFields(const grpc::Status& status);

}  // namespace daicho::testing
