#include "common/rpc/handle.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/empty.pb.h>

#include <exception>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/uuid.h"
#include "common/rpc/audit.h"
#include "common/rpc/cancel_at.h"
#include "common/rpc/metrics.h"
#include "common/rpc/serialize.h"
#include "common/wire/fields.h"

namespace daicho::rpc {

std::string RpcOf(const Method& method) {
  std::string rpc = method.name;
  if (const std::size_t dot = rpc.rfind('.'); dot != std::string::npos) rpc[dot] = '/';
  return rpc;
}

namespace internal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One moment for all statements of a read, and no way to change anything.
const pg::Statement kReadOnly{
    "rpc_read_only", R"sql(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY)sql"};

// The same for a read that leaves an event.
const pg::Statement kOneMoment{"rpc_one_moment",
                               R"sql(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ)sql"};

// Sends what is queued and checks what would be checked on commit.
const pg::Statement kCheckConstraints{"rpc_check_constraints",
                                      R"sql(SET CONSTRAINTS ALL IMMEDIATE)sql"};

std::string TextOf(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
    return "";
  }
  return request.GetReflection()->GetString(request, field);
}

bool IsValidateOnly(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && field->type() == FieldDescriptor::TYPE_BOOL &&
         request.GetReflection()->GetBool(request, field);
}

// Tells one request from another under the same request_id.
std::string HashOf(const Method& method, const Message& request) {
  return Sha256(
      absl::StrCat(method.name, absl::string_view("\0", 1), SerializeDeterministically(request)));
}

// A handler that throws is at fault like one that returns a fault.
absl::Status Guard(const std::function<absl::Status()>& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("exception: ", error.what()));
  } catch (...) {
    return absl::InternalError("exception of an unknown type");
  }
}

absl::Status CheckSettled(const Call& call) {
  if (call.scope_settled()) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(call.rpc, " never showed which department its record belongs to"));
}

// Admits, runs, audits a refusal, and turns the outcome into what goes on the wire.
grpc::Status Answer(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                    const Message& request, const std::function<absl::Status(const Call&)>& run) {
  CallMetrics::Timer timer(env.metrics, method.name);
  Caller caller;
  // Nobody waits for the answer any more: clients that take their calls back by the thousand shall
  // not keep those of others waiting.
  if (context.IsCancelled()) {
    timer.set_code(absl::StatusCode::kCancelled);
    return grpc::Status::CANCELLED;
  }
  absl::StatusOr<Call> call = env.admitter->Admit(context, method.name, &caller);
  absl::Status status = call.status();
  if (!call.ok()) {
    call = Call(caller, access::v1::SCOPE_UNSPECIFIED, env.clock->Now(), absl::InfiniteFuture());
    call->rpc = RpcOf(method);
    call->traceparent = TraceparentOf(context);
  }
  const std::string request_id = TextOf(request, "request_id");
  if (IsUuid(request_id)) call->request_id = request_id;
  if (status.ok()) {
    status = Guard([&]() -> absl::Status {
      const std::vector<Violation> violations = wire::CheckRequest(request);
      return violations.empty() ? run(*call) : RefuseFields(violations);
    });
  }
  if (!ReasonOf(status).empty()) AuditRefusal(env, *call, request, status);
  // A client that went away in the middle of an answer is nobody's fault.
  grpc::Status answer =
      absl::IsCancelled(status) ? grpc::Status::CANCELLED : ToGrpc(status, call->rpc);
  timer.set_code(static_cast<absl::StatusCode>(answer.error_code()));
  return answer;
}

// Runs and commits a write; or rolls it back, with `*validated` set, when only asked whether it
// would do.
absl::Status RunOnce(const Env& env, const Call& call, const Method& method, const Message& request,
                     const std::string& hash, Message* response, const WriteBody& body,
                     bool* validated) {
  const bool validate_only = IsValidateOnly(request);
  return work::Run(*env.pool, call.deadline(), AuditEncoder(env, call),
                   [&](work::UnitOfWork& unit) -> absl::Status {
                     response->Clear();
                     RETURN_IF_ERROR(Guard([&] { return body(call, unit); }));
                     RETURN_IF_ERROR(CheckSettled(call));
                     // What is answered with what peers were asked is a reading of the caller's.
                     if (env.admitter->ReadsPersonalData(method.name)) {
                       RETURN_IF_ERROR(unit.Announce(ReadingOf(request, *response)));
                     }
                     if (validate_only) {
                       RETURN_IF_ERROR(unit.tx().Execute(kCheckConstraints, {}).status());
                       *validated = true;
                       return absl::CancelledError("only to be validated");
                     }
                     if (!call.request_id.empty()) {
                       unit.KeepAnswer(call.caller().subject, call.request_id, hash,
                                       SerializeDeterministically(*response));
                     }
                     return absl::OkStatus();
                   });
}

// A call that failed may be the repeat of one that did not: then the first answer counts. Asked
// only now, so that the way of a call that succeeds is no longer for it.
absl::Status EarlierAnswerOr(absl::Status failure, const Env& env, const Call& call,
                             const std::string& hash, Message* response) {
  auto lease = env.pool->Acquire(call.deadline());
  if (!lease.ok()) return failure;
  pg::Transaction tx = (*lease)->Begin(call.deadline());
  tx.Queue(kReadOnly, {});
  const auto earlier = work::EarlierAnswer(tx, call.caller().subject, call.request_id, hash);
  if (!earlier.ok()) return ReasonOf(earlier.status()).empty() ? failure : earlier.status();
  if (!*earlier) return failure;
  if (response->ParseFromString(**earlier)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the answer kept for ", call.request_id, " is broken"));
}

absl::Status ReadOnly(const Env& env, const Call& call, const ReadBody& body) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, env.pool->Acquire(call.deadline()));
  pg::Transaction tx = lease->Begin(call.deadline());
  tx.Queue(kReadOnly, {});
  RETURN_IF_ERROR(body(call, tx));
  return CheckSettled(call);
}

