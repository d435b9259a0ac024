#include "services/policy/inactivity_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::policy::store {
namespace {

// One report is made at a time: each sees those before it whole, and reads the ledger later.
const pg::Statement kTakeTurnToReport{"policy_take_turn_to_report", R"sql(
  UPDATE inactivity_report_turn
     SET one = true
)sql"};

const pg::Statement kTakeDay{"policy_take_report_day", R"sql(
  INSERT INTO inactivity_report_days (report_on)
  VALUES ($1)
  ON CONFLICT (report_on) DO NOTHING
)sql"};

const pg::Statement kHasLater{"policy_has_later_report", R"sql(
  SELECT EXISTS (SELECT FROM inactivity_report_days WHERE report_on > $1)
)sql"};

// The order in which Add() writes and RowOf() reads, after the day.
#define ROW_COLUMNS                                                               \
  "department, account, platform, display_name, url, state, bucket, base_on, "    \
  "days_silent, due_on, last_post_on, opened_on, observed_on, activity_source, "  \
  "term_last_day, exempt_until, exemption_reason, open_advice_count, frequency, " \
  "password_rotated, watched"
constexpr int kRowColumns = 22;

const pg::Statement kCopyRows{"policy_copy_report_rows", R"sql(
  COPY inactivity_report_rows (report_on, )sql" ROW_COLUMNS R"sql()
  FROM STDIN (FORMAT binary)
)sql"};

const pg::Statement kInsertReport{"policy_insert_report", R"sql(
  INSERT INTO inactivity_reports (report_on, guideline_version, change_number, snapshot_time,
                                  answer_due_on, creator, account_count)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
)sql"};

const pg::Statement kInsertCount{"policy_insert_report_count", R"sql(
  INSERT INTO inactivity_report_counts (report_on, department, display_name, bucket, account_count)
  VALUES ($1, $2, $3, $4, $5)
)sql"};

const pg::Statement kGetReport{"policy_get_report", R"sql(
  SELECT report_on, guideline_version, change_number, snapshot_time, answer_due_on, creator,
         account_count
    FROM inactivity_reports
   WHERE report_on = $1
)sql"};

const pg::Statement kListReports{"policy_list_reports", R"sql(
  SELECT report_on, guideline_version, change_number, snapshot_time, answer_due_on, creator,
         account_count
    FROM inactivity_reports
   WHERE $1::date IS NULL OR report_on < $1
   ORDER BY report_on DESC
   LIMIT $2
)sql"};

const pg::Statement kLoadCounts{"policy_load_report_counts", R"sql(
  SELECT department, display_name, bucket, account_count
    FROM inactivity_report_counts
   WHERE report_on = $1
   ORDER BY department, bucket
)sql"};

const pg::Statement kListRows{"policy_list_report_rows", R"sql(
  SELECT )sql" ROW_COLUMNS R"sql(
    FROM inactivity_report_rows
   WHERE report_on = $1
     AND (department, account) > ($2, $3::uuid)
     AND ($4 = '' OR department = $4)
     AND ($5::text[] = '{}' OR bucket = ANY ($5::text[]))
   ORDER BY department, account
   LIMIT $6
)sql"};

const pg::Statement kCompare{"policy_compare_reports", R"sql(
  SELECT department, account, platform, display_name, before, after, days_silent
    FROM (SELECT COALESCE(later.department, earlier.department) AS department,
                 account,
                 COALESCE(later.platform, earlier.platform) AS platform,
                 COALESCE(later.display_name, earlier.display_name) AS display_name,
                 earlier.bucket AS before,
                 later.bucket AS after,
                 COALESCE(later.days_silent, earlier.days_silent) AS days_silent
            FROM (SELECT department, account, platform, display_name, bucket, days_silent
                    FROM inactivity_report_rows WHERE report_on = $1) AS later
            FULL JOIN (SELECT department, account, platform, display_name, bucket, days_silent
                         FROM inactivity_report_rows WHERE report_on = $2) AS earlier
           USING (account)
           WHERE earlier.bucket IS DISTINCT FROM later.bucket) AS moves
   WHERE (department, account) > ($3, $4::uuid)
   ORDER BY department, account
   LIMIT $5
)sql"};

// Accounts that readers can see.
const pg::Statement kCountPosting{"policy_count_posting", R"sql(
  SELECT platform, frequency, count(*), count(*) FILTER (WHERE NOT password_rotated),
         count(*) FILTER (WHERE NOT watched)
    FROM inactivity_report_rows
   WHERE report_on = $1
     AND state IN ('ACTIVE', 'CLOSING')
   GROUP BY platform, frequency
   ORDER BY platform, frequency
)sql"};

domain::Report ReportOf(const pg::Row& row) {
  return {.as_of = row.Day(0).value_or(absl::CivilDay()),
          .guideline_version = row.Text(1),
          .change_number = row.Int64(2),
          .snapshot_time = row.Time(3).value_or(absl::UnixEpoch()),
          .answer_due_on = row.Day(4).value_or(absl::CivilDay()),
          .creator = row.Text(5),
          .account_count = row.Int64(6)};
}

absl::Status UnknownName(absl::string_view what, absl::string_view name) {
  return absl::InternalError(absl::StrCat("a report has the ", what, " ", name));
}

absl::StatusOr<domain::ReportRow> RowOf(const pg::Row& row) {
  const auto standing = domain::StandingNamed(row.Text(6));
  const auto frequency = domain::FrequencyNamed(row.Text(18));
  if (!standing) return UnknownName("bucket", row.Text(6));
  if (!frequency) return UnknownName("frequency", row.Text(18));
  return domain::ReportRow{.account = {.id = row.Text(1),
                                       .department = row.Text(0),
                                       .platform = row.Text(2),
                                       .display_name = row.Text(3),
                                       .url = row.Text(4),
                                       .state = row.Text(5),
                                       .activity = {.last_post = row.Day(10),
                                                    .opened = row.Day(11),
                                                    .observed = row.Day(12),
                                                    .term_last_day = row.Day(14),
                                                    .exempt_until = row.Day(15)},
                                       .activity_source = row.Text(13),
                                       .open_advice_count = static_cast<int>(row.Int64(17))},
                           .exemption_reason = row.Text(16),
                           .standing = *standing,
                           .base = row.Day(7),
                           .due = row.Day(9),
                           .days_silent = static_cast<int>(row.Int64(8)),
                           .frequency = *frequency,
                           .password_rotated = row.Bool(19),
                           .watched = row.Bool(20)};
}

}  // namespace

