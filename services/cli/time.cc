#include "services/cli/time.h"

#include "absl/strings/str_cat.h"
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

absl::StatusOr<AsOf> AsOfFlag(const Arguments& arguments, const std::string& flag) {
  AsOf as_of;
  if (!arguments.Has(flag)) return as_of;
  const std::string text = arguments.Get(flag);
  as_of.day = ParseDay(text);
  if (as_of.day) return as_of;
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, absl::FixedTimeZone(9 * 60 * 60), &time,
                      &error)) {
    as_of.time = time;
    return as_of;
  }
  return WrongCommandLine(
      absl::StrCat("--", flag, " takes a day (2026-11-22", flag == "from" ? "" : ": its end",
                   ") or an instant (2026-11-22T09:15:02+09:00)."),
      absl::StrCat("--", flag, " には日付(2026-11-22", flag == "from" ? "" : "。その日の終わり",
                   ")または日時(2026-11-22T09:15:02+09:00)を指定してください。"));
}

}  // namespace daicho::cli
