// Departments (所属), domain.md §2, and their import. Pure: no clock, no I/O, no protobuf.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/csv.h"
#include "services/registry/domain/import_table.h"

namespace daicho::registry::domain {

enum class DepartmentKind {
  kPrefecturalOffice,  // 知事部局.
  kEducationBoard,     // 教育委員会事務局; its forms go via 教育政策課. T 5-3.
  kCommissionedBody,   // 受託団体; its forms go via the commissioning department. T 5-7.
  kAffiliatedBody,     // 関係団体. T 5-7.
  kOutOfScope,         // Runs its accounts on its own, like 警察本部. A.
};

inline constexpr DepartmentKind kAllDepartmentKinds[] = {
    DepartmentKind::kPrefecturalOffice, DepartmentKind::kEducationBoard,
    DepartmentKind::kCommissionedBody, DepartmentKind::kAffiliatedBody,
    DepartmentKind::kOutOfScope};

// "EDUCATION_BOARD". Parsing also takes the Japanese names; nullopt for any other text.
absl::string_view ToText(DepartmentKind kind);
std::optional<DepartmentKind> ParseDepartmentKind(absl::string_view text);

struct Department {
  std::string code;           // Letters, digits and "-", at most 32.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  std::string display_name;
  std::string kana;  // May be empty, as every text below.
  DepartmentKind kind = DepartmentKind::kPrefecturalOffice;
  std::string parent;  // Code. Empty at the top.
  std::string via;     // 経由: code of the department its forms go via.
  std::string page_url;
  std::string contact_desk;  // Public; never a private name.
  std::string local_government_code;
  std::optional<absl::CivilDay> valid_from;   // Unset: since before the ledger.
  std::optional<absl::CivilDay> valid_until;  // Last day. Unset: still exists.
  // Codes of those that took over when it ended; the first takes over what is about no account.
  std::vector<std::string> successors;
  absl::Time update_time;

  friend bool operator==(const Department&, const Department&) = default;
};

using DepartmentsByCode = std::map<std::string, Department>;

// One version of a department, and who made it so.
struct DepartmentRevision {
  Department department;
  absl::CivilDay effective_on;  // First day on which it was so.
  std::string actor;            // "users/…", "services/…".
  std::string act;              // "department.imported".
  std::string reason;           // May be empty.
};

// Whether it exists on `day`.
bool ExistsOn(const Department& department, absl::CivilDay day);

// Whether `code` is a department code: letters, digits and "-", 1 to 32.
bool IsDepartmentCode(absl::string_view code);

// Whether `code` has six digits of which the last is the check digit of the others: the
// 全国地方公共団体コード, modulus 11 with weights 6 to 2.
bool IsLocalGovernmentCode(absl::string_view code);

// What an import would do.
struct DepartmentImport {
  int row_count = 0;
  std::vector<Department> created;  // With revision 1.
  std::vector<Department> updated;  // As they will be.
  int unchanged_count = 0;
  std::vector<ImportProblem> problems;  // By line. With any, nothing may be stored.
};

// Reads a file of departments against those that are `known`. A column the file lacks keeps what is
// known. A row that only repeats what an earlier import said (`imported`: departments a
// reorganisation has changed since, as they were imported) changes nothing, so that an old file
// does not undo a reorganisation. Problems, besides those of ReadTable: INVALID_CODE,
// REPEATED_CODE, UNKNOWN_KIND, INVALID_LOCAL_GOVERNMENT_CODE, INVALID_URL, DEPARTMENT_NOT_FOUND,
// DEPARTMENT_AMBIGUOUS, PARENT_LOOP, VIA_LOOP, and VIA_MISSING (T 5-3, 5-7: for a commissioned
// body, and for a section of the education board that no other goes via).
DepartmentImport PlanDepartmentImport(std::vector<CsvRecord> records,
                                      const DepartmentsByCode& known,
                                      const DepartmentsByCode& imported, absl::Time now);

}  // namespace daicho::registry::domain
