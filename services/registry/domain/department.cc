#include "services/registry/domain/department.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"

namespace daicho::registry::domain {
namespace {

constexpr ColumnSpec kColumns[] = {{"code", "コード", true},
                                   {"name", "所属名", true},
                                   {"kana", "かな", false},
                                   {"kind", "種別", true},
                                   {"parent", "上位", false},
                                   {"via", "経由", false},
                                   {"page_url", "ページ", false},
                                   {"contact_desk", "窓口", false},
                                   {"local_government_code", "団体コード", false}};

absl::string_view JapaneseName(DepartmentKind kind) {
  switch (kind) {
    case DepartmentKind::kPrefecturalOffice:
      return "知事部局";
    case DepartmentKind::kEducationBoard:
      return "教育委員会事務局";
    case DepartmentKind::kCommissionedBody:
      return "受託団体";
    case DepartmentKind::kAffiliatedBody:
      return "関係団体";
    case DepartmentKind::kOutOfScope:
      return "対象外";
  }
  return "";
}

bool AllDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// The check digit of the first five digits of `code`.
char CheckDigit(absl::string_view code) {
  int sum = 0;
  for (int i = 0; i < 5; ++i) sum += (6 - i) * (code[i] - '0');
  return static_cast<char>('0' + (11 - sum % 11) % 10);
}

// A department as its row has it, before names are looked up.
struct Row {
  const CsvRecord* record;
  Department department;
};

class DepartmentPlanner {
 public:
  DepartmentPlanner(std::vector<CsvRecord> records, const DepartmentsByCode& known,
                    const DepartmentsByCode& imported, absl::Time now)
      : table_(ReadTable(std::move(records), kColumns)),
        known_(known),
        imported_(imported),
        now_(now) {}

  DepartmentImport Plan() {
    for (const CsvRecord& record : table_.rows) ReadRow(record);
    for (const auto& [code, department] : all_) {
      // One that has ended is still found by its code.
      const bool by_name = lines_.count(code) > 0 || ExistsOn(department, TokyoDay(now_));
      names_.Add(code, by_name ? department.display_name : "");
    }
    for (Row& row : rows_) ResolveNames(row);
    for (const auto& [code, department] : all_) gone_via_.insert(department.via);
    for (const Row& row : rows_) CheckRoute(row);
    return Finish();
  }

 private:
  void ReadRow(const CsvRecord& record) {
    const std::string code(table_.Cell(record, "code"));
    if (!IsDepartmentCode(code)) {
      if (code.empty()) return;  // Noted as REQUIRED.
      table_.Add(record, "code",
                 {.reason = "INVALID_CODE",
                  .en = "A code has letters, digits and \"-\", at most 32.",
                  .ja = "コードは英数字と「-」で32文字以内です。"});
      return;
    }
    const auto existing = known_.find(code);
    Department department = existing == known_.end() ? Department{.code = code} : existing->second;
    ReadTexts(record, department);
    ReadKind(record, department);
    CheckLocalGovernmentCode(record, department.local_government_code);
    CheckUrl(record, department.page_url);
    if (!lines_.emplace(code, record.line).second) {
      table_.Add(
          record, "code",
          {.reason = "REPEATED_CODE",
           .en = absl::StrCat("Line ", lines_[code], " has the same code; keep one."),
           .ja = absl::StrCat(lines_[code], "行目とコードが同じです。一つにしてください。")});
      return;
    }
    all_[code] = department;
    rows_.push_back({&record, std::move(department)});
  }

  void ReadTexts(const CsvRecord& record, Department& department) {
    const std::pair<const char*, std::string*> texts[] = {
        {"name", &department.display_name},
        {"kana", &department.kana},
        {"parent", &department.parent},
        {"via", &department.via},
        {"page_url", &department.page_url},
        {"contact_desk", &department.contact_desk},
        {"local_government_code", &department.local_government_code}};
    for (const auto& [column, text] : texts) {
      const absl::string_view cell = table_.Cell(record, column);
      if (table_.Has(column) && !SameText(*text, cell)) *text = std::string(cell);
    }
  }

