// A thin, typed face on libpq: connections, transactions, rows, a pool.
//
// The only header in the tree behind which libpq-fe.h is included. Every wait has a deadline on
// the client side: statement_timeout does not end a commit that waits for a standby.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

struct pg_result;

namespace daicho::pg {

namespace internal {
class Session;
}  // namespace internal

// One SQL statement, prepared under its name on first use of each connection. `name` is unique in
// its process and is what logs and metrics call it. Defining one registers it, so that a test can
// prepare every statement against the schema; define statements at namespace scope only.
struct Statement {
  Statement(const char* name, const char* sql);
  Statement(const Statement&) = delete;
  const char* name;
  const char* sql;
};

// Every statement of this process.
std::vector<const Statement*> AllStatements();

// Bytes for a bytea parameter.
struct Bytes {
  absl::string_view value;
};

// A value bound to $1, $2, … NULL when empty. Text format on the wire.
class Param {
 public:
  Param(absl::string_view text) : text_(std::string(text)) {}    // NOLINT
  Param(const std::string& text) : text_(text) {}                // NOLINT
  Param(const char* text) : text_(std::string(text)) {}          // NOLINT
  Param(int number) : text_(std::to_string(number)) {}           // NOLINT
  Param(std::int64_t number) : text_(std::to_string(number)) {}  // NOLINT
  Param(bool value) : text_(value ? "t" : "f") {}                // NOLINT
  Param(Bytes bytes);                                            // NOLINT
  Param(absl::Time time);                                        // NOLINT
  Param(absl::CivilDay day);                                     // NOLINT
  Param(const std::vector<std::string>& array);                  // NOLINT: text[], cast in SQL
  Param(const std::vector<Bytes>& array);                        // NOLINT: bytea[]
  Param(std::nullopt_t) {}                                       // NOLINT
  template <typename T>
  Param(const std::optional<T>& value) {  // NOLINT
    if (value) text_ = Param(*value).text_;
  }

  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

// For a column where absence is NULL.
inline std::optional<std::string> NullIfEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::make_optional(text);
}

// Rows for Transaction::CopyIn, in the binary format of COPY. Every row has the same columns, in
// the order and of the types the COPY statement lists.
class CopyRows {
 public:
  explicit CopyRows(int columns);

  // Begins a row; its columns follow.
  void Begin();
  // uuid: any text of 36 characters that IsUuid() takes.
  void Uuid(absl::string_view uuid);
  // timestamptz; NULL when empty.
  void Time(std::optional<absl::Time> time);
  // date; NULL when empty.
  void Day(std::optional<absl::CivilDay> day);
  // integer; NULL when empty.
  void Int(std::optional<std::int32_t> number);
  // boolean.
  void Bool(bool value);
  // text.
  void Text(absl::string_view text);

  // What is sent: header, rows, end.
  std::string Take() &&;

 private:
  std::string bytes_;
  int columns_;
};

// One row of a result. Columns are read in the order the SELECT lists them. Reading NULL with a
// function that does not return std::optional gives "", 0, false.
class Row {
 public:
  Row(std::shared_ptr<pg_result> result, int row) : result_(std::move(result)), row_(row) {}

  bool IsNull(int column) const;
  std::string Text(int column) const;
  std::int64_t Int64(int column) const;
  bool Bool(int column) const;
  std::string Bytes(int column) const;
  // Also nullopt for infinity.
  std::optional<absl::Time> Time(int column) const;
  std::optional<absl::CivilDay> Day(int column) const;
  std::optional<std::string> OptionalText(int column) const;

 private:
  std::shared_ptr<pg_result> result_;
  int row_;
};

class Result {
 public:
  explicit Result(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}
  int size() const;
  Row operator[](int row) const { return Row(result_, row); }
  // Rows touched by INSERT, UPDATE or DELETE.
  std::int64_t rows_affected() const;

