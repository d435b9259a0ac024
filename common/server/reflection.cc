#include "common/server/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <utility>

#include "grpc/reflection/v1/reflection.grpc.pb.h"

namespace daicho::server {
namespace {

namespace v1 = grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr rpc::Method kReflect{"grpc.reflection.v1.ServerReflection.ServerReflectionInfo"};

// `file` and everything it imports, each once, imports first.
void AddFiles(const FileDescriptor* file, std::set<std::string>& seen,
              v1::FileDescriptorResponse* out) {
  if (!seen.insert(file->name()).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) AddFiles(file->dependency(i), seen, out);
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  out->add_file_descriptor_proto(proto.SerializeAsString());
}

class Reflection final : public v1::ServerReflection::Service {
 public:
  Reflection(const rpc::Env& env, std::vector<std::string> services)
      : env_(env), services_(std::move(services)) {}

  grpc::Status ServerReflectionInfo(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ServerReflectionResponse, v1::ServerReflectionRequest>* stream)
      override {
    const grpc::Status admitted =
        rpc::AdmitStream(env_, *context, kReflect, [] { return absl::OkStatus(); });
    if (!admitted.ok()) return admitted;
    v1::ServerReflectionRequest request;
    while (stream->Read(&request)) {
      if (!stream->Write(Answer(request))) break;
    }
    return grpc::Status::OK;
  }

 private:
  v1::ServerReflectionResponse Answer(const v1::ServerReflectionRequest& request) const {
    v1::ServerReflectionResponse response;
    response.set_valid_host(request.host());
    *response.mutable_original_request() = request;
    if (request.has_list_services()) {
      for (const std::string& name : services_) {
        response.mutable_list_services_response()->add_service()->set_name(name);
      }
      return response;
    }
    const FileDescriptor* file = FileOf(request);
    if (file == nullptr) {
      response.mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
      response.mutable_error_response()->set_error_message("not found");
      return response;
    }
    std::set<std::string> seen;
    AddFiles(file, seen, response.mutable_file_descriptor_response());
    return response;
  }

  // Null for what is unknown or not answered: extension numbers.
  static const FileDescriptor* FileOf(const v1::ServerReflectionRequest& request) {
    const DescriptorPool* pool = DescriptorPool::generated_pool();
    if (request.has_file_by_filename()) return pool->FindFileByName(request.file_by_filename());
    if (request.has_file_containing_symbol()) {
      return pool->FindFileContainingSymbol(request.file_containing_symbol());
    }
    return nullptr;
  }

  const rpc::Env env_;
  const std::vector<std::string> services_;
};

}  // namespace

void DeclareReflection(rpc::Admitter& admitter) {
  admitter.Declare(kReflect.name, rpc::RpcOf(kReflect), access::v1::ROLE_ADMIN);
}

std::unique_ptr<grpc::Service> MakeReflection(const rpc::Env& env,
                                              std::vector<std::string> services) {
  return std::make_unique<Reflection>(env, std::move(services));
}

}  // namespace daicho::server
