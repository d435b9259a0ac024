// What every service does with messages, by reflection.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/base/refusal.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace daicho::wire {

// Every set field of `message`, flat: path to value as text. Strings as they are, numbers in
// decimal, true (false is unset), enums by name, google.type.Date as "2026-11-22", Timestamp as
// RFC 3339, bytes as hex; entries of lists as "operators[0]". Default values are unset, and so is
// a message that has no set field; an entry of a list is there even when it is empty (""). `prefix`
// is put before each path with a dot, unless it is empty.
Fields Flatten(const google::protobuf::Message& message, const std::string& prefix = "");

// What Flatten() gives of the same few fields of one message after another, many times as fast.
class FieldReader {
 public:
  // Reads what is at or under `paths`, as Flatten() with `prefix` calls them; a list is named
  // without index and read as a whole. What such a message does not have is passed over.
  FieldReader(const google::protobuf::Descriptor& message, const std::string& prefix,
              const std::set<std::string>& paths);
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;

  // The fields of `message`, until the next call. A single field that is unset is there, empty. The
  // caller may put in others, which stay.
  Fields& Read(const google::protobuf::Message& message);

 private:
  struct Node {
    const google::protobuf::FieldDescriptor* field;
    std::string path;
    std::string* value;        // In `fields_`; null for a list and for a message without a text.
    std::vector<Node> fields;  // Of a message without a text.
  };
  std::vector<Node> NodesOf(const google::protobuf::Descriptor& message, const std::string& prefix,
                            const std::set<std::string>& paths, bool all);
  // `message` is null where it is unset.
  void ReadNodes(const std::vector<Node>& nodes, const google::protobuf::Message* message);

  Fields fields_;
  const std::vector<Node> nodes_;  // Point into `fields_`.
};

// The reverse of Flatten(), onto an empty message. INVALID_ARGUMENT (a fault) names a path the
// message does not have, or whose value does not fit.
absl::Status Unflatten(const Fields& fields, google::protobuf::Message* message);

// Everything that is wrong with `request` as such, with its path: a REQUIRED field that is unset
// or blank (REQUIRED), text that is too long (TOO_LONG: 4,000 characters), holds NUL or other
// control characters but tab and line feed (CONTROL_CHARACTER) or U+FFFD, which only broken
// encodings leave behind (INVALID_UTF8), an enum value this server does not know (UNKNOWN_VALUE), a
// date that does not exist (INVALID_DATE), a timestamp outside the years 1 to 9999 (INVALID_TIME),
// a list with more than 200 entries (TOO_MANY), a request_id that is no UUID (INVALID_REQUEST_ID).
// A date of zeros alone is unset. Fields of type bytes have no limit here: their handlers know it.
// A list that declares `daicho.check.v1.bulk_entries` may have that many entries, which are left to
// its handler. OUTPUT_ONLY fields are not looked at, as handlers ignore what a client puts there.
std::vector<Violation> CheckRequest(const google::protobuf::Message& request);

google::type::Date ToDate(absl::CivilDay day);
// nullopt when unset. A date CheckRequest let pass always converts.
std::optional<absl::CivilDay> FromDate(const google::type::Date& date);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);

// "\"7\"" for revision 7, and back; ParseEtag refuses with ETAG_MISMATCH.
std::string EtagOf(std::int64_t revision);
absl::StatusOr<std::int64_t> ParseEtag(absl::string_view etag);

// "accounts/UUID" → "UUID". Refuses with INVALID_ARGUMENT (INVALID_FIELD) naming `field`.
absl::StatusOr<std::string> ParseUuidName(absl::string_view collection, absl::string_view name,
                                          absl::string_view field);
// "departments/0123-4" → "0123-4": letters, digits and "-", at most 32.
absl::StatusOr<std::string> ParseDepartmentName(absl::string_view name, absl::string_view field);

// A resource, and the revision of it the caller saw.
struct Target {
  std::string id;  // UUID.
  std::int64_t revision = 0;
};

// "accounts/UUID" and its etag, for the fields `name` and `etag`. Refuses with INVALID_ARGUMENT
// (INVALID_FIELD) and ABORTED (ETAG_MISMATCH).
absl::StatusOr<Target> ParseTarget(absl::string_view collection, const std::string& name,
                                   const std::string& etag);

}  // namespace daicho::wire
