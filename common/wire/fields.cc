#include "common/wire/fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"

namespace daicho::wire {
namespace {

constexpr std::size_t kMaxDepartmentCode = 32;

absl::Status RefuseName(absl::string_view field, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{std::string(field), "INVALID_NAME", std::string(en), std::string(ja)}});
}

}  // namespace

google::type::Date ToDate(absl::CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::optional<absl::CivilDay> FromDate(const google::type::Date& date) {
  if (date.year() == 0 && date.month() == 0 && date.day() == 0) return std::nullopt;
  return absl::CivilDay(date.year(), date.month(), date.day());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string EtagOf(std::int64_t revision) { return absl::StrCat("\"", revision, "\""); }

absl::StatusOr<std::int64_t> ParseEtag(absl::string_view etag) {
  std::int64_t revision = 0;
  absl::string_view digits = etag;
  // An etag this server never gave cannot be the present one.
  if (!absl::ConsumePrefix(&digits, "\"") || !absl::ConsumeSuffix(&digits, "\"") ||
      !absl::SimpleAtoi(digits, &revision) || EtagOf(revision) != etag) {
    return EtagMismatch();
  }
  return revision;
}

absl::StatusOr<std::string> ParseUuidName(absl::string_view collection, absl::string_view name,
                                          absl::string_view field) {
  absl::string_view id = name;
  if (absl::ConsumePrefix(&id, collection) && absl::ConsumePrefix(&id, "/") && IsUuid(id)) {
    return std::string(id);
  }
  return RefuseName(field, absl::StrCat("Write it as ", collection, "/UUID, in lower case."),
                    absl::StrCat(collection, "/UUID(小文字)の形で指定してください。"));
}

absl::StatusOr<std::string> ParseDepartmentName(absl::string_view name, absl::string_view field) {
  absl::string_view code = name;
  bool good = absl::ConsumePrefix(&code, "departments/") && !code.empty() &&
              code.size() <= kMaxDepartmentCode;
  for (const char c : code) good = good && (absl::ascii_isalnum(c) || c == '-');
  if (good) return std::string(code);
  return RefuseName(field, "Write it as departments/CODE: letters, digits and \"-\", at most 32.",
                    "departments/コード(英数字と「-」、32文字以内)の形で指定してください。");
}

absl::StatusOr<Target> ParseTarget(absl::string_view collection, const std::string& name,
                                   const std::string& etag) {
  Target target;
  ASSIGN_OR_RETURN(target.id, ParseUuidName(collection, name, "name"));
  ASSIGN_OR_RETURN(target.revision, ParseEtag(etag));
  return target;
}

}  // namespace daicho::wire
