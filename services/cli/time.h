// Days and times as people read them.
#pragma once

#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace daicho::cli {

// "2026-12-01"; "" when unset.
std::string DayText(const google::type::Date& date);

// "2026-11-22 09:15:02" in Asia/Tokyo; "" when unset.
std::string TimeText(const google::protobuf::Timestamp& time);

}  // namespace daicho::cli
