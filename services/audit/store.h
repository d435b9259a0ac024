// Every statement about entries. Entries and nodes are only ever inserted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/pg/pg.h"
#include "services/audit/domain/log.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::store {

// Leaves and bodies of one page, in bytes; it ends early rather than grow past this. An entry
// carries them and the same decoded, and gRPC clients take 4 MB by default.
inline constexpr std::int64_t kMaxPageBytes = kMaxEventBytes;

struct Appended {
  int count = 0;               // Events the log did not hold before.
  std::int64_t tree_size = 0;  // Afterwards.
};

// Puts the events that the log lacks at its end, in their order, each at the next position. Waits
// for other appends until they commit. Refuses as domain::Grow.
absl::StatusOr<Appended> Append(pg::Transaction& tx, std::vector<domain::NewEvent> batch,
                                absl::Time now);

absl::StatusOr<domain::Head> GetHead(pg::Transaction& tx);
// Refuse with NOT_FOUND (EVENT_NOT_FOUND).
absl::StatusOr<domain::Entry> GetEntry(pg::Transaction& tx, absl::string_view event_id);
absl::StatusOr<domain::Position> GetPosition(pg::Transaction& tx, absl::string_view event_id);

absl::StatusOr<domain::Page> ListEntries(pg::Transaction& tx, const domain::Query& query);

// Removes what is kept of it, and tells how many values that were.
absl::StatusOr<int> RedactBodies(pg::Transaction& tx, const domain::PersonData& data);

// Hashes of `ids`, in one statement. A node that is not there is left out.
absl::StatusOr<domain::Nodes> GetNodes(pg::Transaction& tx, const std::vector<domain::NodeId>& ids);

// Hashes of `ranges` in their order, from what is stored. INTERNAL when the log is shorter.
absl::StatusOr<std::vector<domain::Hash>> GetRangeHashes(pg::Transaction& tx,
                                                         const std::vector<domain::Range>& ranges);

}  // namespace daicho::audit::store
