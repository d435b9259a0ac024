#include "common/base/csv.h"

#include <cstdint>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"

namespace daicho {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether `cell` begins, after any number of quote marks, with what a spreadsheet runs.
bool LooksLikeFormula(absl::string_view cell) {
  while (absl::ConsumePrefix(&cell, "'")) continue;
  for (const absl::string_view start :
       {"=", "+", "-", "@", "\t", "\n", "\r", "＝", "＋", "－", "＠"}) {
    if (absl::StartsWith(cell, start)) return true;
  }
  return false;
}

bool IsForbiddenControl(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r');
}

class Reader {
 public:
  Reader(absl::string_view bytes, const CsvLimits& limits) : rest_(bytes), limits_(limits) {}

  absl::StatusOr<std::vector<CsvRecord>> Read() {
    if (rest_.size() > limits_.bytes) {
      return Problem("TOO_LARGE", {"the file is too large; split it.",
                                   "ファイルが大きすぎます。分割してください。"});
    }
    if (absl::StartsWith(rest_, kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    std::vector<CsvRecord> records;
    while (!rest_.empty()) {
      if (AtLineEnd()) {
        RETURN_IF_ERROR(TakeLineEnd());
        continue;
      }
      if (records.size() == limits_.records) {
        return Problem("TOO_MANY_RECORDS", {"there are too many rows; split the file.",
                                            "行が多すぎます。ファイルを分割してください。"});
      }
      ASSIGN_OR_RETURN(CsvRecord record, ReadRecord());
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  absl::StatusOr<CsvRecord> ReadRecord() {
    CsvRecord record{.line = line_};
    while (true) {
      if (record.cells.size() == limits_.cells) {
        return Problem("TOO_MANY_CELLS", {"the row has too many cells.", "列が多すぎます。"});
      }
      if (++all_cells_ > limits_.all_cells) {
        return Problem("TOO_MANY_CELLS", {"the file has too many cells; split it.",
                                          "セルが多すぎます。ファイルを分割してください。"});
      }
      ASSIGN_OR_RETURN(std::string cell, Next() == '"' ? ReadQuoted() : ReadPlain());
      if (!cell.empty() && cell.front() == '\'' && LooksLikeFormula(cell)) cell.erase(0, 1);
      record.cells.push_back(std::move(cell));
      if (Next() != ',') break;
      Advance(1);
    }
    if (!rest_.empty()) RETURN_IF_ERROR(TakeLineEnd());
    return record;
  }

  absl::StatusOr<std::string> ReadPlain() {
    Cell cell;
    while (!rest_.empty() && Next() != ',' && !AtLineEnd()) {
      if (Next() == '"') {
        return Problem("STRAY_QUOTE",
                       {"a quotation mark stands inside a cell that is not quoted; quote the whole "
                        "cell and double the mark.",
                        "引用符で囲まれていないセルの中に引用符があります。セル全体を引用符で囲み、"
                        "中の引用符は二つ重ねてください。"});
      }
      RETURN_IF_ERROR(TakeCharacter(cell));
    }
    return std::move(cell.text);
  }

  absl::StatusOr<std::string> ReadQuoted() {
    const std::pair<int, int> opening{line_, column_};
    Advance(1);
    Cell cell;
    while (!rest_.empty()) {
      if (Next() != '"') {
        RETURN_IF_ERROR(TakeCharacter(cell));
        continue;
      }
      Advance(1);
      if (Next() != '"') return FinishQuoted(std::move(cell.text));
      RETURN_IF_ERROR(TakeCharacter(cell));
    }
    std::tie(line_, column_) = opening;
    return Problem("UNBALANCED_QUOTE", {"the quotation mark that opens here is never closed.",
                                        "ここで始まる引用符が閉じられていません。"});
  }

  absl::StatusOr<std::string> FinishQuoted(std::string text) const {
    if (rest_.empty() || Next() == ',' || AtLineEnd()) return text;
    return Problem("STRAY_QUOTE",
                   {"text follows a closing quotation mark; double the marks inside "
                    "a quoted cell.",
                    "閉じる引用符のあとに文字があります。セルの中の引用符は二つ重ねて"
                    "ください。"});
  }

  struct Cell {
    std::string text;
    std::size_t characters = 0;
  };

  // Moves one character into `cell`.
  absl::Status TakeCharacter(Cell& cell) {
    const std::size_t length = CharacterLength(rest_);
    if (length == 0) {
      return Problem("INVALID_UTF8",
                     {"this is not UTF-8; save the file as \"CSV UTF-8\".",
                      "UTF-8ではありません。「CSV UTF-8」形式で保存し直してください。"});
    }
    if (IsForbiddenControl(Next())) {
      return Problem("CONTROL_CHARACTER", {"a control character; remove it.",
                                           "制御文字があります。取り除いてください。"});
    }
    if (++cell.characters > limits_.characters) {
      return Problem("CELL_TOO_LONG",
                     {absl::StrCat("the cell is longer than ", limits_.characters, " characters."),
                      absl::StrCat("セルが", limits_.characters, "文字を超えています。")});
    }
    cell.text.append(rest_.data(), length);
    const bool line_feed = Next() == '\n';
    Advance(length);
    if (line_feed) NewLine();
    return absl::OkStatus();
  }

  absl::Status TakeLineEnd() {
    if (Next() == '\r') {
      if (rest_.size() < 2 || rest_[1] != '\n') {
        return Problem("STRAY_CARRIAGE_RETURN",
                       {"a carriage return without a line feed.",
                        "改行コードがCRだけです。LFかCRLFにしてください。"});
      }
      Advance(1);
    }
    Advance(1);
    NewLine();
    return absl::OkStatus();
  }

  // NUL at the end, where no caller takes it for text.
  char Next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool AtLineEnd() const { return Next() == '\n' || Next() == '\r'; }

  void Advance(std::size_t bytes) {
    rest_.remove_prefix(bytes);
    ++column_;
  }
  void NewLine() {
    ++line_;
    column_ = 1;
  }

  absl::Status Problem(absl::string_view problem, Message message) const {
    const std::string line = absl::StrCat(line_), column = absl::StrCat(column_);
    return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
                  {absl::StrCat("Line ", line, ", character ", column, ": ", message.en),
                   absl::StrCat(line, "行目", column, "文字目: ", message.ja)},
                  {{"problem", problem}, {"line", line}, {"column", column}});
  }

  absl::string_view rest_;
  const CsvLimits limits_;
  int line_ = 1;
  int column_ = 1;
  std::size_t all_cells_ = 0;
};

std::string WriteCell(absl::string_view cell) {
  const std::string text = absl::StrCat(LooksLikeFormula(cell) ? "'" : "", cell);
  // Bare, a byte order mark at the front of the first cell would pass for the file's own.
  const bool bare = !absl::StartsWith(text, kByteOrderMark);
  if (bare && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

absl::StatusOr<std::vector<CsvRecord>> ReadCsv(absl::string_view bytes, const CsvLimits& limits) {
  return Reader(bytes, limits).Read();
}

std::string WriteCsv(const std::vector<std::vector<std::string>>& records,
                     const CsvFormat& format) {
  std::string out(format.byte_order_mark ? kByteOrderMark : "");
  for (const std::vector<std::string>& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      absl::StrAppend(&out, i == 0 ? "" : ",", WriteCell(record[i]));
    }
    // A lone empty cell would be a line without any character, which readers leave out.
    if (record.size() == 1 && record.front().empty()) absl::StrAppend(&out, "\"\"");
    absl::StrAppend(&out, "\r\n");
  }
  return out;
}

}  // namespace daicho
