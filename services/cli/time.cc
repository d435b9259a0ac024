#include "services/cli/time.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"

namespace daicho::cli {
namespace {

absl::TimeZone Tokyo() { return absl::FixedTimeZone(9 * 60 * 60); }

// "2026-11-22T09:15:02+09:00", or "2026-11-22 09:15:02" in Tokyo.
std::optional<absl::Time> ParseInstant(const std::string& text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, Tokyo(), &time, &error)) {
    return time;
  }
  return std::nullopt;
}

}  // namespace

std::string DayText(const google::type::Date& date) {
  const auto day = wire::FromDate(date);
  return day.has_value() ? FormatDay(*day) : "";
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", wire::FromTimestamp(time), Tokyo());
}

absl::StatusOr<AsOf> AsOfFlag(const Arguments& arguments, const std::string& flag) {
  AsOf as_of;
  if (!arguments.Has(flag)) return as_of;
  const std::string text = arguments.Get(flag);
  as_of.day = ParseDay(text);
  if (as_of.day) return as_of;
  as_of.time = ParseInstant(text);
  if (as_of.time) return as_of;
  return WrongCommandLine(
      absl::StrCat("--", flag, " takes a day (2026-11-22", flag == "from" ? "" : ": its end",
                   ") or an instant (2026-11-22T09:15:02+09:00)."),
      absl::StrCat("--", flag, " には日付(2026-11-22", flag == "from" ? "" : "。その日の終わり",
                   ")または日時(2026-11-22T09:15:02+09:00)を指定してください。"));
}

absl::StatusOr<absl::Time> MomentFlag(const Arguments& arguments, const std::string& flag,
                                      absl::Time now) {
  if (!arguments.Has(flag)) return absl::FromUnixSeconds(absl::ToUnixSeconds(now) / 60 * 60);
  const std::string text = arguments.Get(flag);
  if (const auto instant = ParseInstant(text)) return *instant;
  absl::Time time;
  std::string error;
  const std::string today = absl::StrCat(FormatDay(TokyoDay(now)), " ", text);
  for (const std::string& dated : {text, today}) {
    if (absl::ParseTime("%Y-%m-%d %H:%M", dated, Tokyo(), &time, &error)) return time;
  }
  return WrongCommandLine(absl::StrCat("--", flag,
                                       " takes a time: 08:08 (today), \"2026-11-22 08:08\" or "
                                       "2026-11-22T08:08:00+09:00."),
                          absl::StrCat("--", flag,
                                       " には時刻(08:08 は今日)または日時(\"2026-11-22 08:08\"、"
                                       "2026-11-22T08:08:00+09:00)を指定してください。"));
}

}  // namespace daicho::cli
