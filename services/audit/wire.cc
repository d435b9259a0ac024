#include "services/audit/wire.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "daicho/event/v1/event.pb.h"

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
std::optional<Violation> Judge(absl::string_view bytes, const Event* event,
                               absl::string_view service) {
  if (bytes.size() > kMaxEventBytes) {
    return Violation{.reason = "EVENT_TOO_LARGE",
                     .en = "An event has at most 1 MB; announce the act in parts.",
                     .ja = "事象は 1 MB までです。分けて記録してください。"};
  }
  if (event == nullptr) {
    return Violation{.reason = "INVALID_EVENT",
                     .en = "These bytes are no serialized daicho.event.v1.Event.",
                     .ja = "daicho.event.v1.Event として読めません。"};
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
    Event event;
    const bool is_event = bytes.size() <= kMaxEventBytes &&
                          event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (auto violation = Judge(bytes, is_event ? &event : nullptr, service)) {
      violation->field = absl::StrCat("events[", parsed.size() + violations.size(), "]");
      violations.push_back(*std::move(violation));
      continue;
    }
    parsed.push_back({.event_id = event.event_id(),
                      .leaf = std::string(bytes),
                      .search = SearchFieldsOf(event)});
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

v1::Entry ToProto(const domain::Entry& entry) {
  v1::Entry out;
  out.set_index(entry.index);
  out.set_leaf(entry.leaf);
  out.set_leaf_hash(ToBytes(entry.leaf_hash));
  // Bytes that were tampered with may decode to nothing; the leaf shows them as they are.
  if (!out.mutable_event()->ParseFromString(entry.leaf)) out.clear_event();
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

std::string ToBytes(const domain::Hash& hash) { return std::string(domain::BytesOf(hash)); }

}  // namespace daicho::audit::wire
