#include "services/cli/time.h"

#include "absl/time/time.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"

namespace daicho::cli {

std::string DayText(const google::type::Date& date) {
  const auto day = wire::FromDate(date);
  return day.has_value() ? FormatDay(*day) : "";
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", wire::FromTimestamp(time),
                          absl::FixedTimeZone(9 * 60 * 60));
}

}  // namespace daicho::cli
