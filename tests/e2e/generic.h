// Calls any RPC by its descriptor.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/testing/status.h"
#include "tests/e2e/suite.h"

namespace daicho::testing {

// What `service` says it serves when `person` asks (grpc.reflection.v1); empty when it refuses.
std::vector<std::string> ListServices(Suite& suite, const std::string& service,
                                      const Person* person);

// Every RPC of every service, found by asking the running servers (grpc.reflection.v1).
std::vector<const google::protobuf::MethodDescriptor*> AllMethods(Suite& suite);

// Name of the service that serves `method`: "registry".
std::string ServiceOf(const google::protobuf::MethodDescriptor& method);

// A request with every REQUIRED field set to something plausible: resource names from `names`
// ("accounts" → "accounts/…"), a stale etag, a fresh request_id.
std::unique_ptr<google::protobuf::Message> PlausibleRequest(
    const google::protobuf::MethodDescriptor& method,
    const std::map<std::string, std::string>& names);

// Somebody of World::kSection, or a service, whom the RPC's first grant admits.
struct Caller {
  std::unique_ptr<Person> person;  // Null for a service and for the public.
  std::string peer = "cli";
};
Caller WhoMay(const google::protobuf::MethodDescriptor& method);

struct Answer {
  grpc::Status status;
  std::string reason;  // google.rpc.ErrorInfo; empty when there is none.
  std::unique_ptr<google::protobuf::Message> response;
};

// Calls `method` as `person` (null: without a token) with the certificate of `peer`.
Answer CallMethod(Suite& suite, const google::protobuf::MethodDescriptor& method,
                  const google::protobuf::Message& request, const Person* person,
                  const std::string& peer = "cli");

// The same with bytes that need not be a message.
Answer CallWithBytes(Suite& suite, const google::protobuf::MethodDescriptor& method,
                     const std::string& bytes, const Person* person,
                     const std::string& peer = "cli");

// The same with the messages of a request that may be a stream, in `context`.
Answer CallWithMessages(Suite& suite, const google::protobuf::MethodDescriptor& method,
                        const std::vector<std::string>& messages, grpc::ClientContext& context,
                        const std::string& peer);

}  // namespace daicho::testing
