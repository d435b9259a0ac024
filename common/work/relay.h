// Carries outbox rows to where they belong, at least once, oldest first per subject.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "common/work/unit_of_work.h"

namespace daicho::work {

// Delivers a batch, all for one destination, in order. OK means the receiver has all of it stored.
using DeliverBatch =
    std::function<absl::Status(const std::vector<Outgoing>& batch, absl::Time deadline)>;

// Delivers one row; what it does in `unit` commits together with the row's removal, so that an
// answer is recorded exactly once.
using DeliverOne =
    std::function<absl::Status(const Outgoing& row, UnitOfWork& unit, absl::Time deadline)>;

// One thread that relays for one destination. Several processes may run one each: a row lock lets
// one of them work at a time. A delivery that fails is tried again with growing pauses (0.1 s up
// to 10 s), and holds up later rows of its subject alone (DeliverOne) or of the destination
// (DeliverBatch). Rows are removed once delivered.
class Relay {
 public:
  Relay(pg::Pool* pool, std::string destination, DeliverBatch deliver);
  Relay(pg::Pool* pool, std::string destination, Encoder encoder, DeliverOne deliver);
  ~Relay();  // Finishes the delivery under way and stops.

  // Looks at once instead of at the next poll (200 ms); within 20 ms after a batch was delivered,
  // so that rows that come soon after each other go together. Thread-safe, cheap.
  void Wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daicho::work
