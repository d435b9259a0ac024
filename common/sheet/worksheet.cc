#include "common/sheet/worksheet.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "common/sheet/address.h"
#include "common/sheet/unreadable.h"
#include "common/sheet/xml.h"

namespace daicho::sheet {
namespace {

bool IsControl(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\n');
}

class Reader {
 public:
  Reader(const Workbook& workbook, const CsvLimits& limits)
      : workbook_(workbook), limits_(limits) {}

  absl::StatusOr<std::vector<CsvRecord>> Read() {
    RETURN_IF_ERROR(CheckXml(workbook_.worksheet));
    RETURN_IF_ERROR(
        ForEachElement(workbook_.worksheet, "sheetData", [this](absl::string_view rows) {
          return ForEachTree(rows, "row", [this](pugi::xml_node row) { return TakeRow(row); });
        }));
    RETURN_IF_ERROR(ForEachTree(workbook_.worksheet, "mergeCell", [this](pugi::xml_node merge) {
      return Spread(Attribute(merge, "ref"));
    }));
    RETURN_IF_ERROR(Straighten());
    return std::move(records_);
  }

 private:
  absl::Status TakeRow(const pugi::xml_node& row) {
    int number = row_ + 1;
    const absl::string_view given = Attribute(row, "r");
    if (!given.empty() && !absl::SimpleAtoi(given, &number)) return Damaged();
    if (number <= row_ || number > kMostRows) return Damaged();
    row_ = number;
    CsvRecord record{.line = row_};
    int column = 0;
    for (const pugi::xml_node& cell : row.children()) {
      if (LocalName(cell) != "c") continue;
      ++column;
      if (const absl::string_view place = Attribute(cell, "r"); !place.empty()) {
        const std::optional<Address> address = ParseAddress(place);
        if (!address || address->row != row_ || address->column < column) return Damaged();
        column = address->column;
      }
      RETURN_IF_ERROR(TakeCell(cell, {.column = column, .row = row_}, record));
    }
    if (record.cells.empty()) return absl::OkStatus();
    if (records_.size() == limits_.records) {
      return UnreadableCell({1, row_}, "TOO_MANY_RECORDS",
                            {"there are too many rows; split the file.",
                             "行が多すぎます。ファイルを分割してください。"});
    }
    records_.push_back(std::move(record));
    return absl::OkStatus();
  }

