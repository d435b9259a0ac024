// Inactivity reports and the audit commissioners' table as tables, pages and letters. Values in,
// values out: the same report gives the same bytes.
#pragma once

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/paper/document.h"
#include "common/sheet/table.h"
#include "daicho/policy/v1/inactivity_service.pb.h"
#include "services/cli/export_table.h"

namespace daicho::cli {

// A report as a whole.
struct WholeReport {
  policy::v1::InactivityReport report;
  std::vector<policy::v1::InactivityRow> rows;
  std::vector<policy::v1::InactivityReport> history;  // It and those before it, newest first.
  std::vector<policy::v1::InactivityMove> moves;      // Since the report it is compared with.
  std::string compared_with;                          // Its name. Empty: with none.
};

// `report` and up to eleven for days before it, of `reports`, which are newest first. One that was
// made later is left out: the report looks the same for ever.
std::vector<policy::v1::InactivityReport> HistoryOf(
    const policy::v1::InactivityReport& report,
    const std::vector<policy::v1::InactivityReport>& reports);

// Whether the department is advised to close or merge what stands there.
bool IsCandidate(policy::v1::InactivityBucket bucket);

// Every account, a row each.
sheet::Table RowTable(const WholeReport& whole, Reader reader);
sheet::Table MoveTable(const WholeReport& whole, Reader reader);
// A row for each platform, and one for all.
sheet::Table PostingSheet(const policy::v1::PostingTable& table);

// Counts, changes and candidates, for a terminal of that width.
std::string ReportText(const WholeReport& whole, int width);

// Counts with charts, changes, and every account that is not simply active.
paper::Document ReportDocument(const WholeReport& whole);
paper::Document PostingDocument(const policy::v1::PostingTable& table,
                                const policy::v1::InactivityReport& report);

// 照会文 to one department about its accounts that stand on the ladder or need a look; it has some.
paper::Document Letter(const policy::v1::InactivityReport& report,
                       const policy::v1::DepartmentCount& department,
                       const std::vector<policy::v1::InactivityRow>& rows);
// Whether a letter speaks of what stands there.
bool IsForLetter(policy::v1::InactivityBucket bucket);

}  // namespace daicho::cli
