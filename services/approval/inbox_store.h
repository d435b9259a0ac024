// Statements about what waits for whom.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/pg/pg.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

enum class Bucket { kMine, kDepartment, kOverdue, kReview, kConflict, kReminder };

// Whose inbox, and from where.
struct InboxQuery {
  domain::Actor reader;
  Bucket bucket = Bucket::kMine;
  absl::CivilDay today;
  absl::CivilDay after_day = absl::CivilDay(1, 1, 1);  // Of the last entry of the page before.
  std::string after_form = "00000000-0000-0000-0000-000000000000";  // Its UUID.
  int limit = 50;
  std::optional<std::string> department;  // Only forms of this one.
  std::vector<domain::State> states;      // Only in these. Empty: all.
  std::vector<domain::Action> actions;    // Only those that ask for this. Empty: all.
};

struct InboxEntry {
  std::string form;  // UUID.
  absl::CivilDay due_on;
};

struct InboxPage {
  std::vector<InboxEntry> entries;  // The earliest day first.
  bool has_more = false;
};

struct InboxCounts {
  int mine = 0;
  int department = 0;
  int overdue = 0;
  int review = 0;
  int conflict = 0;
  int reminder = 0;
};

absl::StatusOr<InboxPage> ListInbox(pg::Transaction& tx, const InboxQuery& query);
absl::StatusOr<InboxCounts> CountInbox(pg::Transaction& tx, const domain::Actor& reader,
                                       absl::CivilDay today);

// UUIDs of forms whose department had until a day before `day`, the oldest first. Nobody
// else changes them until the end of `tx`; those somebody is changing are left out.
absl::StatusOr<std::vector<std::string>> FindLapsing(pg::Transaction& tx, absl::CivilDay day,
                                                     int limit);

}  // namespace daicho::approval::store
