// One libpq session: connects, sends steps in a pipeline, waits with a deadline. Internal to
// common/pg.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"

namespace daicho::pg::internal {

using ResultPtr = std::shared_ptr<PGresult>;

// One thing for the server to do.
struct Step {
  const Statement* statement = nullptr;  // Null for what is not prepared: BEGIN, COMMIT.
  const char* sql = nullptr;             // What to run when `statement` is null.
  const char* name = nullptr;            // What errors call `sql`; null: itself.
  std::vector<Param> params;
  bool prepare_only = false;
  std::optional<absl::Status> otherwise;  // What it is called not to touch exactly one row.
};

class Session {
 public:
  static absl::StatusOr<std::unique_ptr<Session>> Open(const std::string& conninfo,
                                                       absl::Time deadline);

  // Does `steps` in one round trip and stops at the first that fails. `results` gets one result for
  // each step before it.
  absl::Status RoundTrip(const std::vector<Step>& steps, absl::Time deadline,
                         std::vector<ResultPtr>* results);

  // Runs `sql`, which may hold several statements, by the simple protocol. The result is that of
  // the last one. `name` is what errors call it.
  absl::StatusOr<ResultPtr> RunScript(absl::string_view name, const std::string& sql,
                                      absl::Time deadline);

  // Runs `statement`, a COPY … FROM STDIN, and feeds it `bytes`.
  absl::Status CopyIn(const Statement& statement, absl::string_view bytes, absl::Time deadline);

  // Asks for a rollback and does not wait: the next use reads the answer.
  void Rollback();

  // For a session that lay idle: reads what is left of a rollback, and notices a server that has
  // hung up meanwhile.
  bool StillThere(absl::Time deadline);

  bool usable() const { return conn_ != nullptr; }
  // As of the last answer.
  bool in_transaction() const;
  std::int64_t round_trips() const { return round_trips_; }

  bool transaction_open = false;  // Whether a Transaction object stands on this session.

 private:
  struct Sent {
    const Step* step;
    bool prepare;
  };

  explicit Session(PGconn* conn) : conn_(conn, PQfinish) {}
  absl::Status Send(const Step& step, std::vector<Sent>* sent);
  absl::Status Receive(const std::vector<Sent>& sent, absl::Time deadline,
                       std::vector<ResultPtr>* results);
  absl::Status ReceiveScript(absl::string_view name, absl::Time deadline, ResultPtr* last);
  absl::Status ReceiveRollback(absl::Time deadline);
  absl::Status SendCopy(absl::string_view bytes, absl::Time deadline);
  absl::Status WaitForResult(absl::Time deadline);
  absl::Status Failure(absl::string_view name, const PGresult* result);
  absl::Status Lost();
  absl::Status TimedOut();

  std::unique_ptr<PGconn, decltype(&PQfinish)> conn_;  // Null once it cannot be used.
  std::unordered_set<const Statement*> prepared_;
  bool rollback_unread_ = false;
  bool fatal_ = false;  // The server said it hangs up, or is the wrong one by now.
  std::int64_t round_trips_ = 0;
};

// Waits until `socket` is ready for `events` (as poll() names them) or `deadline` has passed.
bool WaitForSocket(int socket, short events, absl::Time deadline);  // NOLINT(runtime/int)

// Connects to the first of the hosts of `conninfo` that lets us in.
absl::StatusOr<PGconn*> Connect(const std::string& conninfo, absl::Time deadline);

}  // namespace daicho::pg::internal
