// A log with its RPCs, over a real database and connection.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/testing/server.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/schema.h"
#include "services/audit/service.h"
#include "tests/support/database.h"

namespace daicho::audit {

inline const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// An event of `service` as its encoder makes it.
inline event::v1::Event EventOf(const std::string& service,
                                const std::string& resource = "accounts/1") {
  event::v1::Event event;
  event.set_event_id(NewUuid(kNow));
  *event.mutable_event_time() = wire::ToTimestamp(kNow);
  event.set_service(service);
  event.set_rpc("daicho.registry.v1.AccountService/OpenAccount");
  event.set_type("account.opened");
  event.set_resource(resource);
  event.mutable_actor()->set_subject("users/hirose");
  event.set_outcome(event::v1::Event::OUTCOME_OK);
  return event;
}

inline std::vector<event::v1::Event> EventsOf(const std::string& service, int count) {
  std::vector<event::v1::Event> events;
  for (int i = 0; i < count; ++i) events.push_back(EventOf(service, absl::StrCat("accounts/", i)));
  return events;
}

inline std::string ReasonOf(const grpc::Status& status) {
  return daicho::ReasonOf(rpc::FromGrpc(status));
}

class AuditServiceTest : public ::testing::Test {
 protected:
  grpc::Status Append(const std::string& service, const std::vector<std::string>& events,
                      v1::AppendEventsResponse* response = nullptr) {
    v1::AppendEventsRequest request;
    for (const std::string& event : events) request.add_events(event);
    grpc::ClientContext context;
    v1::AppendEventsResponse ignored;
    return v1::AuditService::NewStub(server_.ChannelOf(service))
        ->AppendEvents(&context, request, response == nullptr ? &ignored : response);
  }

  grpc::Status Append(const std::string& service, const std::vector<event::v1::Event>& events,
                      v1::AppendEventsResponse* response = nullptr) {
    std::vector<std::string> bytes;
    for (const auto& event : events) bytes.push_back(event.SerializeAsString());
    return Append(service, bytes, response);
  }

  // Calls `method` as a person with `role`.
  template <typename Method, typename Request, typename Response>
  grpc::Status CallAs(const std::string& role, Method method, const Request& request,
                      Response* response, const std::string& subject = "sakamoto") {
    grpc::ClientContext context;
    server_.SignIn(context, subject, {role});
    return (*people_.*method)(&context, request, response);
  }

  grpc::Status List(const v1::ListEntriesRequest& request, v1::ListEntriesResponse* response) {
    return CallAs("AUDITOR", &v1::AuditService::Stub::ListEntries, request, response);
  }

  // What the registry's encoder makes of an act of `subject`.
  static std::string PayloadBy(const std::string& subject, const Event& event) {
    rpc::Caller caller;
    caller.subject = subject;
    caller.display_name = subject + "'s name";
    const rpc::Env env{.service = "registry"};
    const rpc::Call call(caller, access::v1::SCOPE_UNSPECIFIED, kNow, absl::InfiniteFuture());
    return rpc::AuditEncoder(env, call)(event).payload;
  }

  v1::TreeHead HeadNow() {
    v1::TreeHead head;
    const grpc::Status status =
        CallAs("AUDITOR", &v1::AuditService::Stub::GetTreeHead, v1::GetTreeHeadRequest(), &head);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return head;
  }

  testing::Database database_{Schema()};
  testing::FixedClock clock_{kNow};
  testing::Server server_{{.service = "audit",
                           .grpc_services = {"daicho.audit.v1.AuditService"},
                           .pool = &database_.pool(),
                           .clock = &clock_,
                           .services = {"registry", "approval"},
                           .build = [](const rpc::Env& env) {
                             std::vector<std::unique_ptr<grpc::Service>> services;
                             services.push_back(std::make_unique<AuditServiceImpl>(env));
                             return services;
                           }}};
  const std::unique_ptr<v1::AuditService::Stub> people_ =
      v1::AuditService::NewStub(server_.ChannelOf());
};

}  // namespace daicho::audit
