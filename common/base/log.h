// Log lines: one JSON object a line on standard error, written with one call each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho {

enum class LogLevel { kInfo, kWarning, kError };

using LogFields = std::vector<std::pair<absl::string_view, std::string>>;

// {"time":"…","level":"info","service":"registry","message":"…",…}. Never give it a token, a key,
// or a person's data.
void Log(LogLevel level, absl::string_view message, const LogFields& fields = {});

// The line Log() writes, with its line feed.
std::string LogLine(LogLevel level, absl::string_view message, const LogFields& fields,
                    absl::Time now);

// What "service" says in every line of this process.
void SetLogService(std::string service);

}  // namespace daicho
