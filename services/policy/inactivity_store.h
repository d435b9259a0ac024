// Inactivity reports in PostgreSQL. All is written in the transaction that makes the report.
#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/policy/domain/inactivity_report.h"

namespace daicho::policy::store {

// Takes the day for a report; false when there is one. Waits for whoever is making one.
absl::StatusOr<bool> TakeDay(pg::Transaction& tx, absl::CivilDay as_of);
// Whether there is a report for a later day.
absl::StatusOr<bool> HasLater(pg::Transaction& tx, absl::CivilDay as_of);

// Rows on their way into a report. The database takes some while others are added.
class RowWriter {
 public:
  RowWriter(pg::Transaction& tx, absl::CivilDay as_of);
  void Add(const domain::ReportRow& row);
  // How many were added and not handed over.
  int pending() const { return pending_; }
  // Hands over what was added. `tx` is not to be used until Await() returns.
  void HandOver();
  // Waits until what was handed over is stored.
  absl::Status Await();

 private:
  pg::Transaction& tx_;
  const absl::CivilDay as_of_;
  pg::CopyRows rows_;
  int pending_ = 0;
  std::future<absl::Status> storing_;
};

absl::Status InsertReport(pg::Transaction& tx, const domain::Report& report,
                          const std::vector<domain::DepartmentCounts>& departments);

// Refuses with NOT_FOUND (INACTIVITY_REPORT_NOT_FOUND).
absl::StatusOr<domain::Report> GetReport(pg::Transaction& tx, absl::CivilDay as_of);
// By code.
absl::StatusOr<std::vector<domain::DepartmentCounts>> LoadCounts(pg::Transaction& tx,
                                                                 absl::CivilDay as_of);
// At most `limit` reports for days before `before`, newest first.
absl::StatusOr<std::vector<domain::Report>> ListReports(pg::Transaction& tx,
                                                        std::optional<absl::CivilDay> before,
                                                        int limit);

absl::StatusOr<std::vector<domain::ReportRow>> ListRows(pg::Transaction& tx,
                                                        const domain::RowQuery& query);

// At most `limit` accounts that stand elsewhere in the report for `as_of` than in the `earlier`
// one.
absl::StatusOr<std::vector<domain::Move>> Compare(pg::Transaction& tx, absl::CivilDay as_of,
                                                  absl::CivilDay earlier,
                                                  const domain::Position& after, int limit);

// By platform.
absl::StatusOr<std::vector<domain::PostingCounts>> CountPosting(pg::Transaction& tx,
                                                                absl::CivilDay as_of);

}  // namespace daicho::policy::store
