// Advice in PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/approval/domain/advice.h"

namespace daicho::approval::store {

// Refuses with NOT_FOUND (ADVICE_NOT_FOUND). `id` is a UUID.
absl::StatusOr<domain::Advice> GetAdvice(pg::Transaction& tx, absl::string_view id);

// Stores advice that was just given. Queues only.
void InsertAdvice(pg::Transaction& tx, const domain::Advice& advice);

// Writes `advice` over the revision before it, with its last act. Queues only; refuses with ABORTED
// (ETAG_MISMATCH) at the next statement when somebody else got there first.
void SaveAdvice(pg::Transaction& tx, const domain::Advice& advice);

// Which advice to list. Unset means all.
struct AdviceQuery {
  std::optional<std::string> department;  // "departments/…"
  std::optional<std::string> account;     // "accounts/…"
  bool open = false;
  std::optional<absl::CivilDay> overdue_on;  // Waits for an answer that was due before this day.
  std::optional<std::string> before;         // Id of the last of the page before.
  int limit = 50;
};

struct AdvicePage {
  std::vector<domain::Advice> advices;
  bool has_more = false;
  std::int64_t total = 0;          // How many match on all pages.
  std::int64_t overdue_total = 0;  // Reminders alone.
};

// Newest first.
absl::StatusOr<AdvicePage> ListAdvices(pg::Transaction& tx, const AdviceQuery& query);

// Advice that waits for an answer due on `until` or before, by its day.
struct ReminderQuery {
  absl::CivilDay today;
  absl::CivilDay until;
  std::optional<absl::CivilDay> after_day;  // Position of the last of the page before.
  std::optional<std::string> after_id;
  int limit = 50;
};
absl::StatusOr<AdvicePage> ListReminders(pg::Transaction& tx, const ReminderQuery& query);

// Open advice to these departments, or about these accounts. Nobody else changes it until the end
// of `tx`.
absl::StatusOr<std::vector<domain::Advice>> LoadConcernedAdvice(
    pg::Transaction& tx, const std::vector<std::string>& departments,
    const std::vector<std::string>& accounts);

// Open advice of that kind and with these findings, in this order, about `account`; nullopt when
// there is none. After NextReportNumber() nobody else gives any until the end of `tx`.
absl::StatusOr<std::optional<domain::Advice>> FindOpenAdvice(
    pg::Transaction& tx, absl::string_view account, domain::AdviceKind kind,
    const std::vector<std::string>& findings);

// The next number of a report about `account`; others wait for theirs until the end of `tx`. To be
// asked for before LoadOpenAdvice().
absl::StatusOr<std::int64_t> NextReportNumber(pg::Transaction& tx, absl::string_view account);
absl::StatusOr<domain::OpenAdvice> LoadOpenAdvice(pg::Transaction& tx, absl::string_view account);

}  // namespace daicho::approval::store
