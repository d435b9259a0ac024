#include <libpq-fe.h>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/pg/pg.h"

namespace daicho::pg {
namespace {

std::string Hex(absl::string_view bytes) {
  return absl::StrCat("\\x", absl::BytesToHexString(bytes));
}

void AppendElement(absl::string_view element, std::string* array) {
  if (array->size() > 1) array->push_back(',');
  array->push_back('"');
  for (const char c : element) {
    if (c == '"' || c == '\\') array->push_back('\\');
    array->push_back(c);
  }
  array->push_back('"');
}

}  // namespace

Param::Param(pg::Bytes bytes) : text_(Hex(bytes.value)) {}

Param::Param(absl::Time time) {
  if (time == absl::InfiniteFuture()) {
    text_ = "infinity";
  } else if (time == absl::InfinitePast()) {
    text_ = "-infinity";
  } else {
    text_ = absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
  }
}

Param::Param(absl::CivilDay day) : text_(absl::FormatCivilTime(day)) {}

Param::Param(const std::vector<std::string>& array) : text_("{") {
  for (const std::string& element : array) AppendElement(element, &*text_);
  text_->push_back('}');
}

Param::Param(const std::vector<pg::Bytes>& array) : text_("{") {
  for (const pg::Bytes& element : array) AppendElement(Hex(element.value), &*text_);
  text_->push_back('}');
}

bool Row::IsNull(int column) const { return PQgetisnull(result_.get(), row_, column) == 1; }

std::string Row::Text(int column) const {
  return std::string(PQgetvalue(result_.get(), row_, column),
                     PQgetlength(result_.get(), row_, column));
}

std::int64_t Row::Int64(int column) const {
  std::int64_t value = 0;
  (void)absl::SimpleAtoi(PQgetvalue(result_.get(), row_, column), &value);
  return value;
}

bool Row::Bool(int column) const { return PQgetvalue(result_.get(), row_, column)[0] == 't'; }

std::string Row::Bytes(int column) const {
  const absl::string_view text = PQgetvalue(result_.get(), row_, column);
  return text.size() < 2 ? "" : absl::HexStringToBytes(text.substr(2));
}

std::optional<absl::Time> Row::Time(int column) const {
  const absl::string_view text = PQgetvalue(result_.get(), row_, column);
  absl::Time time;
  std::string error;
  // absl would read "infinity" too.
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text[0])) ||
      !absl::ParseTime("%Y-%m-%d %H:%M:%E*S%Ez", text, &time, &error)) {
    return std::nullopt;
  }
  return time;
}

std::optional<absl::CivilDay> Row::Day(int column) const {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(PQgetvalue(result_.get(), row_, column), &day)) return std::nullopt;
  return day;
}

std::optional<std::string> Row::OptionalText(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

int Result::size() const { return PQntuples(result_.get()); }

std::int64_t Result::rows_affected() const {
  std::int64_t count = 0;
  (void)absl::SimpleAtoi(PQcmdTuples(result_.get()), &count);
  return count;
}

}  // namespace daicho::pg
