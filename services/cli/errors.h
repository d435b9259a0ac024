// What went wrong, for a person and for a program.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "services/cli/command.h"

namespace daicho::cli {

// What a service answered, with every detail it gave.
absl::Status StatusOf(const grpc::Status& status);

// Whether the same change, sent again with the same request_id, may fare better: nobody answered,
// or the service failed for the moment. Never for a refusal.
bool IsWorthRepeating(const absl::Status& status);

// Whether the change may have been made in spite of `status`.
bool OutcomeIsUnknown(const absl::Status& status);

// Exit status for what a service, or the command line, refused.
Exit ExitOf(const absl::Status& status);

// How to send the same change again. Empty when no change was sent, or its outcome is known.
struct Repeat {
  std::string request_id;
  std::string command;  // The whole command line.
};

// Japanese first, then English: the sentence, the reason with its facts, every field at fault, and
// how to mend it. Printable; several lines.
std::string ErrorText(const absl::Status& status, const Repeat& repeat = {});

// The same as one JSON object, {"error": {…}}, with a line feed.
std::string ErrorJson(const absl::Status& status, const Repeat& repeat = {});

}  // namespace daicho::cli
