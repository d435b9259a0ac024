#include "services/registry/domain/import_table.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/registry/domain/text.h"

namespace daicho::registry::domain {
namespace {

// Names are compared up to this length; departments have shorter ones.
constexpr std::size_t kLongestCompared = 100;
constexpr std::size_t kMostSuggestions = 200;

std::vector<char32_t> Characters(absl::string_view text) {
  std::vector<char32_t> characters = CodePoints(text).value_or(std::vector<char32_t>());
  if (characters.size() > kLongestCompared) characters.resize(kLongestCompared);
  return characters;
}

// Characters to insert, remove or replace to get from one to the other (Levenshtein).
std::size_t Distance(const std::vector<char32_t>& from, const std::vector<char32_t>& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// Reads the header into `table.at`.
void ReadHeader(const CsvRecord& header, absl::Span<const ColumnSpec> columns, ImportTable& table) {
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const absl::string_view cell = TrimCopied(header.cells[i]);
    const auto spec = std::find_if(columns.begin(), columns.end(), [&](const ColumnSpec& column) {
      return cell == column.name || cell == column.japanese_name;
    });
    table.header.push_back(std::string(cell));
    if (spec == columns.end()) {
      table.problems.push_back(
          {.line = header.line,
           .position = static_cast<int>(i) + 1,
           .column = std::string(cell),
           .reason = "UNKNOWN_COLUMN",
           .en = "The import knows no such column; rename or remove it.",
           .ja = "この列名は取り込めません。列名を直すか、列を削ってください。"});
    } else if (!table.at.emplace(spec->name, static_cast<int>(i)).second) {
      table.problems.push_back({.line = header.line,
                                .position = static_cast<int>(i) + 1,
                                .column = std::string(cell),
                                .reason = "REPEATED_COLUMN",
                                .en = "The column is there twice; keep one.",
                                .ja = "同じ列が二つあります。一つにしてください。"});
    }
  }
  for (const ColumnSpec& column : columns) {
    if (!column.required || table.Has(column.name)) continue;
    table.problems.push_back(
        {.line = header.line,
         .column = column.name,
         .reason = "MISSING_COLUMN",
         .en = absl::StrCat("The file lacks the column \"", column.name, "\"; add it."),
         .ja = absl::StrCat("「", column.japanese_name, "」の列がありません。追加してください。")});
  }
}

void CheckRow(const CsvRecord& row, absl::Span<const ColumnSpec> columns, ImportTable& table) {
  for (const ColumnSpec& column : columns) {
    if (!column.required || !table.Has(column.name)) continue;
    if (!table.Cell(row, column.name).empty()) continue;
    table.Add(row, column.name,
              {.reason = "REQUIRED",
               .en = "The cell is empty; fill it in.",
               .ja = "空欄です。記入してください。"});
  }
}

// Of characters that Windows programs exchange, the one they save.
std::string FoldTwins(absl::string_view text) {
  return absl::StrReplaceAll(TrimCopied(text), {{"\u301C", "\uFF5E"},
                                                {"\u2212", "\uFF0D"},
                                                {"\u2016", "\u2225"},
                                                {"\u2014", "\u2015"},
                                                {"\u00A2", "\uFFE0"},
                                                {"\u00A3", "\uFFE1"},
                                                {"\u00AC", "\uFFE2"}});
}

}  // namespace

bool SameText(absl::string_view one, absl::string_view other) {
  return one == other || FoldTwins(one) == FoldTwins(other);
}

absl::string_view ImportTable::Cell(const CsvRecord& row, const std::string& column) const {
  const auto position = at.find(column);
  return position == at.end() ? absl::string_view() : TrimCopied(row.cells[position->second]);
}

void ImportTable::Add(const CsvRecord& row, const std::string& column, ImportProblem problem) {
  problem.line = row.line;
  const auto position = at.find(column);
  problem.column = position == at.end() ? column : header[position->second];
  problem.position = position == at.end() ? 0 : position->second + 1;
  problems.push_back(std::move(problem));
}

ImportTable ReadTable(std::vector<CsvRecord> records, absl::Span<const ColumnSpec> columns) {
  ImportTable table;
  if (records.size() < 2) {
    table.problems.push_back({.line = 1,
                              .reason = "EMPTY_FILE",
                              .en = "The file has no rows below its header.",
                              .ja = "見出しの下に行がありません。"});
    return table;
  }
  table.row_count = static_cast<int>(records.size()) - 1;
  ReadHeader(records.front(), columns, table);
  if (!table.problems.empty()) return table;
  for (std::size_t i = 1; i < records.size(); ++i) {
    CsvRecord& row = records[i];
    if (row.cells.size() == table.header.size()) {
      CheckRow(row, columns, table);
      table.rows.push_back(std::move(row));
      continue;
    }
    table.problems.push_back(
        {.line = row.line,
         .reason = "CELL_COUNT",
         .en = absl::StrCat("The row has ", row.cells.size(), " cells, the header ",
                            table.header.size(), "; quote cells that contain a comma."),
         .ja = absl::StrCat("見出しは", table.header.size(), "列ですが、この行は", row.cells.size(),
                            "列です。カンマを含むセルは引用符で囲んでください。")});
  }
  return table;
}

void DepartmentNames::Add(std::string code, std::string display_name) {
  code_by_name_.emplace(display_name, code);
  name_by_code_.emplace(std::move(code), std::move(display_name));
}

DepartmentNames::Found DepartmentNames::Find(absl::string_view text) const {
  const std::string key(text);
  if (name_by_code_.count(key) > 0) return {.code = key};
  const auto [first, last] = code_by_name_.equal_range(key);
  if (first == last) return {};
  if (std::next(first) != last) return {.ambiguous = true};
  return {.code = first->second};
}

std::string DepartmentNames::NameOf(const std::string& code) const {
  const auto found = name_by_code_.find(code);
  return found == name_by_code_.end() ? "" : found->second;
}

std::string DepartmentNames::Nearest(absl::string_view text) const {
  const std::string asked(text);
  if (const auto known = nearest_.find(asked); known != nearest_.end()) return known->second;
  if (nearest_.size() == kMostSuggestions) return "";
  return nearest_[asked] = FindNearest(text);
}

std::string DepartmentNames::FindNearest(absl::string_view text) const {
  const std::vector<char32_t> asked = Characters(text);
  const std::string* nearest = nullptr;
  std::size_t shortest = asked.size() / 3 + 1;  // More than a third changed is another name.
  for (const auto& [name, code] : code_by_name_) {
    const std::vector<char32_t> known = Characters(name);
    const std::size_t longer = std::max(known.size(), asked.size());
    if (longer - std::min(known.size(), asked.size()) >= shortest) continue;
    const std::size_t distance = Distance(asked, known);
    if (distance >= shortest) continue;
    shortest = distance;
    nearest = &name;
  }
  if (nearest != nullptr) return *nearest;
  // 教育政策課 for 教育委員会事務局教育政策課, if only one contains the other.
  for (const auto& [name, code] : code_by_name_) {
    if (asked.size() < 3 || !absl::StrContains(name, text)) continue;
    if (nearest != nullptr) return "";
    nearest = &name;
  }
  return nearest == nullptr ? "" : *nearest;
}

ImportProblem UnknownDepartment(const DepartmentNames& names, absl::string_view text) {
  if (names.Find(text).ambiguous) {
    return {.reason = "DEPARTMENT_AMBIGUOUS",
            .en = "More than one department has this name; write its code.",
            .ja = "同じ名称の所属が複数あります。コードで記入してください。"};
  }
  return {.reason = "DEPARTMENT_NOT_FOUND",
          .en =
              "The directory has no department of exactly this name or code; write either as the "
              "directory has it.",
          .ja =
              "この名称またはコードと完全に一致する所属がありません。登録どおりに記入して"
              "ください。",
          .suggestion = names.Nearest(text)};
}

}  // namespace daicho::registry::domain
