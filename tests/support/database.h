// A database for one test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/migrate.h"
#include "common/pg/pg.h"

namespace daicho::testing {

// The server tests use, without a database name: DAICHO_TEST_PG when it is set (see
// daicho-test-postgres), otherwise one that this process starts, once, and stops at its end.
const std::string& ServerConninfo();

// How long a test waits for what must happen before it fails.
absl::Time Soon();

// A fresh database, copied from a template that has the work tables and `schema`, and dropped when
// this goes away. Ends the process with a message when there is no server: no test can go on.
class Database {
 public:
  explicit Database(const std::vector<pg::Migration>& schema = {});
  Database(const Database&) = delete;
  ~Database();

  const std::string& conninfo() const { return conninfo_; }
  pg::Pool& pool() { return *pool_; }
  pg::Connection Connect() const;

  // Runs statements that must succeed.
  void Execute(const std::string& sql) const;
  // The first column of the first row, "" when there is none or it is NULL.
  std::string Value(const std::string& sql) const;

 private:
  std::string name_;
  std::string conninfo_;
  std::unique_ptr<pg::Pool> pool_;
};

// Prepares every pg::Statement of this program in the database, so that each is known to fit the
// schema, and checks that their names are unique. Names all that do not fit.
absl::Status PrepareAll(const std::string& conninfo);

}  // namespace daicho::testing