  absl::Status TakeCell(const pugi::xml_node& cell, const Address& at, CsvRecord& record) {
    ASSIGN_OR_RETURN(std::string text, TextOf(cell, at));
    if (text.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(CheckText(text, at));
    const auto column = static_cast<std::size_t>(at.column);
    if (column > limits_.cells) return TooManyCells(at);
    RETURN_IF_ERROR(Count(column - record.cells.size(), at));
    record.cells.resize(column);
    record.cells.back() = std::move(text);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> TextOf(const pugi::xml_node& cell, const Address& at) {
    const absl::string_view type = Attribute(cell, "t");
    if (type == "inlineStr") return StringItem(Child(cell, "is"));
    const pugi::xml_node node = Child(cell, "v");
    const absl::string_view value = node.text().get();
    if (!node && Child(cell, "f")) {
      return UnreadableCell(at, "FORMULA_WITHOUT_VALUE",
                            {"the formula was never calculated; open the file in a spreadsheet "
                             "program and save it again.",
                             "数式の計算結果がありません。表計算ソフトで開いて保存し直して"
                             "ください。"});
    }
    if (type == "str" || type == "d") return DecodedText(value);
    if (value.empty()) return std::string();
    if (type == "b") return std::string(value == "0" ? "FALSE" : "TRUE");
    if (type == "s") return SharedString(value);
    if (type == "e") {
      return UnreadableCell(at, "ERROR_VALUE",
                            {absl::StrCat("the value is the error ", Shown(value), "; mend it."),
                             absl::StrCat("エラー値 ", Shown(value), " です。直してください。")});
    }
    if (!type.empty() && type != "n") return Damaged();
    return Number(value, cell, at);
  }

  // An error value is not repeated unless it looks like one.
  static absl::string_view Shown(absl::string_view value) {
    const bool plain = value.size() <= 20 && std::all_of(value.begin(), value.end(), [](char c) {
                         return c > ' ' && c < 0x7F;
                       });
    return plain ? value : absl::string_view("#?");
  }

  absl::StatusOr<std::string> SharedString(absl::string_view value) const {
    std::size_t index = 0;
    if (!absl::SimpleAtoi(value, &index) || index >= workbook_.strings.size()) return Damaged();
    return workbook_.strings[index];
  }

  absl::StatusOr<std::string> Number(absl::string_view value, const pugi::xml_node& cell,
                                     const Address& at) const {
    std::size_t style = 0;
    const bool styled = absl::SimpleAtoi(Attribute(cell, "s"), &style);
    const NumberFormat format =
        styled && style < workbook_.formats.size() ? workbook_.formats[style] : NumberFormat();
    if (auto text = NumberText(value, format, workbook_.from_1904)) return *std::move(text);
    return UnreadableCell(at, "INVALID_NUMBER",
                          {"this is no number, or a date that does not exist; write it as text.",
                           "数値または実在する日付ではありません。文字列として記入してください。"});
  }

  absl::Status CheckText(absl::string_view text, const Address& at) const {
    if (!IsUtf8(text)) {
      return UnreadableCell(
          at, "INVALID_UTF8",
          {"the text is broken; type it again.", "文字が壊れています。入力し直してください。"});
    }
    if (std::any_of(text.begin(), text.end(), IsControl)) {
      return UnreadableCell(
          at, "CONTROL_CHARACTER",
          {"a control character; remove it.", "制御文字があります。取り除いてください。"});
    }
    const auto characters =
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (static_cast<std::size_t>(characters) <= limits_.characters) return absl::OkStatus();
    return UnreadableCell(
        at, "CELL_TOO_LONG",
        {absl::StrCat("the cell is longer than ", limits_.characters, " characters."),
         absl::StrCat("セルが", limits_.characters, "文字を超えています。")});
  }

  static absl::Status TooManyCells(const Address& at) {
    return UnreadableCell(at, "TOO_MANY_CELLS",
                          {"the table has too many cells; split the file.",
                           "列またはセルが多すぎます。ファイルを分割してください。"});
  }

  absl::Status Count(std::size_t cells, const Address& at) {
    all_cells_ += cells;
    return all_cells_ <= limits_.all_cells ? absl::OkStatus() : TooManyCells(at);
  }

  // Gives every cell of a merged range the value of its first.
  absl::Status Spread(absl::string_view reference) {
    const std::optional<Range> range = ParseRange(reference);
    if (!range) return Damaged();
    const auto row_before = [](const CsvRecord& record, int row) { return record.line < row; };
    auto at = std::lower_bound(records_.begin(), records_.end(), range->first.row, row_before);
    const auto first = static_cast<std::size_t>(range->first.column);
    if (at == records_.end() || at->line != range->first.row || at->cells.size() < first) {
      return absl::OkStatus();
    }
    const std::string value = at->cells[first - 1];
    const std::size_t last = std::min(static_cast<std::size_t>(range->last.column), limits_.cells);
    if (value.empty()) return absl::OkStatus();
    for (; at != records_.end() && at->line <= range->last.row; ++at) {
      RETURN_IF_ERROR(Count(last - first + 1, {range->first.column, at->line}));
      if (at->cells.size() < last) at->cells.resize(last);
      std::fill(at->cells.begin() + static_cast<std::ptrdiff_t>(first) - 1,
                at->cells.begin() + static_cast<std::ptrdiff_t>(last), value);
    }
    return absl::OkStatus();
  }

  // Makes every row at least as wide as the first.
  absl::Status Straighten() {
    for (CsvRecord& record : records_) {
      const std::size_t width = records_.front().cells.size();
      if (record.cells.size() >= width) continue;
      RETURN_IF_ERROR(Count(width - record.cells.size(), {1, record.line}));
      record.cells.resize(width);
    }
    return absl::OkStatus();
  }

  const Workbook& workbook_;
  const CsvLimits& limits_;
  std::vector<CsvRecord> records_;
  int row_ = 0;
  std::size_t all_cells_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<CsvRecord>> ReadWorksheet(const Workbook& workbook,
                                                     const CsvLimits& limits) {
  return Reader(workbook, limits).Read();
}

}  // namespace daicho::sheet