  void ReadKind(const CsvRecord& record, Department& department) {
    const absl::string_view text = table_.Cell(record, "kind");
    if (const auto kind = ParseDepartmentKind(text)) {
      department.kind = *kind;
    } else if (!text.empty()) {
      table_.Add(record, "kind",
                 {.reason = "UNKNOWN_KIND",
                  .en = "A kind is one of PREFECTURAL_OFFICE, EDUCATION_BOARD, COMMISSIONED_BODY, "
                        "AFFILIATED_BODY, OUT_OF_SCOPE.",
                  .ja = "種別は、知事部局、教育委員会事務局、受託団体、関係団体、対象外の"
                        "いずれかです。"});
    }
  }

  void CheckLocalGovernmentCode(const CsvRecord& record, const std::string& code) {
    if (code.empty() || IsLocalGovernmentCode(code)) return;
    // Spreadsheets take codes for numbers and drop leading zeros.
    const std::string restored = absl::StrCat("0", code);
    table_.Add(
        record, "local_government_code",
        {.reason = "INVALID_LOCAL_GOVERNMENT_CODE",
         .en = "Six digits, the last of which checks the others; it does not here.",
         .ja = "全国地方公共団体コードは検査数字を含む6桁です。桁数または検査数字が合いません。",
         .suggestion = IsLocalGovernmentCode(restored) ? restored : ""});
  }

  void CheckUrl(const CsvRecord& record, const std::string& url) {
    if (url.empty() || absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://")) {
      return;
    }
    table_.Add(record, "page_url",
               {.reason = "INVALID_URL",
                .en = "The address of a page begins with https:// or http://.",
                .ja = "ページのURLは https:// か http:// で始めてください。"});
  }

  void ResolveNames(Row& row) {
    Department& department = row.department;
    Resolve(*row.record, "parent", department.parent);
    Resolve(*row.record, "via", department.via);
    all_[department.code] = department;
  }

  // Turns the code or name in `text` into a code.
  void Resolve(const CsvRecord& record, const std::string& column, std::string& text) {
    if (text.empty()) return;
    std::string code = names_.Find(text).code;
    if (code.empty()) table_.Add(record, column, UnknownDepartment(names_, text));
    text = std::move(code);
  }

  void CheckRoute(const Row& row) {
    const Department& department = row.department;
    if (Loops(department.code, &Department::parent)) {
      table_.Add(*row.record, "parent",
                 {.reason = "PARENT_LOOP",
                  .en = "Going up from this department leads back to it.",
                  .ja = "上位の所属をたどると、この所属に戻ってしまいます。"});
    }
    if (Loops(department.code, &Department::via)) {
      table_.Add(*row.record, "via",
                 {.reason = "VIA_LOOP",
                  .en = "Forms of this department would come back to it.",
                  .ja = "経由をたどると、この所属に戻ってしまいます。"});
    }
    const bool commissioned = department.kind == DepartmentKind::kCommissionedBody;
    const bool section =
        department.kind == DepartmentKind::kEducationBoard && gone_via_.count(department.code) == 0;
    if (!department.via.empty() || !(commissioned || section)) return;
    if (table_.Has("via") && !table_.Cell(*row.record, "via").empty()) return;  // Noted already.
    // T 5-3, T 5-7.
    table_.Add(
        *row.record, "via",
        {.reason = "VIA_MISSING",
         .en = commissioned ? "Forms of a commissioned body go via the department that commissions "
                              "it; name it."
                            : "Forms of the education board go via one of its sections; name it.",
         .ja = commissioned ? "受託団体の協議は担当課を経由します。経由する所属を記入してください。"
                            : "教育委員会事務局の協議は教育政策課等を経由します。経由する所属を"
                              "記入してください。"});
  }

