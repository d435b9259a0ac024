#include "common/work/relay.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace daicho::work {
namespace {

constexpr int kMaxBatchRows = 256;
// Well below the 4 MiB a gRPC server takes in one message unless told otherwise.
constexpr size_t kMaxBatchBytes = 2 << 20;
constexpr absl::Duration kPoll = absl::Milliseconds(200);
// Each delivery of a batch costs a commit here and one there, so that rows that come soon after one
// wait for each other.
constexpr absl::Duration kGather = absl::Milliseconds(20);
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr absl::Duration kDeliveryTime = absl::Seconds(10);
constexpr absl::Duration kDatabaseTime = absl::Seconds(5);
constexpr char kDatabase[] = "database";
constexpr absl::Duration kRepeatLogAfter = absl::Minutes(1);

// Of a time at which a row is to be tried again: it lies in the minute to come. One further ahead
// than any pause was written before the clock was set back; that row is due.
#define PUT_OFF "BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'"

const pg::Statement kInsertLease{"relay_insert_lease", R"sql(
  INSERT INTO relay_lease (destination)
  VALUES ($1)
  ON CONFLICT DO NOTHING
)sql"};

// Takes the lease when the oldest row is due and no one else has the lease. The row is looked for
// first: a lock that is taken at every poll would be written to disk at every poll. The rows
// themselves are read by a later statement, which sees what the last holder removed.
const pg::Statement kLeaseForBatch{"relay_lease_for_batch", R"sql(
  SELECT destination
    FROM relay_lease
   WHERE destination = $1
     AND (SELECT next_attempt_time
            FROM outbox
           WHERE destination = $1
           ORDER BY position
           LIMIT 1) NOT )sql" PUT_OFF R"sql(
     FOR UPDATE SKIP LOCKED
)sql"};

const pg::Statement kLeaseForOne{"relay_lease_for_one", R"sql(
  SELECT destination
    FROM relay_lease
   WHERE destination = $1
     AND EXISTS (SELECT 1
                   FROM outbox
                  WHERE destination = $1
                    AND next_attempt_time NOT )sql" PUT_OFF R"sql()
     FOR UPDATE SKIP LOCKED
)sql"};

const pg::Statement kSelectBatch{"relay_select_batch", R"sql(
  SELECT event_id, subject, payload, attempt_count
    FROM outbox
   WHERE destination = $1
   ORDER BY position
   LIMIT $2
)sql"};

// The oldest row that is due and whose subject no earlier row holds up.
const pg::Statement kSelectOne{"relay_select_one", R"sql(
  SELECT event_id, subject, payload, attempt_count
    FROM outbox AS candidate
   WHERE destination = $1
     AND next_attempt_time NOT )sql" PUT_OFF R"sql(
     AND NOT EXISTS (SELECT 1
                       FROM outbox AS earlier
                      WHERE earlier.destination = candidate.destination
                        AND earlier.subject = candidate.subject
                        AND earlier.position < candidate.position
                        AND earlier.attempt_count > 0
                        AND earlier.next_attempt_time )sql" PUT_OFF R"sql()
   ORDER BY position
   LIMIT 1
)sql"};

const pg::Statement kDelete{"relay_delete", R"sql(
  DELETE FROM outbox
   WHERE event_id = ANY ($1::uuid[])
)sql"};

const pg::Statement kPostpone{"relay_postpone", R"sql(
  UPDATE outbox
     SET attempt_count = attempt_count + 1,
         next_attempt_time = clock_timestamp() + $2 * interval '1 millisecond'
   WHERE event_id = $1
)sql"};

struct OutboxRow {
  Outgoing outgoing;
  std::int64_t attempt_count;
};

absl::Duration PauseAfter(std::int64_t attempts) {
  return std::min(kLongestPause, kFirstPause * (1 << std::min<std::int64_t>(attempts, 10)));
}

OutboxRow FromRow(const std::string& destination, const pg::Row& row) {
  return {.outgoing = {.event_id = row.Text(0),
                       .destination = destination,
                       .subject = row.Text(1),
                       .payload = row.Bytes(2)},
          .attempt_count = row.Int64(3)};
}

// As many of the oldest rows as one delivery takes: half as many after each attempt that failed, so
// that in the end one that is refused or too slow holds up no more than itself.
std::vector<Outgoing> BatchOf(const std::string& destination, const pg::Result& rows) {
  const std::int64_t attempts = FromRow(destination, rows[0]).attempt_count;
  const int most = std::max(1, kMaxBatchRows >> std::min<std::int64_t>(attempts, 16));
  std::vector<Outgoing> batch;
  size_t bytes = 0;
  for (int i = 0; i < std::min(rows.size(), most); ++i) {
    Outgoing outgoing = FromRow(destination, rows[i]).outgoing;
    bytes += outgoing.payload.size();
    if (!batch.empty() && bytes > kMaxBatchBytes) break;
    batch.push_back(std::move(outgoing));
  }
  return batch;
}

std::vector<std::string> IdsOf(const std::vector<Outgoing>& batch) {
  std::vector<std::string> ids;
  for (const Outgoing& outgoing : batch) ids.push_back(outgoing.event_id);
  return ids;
}

void Postpone(pg::Transaction& tx, const OutboxRow& row) {
  tx.Queue(kPostpone,
           {row.outgoing.event_id, absl::ToInt64Milliseconds(PauseAfter(row.attempt_count))});
}

// Logs a failure when it begins, about once a minute while it lasts, and when it is over.
class FailureLog {
 public:
  explicit FailureLog(std::string destination) : destination_(std::move(destination)) {}

