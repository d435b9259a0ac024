// Between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daicho/audit/v1/audit_service.pb.h"
#include "services/audit/domain/log.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::wire {

// How many events one batch may have.
inline constexpr std::size_t kMaxBatchEvents = 256;

// Serialized events as they come from `service`. Refuses the whole batch with INVALID_ARGUMENT,
// naming every bad event: EVENT_TOO_LARGE (see kMaxEventBytes, kMaxLeafBytes), EVENT_NOT_YOURS
// (another service's), or INVALID_FIELD (no Event, or one without id, time, type, actor or outcome;
// values other than it seals; more than kMaxBatchEvents). What the services' encoder makes is none
// of these.
absl::StatusOr<std::vector<domain::NewEvent>> ParseEvents(
    const std::vector<absl::string_view>& events, absl::string_view service);

// The id of an event. Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> ParseEventId(absl::string_view event_id);

// A size asked for, where 0 means `now`. Refuses with INVALID_ARGUMENT (`reason`, naming `field`)
// unless it is from `smallest` to `now`.
struct SizeLimits {
  std::int64_t smallest = 0;
  std::int64_t now = 0;
};
absl::StatusOr<std::int64_t> ParseSize(std::int64_t size, const SizeLimits& limits,
                                       absl::string_view field,
                                       absl::string_view reason = "TREE_SIZE_OUT_OF_RANGE");

// Which entries are asked for; `end` and `page_size` are left open. Refuses with INVALID_ARGUMENT
// (INVALID_FIELD) conditions that exclude each other.
absl::StatusOr<domain::Query> ParseQuery(const v1::ListEntriesRequest& request);

// Whose data is to be redacted. Refuses with INVALID_ARGUMENT (INVALID_FIELD) who is no person.
absl::StatusOr<domain::PersonData> ParsePersonData(const v1::RedactPersonRequest& request);

v1::Entry ToProto(const domain::Entry& entry);
v1::TreeHead ToProto(const domain::Head& head);
// A checkpoint as it is served, without keys. Refuses with FAILED_PRECONDITION (NO_CHECKPOINT) when
// there is none.
absl::StatusOr<v1::Checkpoint> ToProto(const std::string& served_note);
std::string ToBytes(const domain::Hash& hash);

}  // namespace daicho::audit::wire