 private:
  std::shared_ptr<pg_result> result_;
};

class Transaction;

// One session. Not thread-safe. Errors map as: 40001, 40P01 and 55P03 ABORTED; 23505
// ALREADY_EXISTS; 57014 and a passed deadline DEADLINE_EXCEEDED; a lost connection, 53xxx (out of
// disk, memory, connections), 57P0x and 25006 (the server is a standby now) UNAVAILABLE; the rest
// INTERNAL. None is a refusal. Messages leave out the values a row holds.
class Connection {
 public:
  // `conninfo` as libpq has it. With several hosts each gets connect_timeout (or 3 s) to answer.
  // UNAVAILABLE when none lets us in, INVALID_ARGUMENT when `conninfo` cannot be read.
  static absl::StatusOr<Connection> Open(const std::string& conninfo, absl::Time deadline);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Nothing is sent yet: BEGIN travels with the first statement. One at a time, and it ends before
  // its connection does.
  Transaction Begin(absl::Time deadline);
  // Several statements, no parameters, outside a transaction: schema files, tests.
  absl::Status ExecuteScript(const std::string& sql, absl::Time deadline);
  // One statement that is neither named nor prepared: tests and tools.
  absl::StatusOr<Result> QueryOnce(const std::string& sql, absl::Time deadline);
  // Asks the server to prepare `statement` and says whether it can.
  absl::Status Prepare(const Statement& statement, absl::Time deadline);
  // Whether it can still be used: not after a lost connection or a passed deadline.
  bool usable() const;
  // How often it has waited for the server since it was opened.
  std::int64_t round_trips() const;

 private:
  friend class Pool;
  explicit Connection(std::unique_ptr<internal::Session> session);
  std::unique_ptr<internal::Session> session_;
};

// Whether `status` is the unique violation of `constraint`.
bool Violates(const absl::Status& status, absl::string_view constraint);

// Rolls back on destruction unless committed. READ COMMITTED. The first error is the last: every
// later call returns it again.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // Sends what is queued and `statement` in one round trip, and waits for its rows.
  absl::StatusOr<Result> Execute(const Statement& statement, std::initializer_list<Param> params);

  // Like Execute(), for a statement that is put together at run time from parts of the program's
  // own: parsed anew each time. `name` is what errors call it. What a caller chose goes into
  // `params`, never into `sql`.
  absl::StatusOr<Result> ExecuteComposed(const char* name, const std::string& sql,
                                         std::vector<Param> params);

  // Queues a statement whose rows nobody reads. It is sent with the next Execute() or Commit(),
  // where its error shows.
  void Queue(const Statement& statement, std::initializer_list<Param> params);

  // Queues a statement that must touch exactly one row; otherwise the next Execute() or Commit()
  // fails with `otherwise` and the transaction cannot be committed. Costs Commit() one more round
  // trip, as the rows are counted before COMMIT is sent.
  void QueueOne(const Statement& statement, std::initializer_list<Param> params,
                absl::Status otherwise);

  // Sends what is queued, then `statement`, which is `COPY … FROM STDIN (FORMAT binary)`, with
  // `rows`, and waits: two round trips. What is under way is bounded, whatever the size of `rows`.
  // INTERNAL when a row does not fit the columns.
  absl::Status CopyIn(const Statement& statement, CopyRows rows);

  // Sends what is queued and then several statements without parameters: schema files.
  absl::Status ExecuteScript(const std::string& sql);

  // Sends what is queued, then COMMIT, in one round trip where it can. After an OK the change is
  // durable. A lost connection or a passed deadline leaves the outcome unknown: UNAVAILABLE or
  // DEADLINE_EXCEEDED; repeat by request_id. The constraint a unique violation names is at the end
  // of the status's message.
  absl::Status Commit();

  // Whether COMMIT may have been sent and was not answered.
  bool outcome_unknown() const;

 private:
  friend class Connection;
  Transaction(internal::Session* session, absl::Time deadline);
  class State;
  std::unique_ptr<State> state_;
};

// Connections to one database, opened when needed and thrown away when broken. Thread-safe.
class Pool {
 public:
  struct Options {
    std::string conninfo;
    int size = 8;
  };
  explicit Pool(Options options);
  ~Pool();

  class Lease {
   public:
    Lease(Lease&&) noexcept;
    Lease(const Lease&) = delete;
    ~Lease();  // Gives the connection back.
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    friend class Pool;
    Lease(Pool* pool, std::unique_ptr<Connection> connection);
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Waits for a connection, first come first served. UNAVAILABLE when the database is away,
  // DEADLINE_EXCEEDED when all connections stay busy.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

  // How many calls of Acquire() wait for a connection to come back.
  int waiting() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daicho::pg
