#include "common/rpc/testing/status.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace daicho::testing {
namespace {

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) details.Clear();
  return details;
}

}  // namespace

std::string WireReason(const grpc::Status& status) {
  const google::rpc::Status details = DetailsOf(status);
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::vector<std::string> BadFields(const grpc::Status& status) {
  const google::rpc::Status details = DetailsOf(status);
  google::rpc::BadRequest bad;
  std::vector<std::string> fields;
  for (const auto& detail : details.details()) {
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace daicho::testing
