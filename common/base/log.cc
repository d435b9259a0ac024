#include "common/base/log.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daicho {
namespace {

std::string& ServiceName() {
  static auto* const name = new std::string;
  return *name;
}

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

std::string LogLine(LogLevel level, absl::string_view message, const LogFields& fields,
                    absl::Time now) {
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime(absl::RFC3339_full, now, absl::UTCTimeZone());
  line["level"] = NameOf(level);
  line["service"] = ServiceName();
  line["message"] = std::string(message);
  for (const auto& [key, value] : fields) line[std::string(key)] = value;
  // Broken UTF-8 is replaced, so that one bad byte does not lose the line.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void Log(LogLevel level, absl::string_view message, const LogFields& fields) {
  const std::string line = LogLine(level, message, fields, absl::Now());
  // One write, so that lines of several threads do not mix. A log that cannot be written must not
  // stop the service.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

void SetLogService(std::string service) { ServiceName() = std::move(service); }

}  // namespace daicho
