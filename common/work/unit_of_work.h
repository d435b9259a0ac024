// One call, one transaction: what it reads, what it changes, what it announces.
//
// Nothing acknowledged is lost: events commit with the change (outbox). Nothing happens twice: the
// first answer to a request_id commits with the change too (request log), and a repeat gets it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/pg/migrate.h"
#include "common/pg/pg.h"

namespace daicho::work {

// Tables of the request log, the outbox and its leases: the first migration of every service.
const pg::Migration& WorkMigration();

// One row of the outbox.
struct Outgoing {
  std::string event_id;     // UUIDv7; the receiver's key against repeats.
  std::string destination;  // "audit", "registry".
  std::string subject;      // Deliveries about one subject keep their order: "forms/…".
  std::string payload;      // What the destination receives.
};

// Turns an announced event into the audit log's outbox row.
using Encoder = std::function<Outgoing(const Event&)>;

class UnitOfWork {
 public:
  UnitOfWork(pg::Transaction tx, Encoder encoder)
      : tx_(std::move(tx)), encoder_(std::move(encoder)) {}

  pg::Transaction& tx() { return tx_; }

  // Announces `event` to the audit log if, and only if, this unit commits. Refuses with
  // INVALID_ARGUMENT (EVENT_TOO_LARGE) what the log could not take.
  absl::Status Announce(const Event& event);
  // Sends anything else under the same promise.
  absl::Status Send(const Outgoing& outgoing);

  // Keeps the answer to a request for its repeats. A request_id already kept makes Commit() fail
  // with ALREADY_EXISTS: see EarlierAnswer.
  void KeepAnswer(absl::string_view actor, absl::string_view request_id,
                  absl::string_view request_hash, absl::string_view answer);

  absl::Status Commit() { return tx_.Commit(); }

 private:
  pg::Transaction tx_;
  Encoder encoder_;
};

// What `actor` was answered when it first sent `request_id`; nullopt when it never did. Refuses
// with INVALID_ARGUMENT (REQUEST_ID_REUSED) when the request then had another hash.
absl::StatusOr<std::optional<std::string>> EarlierAnswer(pg::Transaction& tx,
                                                         absl::string_view actor,
                                                         absl::string_view request_id,
                                                         absl::string_view request_hash);

// Runs `body` in a transaction and commits, and again from the start when PostgreSQL asks for it
// (serialization failure, deadlock). `body` must have no effect but on its unit.
absl::Status Run(pg::Pool& pool, absl::Time deadline, const Encoder& encoder,
                 const std::function<absl::Status(UnitOfWork&)>& body);

}  // namespace daicho::work
