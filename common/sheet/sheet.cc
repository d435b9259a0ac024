#include "common/sheet/sheet.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "common/sheet/cp932.h"
#include "common/sheet/package.h"
#include "common/sheet/unreadable.h"
#include "common/sheet/workbook.h"
#include "common/sheet/worksheet.h"

namespace daicho::sheet {
namespace {

constexpr absl::string_view kZip("PK\3\4", 4);
constexpr absl::string_view kCompoundFile("\xD0\xCF\x11\xE0", 4);
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether most of what is not ASCII is UTF-8: kana and kanji have three bytes there, and CP932
// hardly ever looks like that.
bool IsMostlyUtf8(absl::string_view bytes) {
  if (absl::StartsWith(bytes, kByteOrderMark)) return true;
  std::size_t other = 0, in_characters = 0;
  while (!bytes.empty()) {
    const std::size_t length = CharacterLength(bytes);
    if (static_cast<std::uint8_t>(bytes.front()) >= 0x80) {
      other += std::max<std::size_t>(length, 1);
      if (length >= 3) in_characters += length;
    }
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return in_characters * 2 >= other;
}

absl::Status BrokenUtf8(absl::string_view bytes) {
  int line = 1, byte = 1;
  for (absl::string_view rest = bytes; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    if (length == 0) break;
    byte = rest.front() == '\n' ? 1 : byte + static_cast<int>(length);
    line += rest.front() == '\n';
    rest.remove_prefix(length);
  }
  return Refuse(
      absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
      {absl::StrCat("Line ", line, ", byte ", byte,
                    ": this is not UTF-8 although the file is; save it as \"CSV UTF-8\" "
                    "again, or as .xlsx."),
       absl::StrCat(line, "行目", byte,
                    "バイト目: UTF-8のファイルですが、ここが壊れています。「CSV UTF-8」"
                    "または.xlsx形式で保存し直してください。")},
      {{"problem", "INVALID_UTF8"}, {"line", absl::StrCat(line)}, {"byte", absl::StrCat(byte)}});
}

absl::StatusOr<Sheet> ReadXlsx(absl::string_view bytes, const CsvLimits& limits) {
  ASSIGN_OR_RETURN(Package package, Package::Open(bytes));
  ASSIGN_OR_RETURN(const Workbook workbook, ReadWorkbook(package));
  ASSIGN_OR_RETURN(std::vector<CsvRecord> records, ReadWorksheet(workbook, limits));
  return Sheet{Kind::kXlsx, std::move(records)};
}

absl::StatusOr<Sheet> ReadText(absl::string_view text, Kind kind, const CsvLimits& limits) {
  ASSIGN_OR_RETURN(std::vector<CsvRecord> records, ReadCsv(text, limits));
  return Sheet{kind, std::move(records)};
}

}  // namespace

absl::StatusOr<Sheet> ReadSheet(absl::string_view bytes, const CsvLimits& limits) {
  if (bytes.size() > limits.bytes) {
    return Unreadable("TOO_LARGE", {"The file is too large; split it.",
                                    "ファイルが大きすぎます。分割してください。"});
  }
  if (absl::StartsWith(bytes, kZip)) return ReadXlsx(bytes, limits);
  if (absl::StartsWith(bytes, kCompoundFile)) {
    return Unreadable(
        "OLD_OR_ENCRYPTED",
        {"The workbook is an old .xls or has a password; save it as .xlsx without one.",
         "旧形式(.xls)かパスワード付きのブックです。パスワードなしの.xlsx形式で"
         "保存し直してください。"});
  }
  if (absl::StartsWith(bytes, "\xFF\xFE") || absl::StartsWith(bytes, "\xFE\xFF")) {
    return Unreadable("UTF_16", {"The file is UTF-16 text; save it as \"CSV UTF-8\", or as .xlsx.",
                                 "UTF-16のテキストです。「CSV UTF-8」または.xlsx形式で保存し直して"
                                 "ください。"});
  }
  if (IsUtf8(bytes)) return ReadText(bytes, Kind::kCsvUtf8, limits);
  if (IsMostlyUtf8(bytes)) return BrokenUtf8(bytes);
  ASSIGN_OR_RETURN(const std::string text, DecodeCp932(bytes));
  CsvLimits decoded = limits;
  decoded.bytes = text.size();  // Longer than the file was, which was measured.
  return ReadText(text, Kind::kCsvCp932, decoded);
}

}  // namespace daicho::sheet