  // `subject` is what cannot be delivered; empty for the whole destination, kDatabase when it is
  // our own outbox that cannot be read.
  void Failed(const std::string& subject, const absl::Status& status) {
    Failure& failure = failures_[subject];
    ++failure.count;
    const absl::Time now = absl::Now();
    if (now - failure.logged < kRepeatLogAfter) return;
    failure.logged = now;
    Log(LogLevel::kWarning, "cannot deliver",
        {{"destination", destination_},
         {"subject", subject},
         {"attempts", absl::StrCat(failure.count)},
         {"error", std::string(status.ToString(absl::StatusToStringMode::kWithNoExtraData))}});
  }

  void Succeeded(const std::string& subject) {
    const auto failure = failures_.find(subject);
    if (failure == failures_.end()) return;
    Log(LogLevel::kInfo, "delivers again",
        {{"destination", destination_},
         {"subject", subject},
         {"attempts", absl::StrCat(failure->second.count)}});
    failures_.erase(failure);
  }

 private:
  struct Failure {
    int count = 0;
    absl::Time logged = absl::InfinitePast();
  };

  const std::string destination_;
  std::map<std::string, Failure> failures_;
};

}  // namespace

class Relay::Impl {
 public:
  Impl(pg::Pool* pool, std::string destination, DeliverBatch batch, Encoder encoder, DeliverOne one)
      : pool_(pool),
        destination_(std::move(destination)),
        deliver_batch_(std::move(batch)),
        encoder_(std::move(encoder)),
        deliver_one_(std::move(one)),
        failures_(destination_),
        thread_([this] { Work(); }) {}

