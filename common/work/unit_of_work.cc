#include "common/work/unit_of_work.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/work/schema.h"

namespace daicho::work {
namespace {

constexpr int kMaxRuns = 6;

const pg::Statement kInsertOutgoing{"work_insert_outgoing", R"sql(
  INSERT INTO outbox (event_id, destination, subject, payload)
  VALUES ($1, $2, $3, $4)
)sql"};

const pg::Statement kInsertAnswer{"work_insert_answer", R"sql(
  INSERT INTO request_log (actor, request_id, request_hash, answer)
  VALUES ($1, $2, $3, $4)
)sql"};

const pg::Statement kSelectAnswer{"work_select_answer", R"sql(
  SELECT request_hash, answer
    FROM request_log
   WHERE actor = $1
     AND request_id = $2
)sql"};

absl::Status RefuseLargeEvent() {
  return Refuse(absl::StatusCode::kInvalidArgument, "EVENT_TOO_LARGE",
                {"This changes more text at once than one entry of the audit log can hold (1 MB). "
                 "Make the change in parts.",
                 "一度に変更する内容が監査記録の一件の上限(1 MB)を超えています。"
                 "分けて変更してください。"});
}

// A run that has ended.
struct Outcome {
  absl::Status status;
  bool unknown;  // It may have been committed.
  bool lost;     // Its connection is gone.
};

absl::StatusOr<Outcome> RunOnce(pg::Pool& pool, absl::Time deadline, const Encoder& encoder,
                                const std::function<absl::Status(UnitOfWork&)>& body) {
  ASSIGN_OR_RETURN(pg::Pool::Lease connection, pool.Acquire(deadline));
  UnitOfWork unit(connection->Begin(deadline), encoder);
  absl::Status status = body(unit);
  if (status.ok()) status = unit.Commit();
  return Outcome{std::move(status), unit.tx().outcome_unknown(), !connection->usable()};
}

// Longer after each run, and of random length, so that those who collided do not meet again.
absl::Duration PauseBefore(int run) {
  thread_local absl::BitGen random;
  return absl::Milliseconds(absl::Uniform(random, 1.0, 5.0 * (1 << std::min(run, 6))));
}

}  // namespace

const pg::Migration& WorkMigration() { return Schema().front(); }

absl::Status UnitOfWork::Announce(const Event& event) {
  if (encoder_ == nullptr) return absl::InternalError("this unit of work announces nothing");
  const Outgoing outgoing = encoder_(event);
  if (outgoing.payload.size() > kMaxEventBytes) return RefuseLargeEvent();
  return Send(outgoing);
}

absl::Status UnitOfWork::Send(const Outgoing& outgoing) {
  if (!IsUuid(outgoing.event_id) || outgoing.destination.empty()) {
    return absl::InternalError("an outgoing message needs a UUID and a destination");
  }
  tx_.Queue(kInsertOutgoing, {outgoing.event_id, outgoing.destination, outgoing.subject,
                              pg::Bytes{outgoing.payload}});
  return absl::OkStatus();
}

void UnitOfWork::KeepAnswer(absl::string_view actor, absl::string_view request_id,
                            absl::string_view request_hash, absl::string_view answer) {
  tx_.Queue(kInsertAnswer, {actor, request_id, pg::Bytes{request_hash}, pg::Bytes{answer}});
}

absl::StatusOr<std::optional<std::string>> EarlierAnswer(pg::Transaction& tx,
                                                         absl::string_view actor,
                                                         absl::string_view request_id,
                                                         absl::string_view request_hash) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAnswer, {actor, request_id}));
  if (rows.size() == 0) return std::nullopt;
  if (rows[0].Bytes(0) != request_hash) {
    return Refuse(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED",
                  {"This request_id was used before with another request. Use a new one.",
                   "この request_id は別の内容の要求ですでに使われています。"
                   "新しい request_id を指定してください。"},
                  {{"request_id", request_id}});
  }
  return rows[0].Bytes(1);
}

absl::Status Run(pg::Pool& pool, absl::Time deadline, const Encoder& encoder,
                 const std::function<absl::Status(UnitOfWork&)>& body) {
  bool reconnected = false;
  for (int run = 1;; ++run) {
    ASSIGN_OR_RETURN(const Outcome outcome, RunOnce(pool, deadline, encoder, body));
    if (outcome.status.ok() || outcome.unknown || !ReasonOf(outcome.status).empty()) {
      return outcome.status;
    }
    // A connection that lay idle may turn out to be dead: nothing has happened yet.
    const bool reconnect = absl::IsUnavailable(outcome.status) && outcome.lost && !reconnected;
    if (!reconnect && !absl::IsAborted(outcome.status)) return outcome.status;
    reconnected = reconnected || reconnect;
    const absl::Duration pause = PauseBefore(run);
    if (run == kMaxRuns || absl::Now() + pause >= deadline) return outcome.status;
    absl::SleepFor(pause);
  }
}

}  // namespace daicho::work
