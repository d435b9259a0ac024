#include "common/rpc/audit.h"

#include <algorithm>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/refusal.h"
#include "common/base/utf8.h"
#include "common/base/uuid.h"
#include "common/rpc/metrics.h"
#include "common/rpc/serialize.h"
#include "common/wire/fields.h"
#include "common/wire/sealed_event.h"

namespace daicho::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kMaxResourceBytes = 200;
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr double kUnknownCallersPerSecond = 50;

// So many a second, and as many at once after a quiet time. Thread-safe.
class TokenBucket {
 public:
  explicit TokenBucket(double rate) : rate_(rate), level_(rate), filled_(absl::Now()) {}

  bool Take() {
    const absl::MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    const double gained = absl::ToDoubleSeconds(now - filled_) * rate_;
    level_ = std::clamp(level_ + gained, 0.0, rate_);
    filled_ = now;
    if (level_ < 1) return false;
    level_ -= 1;
    return true;
  }

 private:
  const double rate_;
  absl::Mutex mutex_;
  double level_ ABSL_GUARDED_BY(mutex_);
  absl::Time filled_ ABSL_GUARDED_BY(mutex_);
};

bool IsUnknown(const Caller& caller) {
  return caller.subject.empty() || caller.Has(access::v1::ROLE_PUBLIC);
}

// Text of a string field; empty when the message has no such field, or it holds what no resource
// name could: nothing has checked the request of a refused call.
std::string NameAt(const Message& message, const std::string& field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
    return "";
  }
  std::string text = message.GetReflection()->GetString(message, field);
  const bool plausible = text.size() <= kMaxResourceBytes && IsUtf8(text) &&
                         std::none_of(text.begin(), text.end(), absl::ascii_iscntrl);
  return plausible ? text : "";
}

// The resource a request is about, as far as it says so.
std::string ResourceOf(const Message& request) {
  for (const char* field : {"name", "form", "account", "department", "event_id"}) {
    const std::string name = NameAt(request, field);
    if (!name.empty()) return name;
  }
  return "";
}

// "accounts" for a response that lists accounts; "entry" for one that is an Entry.
std::string CollectionOf(const Message& response) {
  const auto* descriptor = response.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field->name();
  }
  return absl::AsciiStrToLower(descriptor->name());
}

void FillActor(const Caller& caller, event::v1::Actor* actor) {
  actor->set_subject(caller.subject.empty() ? "anonymous" : caller.subject);
  actor->set_display_name(caller.display_name);
  for (const access::v1::Role role : caller.roles) actor->add_roles(role);
  actor->set_department(caller.department);
}

// The leaf, together with the values that are kept beside it.
std::string PayloadOf(event::v1::Event& event) {
  std::vector<event::v1::Body> bodies = wire::SealValues(event);
  std::string leaf = SerializeDeterministically(event);
  if (bodies.empty()) return leaf;
  event::v1::Parcel parcel;
  parcel.set_leaf(std::move(leaf));
  for (event::v1::Body& body : bodies) *parcel.add_bodies() = std::move(body);
  return parcel.SerializeAsString();
}

}  // namespace

work::Outgoing EncodeEvent(const Env& env, const Call& call, const Event& event,
                           event::v1::Event::Outcome outcome) {
  event::v1::Event out;
  out.set_event_id(NewUuid(call.now()));
  *out.mutable_event_time() = wire::ToTimestamp(call.now());
  out.set_service(env.service);
  out.set_rpc(call.rpc);
  out.set_type(event.type);
  out.set_resource(event.resource);
  for (const std::string& related : event.related) out.add_related_resources(related);
  out.set_department(event.department);
  FillActor(call.caller(), out.mutable_actor());
  out.set_outcome(outcome);
  out.set_reason(event.reason);
  for (const FieldChange& change : event.changes) {
    auto* field = out.add_changes();
    field->set_path(change.path);
    field->set_before(change.before);
    field->set_after(change.after);
  }
  out.set_request_id(call.request_id);
  out.set_traceparent(call.traceparent);
  // Events about nothing in particular keep the order of their RPC.
  return {.event_id = out.event_id(),
          .destination = "audit",
          .subject = event.resource.empty() ? call.rpc : event.resource,
          .payload = PayloadOf(out)};
}

Event ReadingOf(const Message& request, const Message& response) {
  Event event;
  event.type = "data.read";
  // The files of a form are read as part of it.
  for (const char* field : {"name", "form", "event_id", "account"}) {
    if (event.resource.empty()) event.resource = NameAt(request, field);
  }
  if (event.resource.empty()) event.resource = CollectionOf(response);
  event.department = NameAt(request, "department");
  return event;
}

void AuditRefusal(const Env& env, const Call& call, const Message& request,
                  const absl::Status& refusal) {
  static auto* const unknown_callers = new TokenBucket(kUnknownCallersPerSecond);
  Event event;
  event.type = "call.refused";
  event.resource = ResourceOf(request);
  event.reason = ReasonOf(refusal);
  absl::Status stored = absl::ResourceExhaustedError("too many refusals of unknown callers");
  if (!IsUnknown(call.caller()) || unknown_callers->Take()) {
    stored = work::Run(
        *env.pool, absl::Now() + kPatience, AuditEncoder(env, call), [&](work::UnitOfWork& unit) {
          return unit.Send(EncodeEvent(env, call, event, event::v1::Event::OUTCOME_REFUSED));
        });
  }
  if (stored.ok()) {
    env.committed();
    return;
  }
  if (env.metrics != nullptr) env.metrics->CountUnaudited();
  Log(LogLevel::kWarning, "refusal not audited",
      {{"rpc", call.rpc},
       {"reason", event.reason},
       {"subject", call.caller().subject},
       {"resource", event.resource},
       {"why", std::string(stored.message())}});
}

work::Encoder AuditEncoder(const Env& env, const Call& call) {
  return [env, call](const Event& event) {
    return EncodeEvent(env, call, event, event::v1::Event::OUTCOME_OK);
  };
}

}  // namespace daicho::rpc
