// Days and times as people read them.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "services/cli/command.h"

namespace daicho::cli {

// "2026-12-01"; "" when unset.
std::string DayText(const google::type::Date& date);

// "2026-11-22 09:15:02" in Asia/Tokyo; "" when unset.
std::string TimeText(const google::protobuf::Timestamp& time);

// The moment that --as-of names: the end of a day, an instant, or neither. Other flags name one the
// same way.
struct AsOf {
  std::optional<absl::CivilDay> day;
  std::optional<absl::Time> time;
};

// Reads "2026-11-22", "2026-11-22T09:15:02+09:00", and "2026-11-22 09:15:02" as TimeText() has it.
// Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE).
absl::StatusOr<AsOf> AsOfFlag(const Arguments& arguments, const std::string& flag = "as-of");

// Sets read_on or read_time of a request, when --as-of is given.
template <typename Request>
absl::Status SetAsOf(const Arguments& arguments, Request* request) {
  ASSIGN_OR_RETURN(const AsOf as_of, AsOfFlag(arguments));
  if (as_of.day) *request->mutable_read_on() = wire::ToDate(*as_of.day);
  if (as_of.time) *request->mutable_read_time() = wire::ToTimestamp(*as_of.time);
  return absl::OkStatus();
}

// The moment that `--flag` names: "08:08" of today, "2026-11-22 08:08", or what AsOfFlag() reads as
// an instant. Without the flag, the minute of `now`: clocks differ, and what was done lies in the
// past. Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE).
absl::StatusOr<absl::Time> MomentFlag(const Arguments& arguments, const std::string& flag,
                                      absl::Time now);

}  // namespace daicho::cli
