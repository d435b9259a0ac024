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
#include "daicho/approval/v1/document_service.pb.h"
#include "daicho/policy/v1/finding_service.pb.h"
#include "daicho/policy/v1/inactivity_service.pb.h"
#include "daicho/registry/v1/open_advice_service.pb.h"
#include "daicho/registry/v1/snapshot_service.pb.h"
#include "google/api/field_behavior.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

bool Is(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

// Which resource the RPCs of a service name: "AccountService" → "accounts". Facts are about
// accounts, but for grants, which have names of their own; documents are of forms.
std::string CollectionOf(const MethodDescriptor& method) {
  if (absl::StrContains(method.name(), "Reorganization")) return "reorganizations";
  const absl::string_view service = method.service()->name();
  if (method.name() == "RevokeGrant") return "grants";
  if (method.name() == "EndAbsence") return "absences";
  if (service == "FactService") return "accounts";
  if (service == "DocumentService") return "forms";
  return absl::StrCat(absl::AsciiStrToLower(service.substr(0, service.find("Service"))), "s");
}

std::string TextFor(const MethodDescriptor& method, const FieldDescriptor& field,
                    const std::map<std::string, std::string>& names) {
  const std::string& name = field.name();
  const auto known = [&](const std::string& key) {
    const auto found = names.find(key);
    return found == names.end() ? std::string("x") : found->second;
  };
  if (name == "request_id" || name == "event_id") return NewUuid(absl::Now());
  if (name == "etag") return "\"999999\"";
  if (name == "name") return known(CollectionOf(method));
  return known(absl::StrCat(name, "s"));
}

void SetTime(Message* time) {
  time->GetReflection()->SetInt64(time, time->GetDescriptor()->FindFieldByName("seconds"),
                                  absl::ToUnixSeconds(absl::Now()));
}

void SetDate(Message* date) {
  for (const auto& [part, value] : {std::pair("year", 2026), {"month", 4}, {"day", 1}}) {
    date->GetReflection()->SetInt32(date, date->GetDescriptor()->FindFieldByName(part), value);
  }
}

// Every text, day and message of a small message that is required as a whole.
void FillWhole(Message* message) {
  const auto* reflection = message->GetReflection();
  if (message->GetDescriptor()->full_name() == "google.type.Date") return SetDate(message);
  if (message->GetDescriptor()->full_name() == "google.protobuf.Timestamp") return SetTime(message);
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (field->is_repeated() || Is(*field, google::api::OUTPUT_ONLY)) continue;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      reflection->SetString(message, field, "https://www.pref.example/");
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      FillWhole(reflection->MutableMessage(message, field));
    }
  }
}

void FillRequired(const MethodDescriptor& method, Message* message,
                  const std::map<std::string, std::string>& names) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (!Is(*field, google::api::REQUIRED)) continue;
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message* entry = reflection->AddMessage(message, field);
      FillRequired(method, entry, names);
      if (entry->ByteSizeLong() == 0) FillWhole(entry);
    } else if (field->is_repeated()) {
      reflection->AddString(message, field, "x");
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(message, field, TextFor(method, *field, names));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      reflection->SetEnumValue(message, field, 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      reflection->SetInt64(message, field, 1);
    } else if (field->name() == "content") {
      auto* content = reflection->MutableMessage(message, field);
      dynamic_cast<approval::v1::FormContent*>(content)->set_action(
          approval::v1::Form::ACTION_OPEN);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message* whole = reflection->MutableMessage(message, field);
      FillRequired(method, whole, names);
      if (whole->ByteSizeLong() == 0) FillWhole(whole);
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

// Waits for what was started last; whether it went through.
bool Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

// Sends `messages` to an RPC that takes or answers with many, and reads to the end. `last` is the
// last of the answer.
grpc::Status CallStream(grpc::GenericStub& stub, grpc::ClientContext& context,
                        const std::string& path, const std::vector<std::string>& messages,
                        grpc::ByteBuffer* last) {
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  bool open = Next(queue);
  for (std::size_t i = 0; open && i < messages.size(); ++i) {
    call->Write(ToBuffer(messages[i]), nullptr);
    open = Next(queue);
  }
  if (open) {
    call->WritesDone(nullptr);
    Next(queue);
  }
  do {
    call->Read(last, nullptr);
  } while (Next(queue));
  grpc::Status status;
  call->Finish(&status, nullptr);
  Next(queue);
  return status;
}

grpc::Status CallUnary(grpc::GenericStub& stub, grpc::ClientContext& context,
                       const std::string& path, const std::string& bytes,
                       grpc::ByteBuffer* answer) {
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(&context, path, ToBuffer(bytes), &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(answer, &status, nullptr);
  Next(queue);
  return status;
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
  // A program holds the descriptors of what it uses; nothing else here uses these.
  (void)approval::v1::RenderDocumentRequest::descriptor();
  (void)policy::v1::CheckFormRequest::descriptor();
  (void)policy::v1::ListFindingsRequest::descriptor();
  (void)policy::v1::CreateInactivityReportRequest::descriptor();
  (void)registry::v1::StreamPublicListRequest::descriptor();
  (void)registry::v1::ReportOpenAdviceRequest::descriptor();
  (void)registry::v1::StreamSnapshotRequest::descriptor();
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
  FillRequired(method, request.get(), names);
  return request;
}

Caller WhoMay(const MethodDescriptor& method) {
  const auto& grant = method.options().GetExtension(access::v1::allow, 0);
  if (grant.services_size() > 0) return {nullptr, grant.services(0)};
  if (grant.roles(0) == access::v1::ROLE_PUBLIC) return {nullptr, "cli"};
  const std::string role = access::v1::Role_Name(grant.roles(0)).substr(sizeof("ROLE_") - 1);
  return {std::make_unique<Person>(Person{"somebody", {role}, World::kSection}), "cli"};
}

Answer CallWithMessages(Suite& suite, const MethodDescriptor& method,
                        const std::vector<std::string>& messages, grpc::ClientContext& context,
                        const std::string& peer) {
  grpc::GenericStub stub(suite.Channel(ServiceOf(method), peer));
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  Answer answer;
  grpc::ByteBuffer buffer;
  answer.status = method.server_streaming() || method.client_streaming()
                      ? CallStream(stub, context, path, messages, &buffer)
                      : CallUnary(stub, context, path, messages.front(), &buffer);
  answer.reason = WireReason(answer.status);
  answer.response.reset(
      MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
  if (answer.status.ok()) answer.response->ParseFromString(ToBytes(buffer));
  return answer;
}

Answer CallWithBytes(Suite& suite, const MethodDescriptor& method, const std::string& bytes,
                     const Person* person, const std::string& peer) {
  const auto context = suite.Context(person);
  return CallWithMessages(suite, method, {bytes}, *context, peer);
}

Answer CallMethod(Suite& suite, const MethodDescriptor& method, const Message& request,
                  const Person* person, const std::string& peer) {
  return CallWithBytes(suite, method, request.SerializeAsString(), person, peer);
}

}  // namespace daicho::testing