  ~Impl() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      changed_.Signal();
    }
    thread_.join();
  }

  void Wake() {
    absl::MutexLock lock(&mutex_);
    woken_ = true;
    changed_.Signal();
  }

 private:
  // When to look at the outbox again.
  enum class Look { kAtOnce, kAfterGathering, kAtNextPoll };

  void Work() {
    std::int64_t outages = 0;
    while (!stopping()) {
      const absl::StatusOr<Look> look = LookOnce();
      if (!look.ok()) {  // The database, not the receiver.
        failures_.Failed(kDatabase, look.status());
        Wait(PauseAfter(outages++));
        continue;
      }
      outages = 0;
      failures_.Succeeded(kDatabase);
      if (*look == Look::kAfterGathering) Gather();
      if (*look == Look::kAtNextPoll) Wait(kPoll);
    }
  }

  absl::StatusOr<Look> LookOnce() {
    const absl::Time deadline = absl::Now() + kDeliveryTime + kDatabaseTime;
    ASSIGN_OR_RETURN(pg::Pool::Lease connection, pool_->Acquire(deadline));
    RETURN_IF_ERROR(MakeLease(*connection, deadline));
    return deliver_batch_ != nullptr ? LookForBatch(*connection, deadline)
                                     : LookForOne(*connection, deadline);
  }

  absl::Status MakeLease(pg::Connection& connection, absl::Time deadline) {
    if (has_lease_row_) return absl::OkStatus();
    pg::Transaction tx = connection.Begin(deadline);
    tx.Queue(kInsertLease, {destination_});
    RETURN_IF_ERROR(tx.Commit());
    has_lease_row_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<Look> LookForBatch(pg::Connection& connection, absl::Time deadline) {
    pg::Transaction tx = connection.Begin(deadline);
    ASSIGN_OR_RETURN(const pg::Result lease, tx.Execute(kLeaseForBatch, {destination_}));
    if (lease.size() == 0) return Look::kAtNextPoll;
    ASSIGN_OR_RETURN(const pg::Result rows,
                     tx.Execute(kSelectBatch, {destination_, kMaxBatchRows}));
    if (rows.size() == 0) return Look::kAtNextPoll;

    const std::vector<Outgoing> batch = BatchOf(destination_, rows);
    const absl::Status delivered = deliver_batch_(batch, absl::Now() + kDeliveryTime);
    if (delivered.ok()) {
      tx.Queue(kDelete, {IdsOf(batch)});
    } else {
      failures_.Failed("", delivered);
      Postpone(tx, FromRow(destination_, rows[0]));
    }
    RETURN_IF_ERROR(tx.Commit());
    if (!delivered.ok()) return Look::kAtNextPoll;
    failures_.Succeeded("");
    const bool all = rows.size() < kMaxBatchRows && std::ssize(batch) == rows.size();
    return all ? Look::kAfterGathering : Look::kAtOnce;
  }

  absl::StatusOr<Look> LookForOne(pg::Connection& connection, absl::Time deadline) {
    std::optional<OutboxRow> row;
    absl::Status delivered;
    {
      UnitOfWork unit(connection.Begin(deadline), encoder_);
      ASSIGN_OR_RETURN(const pg::Result lease, unit.tx().Execute(kLeaseForOne, {destination_}));
      if (lease.size() == 0) return Look::kAtNextPoll;
      ASSIGN_OR_RETURN(const pg::Result rows, unit.tx().Execute(kSelectOne, {destination_}));
      if (rows.size() == 0) return Look::kAtNextPoll;
      row = FromRow(destination_, rows[0]);
      delivered = deliver_one_(row->outgoing, unit, absl::Now() + kDeliveryTime);
      if (delivered.ok()) {
        unit.tx().Queue(kDelete, {std::vector<std::string>{row->outgoing.event_id}});
        delivered = unit.Commit();
      }
    }
    if (delivered.ok()) {
      failures_.Succeeded(row->outgoing.subject);
      return Look::kAtOnce;
    }
    failures_.Failed(row->outgoing.subject, delivered);
    pg::Transaction tx = connection.Begin(absl::Now() + kDatabaseTime);
    Postpone(tx, *row);
    RETURN_IF_ERROR(tx.Commit());
    return Look::kAtOnce;  // Other subjects may be due.
  }

  bool stopping() {
    absl::MutexLock lock(&mutex_);
    return stopping_;
  }

  void Gather() {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kGather);
  }

  void Wait(absl::Duration longest) {
    const absl::Time until = absl::Now() + longest;
    absl::MutexLock lock(&mutex_);
    while (!stopping_ && !woken_) {
      if (changed_.WaitWithDeadline(&mutex_, until)) break;
    }
    woken_ = false;
  }

  pg::Pool* const pool_;
  const std::string destination_;
  const DeliverBatch deliver_batch_;  // Null when `deliver_one_` is not.
  const Encoder encoder_;
  const DeliverOne deliver_one_;
  FailureLog failures_;
  bool has_lease_row_ = false;

  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool stopping_ = false;
  bool woken_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

Relay::Relay(pg::Pool* pool, std::string destination, DeliverBatch deliver)
    : impl_(std::make_unique<Impl>(pool, std::move(destination), std::move(deliver), nullptr,
                                   nullptr)) {}

Relay::Relay(pg::Pool* pool, std::string destination, Encoder encoder, DeliverOne deliver)
    : impl_(std::make_unique<Impl>(pool, std::move(destination), nullptr, std::move(encoder),
                                   std::move(deliver))) {}

Relay::~Relay() = default;

void Relay::Wake() { impl_->Wake(); }

}  // namespace daicho::work