absl::StatusOr<bool> TakeDay(pg::Transaction& tx, absl::CivilDay as_of) {
  tx.Queue(kTakeTurnToReport, {});
  ASSIGN_OR_RETURN(const pg::Result taken, tx.Execute(kTakeDay, {as_of}));
  return taken.rows_affected() == 1;
}

absl::StatusOr<bool> HasLater(pg::Transaction& tx, absl::CivilDay as_of) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kHasLater, {as_of}));
  return rows[0].Bool(0);
}

RowWriter::RowWriter(pg::Transaction& tx, absl::CivilDay as_of)
    : tx_(tx), as_of_(as_of), rows_(kRowColumns) {}

void RowWriter::Add(const domain::ReportRow& row) {
  const domain::LedgerAccount& account = row.account;
  rows_.Begin();
  rows_.Day(as_of_);
  rows_.Text(account.department);
  rows_.Uuid(account.id);
  rows_.Text(account.platform);
  rows_.Text(account.display_name);
  rows_.Text(account.url);
  rows_.Text(account.state);
  rows_.Text(NameOf(row.standing));
  rows_.Day(row.base);
  rows_.Int(row.days_silent);
  rows_.Day(row.due);
  rows_.Day(account.activity.last_post);
  rows_.Day(account.activity.opened);
  rows_.Day(account.activity.observed);
  rows_.Text(account.activity_source);
  rows_.Day(account.activity.term_last_day);
  rows_.Day(account.activity.exempt_until);
  rows_.Text(row.exemption_reason);
  rows_.Int(account.open_advice_count);
  rows_.Text(NameOf(row.frequency));
  rows_.Bool(row.password_rotated);
  rows_.Bool(row.watched);
  ++pending_;
}

void RowWriter::HandOver() {
  if (pending_ == 0) return;
  pending_ = 0;
  storing_ =
      std::async(std::launch::async,
                 [&tx = tx_, rows = std::exchange(rows_, pg::CopyRows(kRowColumns))]() mutable {
                   return tx.CopyIn(kCopyRows, std::move(rows));
                 });
}

absl::Status RowWriter::Await() { return storing_.valid() ? storing_.get() : absl::OkStatus(); }

