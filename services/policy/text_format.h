// Reading files in text format that people write.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "services/policy/problems.h"

namespace daicho::policy {

constexpr std::size_t kMaxGuidelineBytes = 1 << 20;

// Parses `text` into `message`, where things stand into `tree`. Refuses, through `problems`, what
// is longer than kMaxGuidelineBytes, has more messages or is nested deeper than any guideline, is
// no UTF-8 or no text format, and control characters and enum numbers without a name.
absl::Status ReadTextFormat(const std::string& text, google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* tree, Problems* problems);

}  // namespace daicho::policy
