// Configuration files: text format, refused with file and line when anything is unknown.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daicho::server {

// Reads a text-format file of at most `max_bytes` into `message`. INVALID_ARGUMENT names the file,
// line and column of the first thing that is wrong.
absl::Status LoadTextProto(const std::string& path, google::protobuf::Message* message,
                           std::size_t max_bytes = 1 << 20);

// The whole of a file. NOT_FOUND, or RESOURCE_EXHAUSTED when longer than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes = 1 << 20);

}  // namespace daicho::server