absl::Status AnnounceReading(const Env& env, const Call& call, const Message& request,
                             const Message& answer) {
  RETURN_IF_ERROR(
      work::Run(*env.pool, call.deadline(), AuditEncoder(env, call),
                [&](work::UnitOfWork& unit) { return unit.Announce(ReadingOf(request, answer)); }));
  env.committed();
  return absl::OkStatus();
}

// Whether a message of the call's answer may be sent.
Gate GateOf(const grpc::ServerContext& context, const Call& call) {
  return [&context, &call]() -> absl::Status {
    RETURN_IF_ERROR(CheckSettled(call));
    if (context.IsCancelled() || absl::Now() >= call.deadline()) return NotSent(call.deadline());
    return absl::OkStatus();
  };
}

// The answer is given only once it is stored that it is given.
absl::Status ReadPersonalData(const Env& env, const Call& call, const Message& request,
                              Message* response, const ReadBody& body) {
  RETURN_IF_ERROR(work::Run(*env.pool, call.deadline(), AuditEncoder(env, call),
                            [&](work::UnitOfWork& unit) -> absl::Status {
                              response->Clear();
                              unit.tx().Queue(kOneMoment, {});
                              RETURN_IF_ERROR(Guard([&] { return body(call, unit.tx()); }));
                              RETURN_IF_ERROR(CheckSettled(call));
                              return unit.Announce(ReadingOf(request, *response));
                            }));
  env.committed();
  return absl::OkStatus();
}

}  // namespace

grpc::Status RunWrite(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                      const Message& request, Message* response, const Prepare& prepare,
                      const WriteBody& body) {
  return Answer(env, context, method, request, [&](const Call& call) -> absl::Status {
    const std::string hash = HashOf(method, request);
    bool validated = false;
    absl::Status status =
        prepare == nullptr ? absl::OkStatus() : Guard([&] { return prepare(call); });
    if (status.ok()) {
      status = RunOnce(env, call, method, request, hash, response, body, &validated);
    }
    if (validated) return absl::OkStatus();
    if (status.ok()) {
      env.committed();
      return status;
    }
    if (call.request_id.empty() || IsValidateOnly(request)) return status;
    return EarlierAnswerOr(std::move(status), env, call, hash, response);
  });
}

grpc::Status RunRead(const Env& env, const grpc::ServerContextBase& context, const Method& method,
                     const Message& request, Message* response, const ReadBody& body) {
  return Answer(env, context, method, request, [&](const Call& call) {
    return env.admitter->ReadsPersonalData(method.name)
               ? ReadPersonalData(env, call, request, response, body)
               : ReadOnly(env, call, body);
  });
}

absl::Status NotSent(absl::Time deadline) {
  if (absl::Now() >= deadline) return absl::DeadlineExceededError("the client is too slow");
  return absl::CancelledError("the client has gone");
}

bool Patiently(const grpc::ServerContext& context, absl::Duration patience,
               const std::function<bool()>& read) {
  const CancelAt cancel_at(context, absl::Now() + patience);
  return read();
}

bool HasHeaderAlone(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  return set.size() == 1 && set.front()->name() == "header";
}

absl::Status RefuseOrder() {
  return Refuse(absl::StatusCode::kInvalidArgument, "WRONG_MESSAGE_ORDER",
                {"The first message has the header and nothing else, the others one piece of the "
                 "content each; send them so.",
                 "最初のメッセージは header だけ、以後は内容を一つずつ送ってください。"});
}

absl::Status RefuseInterrupted() {
  return Refuse(
      absl::StatusCode::kAborted, "STREAM_INTERRUPTED",
      {"The database was interrupted while this came in; nothing is stored. Send all of "
       "it again with the same request_id.",
       "受信の途中で処理が中断しました。何も保存されていません。同じ request_id で最初から"
       "送り直してください。"});
}

grpc::Status RunReadStream(const Env& env, const grpc::ServerContext& context, const Method& method,
                           const Message& request, const Message& answer, const StreamBody& body) {
  return Answer(env, context, method, request, [&](const Call& call) -> absl::Status {
    const CancelAt cancel_at(context, call.deadline());
    if (env.admitter->ReadsPersonalData(method.name)) {
      RETURN_IF_ERROR(AnnounceReading(env, call, request, answer));
    }
    const Gate gate = GateOf(context, call);
    return ReadOnly(env, call,
                    [&](const Call&, pg::Transaction& tx) { return body(call, tx, gate); });
  });
}

grpc::Status RunReadStreamAfter(const Env& env, const grpc::ServerContext& context,
                                const Method& method, const Message& request, const Message& answer,
                                const Prepare& prepare,
                                const std::function<absl::Status(const Gate&)>& send_all) {
  return Answer(env, context, method, request, [&](const Call& call) -> absl::Status {
    const CancelAt cancel_at(context, call.deadline());
    RETURN_IF_ERROR(prepare(call));
    RETURN_IF_ERROR(CheckSettled(call));
    if (env.admitter->ReadsPersonalData(method.name)) {
      RETURN_IF_ERROR(AnnounceReading(env, call, request, answer));
    }
    return send_all(GateOf(context, call));
  });
}

}  // namespace internal

grpc::Status AdmitStream(const Env& env, const grpc::ServerContextBase& context,
                         const Method& method, const std::function<absl::Status()>& check) {
  return internal::Answer(env, context, method, google::protobuf::Empty(),
                          [&](const Call&) { return check(); });
}

}  // namespace daicho::rpc
