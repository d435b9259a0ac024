#include "common/sheet/table.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/csv.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"

namespace daicho::sheet {
namespace {

// The code point of `character`, which is one of UTF-8.
std::uint32_t CodePoint(absl::string_view character) {
  const auto lead = static_cast<std::uint8_t>(character.front());
  std::uint32_t code_point = character.size() == 1 ? lead : lead & (0x7FU >> character.size());
  for (const char next : character.substr(1)) code_point = code_point << 6 | (next & 0x3FU);
  return code_point;
}

bool IsUnsafe(std::uint32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  return (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

// Calls `visit` with each character of `text` and its code point; -1 for a byte that is none.
template <typename Visit>
void ForEachCharacter(absl::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    const absl::string_view character = text.substr(0, length == 0 ? 1 : length);
    visit(character, length == 0 ? -1 : static_cast<std::int64_t>(CodePoint(character)));
    text.remove_prefix(character.size());
  }
}

std::vector<std::vector<std::string>> RecordsOf(const Table& table) {
  std::vector<std::vector<std::string>> records(1);
  for (const Column& column : table.columns) records[0].push_back(SafeText(column.heading));
  for (const auto& row : table.rows) {
    records.emplace_back();
    for (const std::string& cell : row) records.back().push_back(SafeText(cell));
  }
  return records;
}

}  // namespace

std::string SafeText(absl::string_view text) {
  std::string out;
  ForEachCharacter(text, [&out](absl::string_view character, std::int64_t code_point) {
    if (code_point < 0) {
      absl::StrAppend(&out, absl::StrFormat("\\x%02X", static_cast<std::uint8_t>(character[0])));
    } else if (!IsUnsafe(static_cast<std::uint32_t>(code_point))) {
      absl::StrAppend(&out, character);
    } else {
      absl::StrAppend(&out, code_point < 0x100     ? absl::StrFormat("\\x%02X", code_point)
                            : code_point < 0x10000 ? absl::StrFormat("\\u%04X", code_point)
                                                   : absl::StrFormat("\\U%08X", code_point));
    }
  });
  return out;
}

std::string WriteCsvUtf8(const Table& table) {
  return WriteCsv(RecordsOf(table), {.byte_order_mark = true});
}

absl::StatusOr<Cp932Csv> WriteCsvCp932(const Table& table) {
  ASSIGN_OR_RETURN(Cp932Encoder encoder, Cp932Encoder::Make());
  std::vector<std::vector<std::string>> records = RecordsOf(table);
  Cp932Csv csv;
  for (std::size_t row = 0; row < records.size(); ++row) {
    for (std::size_t column = 0; column < records[row].size(); ++column) {
      std::vector<Loss> losses;
      records[row][column] = encoder.Fit(records[row][column], losses);
      for (Loss& loss : losses) {
        csv.losses.push_back({{static_cast<int>(column) + 1, static_cast<int>(row) + 1},
                              column < table.columns.size() ? table.columns[column].heading : "",
                              std::move(loss)});
      }
    }
  }
  csv.bytes = encoder.Encode(WriteCsv(records));
  return csv;
}

std::string WriteJson(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
      object[table.columns[i].key] = row[i];
    }
    rows.push_back(std::move(object));
  }
  nlohmann::ordered_json top;
  top[table.name] = std::move(rows);
  const std::string text =
      top.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  // These stand in texts alone, never in the syntax of JSON, but for the line feeds between.
  std::string out;
  ForEachCharacter(text, [&out](absl::string_view character, std::int64_t code_point) {
    const bool markup = code_point == '<' || code_point == '>' || code_point == '&';
    const auto c = static_cast<std::uint32_t>(code_point);
    if (!markup && !IsUnsafe(c)) {
      absl::StrAppend(&out, character);
    } else if (c < 0x10000) {
      absl::StrAppend(&out, absl::StrFormat("\\u%04x", c));
    } else {
      absl::StrAppend(&out,
                      absl::StrFormat("\\u%04x\\u%04x", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF)));
    }
  });
  return absl::StrCat(out, "\n");
}

}  // namespace daicho::sheet