  // Whether `row` says no more than an import said before a reorganisation changed the department.
  bool RepeatsAnImport(const Department& row) const {
    const auto imported = imported_.find(row.code);
    if (imported == imported_.end()) return false;
    const Department& before = imported->second;
    const auto same = [&](const char* column, const auto& now, const auto& then) {
      return !table_.Has(column) || now == then;
    };
    return same("name", row.display_name, before.display_name) &&
           same("kana", row.kana, before.kana) && same("kind", row.kind, before.kind) &&
           same("parent", row.parent, before.parent) && same("via", row.via, before.via) &&
           same("page_url", row.page_url, before.page_url) &&
           same("contact_desk", row.contact_desk, before.contact_desk) &&
           same("local_government_code", row.local_government_code, before.local_government_code);
  }

  // Whether following `link` from `code` comes back to it.
  bool Loops(const std::string& code, std::string Department::*link) const {
    std::set<std::string> seen;
    std::string at = code;
    while (seen.insert(at).second) {
      const auto department = all_.find(at);
      if (department == all_.end() || (department->second.*link).empty()) return false;
      at = department->second.*link;
    }
    return at == code;
  }

  DepartmentImport Finish() {
    DepartmentImport plan{.row_count = table_.row_count, .problems = std::move(table_.problems)};
    for (Row& row : rows_) {
      const auto existing = known_.find(row.department.code);
      if (existing != known_.end() &&
          (row.department == existing->second || RepeatsAnImport(row.department))) {
        ++plan.unchanged_count;
        continue;
      }
      ++row.department.revision;
      row.department.update_time = now_;
      (existing == known_.end() ? plan.created : plan.updated).push_back(std::move(row.department));
    }
    std::stable_sort(plan.problems.begin(), plan.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return plan;
  }

  ImportTable table_;
  const DepartmentsByCode& known_;
  const DepartmentsByCode& imported_;
  const absl::Time now_;
  std::vector<Row> rows_;
  DepartmentsByCode all_ = known_;  // As they would be.
  DepartmentNames names_;
  std::map<std::string, int> lines_;  // By code.
  std::set<std::string> gone_via_;    // Codes that forms of others go via.
};

}  // namespace

absl::string_view ToText(DepartmentKind kind) {
  switch (kind) {
    case DepartmentKind::kPrefecturalOffice:
      return "PREFECTURAL_OFFICE";
    case DepartmentKind::kEducationBoard:
      return "EDUCATION_BOARD";
    case DepartmentKind::kCommissionedBody:
      return "COMMISSIONED_BODY";
    case DepartmentKind::kAffiliatedBody:
      return "AFFILIATED_BODY";
    case DepartmentKind::kOutOfScope:
      return "OUT_OF_SCOPE";
  }
  return "";
}

std::optional<DepartmentKind> ParseDepartmentKind(absl::string_view text) {
  for (const DepartmentKind kind : kAllDepartmentKinds) {
    if (text == ToText(kind) || text == JapaneseName(kind)) return kind;
  }
  return std::nullopt;
}

bool ExistsOn(const Department& department, absl::CivilDay day) {
  return (!department.valid_from || *department.valid_from <= day) &&
         (!department.valid_until || day <= *department.valid_until);
}

bool IsDepartmentCode(absl::string_view code) {
  return !code.empty() && code.size() <= 32 && std::all_of(code.begin(), code.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-';
  });
}

bool IsLocalGovernmentCode(absl::string_view code) {
  return code.size() == 6 && AllDigits(code) && CheckDigit(code) == code[5];
}

DepartmentImport PlanDepartmentImport(std::vector<CsvRecord> records,
                                      const DepartmentsByCode& known,
                                      const DepartmentsByCode& imported, absl::Time now) {
  return DepartmentPlanner(std::move(records), known, imported, now).Plan();
}

}  // namespace daicho::registry::domain