absl::Status InsertReport(pg::Transaction& tx, const domain::Report& report,
                          const std::vector<domain::DepartmentCounts>& departments) {
  for (const domain::DepartmentCounts& department : departments) {
    for (int i = 0; i < domain::kStandingCount; ++i) {
      if (department.counts[i] == 0) continue;
      tx.Queue(kInsertCount, {report.as_of, department.code, department.display_name,
                              NameOf(static_cast<domain::Standing>(i)), department.counts[i]});
    }
  }
  return tx
      .Execute(kInsertReport,
               {report.as_of, report.guideline_version, report.change_number, report.snapshot_time,
                report.answer_due_on, report.creator, report.account_count})
      .status();
}

absl::StatusOr<domain::Report> GetReport(pg::Transaction& tx, absl::CivilDay as_of) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kGetReport, {as_of}));
  if (rows.size() == 1) return ReportOf(rows[0]);
  return Refuse(absl::StatusCode::kNotFound, "INACTIVITY_REPORT_NOT_FOUND",
                {"There is no report for that day; make it, or look in the list of reports.",
                 "その日を基準日とする報告書はありません。作成するか、一覧で確認してください。"},
                {{"as_of", FormatDay(as_of)}});
}

absl::StatusOr<std::vector<domain::DepartmentCounts>> LoadCounts(pg::Transaction& tx,
                                                                 absl::CivilDay as_of) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLoadCounts, {as_of}));
  std::vector<domain::DepartmentCounts> departments;
  for (int i = 0; i < rows.size(); ++i) {
    const auto standing = domain::StandingNamed(rows[i].Text(2));
    if (!standing) return UnknownName("bucket", rows[i].Text(2));
    if (departments.empty() || departments.back().code != rows[i].Text(0)) {
      departments.push_back({.code = rows[i].Text(0), .display_name = rows[i].Text(1)});
    }
    departments.back().counts[static_cast<int>(*standing)] = rows[i].Int64(3);
  }
  return departments;
}

absl::StatusOr<std::vector<domain::Report>> ListReports(pg::Transaction& tx,
                                                        std::optional<absl::CivilDay> before,
                                                        int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListReports, {before, limit}));
  std::vector<domain::Report> reports;
  for (int i = 0; i < rows.size(); ++i) reports.push_back(ReportOf(rows[i]));
  return reports;
}

absl::StatusOr<std::vector<domain::ReportRow>> ListRows(pg::Transaction& tx,
                                                        const domain::RowQuery& query) {
  std::vector<std::string> buckets;
  for (const domain::Standing standing : query.standings) buckets.emplace_back(NameOf(standing));
  ASSIGN_OR_RETURN(const pg::Result found,
                   tx.Execute(kListRows, {query.as_of, query.after.department, query.after.account,
                                          query.department, buckets, query.limit}));
  std::vector<domain::ReportRow> rows;
  rows.reserve(found.size());
  for (int i = 0; i < found.size(); ++i) {
    ASSIGN_OR_RETURN(rows.emplace_back(), RowOf(found[i]));
  }
  return rows;
}

absl::StatusOr<std::vector<domain::Move>> Compare(pg::Transaction& tx, absl::CivilDay as_of,
                                                  absl::CivilDay earlier,
                                                  const domain::Position& after, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kCompare, {as_of, earlier, after.department, after.account, limit}));
  std::vector<domain::Move> moves;
  for (int i = 0; i < rows.size(); ++i) {
    moves.push_back({.account = rows[i].Text(1),
                     .department = rows[i].Text(0),
                     .platform = rows[i].Text(2),
                     .display_name = rows[i].Text(3),
                     .before = domain::StandingNamed(rows[i].Text(4)),
                     .after = domain::StandingNamed(rows[i].Text(5)),
                     .days_silent = static_cast<int>(rows[i].Int64(6))});
  }
  return moves;
}

absl::StatusOr<std::vector<domain::PostingCounts>> CountPosting(pg::Transaction& tx,
                                                                absl::CivilDay as_of) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kCountPosting, {as_of}));
  std::vector<domain::PostingCounts> platforms;
  for (int i = 0; i < rows.size(); ++i) {
    const auto frequency = domain::FrequencyNamed(rows[i].Text(1));
    if (!frequency) return UnknownName("frequency", rows[i].Text(1));
    if (platforms.empty() || platforms.back().platform != rows[i].Text(0)) {
      platforms.push_back({.platform = rows[i].Text(0), .by_frequency = {}});
    }
    domain::PostingCounts& counts = platforms.back();
    counts.by_frequency[*frequency] = rows[i].Int64(2);
    counts.without_rotation += rows[i].Int64(3);
    counts.without_watch += rows[i].Int64(4);
  }
  return platforms;
}

}  // namespace daicho::policy::store
