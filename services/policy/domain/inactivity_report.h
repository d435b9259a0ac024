// What a report about silence says of each account (domain.md §5; T 5-9-3). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/domain/inactivity.h"

namespace daicho::policy::domain {

// Where an account stands in a report: the buckets of the ladder, and one for what does not run.
enum class Standing {
  kActive,
  kNotice,
  kWarning,
  kCandidate,
  kNeverPosted,
  kTermEnded,
  kNeedsCheck,
  kExempt,
  kNotRunning,  // Not open yet, or agreed to close.
};
inline constexpr int kStandingCount = 9;

// How often an account posts, by the posts of 90 days (domain.md §12.1).
enum class Frequency {
  kUnknown,  // Nobody looked of late, or nobody counted.
  kDaily,
  kWeekly,
  kMoreThanMonthly,
  kMonthlyOrLess,
  kSilentAYear,
  kNeverPosted,
};
inline constexpr int kFrequencyCount = 7;

// As stored, and behind the enum's prefix on the wire: "CANDIDATE". nullopt for other names.
absl::string_view NameOf(Standing standing);
absl::string_view NameOf(Frequency frequency);
std::optional<Standing> StandingNamed(absl::string_view name);
std::optional<Frequency> FrequencyNamed(absl::string_view name);

// Whether the department is advised to close or merge the account.
bool IsCandidate(Standing standing);

// What the ledger says of an account.
struct LedgerAccount {
  std::string id;          // UUID.
  std::string department;  // Code.
  std::string platform;
  std::string display_name;
  std::string url;
  std::string state;         // "ACTIVE".
  AccountActivity activity;  // Without exemption.
  std::string activity_source;
  std::optional<int> posts_in_90_days;
  std::optional<absl::CivilDay> password_rotated_on;
  std::optional<absl::CivilDay> watched_on;
  int open_advice_count = 0;
};

// An exemption that is in force.
struct ExemptionInForce {
  absl::CivilDay until;
  std::string reason;
};
using ExemptionsByAccount = std::map<std::string, ExemptionInForce, std::less<>>;

// For which day a report is made, and when the ledger was read.
struct ReportDay {
  absl::CivilDay as_of;
  absl::CivilDay read_on;  // In Tokyo.
};

struct ReportRow {
  LedgerAccount account;  // `activity.exempt_until` while an exemption holds.
  std::string exemption_reason;
  Standing standing = Standing::kActive;
  std::optional<absl::CivilDay> base;
  std::optional<absl::CivilDay> due;
  int days_silent = 0;
  Frequency frequency = Frequency::kUnknown;
  bool password_rotated = false;  // Within a year.
  bool watched = false;
};

// What the report for `day` says of `account`. What happened after that day counts as having
// happened. For a day after the ledger was read, nothing is taken to be posted until then, and
// somebody to look as they did.
ReportRow MakeRow(LedgerAccount account, const ExemptionsByAccount& exemptions,
                  const Ladder& ladder, const ReportDay& day);

// How many accounts stand where, indexed by Standing.
using StandingCounts = std::array<std::int64_t, kStandingCount>;

// How many accounts a report has, by department.
class ReportCounts {
 public:
  void Add(const ReportRow& row);
  const std::map<std::string, StandingCounts>& by_department() const { return by_department_; }
  std::int64_t total() const { return total_; }

 private:
  std::map<std::string, StandingCounts> by_department_;
  std::int64_t total_ = 0;
};

// A report without its rows.
struct Report {
  absl::CivilDay as_of;
  std::string guideline_version;
  std::int64_t change_number = 0;
  absl::Time snapshot_time;
  absl::CivilDay answer_due_on;  // Last day to answer advice.
  std::string creator;
  std::int64_t account_count = 0;
};

// A department of a report, and how many of its accounts stand where.
struct DepartmentCounts {
  std::string code;
  std::string display_name;
  StandingCounts counts = {};
};

// Where a list by department and id goes on: after this account.
struct Position {
  std::string department;
  std::string account = "00000000-0000-0000-0000-000000000000";
};

// Which rows of a report to list.
struct RowQuery {
  absl::CivilDay as_of;
  std::string department;           // Code. Empty: all.
  std::vector<Standing> standings;  // Empty: all.
  Position after;
  int limit = 50;
};

// What became of an account between two reports.
struct Move {
  std::string account;
  std::string department;
  std::string platform;
  std::string display_name;
  std::optional<Standing> before;  // Unset: it is new.
  std::optional<Standing> after;   // Unset: it is gone.
  int days_silent = 0;
};

// How many open accounts of a platform post how often, and lack what.
struct PostingCounts {
  std::string platform;
  std::map<Frequency, std::int64_t> by_frequency;
  std::int64_t without_rotation = 0;
  std::int64_t without_watch = 0;
};

// Advice to close or merge, for a candidate. T 5-9-3.
struct ClosingAdvice {
  std::string text;
  // The rule, where the guideline has one for the bucket, and since when the matter is so: advice
  // with the same findings is about the same silence.
  std::vector<std::string> findings;
  absl::CivilDay due_on;
};

// `today` is when the report is made, from which the department has the guideline's days.
ClosingAdvice AdviceFor(const ReportRow& row, const Guideline& guideline, absl::CivilDay as_of,
                        absl::CivilDay today);

}  // namespace daicho::policy::domain
