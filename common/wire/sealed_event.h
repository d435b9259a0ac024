// Values of an event that are kept beside the audit log rather than in it: personal data, so that
// it can be removed when somebody leaves, and what is too large for a leaf. In the leaf stands the
// salted hash of each. The rules for other languages: services/audit/ENCODING.md.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daicho/event/v1/event.pb.h"

namespace daicho::wire {

// The encoding that SealValues() makes.
inline constexpr int kEventEncoding = 2;
// A leaf that would be larger gives away its lists and its reason. A log entry of C2SP tlog-tiles
// has at most 65,535 bytes.
inline constexpr std::size_t kLargeLeafBytes = 60'000;
inline constexpr std::size_t kMaxLeafBytes = 65'535;

// Whether the value of the field at `path` of a change says who a person is: name, title, address.
bool IsPersonal(absl::string_view path);

// Takes personal values and what is too large out of `event`, puts their hashes there, and returns
// them, each with a salt of its own.
std::vector<event::v1::Body> SealValues(event::v1::Event& event);

// SHA-256(salt || value), 32 bytes.
std::string SealOf(const event::v1::Body& body);

using Bodies = google::protobuf::RepeatedPtrField<event::v1::Body>;

// Puts `bodies` back where they belong and returns the paths that have none: what was redacted.
// DATA_LOSS, naming the path, when a body is not the one that was sealed, comes twice, or belongs
// to nothing.
absl::StatusOr<std::vector<std::string>> UnsealValues(const Bodies& bodies,
                                                      event::v1::Event& event);

// Reads what the relay carries: an Event, or a Parcel. False when it is neither.
bool ReadParcel(absl::string_view bytes, event::v1::Parcel& parcel);

// The event a parcel holds, with every sealed value in its place. DATA_LOSS when the leaf is no
// event, or its bodies are not exactly those it names.
absl::StatusOr<event::v1::Event> EventIn(const event::v1::Parcel& parcel);

}  // namespace daicho::wire
