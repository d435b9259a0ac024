// The one path every RPC takes: admit, check, run, answer.
//
// gRPC C++ interceptors cannot refuse a call, and AuthContext properties set for one call stay
// visible to later calls on the same connection (gRPC 1.51). So who may do what is settled here,
// once, before a handler's body runs, and every refusal is announced to the audit log.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/event.h"
#include "common/base/status_macros.h"
#include "common/pg/pg.h"
#include "common/rpc/admit.h"
#include "common/rpc/call.h"
#include "common/rpc/cancel_at.h"
#include "common/rpc/page_token.h"
#include "common/work/unit_of_work.h"

namespace daicho::rpc {

class CallMetrics;  // common/rpc/metrics.h

// What a service needs to answer calls. Outlives the service.
struct Env {
  std::string service;  // "registry"
  pg::Pool* pool = nullptr;
  const Clock* clock = nullptr;
  const Admitter* admitter = nullptr;
  const PageTokens* page_tokens = nullptr;
  CallMetrics* metrics = nullptr;               // May be null.
  std::function<void()> committed = [] {};      // Called after each commit: wakes relays.
  absl::Duration patience = absl::Seconds(30);  // With a client that streams its request.
};

// Full name of an RPC as descriptors have it: "daicho.approval.v1.FormService.SubmitForm".
// One constant per RPC, next to its handler.
struct Method {
  const char* name;
};

// "daicho.approval.v1.FormService/SubmitForm", as logs and events have it.
std::string RpcOf(const Method& method);

namespace internal {

using WriteBody = std::function<absl::Status(const Call&, work::UnitOfWork&)>;
using ReadBody = std::function<absl::Status(const Call&, pg::Transaction&)>;
using Prepare = std::function<absl::Status(const Call&)>;
// Whether one more message may be sent.
using Gate = std::function<absl::Status()>;
using StreamBody = std::function<absl::Status(const Call&, pg::Transaction&, const Gate&)>;

grpc::Status RunWrite(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                      const google::protobuf::Message& request, google::protobuf::Message* response,
                      const Prepare& prepare, const WriteBody& body);
grpc::Status RunRead(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                     const google::protobuf::Message& request, google::protobuf::Message* response,
                     const ReadBody& body);
// `answer` is an empty message of the type that is sent.
grpc::Status RunReadStream(const Env& env, const grpc::ServerContext& context, const Method& method,
                           const google::protobuf::Message& request,
                           const google::protobuf::Message& answer, const StreamBody& body);
// `prepare` runs outside any transaction, and so does `send_all`.
grpc::Status RunReadStreamAfter(const Env& env, const grpc::ServerContext& context,
                                const Method& method, const google::protobuf::Message& request,
                                const google::protobuf::Message& answer, const Prepare& prepare,
                                const std::function<absl::Status(const Gate&)>& send_all);
// Why a message could not be sent or received: DEADLINE_EXCEEDED past `deadline`, else CANCELLED.
absl::Status NotSent(absl::Time deadline);
// Runs `read`, and cancels the call when that takes longer than `patience`.
bool Patiently(const grpc::ServerContext& context, absl::Duration patience,
               const std::function<bool()>& read);
// Whether `message` has its field `header` set, and no other.
bool HasHeaderAlone(const google::protobuf::Message& message);
absl::Status RefuseOrder();
absl::Status RefuseInterrupted();

}  // namespace internal

// Runs `body(call, unit)`, which returns StatusOr<Response>, in one transaction and answers with
// what it returns. A repeat of `request.request_id()` gets the first answer and changes nothing;
// the same id with other content is refused with REQUEST_ID_REUSED. A request type without that
// field has no repeats. A request with `validate_only` set is rolled back and its answer not kept.
template <typename Request, typename Response, typename Body>
grpc::Status Write(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                   const Request& request, Response* response, Body&& body) {
  return internal::RunWrite(env, context, method, request, response, nullptr,
                            [&](const Call& call, work::UnitOfWork& unit) -> absl::Status {
                              ASSIGN_OR_RETURN(*response, body(call, unit));
                              return absl::OkStatus();
                            });
}

// Like Write, but asks peers first: `prepare(call)`, which returns StatusOr<Prepared>, runs
// outside any transaction, and `body(call, unit, prepared)` inside. Peers are never called inside.
template <typename Request, typename Response, typename PrepareBody, typename Body>
grpc::Status WriteAfter(const Env& env, const grpc::ServerContextBase& context,
                        const Method& method, const Request& request, Response* response,
                        PrepareBody&& prepare, Body&& body) {
  using Prepared = typename decltype(prepare(std::declval<const Call&>()))::value_type;
  std::optional<Prepared> prepared;
  return internal::RunWrite(
      env, context, method, request, response,
      [&](const Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(prepared, prepare(call));
        return absl::OkStatus();
      },
      [&](const Call& call, work::UnitOfWork& unit) -> absl::Status {
        ASSIGN_OR_RETURN(*response, body(call, unit, *prepared));
        return absl::OkStatus();
      });
}

// Like Write, for a method that changes nothing: `body(call, tx)` sees the database as of one
// moment. A method that reads personal data leaves an audit event all the same; its resource is the
// request's `name`, or the collection that was listed.
template <typename Request, typename Response, typename Body>
grpc::Status Read(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                  const Request& request, Response* response, Body&& body) {
  return internal::RunRead(env, context, method, request, response,
                           [&](const Call& call, pg::Transaction& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(*response, body(call, tx));
                             return absl::OkStatus();
                           });
}

// Hands one message of an answer to the client. A failure (CANCELLED, DEADLINE_EXCEEDED) is to be
// passed on: nobody listens any more.
template <typename Response>
using Send = std::function<absl::Status(const Response&)>;

namespace internal {

template <typename Response>
Send<Response> SendOver(grpc::ServerWriter<Response>* writer, const Gate& gate,
                        absl::Time deadline) {
  return [=](const Response& message) -> absl::Status {
    RETURN_IF_ERROR(gate());
    // Without a buffer hint: gRPC 1.51 never ends a synchronous write that has one.
    return writer->Write(message) ? absl::OkStatus() : NotSent(deadline);
  };
}

}  // namespace internal

// Like Read, for an answer of many messages: `body(call, tx, send)` returns a Status and sees the
// database as of one moment for as long as it sends. It sends rows page by page, so that memory
// stays bounded; a slow client slows it down, until the call's deadline. Nothing is sent before the
// scope is settled. Of a method that reads personal data, the event is stored before `body` runs.
template <typename Request, typename Response, typename Body>
grpc::Status ReadStream(const Env& env, const grpc::ServerContext& context, const Method& method,
                        const Request& request, grpc::ServerWriter<Response>* writer, Body&& body) {
  return internal::RunReadStream(
      env, context, method, request, Response::default_instance(),
      [&](const Call& call, pg::Transaction& tx, const internal::Gate& gate) -> absl::Status {
        return body(call, tx, internal::SendOver(writer, gate, call.deadline()));
      });
}

// Like ReadStream, for an answer that is all there before the first of it is sent: `prepare(call)`,
// which returns StatusOr<Prepared>, may ask peers, and loads in a transaction of its own;
// `body(prepared, send)` sends, and holds none meanwhile, however slow the client is.
template <typename Request, typename Response, typename PrepareBody, typename Body>
grpc::Status ReadStreamAfter(const Env& env, const grpc::ServerContext& context,
                             const Method& method, const Request& request,
                             grpc::ServerWriter<Response>* writer, PrepareBody&& prepare,
                             Body&& body) {
  using Prepared = typename decltype(prepare(std::declval<const Call&>()))::value_type;
  std::optional<Prepared> prepared;
  absl::Time deadline;
  return internal::RunReadStreamAfter(
      env, context, method, request, Response::default_instance(),
      [&](const Call& call) -> absl::Status {
        deadline = call.deadline();
        ASSIGN_OR_RETURN(prepared, prepare(call));
        return absl::OkStatus();
      },
      [&](const internal::Gate& gate) -> absl::Status {
        return body(*prepared, internal::SendOver(writer, gate, deadline));
      });
}

// Admits a call that streams requests before its first one is read, so that nobody unknown keeps a
// thread waiting; `check` may refuse it. Each request is then a Write of its own, or all of them
// are one: see WriteStream.
grpc::Status AdmitStream(const Env& env, const grpc::ServerContextBase& context,
                         const Method& method, const std::function<absl::Status()>& check);

// Takes the next message of a request; false after the last. A failure (CANCELLED,
// DEADLINE_EXCEEDED, or ABORTED: STREAM_INTERRUPTED) is to be passed on.
template <typename Request>
using Receive = std::function<absl::StatusOr<bool>(Request*)>;

// Like Write, for a request of many messages that is one change: a message with nothing but
// `header` set, then the rest, which `body(call, unit, header, receive)` takes one by one in
// its transaction; memory stays bounded. Whoever may not call is told so before anything is read.
// What was received cannot be received again, so that a transaction that has to run again after the
// first message ends as ABORTED (STREAM_INTERRUPTED). A client that sends nothing for
// `env.patience` is cut off. Refuses with INVALID_ARGUMENT (WRONG_MESSAGE_ORDER) what begins
// otherwise.
template <typename Request, typename Response, typename Body>
grpc::Status WriteStream(const Env& env, const grpc::ServerContext& context, const Method& method,
                         grpc::ServerReader<Request>* reader, Response* response,
                         const std::function<absl::Status()>& check, Body&& body) {
  const grpc::Status admitted = AdmitStream(env, context, method, check);
  if (!admitted.ok()) return admitted;
  Request first;
  if (!internal::Patiently(context, env.patience, [&] { return reader->Read(&first); }) ||
      !internal::HasHeaderAlone(first)) {
    return AdmitStream(env, context, method, internal::RefuseOrder);
  }
  bool begun = false;
  return Write(
      env, context, method, first.header(), response,
      [&](const Call& call, work::UnitOfWork& unit) -> absl::StatusOr<Response> {
        if (begun) return internal::RefuseInterrupted();
        const CancelAt cancel_at(context, call.deadline());
        const Receive<Request> receive = [&](Request* message) -> absl::StatusOr<bool> {
          begun = true;
          if (internal::Patiently(context, env.patience, [&] { return reader->Read(message); })) {
            return true;
          }
          if (context.IsCancelled()) return internal::NotSent(call.deadline());
          return false;
        };
        return body(call, unit, first.header(), receive);
      });
}

// What goes on the wire. A refusal keeps its reason and details. A fault is logged in full, with
// the `rpc` it happened in, and answered with the id of that line and no detail: INTERNAL, or, for
// clients to try again, UNAVAILABLE (BACKEND_UNAVAILABLE), DEADLINE_EXCEEDED (DEADLINE_EXCEEDED) or
// ABORTED (TRY_AGAIN).
grpc::Status ToGrpc(const absl::Status& status, absl::string_view rpc = "");

// What a peer answered, as an absl::Status with its reason kept, for passing on or acting on. A
// fault of the peer's has no reason: it is a fault here too.
absl::Status FromGrpc(const grpc::Status& status);

// Turns announced events into outbox rows for "audit".
work::Encoder AuditEncoder(const Env& env, const Call& call);

}  // namespace daicho::rpc
