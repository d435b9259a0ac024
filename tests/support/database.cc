#include "tests/support/database.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/work/unit_of_work.h"
#include "tests/support/postgres.h"

namespace daicho::testing {
namespace {

void MustBeOk(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "test database: " << status << std::endl;
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  MustBeOk(value.status());
  return *std::move(value);
}

pg::Connection Open(absl::string_view database) {
  return Must(pg::Connection::Open(absl::StrCat(ServerConninfo(), " dbname=", database), Soon()));
}

// Unique among the processes that share a server.
std::string NewName(absl::string_view kind) {
  static std::atomic<int> count = 0;
  return absl::StrCat("daicho_", kind, "_", getpid(), "_", absl::ToUnixMicros(absl::Now()), "_",
                      ++count);
}

bool Exists(pg::Connection& connection, const std::string& name) {
  const pg::Result rows = Must(connection.QueryOnce(
      absl::StrCat("SELECT 1 FROM pg_database WHERE datname = '", name, "'"), Soon()));
  return rows.size() == 1;
}

std::string TemplateName(const std::vector<pg::Migration>& migrations) {
  std::string all;
  for (const pg::Migration& migration : migrations) {
    absl::StrAppend(&all, migration.name, "\n", migration.sql, "\n");
  }
  return absl::StrFormat("daicho_template_%016x", std::hash<std::string>()(all));
}

// Makes the template under a name of its own and renames it when it is complete, so that nobody
// copies half of it.
void MakeTemplate(pg::Connection& server, const std::vector<pg::Migration>& migrations,
                  const std::string& name) {
  const std::string draft = NewName("draft");
  MustBeOk(server.ExecuteScript(absl::StrCat("CREATE DATABASE ", draft), Soon()));
  {
    pg::Connection connection = Open(draft);
    MustBeOk(pg::Migrate(connection, migrations, Soon()));
  }
  const absl::Status renamed =
      server.ExecuteScript(absl::StrCat("ALTER DATABASE ", draft, " RENAME TO ", name), Soon());
  if (renamed.ok()) return;
  // Another process was quicker.
  MustBeOk(server.ExecuteScript(absl::StrCat("DROP DATABASE ", draft), Soon()));
  if (!Exists(server, name)) MustBeOk(renamed);
}

std::string Template(pg::Connection& server, const std::vector<pg::Migration>& schema) {
  static std::mutex mutex;
  static auto* const made = new std::set<std::string>;
  std::vector<pg::Migration> migrations = {work::WorkMigration()};
  migrations.insert(migrations.end(), schema.begin(), schema.end());
  const std::string name = TemplateName(migrations);
  const std::lock_guard<std::mutex> lock(mutex);
  if (made->insert(name).second && !Exists(server, name)) MakeTemplate(server, migrations, name);
  return name;
}

}  // namespace

const std::string& ServerConninfo() {
  static const auto* const given = std::getenv("DAICHO_TEST_PG");
  // Not on the heap: it is stopped when the process exits.
  static const std::unique_ptr<Postgres> own =
      given == nullptr ? Must(Postgres::Start({})) : nullptr;
  static const std::string conninfo = given == nullptr ? own->conninfo() : given;
  return conninfo;
}

absl::Time Soon() { return absl::Now() + absl::Seconds(60); }

Database::Database(const std::vector<pg::Migration>& schema) : name_(NewName("test")) {
  pg::Connection server = Open("postgres");
  MustBeOk(server.ExecuteScript(
      absl::StrCat("CREATE DATABASE ", name_, " TEMPLATE ", Template(server, schema)), Soon()));
  conninfo_ = absl::StrCat(ServerConninfo(), " dbname=", name_);
  pool_ = std::make_unique<pg::Pool>(pg::Pool::Options{.conninfo = conninfo_});
}

Database::~Database() {
  pool_.reset();
  // A test that killed the server has nothing to drop.
  absl::StatusOr<pg::Connection> server =
      pg::Connection::Open(absl::StrCat(ServerConninfo(), " dbname=postgres"), Soon());
  if (!server.ok()) return;
  MustBeOk(server->ExecuteScript(absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"), Soon()));
}

pg::Connection Database::Connect() const { return Open(name_); }

void Database::Execute(const std::string& sql) const {
  pg::Connection connection = Connect();
  MustBeOk(connection.ExecuteScript(sql, Soon()));
}

std::string Database::Value(const std::string& sql) const {
  pg::Connection connection = Connect();
  const pg::Result rows = Must(connection.QueryOnce(sql, Soon()));
  return rows.size() == 0 ? "" : rows[0].Text(0);
}

absl::Status PrepareAll(const std::string& conninfo) {
  ASSIGN_OR_RETURN(pg::Connection connection, pg::Connection::Open(conninfo, Soon()));
  std::string failures;
  std::set<std::string> names;
  for (const pg::Statement* statement : pg::AllStatements()) {
    if (!names.insert(statement->name).second) {
      absl::StrAppend(&failures, "\ntwo statements are called ", statement->name);
      continue;
    }
    const absl::Status prepared = connection.Prepare(*statement, Soon());
    if (!prepared.ok()) absl::StrAppend(&failures, "\n", prepared.message());
  }
  return failures.empty() ? absl::OkStatus() : absl::InternalError(failures);
}

}  // namespace daicho::testing
