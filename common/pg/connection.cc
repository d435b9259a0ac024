#include <utility>

#include "common/base/status_macros.h"
#include "common/pg/session.h"

namespace daicho::pg {
namespace {

std::vector<const Statement*>& Registered() {
  static auto* const statements = new std::vector<const Statement*>;
  return *statements;
}

}  // namespace

Statement::Statement(const char* name, const char* sql) : name(name), sql(sql) {
  Registered().push_back(this);
}

std::vector<const Statement*> AllStatements() { return Registered(); }

Connection::Connection(std::unique_ptr<internal::Session> session) : session_(std::move(session)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

absl::StatusOr<Connection> Connection::Open(const std::string& conninfo, absl::Time deadline) {
  ASSIGN_OR_RETURN(std::unique_ptr<internal::Session> session,
                   internal::Session::Open(conninfo, deadline));
  return Connection(std::move(session));
}

Transaction Connection::Begin(absl::Time deadline) { return Transaction(session_.get(), deadline); }

absl::Status Connection::ExecuteScript(const std::string& sql, absl::Time deadline) {
  return session_->RunScript("script", sql, deadline).status();
}

absl::StatusOr<Result> Connection::QueryOnce(const std::string& sql, absl::Time deadline) {
  ASSIGN_OR_RETURN(internal::ResultPtr result, session_->RunScript("query", sql, deadline));
  return Result(std::move(result));
}

absl::Status Connection::Prepare(const Statement& statement, absl::Time deadline) {
  return session_->RoundTrip({{.statement = &statement, .prepare_only = true}}, deadline, nullptr);
}

bool Connection::usable() const { return session_->usable(); }

std::int64_t Connection::round_trips() const { return session_->round_trips(); }

}  // namespace daicho::pg
