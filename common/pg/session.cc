#include "common/pg/session.h"

#include <poll.h>

#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"

namespace daicho::pg::internal {
namespace {

// Which code a five-character SQLSTATE stands for.
absl::StatusCode CodeOf(absl::string_view sqlstate) {
  const absl::string_view group = sqlstate.substr(0, 2);
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03") {
    return absl::StatusCode::kAborted;
  }
  if (sqlstate == "23505") return absl::StatusCode::kAlreadyExists;
  if (sqlstate == "57014") return absl::StatusCode::kDeadlineExceeded;
  if (group == "08" || group == "53" || sqlstate.substr(0, 4) == "57P0" || sqlstate == "25006") {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

absl::string_view Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

const char* NameOf(const Step& step) {
  if (step.statement != nullptr) return step.statement->name;
  return step.name != nullptr ? step.name : step.sql;
}

// Text on the wire ends at the first NUL; what follows would be lost without a word.
absl::Status CheckParams(const Step& step) {
  for (size_t i = 0; i < step.params.size(); ++i) {
    const std::optional<std::string>& text = step.params[i].text();
    if (text && text->find('\0') != std::string::npos) {
      return absl::InternalError(absl::StrCat(NameOf(step), ": NUL byte in $", i + 1));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const std::string& conninfo,
                                                       absl::Time deadline) {
  ASSIGN_OR_RETURN(PGconn* const conn, Connect(conninfo, deadline));
  std::unique_ptr<Session> session(new Session(conn));
  PQsetNoticeProcessor(
      conn, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1) return session->Lost();
  return session;
}

absl::Status Session::RoundTrip(const std::vector<Step>& steps, absl::Time deadline,
                                std::vector<ResultPtr>* results) {
  if (!usable()) return absl::UnavailableError("the connection is lost");
  if (absl::Now() >= deadline) return absl::DeadlineExceededError("the deadline has passed");
  for (const Step& step : steps) RETURN_IF_ERROR(CheckParams(step));
  RETURN_IF_ERROR(ReceiveRollback(deadline));
  std::vector<Sent> sent;
  sent.reserve(steps.size() + 1);
  for (const Step& step : steps) RETURN_IF_ERROR(Send(step, &sent));
  if (PQpipelineSync(conn_.get()) != 1) return Lost();
  return Receive(sent, deadline, results);
}

absl::Status Session::Send(const Step& step, std::vector<Sent>* sent) {
  std::vector<const char*> values;
  values.reserve(step.params.size());
  for (const Param& param : step.params) {
    values.push_back(param.text() ? param.text()->c_str() : nullptr);
  }
  const int count = static_cast<int>(values.size());
  if (step.statement == nullptr) {
    sent->push_back({&step, false});
    return PQsendQueryParams(conn_.get(), step.sql, count, nullptr, values.data(), nullptr, nullptr,
                             0) == 1
               ? absl::OkStatus()
               : Lost();
  }
  const Statement& statement = *step.statement;
  bool prepared = prepared_.count(&statement) > 0;
  for (const Sent& earlier : *sent) {
    prepared = prepared || (earlier.prepare && earlier.step->statement == &statement);
  }
  if (!prepared) {
    sent->push_back({&step, true});
    if (PQsendPrepare(conn_.get(), statement.name, statement.sql, 0, nullptr) != 1) return Lost();
  }
  if (step.prepare_only) return absl::OkStatus();
  sent->push_back({&step, false});
  return PQsendQueryPrepared(conn_.get(), statement.name, count, values.data(), nullptr, nullptr,
                             0) == 1
             ? absl::OkStatus()
             : Lost();
}

absl::Status Session::Receive(const std::vector<Sent>& sent, absl::Time deadline,
                              std::vector<ResultPtr>* results) {
  ++round_trips_;
  absl::Status failure;
  size_t next = 0;
  while (true) {
    if (absl::Status waited = WaitForResult(deadline); !waited.ok()) {
      return failure.ok() ? waited : failure;
    }
    const ResultPtr result(PQgetResult(conn_.get()), PQclear);
    if (result == nullptr) {  // The end of one step's results, or of everything.
      if (PQstatus(conn_.get()) != CONNECTION_BAD) continue;
      const absl::Status lost = Lost();
      return failure.ok() ? lost : failure;
    }
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_SYNC:
        if (fatal_) conn_.reset();
        return failure;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        if (next < sent.size() && sent[next].prepare) {
          prepared_.insert(sent[next].step->statement);
        } else if (results != nullptr) {
          results->push_back(result);
        }
        ++next;
        break;
      case PGRES_PIPELINE_ABORTED:
        ++next;
        break;
      default:
        if (failure.ok()) {
          failure = Failure(next < sent.size() ? NameOf(*sent[next].step) : "", result.get());
        }
        ++next;
    }
  }
}

absl::StatusOr<ResultPtr> Session::RunScript(absl::string_view name, const std::string& sql,
                                             absl::Time deadline) {
  if (!usable()) return absl::UnavailableError("the connection is lost");
  if (absl::Now() >= deadline) return absl::DeadlineExceededError("the deadline has passed");
  RETURN_IF_ERROR(ReceiveRollback(deadline));
  // Several statements at once are for the simple protocol alone, which pipelines do not speak.
  if (PQexitPipelineMode(conn_.get()) != 1 || PQsendQuery(conn_.get(), sql.c_str()) != 1) {
    return Lost();
  }
  ResultPtr last;
  const absl::Status status = ReceiveScript(name, deadline, &last);
  if (usable() && PQenterPipelineMode(conn_.get()) != 1) return Lost();
  RETURN_IF_ERROR(status);
  return last;
}

absl::Status Session::ReceiveScript(absl::string_view name, absl::Time deadline, ResultPtr* last) {
  ++round_trips_;
  absl::Status failure;
  while (true) {
    if (absl::Status waited = WaitForResult(deadline); !waited.ok()) {
      return failure.ok() ? waited : failure;
    }
    ResultPtr result(PQgetResult(conn_.get()), PQclear);
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
      *last = std::move(result);
    } else if (failure.ok()) {
      failure = Failure(name, result.get());
    }
  }
  if (fatal_ || PQstatus(conn_.get()) == CONNECTION_BAD) {
    const absl::Status lost = Lost();
    return failure.ok() ? lost : failure;
  }
  return failure;
}

void Session::Rollback() {
  if (!usable()) return;
  if (PQsendQueryParams(conn_.get(), "ROLLBACK", 0, nullptr, nullptr, nullptr, nullptr, 0) != 1 ||
      PQpipelineSync(conn_.get()) != 1 || PQflush(conn_.get()) != 0) {
    conn_.reset();  // Hanging up rolls back too.
    return;
  }
  rollback_unread_ = true;
}

absl::Status Session::ReceiveRollback(absl::Time deadline) {
  if (!rollback_unread_) return absl::OkStatus();
  rollback_unread_ = false;
  static const Step* const rollback = new Step{.sql = "ROLLBACK"};
  return Receive({{rollback, false}}, deadline, nullptr);
}

bool Session::StillThere(absl::Time deadline) {
  if (!usable() || !ReceiveRollback(deadline).ok() || !usable()) return false;
  // An idle server has nothing to say but farewell.
  pollfd wanted{PQsocket(conn_.get()), POLLIN, 0};
  if (poll(&wanted, 1, 0) != 0) conn_.reset();
  return usable();
}

bool Session::in_transaction() const {
  return usable() && PQtransactionStatus(conn_.get()) != PQTRANS_IDLE;
}

absl::Status Session::WaitForResult(absl::Time deadline) {
  while (true) {
    const int unsent = PQflush(conn_.get());
    if (unsent < 0) return Lost();
    if (PQisBusy(conn_.get()) == 0) return absl::OkStatus();
    const short events = POLLIN | (unsent > 0 ? POLLOUT : 0);  // NOLINT(runtime/int)
    if (!WaitForSocket(PQsocket(conn_.get()), events, deadline)) return TimedOut();
    if (PQconsumeInput(conn_.get()) != 1) return Lost();
  }
}

absl::Status Session::Failure(absl::string_view name, const PGresult* result) {
  const absl::string_view sqlstate = Field(result, PG_DIAG_SQLSTATE);
  if (sqlstate.empty()) {  // libpq's own: the connection is gone.
    fatal_ = true;
    return absl::UnavailableError(
        absl::StrCat(name, ": ", absl::StripAsciiWhitespace(PQresultErrorMessage(result))));
  }
  // A standby that answers was the primary when we connected: look for the new one.
  if (Field(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "ERROR" || sqlstate == "25006") fatal_ = true;
  const absl::string_view constraint = Field(result, PG_DIAG_CONSTRAINT_NAME);
  return absl::Status(CodeOf(sqlstate),
                      absl::StrCat(name, ": ", Field(result, PG_DIAG_MESSAGE_PRIMARY), " (",
                                   sqlstate, ")", constraint.empty() ? "" : ": ", constraint));
}

absl::Status Session::Lost() {
  const std::string text(absl::StripAsciiWhitespace(PQerrorMessage(conn_.get())));
  conn_.reset();
  return absl::UnavailableError(absl::StrCat("the connection is lost: ", text));
}

absl::Status Session::TimedOut() {
  // The server may still be at work and hold locks. Asking it to stop can block for as long as the
  // network does, so nobody waits for that.
  if (PGcancel* const cancel = PQgetCancel(conn_.get()); cancel != nullptr) {
    std::thread([cancel] {
      char error[256];
      (void)PQcancel(cancel, error, sizeof error);
      PQfreeCancel(cancel);
    }).detach();
  }
  conn_.reset();
  return absl::DeadlineExceededError("no answer from the database before the deadline");
}

}  // namespace daicho::pg::internal
