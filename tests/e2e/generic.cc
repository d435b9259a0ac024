#include "tests/e2e/generic.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "daicho/access/v1/access.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

bool Required(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::REQUIRED) return true;
  }
  return false;
}

// Which resource a request's `name` means: "GetAccountRequest" → "accounts".
std::string CollectionOf(const std::string& message) {
  for (const char* word : {"Account", "Department", "Form"}) {
    if (absl::StrContains(message, word)) return absl::StrCat(absl::AsciiStrToLower(word), "s");
  }
  return "";
}

std::string TextFor(const Message& message, const FieldDescriptor& field,
                    const std::map<std::string, std::string>& names) {
  const std::string& name = field.name();
  const auto known = [&](const std::string& key) {
    const auto found = names.find(key);
    return found == names.end() ? std::string("x") : found->second;
  };
  if (name == "request_id" || name == "event_id") return NewUuid(absl::Now());
  if (name == "etag") return "\"999999\"";
  if (name == "name") return known(CollectionOf(message.GetDescriptor()->name()));
  return known(absl::StrCat(name, "s"));
}

void FillRequired(Message* message, const std::map<std::string, std::string>& names) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (!Required(*field)) continue;
    if (field->is_repeated()) {
      reflection->AddString(message, field, "x");
      continue;
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(message, field, TextFor(*message, *field, names));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection->SetEnumValue(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* inner = reflection->MutableMessage(message, field);
        FillRequired(inner, names);
        if (inner->GetDescriptor()->full_name() == "google.type.Date") {
          const auto* date = inner->GetDescriptor();
          inner->GetReflection()->SetInt32(inner, date->FindFieldByName("year"), 2026);
          inner->GetReflection()->SetInt32(inner, date->FindFieldByName("month"), 4);
          inner->GetReflection()->SetInt32(inner, date->FindFieldByName("day"), 1);
        }
        if (const auto* action = inner->GetDescriptor()->FindFieldByName("action")) {
          inner->GetReflection()->SetEnumValue(inner, action, 1);
        }
        break;
      }
      default:
        break;
    }
  }
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

std::string ServiceOf(const MethodDescriptor& method) {
  const std::vector<std::string> parts = absl::StrSplit(method.full_name(), '.');
  return parts[1];
}

std::vector<std::string> ListServices(Suite& suite, const std::string& service,
                                      const Person* person) {
  auto stub = grpc::reflection::v1::ServerReflection::NewStub(suite.Channel(service));
  const auto context = suite.Context(person);
  auto stream = stub->ServerReflectionInfo(context.get());
  grpc::reflection::v1::ServerReflectionRequest request;
  request.set_list_services("");
  grpc::reflection::v1::ServerReflectionResponse response;
  stream->Write(request);
  std::vector<std::string> names;
  if (stream->Read(&response)) {
    for (const auto& listed : response.list_services_response().service()) {
      names.push_back(listed.name());
    }
  }
  stream->WritesDone();
  (void)stream->Finish();
  return names;
}

std::vector<const MethodDescriptor*> AllMethods(Suite& suite) {
  std::vector<const MethodDescriptor*> methods;
  const Person admin{"admin", {"ADMIN"}, ""};
  for (const std::string& service : Suite::Services()) {
    for (const std::string& name : ListServices(suite, service, &admin)) {
      const auto* found = DescriptorPool::generated_pool()->FindServiceByName(name);
      for (int i = 0; found != nullptr && i < found->method_count(); ++i) {
        methods.push_back(found->method(i));
      }
    }
  }
  return methods;
}

std::unique_ptr<Message> PlausibleRequest(const MethodDescriptor& method,
                                          const std::map<std::string, std::string>& names) {
  std::unique_ptr<Message> request(
      MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  FillRequired(request.get(), names);
  return request;
}

Caller WhoMay(const MethodDescriptor& method) {
  const auto& grant = method.options().GetExtension(access::v1::allow, 0);
  if (grant.services_size() > 0) return {nullptr, grant.services(0)};
  if (grant.roles(0) == access::v1::ROLE_PUBLIC) return {nullptr, "cli"};
  const std::string role = access::v1::Role_Name(grant.roles(0)).substr(sizeof("ROLE_") - 1);
  return {std::make_unique<Person>(Person{"somebody", {role}, World::kSection}), "cli"};
}

Answer CallWithBytes(Suite& suite, const MethodDescriptor& method, const std::string& bytes,
                     const Person* person, const std::string& peer) {
  grpc::GenericStub stub(suite.Channel(ServiceOf(method), peer));
  const auto context = suite.Context(person);
  grpc::CompletionQueue queue;
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  auto call = stub.PrepareUnaryCall(context.get(), path, ToBuffer(bytes), &queue);
  call->StartCall();
  Answer answer;
  grpc::ByteBuffer buffer;
  call->Finish(&buffer, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  answer.reason = ReasonOf(answer.status);
  answer.response.reset(
      MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
  if (answer.status.ok()) answer.response->ParseFromString(ToBytes(buffer));
  return answer;
}

Answer CallMethod(Suite& suite, const MethodDescriptor& method, const Message& request,
                  const Person* person, const std::string& peer) {
  return CallWithBytes(suite, method, request.SerializeAsString(), person, peer);
}

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::vector<std::string> FieldsOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  std::vector<std::string> fields;
  if (!details.ParseFromString(status.error_details())) return fields;
  for (const auto& detail : details.details()) {
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace daicho::testing
