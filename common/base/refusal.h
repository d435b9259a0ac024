// A refusal is an expected "no": a rule was not met, a name is unknown, an etag is stale. It is an
// absl::Status that also says why in a form a program can act on, and in Japanese and English for
// people. Faults (a lost connection, a bug) are plain absl::Status values: their text is logged
// and never leaves the process.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daicho {

// One sentence for a person that says what is wrong and how to mend it, in both languages.
struct Message {
  absl::string_view en;
  absl::string_view ja;
};

// Facts behind a refusal. Keys are lower_snake_case and, once published, stay.
using RefusalFacts = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

// One thing that is wrong with one field of a request.
struct Violation {
  std::string field;   // Path: "content.fields.purpose". May be empty for a precondition.
  std::string reason;  // UPPER_SNAKE_CASE: "REQUIRED", "TOO_LONG", a rule id.
  std::string en;      // What is wrong and how to mend it.
  std::string ja;      // The same in Japanese.

  friend bool operator==(const Violation&, const Violation&) = default;
};

// `reason` is UPPER_SNAKE_CASE and never changes meaning once released.
absl::Status Refuse(absl::StatusCode code, absl::string_view reason, Message message,
                    RefusalFacts facts = {});

// INVALID_ARGUMENT that names every bad field at once. `violations` is not empty.
// Travels as google.rpc.BadRequest.
absl::Status RefuseFields(const std::vector<Violation>& violations,
                          absl::string_view reason = "INVALID_FIELD");

// FAILED_PRECONDITION with one entry per finding. Travels as google.rpc.PreconditionFailure
// (type = reason, subject = field, description = message in Japanese, then English).
absl::Status RefusePreconditions(absl::string_view reason, Message message,
                                 const std::vector<Violation>& violations);

// The reason given to Refuse…(), or "" when `status` is not a refusal.
std::string ReasonOf(const absl::Status& status);

// The Japanese sentence of a refusal, or "" when `status` is not one.
std::string JapaneseOf(const absl::Status& status);

// The refusals every service makes.
absl::Status EtagMismatch();  // ABORTED (ETAG_MISMATCH)

}  // namespace daicho
