#include "services/audit/wire.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "common/wire/sealed_event.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/domain/checkpoint.h"

namespace daicho::audit::wire {
namespace {

using daicho::wire::FromTimestamp;
using daicho::wire::ToTimestamp;
using event::v1::Event;
using google::protobuf::util::TimeUtil;

bool IsValid(const google::protobuf::Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

// What `event` lacks to be kept; empty when it lacks nothing.
std::vector<std::string> Lacking(const Event& event) {
  std::vector<std::string> lacking;
  if (!IsUuid(event.event_id())) lacking.push_back("event_id");
  if (!event.has_event_time() || !IsValid(event.event_time())) lacking.push_back("event_time");
  if (event.type().empty()) lacking.push_back("type");
  if (event.actor().subject().empty()) lacking.push_back("actor.subject");
  if (event.outcome() != Event::OUTCOME_OK && event.outcome() != Event::OUTCOME_REFUSED) {
    lacking.push_back("outcome");
  }
  return lacking;
}

// What is wrong with one event of a batch, if anything.
std::optional<Violation> Judge(std::size_t leaf_size, const Event* event,
                               absl::string_view service) {
  if (leaf_size > daicho::wire::kMaxLeafBytes) {
    return Violation{
        .reason = "EVENT_TOO_LARGE",
        .en =
            "An event has at most 1 MB, and its leaf at most 65,535 bytes; announce "
            "the act in parts.",
        .ja = "事象は 1 MB まで、その葉は 65,535 バイトまでです。分けて記録してください。"};
  }
  if (event == nullptr) {
    return Violation{.reason = "INVALID_EVENT",
                     .en =
                         "These bytes are no serialized daicho.event.v1.Event, nor a Parcel with "
                         "exactly the values its event seals.",
                     .ja =
                         "daicho.event.v1.Event としても、封をした値がすべて揃った Parcel と"
                         "しても読めません。"};
  }
  if (event->service() != service) {
    return Violation{.reason = "EVENT_NOT_YOURS",
                     .en = absl::StrCat("A service sends its own events alone; this caller is \"",
                                        service, "\"."),
                     .ja = "自サービスの事象だけを送ってください。"};
  }
  const std::vector<std::string> lacking = Lacking(*event);
  if (lacking.empty()) return std::nullopt;
  const std::string names = absl::StrJoin(lacking, ", ");
  return Violation{.reason = "INVALID_EVENT",
                   .en = absl::StrCat("Set these fields to proper values: ", names, "."),
                   .ja = absl::StrCat("次の項目を正しく設定してください: ", names)};
}

void AddResource(absl::string_view resource, std::vector<std::string>& resources) {
  std::string text = domain::SearchText(resource);
  if (text.empty() || std::count(resources.begin(), resources.end(), text) > 0) return;
  resources.push_back(std::move(text));
}

domain::SearchFields SearchFieldsOf(const Event& event) {
  domain::SearchFields search{.event_time = FromTimestamp(event.event_time()),
                              .service = domain::SearchText(event.service()),
                              .rpc = domain::SearchText(event.rpc()),
                              .type = domain::SearchText(event.type()),
                              .department = domain::SearchText(event.department()),
                              .actor = domain::SearchText(event.actor().subject()),
                              .outcome = event.outcome() == Event::OUTCOME_REFUSED
                                             ? domain::Outcome::kRefused
                                             : domain::Outcome::kOk,
                              .reason = domain::SearchText(event.reason()),
                              .request_id = domain::SearchText(event.request_id())};
  AddResource(event.resource(), search.resources);
  for (const std::string& resource : event.related_resources()) {
    AddResource(resource, search.resources);
  }
  return search;
}

std::vector<domain::Body> ToDomain(const daicho::wire::Bodies& bodies) {
  std::vector<domain::Body> out;
  for (const event::v1::Body& body : bodies) {
    out.push_back({body.path(), body.salt(), body.value(), domain::SearchText(body.person())});
  }
  return out;
}

// The batch's reason is its first bad event's, when that is one of its own.
std::string BatchReason(const Violation& first) {
  return first.reason == "INVALID_EVENT" ? "INVALID_FIELD" : first.reason;
}

}  // namespace

absl::StatusOr<std::vector<domain::NewEvent>> ParseEvents(
    const std::vector<absl::string_view>& events, absl::string_view service) {
  if (events.size() > kMaxBatchEvents) {
    return RefuseFields({{"events", "TOO_MANY", "Send at most 256 events at once.",
                          "一度に送れる事象は 256 件までです。"}});
  }
  std::vector<domain::NewEvent> parsed;
  std::vector<Violation> violations;
  for (const absl::string_view bytes : events) {
    event::v1::Parcel parcel;
    const bool is_parcel =
        bytes.size() <= kMaxEventBytes && daicho::wire::ReadParcel(bytes, parcel);
    const absl::StatusOr<Event> event =
        is_parcel ? daicho::wire::EventIn(parcel) : absl::InvalidArgumentError("no parcel");
    const std::size_t size = is_parcel ? parcel.leaf().size() : bytes.size();
    if (auto violation = Judge(size, event.ok() ? &*event : nullptr, service)) {
      violation->field = absl::StrCat("events[", parsed.size() + violations.size(), "]");
      violations.push_back(*std::move(violation));
      continue;
    }
    parsed.push_back({.event_id = event->event_id(),
                      .leaf = std::move(*parcel.mutable_leaf()),
                      .bodies = ToDomain(parcel.bodies()),
                      .search = SearchFieldsOf(*event)});
  }
  if (!violations.empty()) return RefuseFields(violations, BatchReason(violations.front()));
  return parsed;
}

absl::StatusOr<std::string> ParseEventId(absl::string_view event_id) {
  if (IsUuid(event_id)) return std::string(event_id);
  return RefuseFields({{"event_id", "INVALID_ID", "Write it as a UUID in lower case.",
                        "小文字の UUID で指定してください。"}});
}

absl::StatusOr<std::int64_t> ParseSize(std::int64_t size, const SizeLimits& limits,
                                       absl::string_view field, absl::string_view reason) {
  const std::int64_t meant = size == 0 ? limits.now : size;
  if (meant >= limits.smallest && meant <= limits.now) return meant;
  return RefuseFields({{std::string(field), std::string(reason),
                        absl::StrCat("Choose a size from ", limits.smallest, " to ", limits.now,
                                     ", the size of the log now."),
                        absl::StrCat(limits.smallest, " から現在の件数 ", limits.now,
                                     " までで指定してください。")}},
                      reason);
}

absl::StatusOr<domain::Query> ParseQuery(const v1::ListEntriesRequest& request) {
  domain::Query query{.begin = std::max<std::int64_t>(request.first_index(), 0),
                      .resource = domain::SearchText(request.resource()),
                      .timeline_of = domain::SearchText(request.timeline_of()),
                      .actor = domain::SearchText(request.actor()),
                      .department = domain::SearchText(request.department()),
                      .rpc = domain::SearchText(request.rpc()),
                      .type = domain::SearchText(request.type()),
                      .service = domain::SearchText(request.service())};
  if (!query.resource.empty() && !query.timeline_of.empty()) {
    return RefuseFields({{"timeline_of", "CONFLICTING_FIELDS",
                          "Set either resource or timeline_of: a timeline is about one resource.",
                          "resource と timeline_of は、どちらか一方を指定してください。"}});
  }
  if (request.outcome() != Event::OUTCOME_UNSPECIFIED) {
    query.outcome = request.outcome() == Event::OUTCOME_REFUSED ? domain::Outcome::kRefused
                                                                : domain::Outcome::kOk;
  }
  if (request.has_from_time()) query.from_time = FromTimestamp(request.from_time());
  if (request.has_until_time()) query.until_time = FromTimestamp(request.until_time());
  return query;
}

absl::StatusOr<domain::PersonData> ParsePersonData(const v1::RedactPersonRequest& request) {
  if (!absl::StartsWith(request.person(), "users/")) {
    return RefuseFields(
        {{"person", "INVALID_NAME", "Write it as users/…, as entries name the person.",
          "記録にあるとおり users/… の形で指定してください。"}});
  }
  return domain::PersonData{.person = request.person(),
                            .values = {request.values().begin(), request.values().end()}};
}

v1::Entry ToProto(const domain::Entry& entry) {
  v1::Entry out;
  out.set_index(entry.index);
  out.set_leaf(entry.leaf);
  out.set_leaf_hash(ToBytes(entry.leaf_hash));
  for (const domain::Body& body : entry.bodies) {
    event::v1::Body& shown = *out.add_bodies();
    shown.set_path(body.path);
    shown.set_salt(body.salt);
    shown.set_value(body.value);
    shown.set_person(body.person);
  }
  // Bytes that were tampered with may decode to nothing; leaf and bodies show them as they are.
  Event event;
  if (event.ParseFromString(entry.leaf) && daicho::wire::UnsealValues(out.bodies(), event).ok()) {
    *out.mutable_event() = std::move(event);
  }
  *out.mutable_append_time() = ToTimestamp(entry.append_time);
  return out;
}

v1::TreeHead ToProto(const domain::Head& head) {
  v1::TreeHead out;
  out.set_tree_size(head.tree.size);
  out.set_root_hash(ToBytes(head.tree.root));
  *out.mutable_update_time() = ToTimestamp(head.update_time);
  return out;
}

absl::StatusOr<v1::Checkpoint> ToProto(const std::string& served_note) {
  if (served_note.empty()) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NO_CHECKPOINT",
                  {"This log has no signed checkpoint to serve: set checkpoint_key_file, or wait "
                   "until its witnesses have cosigned.",
                   "提供できる署名済みチェックポイントがありません。checkpoint_key_file を設定"
                   "するか、証人の副署が揃うまでお待ちください。"});
  }
  ASSIGN_OR_RETURN(const domain::SignedNote note, domain::ParseNote(served_note));
  ASSIGN_OR_RETURN(const domain::Checkpoint checkpoint, domain::ParseCheckpoint(note.text));
  v1::Checkpoint out;
  out.set_note(served_note);
  out.set_tree_size(checkpoint.tree.size);
  return out;
}

std::string ToBytes(const domain::Hash& hash) { return std::string(domain::BytesOf(hash)); }

}  // namespace daicho::audit::wire
