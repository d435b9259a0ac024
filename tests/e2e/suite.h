// The whole suite for tests: a PostgreSQL of its own and the four real servers on free ports, with
// throwaway certificates. Everything is gone when it is destroyed.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "common/rpc/token.h"
#include "tests/support/postgres.h"
#include "tests/support/proxy.h"

namespace daicho::testing {

// Somebody who calls, as their token would say.
struct Person {
  std::string subject;
  std::vector<std::string> roles;  // "DEPARTMENT_STAFF"
  std::string department;          // Code; empty for none.
};

class Suite {
 public:
  struct Options {
    bool durable = false;     // fsync: when crashes of PostgreSQL are part of the test.
    int disk_megabytes = 0;   // See Postgres::Options.
    bool proxied = false;     // Services reach each other and PostgreSQL through links().
    bool own_clocks = false;  // SetClock() works; needs libfaketime.
    bool standby = false;     // A second PostgreSQL has everything before it is acknowledged.
    std::vector<std::string> settings;  // See Postgres::Options.
    // A PostgreSQL of several nodes that runs already: their hosts and ports, with commas between.
    // Empty: the suite starts its own.
    std::string hosts, ports;
  };
  // Aborts the test program with a message when anything does not start.
  explicit Suite(Options options);
  ~Suite();

  // A channel that comes with the certificate of `peer`: "cli", "approval", "collector",
  // "stranger".
  std::shared_ptr<grpc::Channel> Channel(const std::string& service,
                                         const std::string& peer = "cli");
  // Certificate files of `name`, and the URI in them.
  rpc::TlsFiles Tls(const std::string& name) const;
  static std::string Uri(const std::string& name);
  // A token that is good for an hour, from the issuer the servers know.
  std::string Token(const Person& person, absl::Time issued = absl::Now()) const;
  // What tokens are signed with.
  const rpc::SigningKey& signing_key() const { return signing_key_; }
  // A context with deadline and, unless `person` is null, token.
  std::unique_ptr<grpc::ClientContext> Context(const Person* person,
                                               absl::Duration timeout = absl::Seconds(10)) const;

  void Kill(const std::string& service);  // SIGKILL
  // Starts it and waits until it is ready. "lookup" is a registry for lookups alone, which does not
  // run from the start.
  void Start(const std::string& service);
  // Adds lines to the configuration with which a service is started from now on.
  void Configure(const std::string& service, const std::string& text) { further_[service] = text; }
  // One more process of a service that runs, on the same database.
  void StartAnother(const std::string& service);
  bool Running(const std::string& service) const;
  pid_t Pid(const std::string& service) const;
  int Port(const std::string& service) const;
  Postgres& postgres() { return *postgres_; }
  // Keeps from the standby what happens for a second, kills PostgreSQL for good, and promotes the
  // standby: what was acknowledged without it is lost.
  absl::Status FailOver();
  // Every stretch of network inside the suite, by its ends: "approval>registry",
  // "approval>postgres".
  const std::map<std::string, std::unique_ptr<Proxy>>& links() const { return links_; }
  // Sets the clock of a service off from the real one.
  void SetClock(const std::string& service, absl::Duration offset) const;
  // A service that executes itself anew while a thread of it reads the clock leaves libfaketime
  // locked to itself, and would wait for ever: unlocks it then.
  void FreeClock(const std::string& service) const;
  // Makes psql in processes started from now on speak to the suite's PostgreSQL.
  void ShowToPsql() const;
  // Connection string to the database of a service, as `role`: with all rights, as its owner
  // ("registry_owner"), or as the service itself ("registry_app", "lookup_app").
  std::string Conninfo(const std::string& service, const std::string& role = "postgres") const;
  // Waits until every outbox is empty. False when that takes longer than `patience`.
  bool Settle(absl::Duration patience = absl::Seconds(30)) const;
  // What `service` has written to its log.
  std::string LogOf(const std::string& service) const;

  static const std::vector<std::string>& Services();

 private:
  struct Process {
    pid_t pid = 0;
    int port = 0;
  };

  std::string Path(const std::string& name) const;
  // Connection string without database and user.
  std::string Server() const;
  // Runs a file of deploy/db with `variable` ("app=registry_app") set.
  void RunSql(const std::string& database, const std::string& role, const std::string& variable,
              const std::string& file) const;
  // The service's database and roles, with the rights deploy/db gives them.
  void MakeDatabase(const std::string& service) const;
  void WriteConfig(const std::string& service) const;
  // Starts a process of `service` from the configuration `name`, and waits until it is ready.
  Process Serve(const std::string& service, const std::string& name) const;

  // Steps of starting.
  void StartPostgres();
  void MakeLinks();
  std::vector<std::string> EnvironmentOf(const std::string& service) const;

  const Options options_;
  std::string folder_;
  std::unique_ptr<Postgres> postgres_;
  std::unique_ptr<Postgres> standby_;
  std::unique_ptr<Proxy> replication_;  // From one to the other.
  std::string hosts_;                   // Of both, when there are two.
  std::map<std::string, std::unique_ptr<Proxy>> links_;
  std::map<std::string, Process> processes_;
  std::map<std::string, std::string> further_;  // Lines of configuration.
  std::vector<Process> others_;
  rpc::SigningKey signing_key_;
};

}  // namespace daicho::testing
