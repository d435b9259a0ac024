#include <libpq-fe.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/pg/session.h"

namespace daicho::pg {
namespace {

using internal::ResultPtr;
using internal::Session;
using internal::Step;

bool TouchedOneRow(const ResultPtr& result) { return Result(result).rows_affected() == 1; }

}  // namespace

bool Violates(const absl::Status& status, absl::string_view constraint) {
  return absl::IsAlreadyExists(status) &&
         absl::EndsWith(status.message(), absl::StrCat("(23505): ", constraint));
}

class Transaction::State {
 public:
  State(Session* session, absl::Time deadline) : session_(session), deadline_(deadline) {
    if (session_->transaction_open) {
      failure_ = absl::InternalError("the connection already has a transaction");
      session_ = nullptr;
      return;
    }
    session_->transaction_open = true;
  }

  ~State() {
    if (session_ == nullptr) return;
    session_->transaction_open = false;
    if (session_->in_transaction()) session_->Rollback();
  }

  void Queue(Step step) { queue_.push_back(std::move(step)); }

  // Sends what is due and `last`, and waits. The result is that of `last`.
  absl::StatusOr<ResultPtr> Flush(std::optional<Step> last) {
    RETURN_IF_ERROR(failure_);
    std::vector<Step> steps;
    if (!begun_) steps.push_back({.sql = "BEGIN"});
    begun_ = true;
    for (Step& step : queue_) steps.push_back(std::move(step));
    queue_.clear();
    if (last) steps.push_back(*std::move(last));
    if (steps.empty()) return ResultPtr();

    std::vector<ResultPtr> results;
    failure_ = session_->RoundTrip(steps, deadline_, &results);
    for (size_t i = 0; i < results.size(); ++i) {
      if (steps[i].otherwise && !TouchedOneRow(results[i])) {
        failure_ = *steps[i].otherwise;
        break;
      }
    }
    RETURN_IF_ERROR(failure_);
    return results.back();
  }

  absl::Status ExecuteScript(const std::string& sql) {
    RETURN_IF_ERROR(Flush(std::nullopt).status());
    failure_ = session_->RunScript("script", sql, deadline_).status();
    if (failure_.ok() && !session_->in_transaction()) {
      failure_ = absl::InternalError("the script ended the transaction it ran in");
    }
    return failure_;
  }

  absl::Status CopyIn(const Statement& statement, absl::string_view bytes) {
    RETURN_IF_ERROR(Flush(std::nullopt).status());
    failure_ = session_->CopyIn(statement, bytes, deadline_);
    return failure_;
  }

  absl::Status Commit() {
    RETURN_IF_ERROR(failure_);
    if (begun_ || !queue_.empty()) failure_ = SendCommit();
    const absl::Status outcome = failure_;
    if (failure_.ok()) failure_ = absl::InternalError("the transaction has been committed");
    return outcome;
  }

  bool outcome_unknown() const { return outcome_unknown_; }

 private:
  absl::Status SendCommit() {
    bool counted = false;
    for (const Step& step : queue_) counted = counted || step.otherwise.has_value();
    if (counted) RETURN_IF_ERROR(Flush(std::nullopt).status());
    const bool usable = session_->usable();
    const absl::StatusOr<ResultPtr> done = Flush(Step{.sql = "COMMIT"});
    outcome_unknown_ = !done.ok() && usable && !session_->usable();
    RETURN_IF_ERROR(done.status());
    // COMMIT of a transaction that had failed is answered without an error.
    if (absl::string_view(PQcmdStatus(done->get())) == "COMMIT") return absl::OkStatus();
    return absl::InternalError("COMMIT: the server rolled back");
  }

  Session* session_;  // Null when the connection has another transaction.
  absl::Time deadline_;
  bool begun_ = false;
  bool outcome_unknown_ = false;
  absl::Status failure_;
  std::vector<Step> queue_;
};

Transaction::Transaction(Session* session, absl::Time deadline)
    : state_(std::make_unique<State>(session, deadline)) {}
Transaction::Transaction(Transaction&& other) noexcept = default;
Transaction::~Transaction() = default;

absl::StatusOr<Result> Transaction::Execute(const Statement& statement,
                                            std::initializer_list<Param> params) {
  ASSIGN_OR_RETURN(ResultPtr result,
                   state_->Flush(Step{.statement = &statement, .params = params}));
  return Result(std::move(result));
}

absl::StatusOr<Result> Transaction::ExecuteComposed(const char* name, const std::string& sql,
                                                    std::vector<Param> params) {
  ASSIGN_OR_RETURN(
      ResultPtr result,
      state_->Flush(Step{.sql = sql.c_str(), .name = name, .params = std::move(params)}));
  return Result(std::move(result));
}

void Transaction::Queue(const Statement& statement, std::initializer_list<Param> params) {
  state_->Queue({.statement = &statement, .params = params});
}

void Transaction::QueueOne(const Statement& statement, std::initializer_list<Param> params,
                           absl::Status otherwise) {
  state_->Queue({.statement = &statement, .params = params, .otherwise = std::move(otherwise)});
}

absl::Status Transaction::CopyIn(const Statement& statement, CopyRows rows) {
  return state_->CopyIn(statement, std::move(rows).Take());
}

absl::Status Transaction::ExecuteScript(const std::string& sql) {
  return state_->ExecuteScript(sql);
}

absl::Status Transaction::Commit() { return state_->Commit(); }

bool Transaction::outcome_unknown() const { return state_->outcome_unknown(); }

}  // namespace daicho::pg
