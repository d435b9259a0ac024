// Numbers of a workbook as text: what their format says they are.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho::sheet {

struct NumberFormat {
  enum class Kind { kNumber, kDate, kTime, kDateTime };
  Kind kind = Kind::kNumber;
  int digits = 0;  // Of kNumber: "000000" fills up with zeros to this many.

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

// What a format code ("yyyy\-mm\-dd", "[$-411]ggge年m月d日", "0000") makes of a number.
NumberFormat ParseNumberFormat(absl::string_view code);

// A format that a workbook names by number without its code (ECMA-376 18.8.30, with the Japanese
// ones); plain for any other.
NumberFormat BuiltInFormat(int id);

// `value` as people see it: 15 digits, no ".0"; days as 2026-11-22, times as 08:30:00, both as
// 2026-11-22T08:30:00. `from_1904` says how the workbook counts days. Nullopt for what is no number
// and for a day that does not exist.
std::optional<std::string> NumberText(absl::string_view value, const NumberFormat& format,
                                      bool from_1904);

}  // namespace daicho::sheet
