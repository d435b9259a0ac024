#include "tests/e2e/suite.h"

#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/rpc/channel.h"
#include "common/rpc/token.h"
#include "common/server/config.h"

namespace daicho::testing {
namespace {

constexpr char kDomain[] = "daicho.example";
constexpr char kIssuer[] = "https://issuer.daicho.example";

const pg::Statement kCountOutbox{"suite_count_outbox", R"sql(
  SELECT count(*)
    FROM outbox
)sql"};

[[noreturn]] void Die(const std::string& what) {
  std::cerr << "suite: " << what << std::endl;
  std::abort();
}

void Check(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Die(absl::StrCat(what, ": ", std::string(status.message())));
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
  if (!out.flush()) Die(absl::StrCat("cannot write ", path));
}

// Starts a program that ends when this one does. Output goes to `log`; `environment` is added.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log,
            std::vector<std::string> environment = {}) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) Die("cannot fork");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  if (freopen(log.c_str(), "a", stderr) == nullptr || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    _exit(127);
  }
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (std::string& variable : environment) putenv(variable.data());
  execv(argv[0], argv.data());
  _exit(127);
}

void RunToEnd(const std::vector<std::string>& arguments, const std::string& log) {
  int status = 0;
  waitpid(Spawn(arguments, log), &status, 0);
  if (status == 0) return;
  Die(absl::StrCat(arguments[0], " failed:\n", server::ReadFile(log).value_or("")));
}

std::string Binary(const std::string& name) { return absl::StrCat(DAICHO_PROGRAMS "/", name); }

// By which libfaketime guards the state it shares between the programs of a process.
std::string ClockLock(pid_t process) { return absl::StrCat("/faketime_sem_", process); }

// SIGKILL. What libfaketime leaves goes too: locked if it was within, to the next of that number.
void End(pid_t process) {
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
  sem_unlink(ClockLock(process).c_str());
  shm_unlink(absl::StrCat("/faketime_shm_", process).c_str());
}

// Whether the process has but one thread, and the lock is taken.
bool IsHeld(pid_t process) {
  const std::string status =
      server::ReadFile(absl::StrCat("/proc/", process, "/status")).value_or("");
  if (!absl::StrContains(status, "\nThreads:\t1\n")) return false;
  sem_t* const lock = sem_open(ClockLock(process).c_str(), 0);
  if (lock == SEM_FAILED) return false;
  int free = 1;
  sem_getvalue(lock, &free);
  sem_close(lock);
  return free == 0;
}

std::string FakeTimeLibrary() {
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    const auto library = folder.path() / "faketime/libfaketimeMT.so.1";
    if (std::filesystem::exists(library)) return library;
  }
  Die("libfaketime is missing");
}

// Lookups are served by a registry that does nothing else.
std::string ProgramOf(const std::string& service) {
  return service == "lookup" ? "registry" : service;
}

std::string TlsText(const std::string& folder, const std::string& name) {
  return absl::StrCat("tls { ca_file: \"", folder, "/pki/ca.crt\" certificate_file: \"", folder,
                      "/pki/", name, ".crt\" private_key_file: \"", folder, "/pki/", name,
                      ".key\" crl_file: \"", folder, "/pki/ca.crl\" }\n");
}

}  // namespace

const std::vector<std::string>& Suite::Services() {
  static const auto* const services =
      new std::vector<std::string>{"audit", "registry", "policy", "approval"};
  return *services;
}

Suite::Suite(Options options) : options_(std::move(options)) {
  std::string pattern =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/daicho-suite-XXXXXX");
  if (mkdtemp(pattern.data()) == nullptr) Die("cannot make a folder");
  folder_ = pattern;
  std::filesystem::create_directory(Path("log"));

  if (options_.hosts.empty()) StartPostgres();
  if (options_.proxied) MakeLinks();
  RunToEnd({"deploy/tls/mkca.sh", Path("pki"), "audit", "registry", "policy", "approval", "cli",
            "console", "lookup", "publisher", "collector", "reporter", "stranger"},
           Path("log/mkca"));
  RunToEnd({"deploy/tls/revoke.sh", Path("pki")}, Path("log/mkca"));
  const auto key = rpc::MakeSigningKey();
  Check(key.status(), "signing key");
  signing_key_ = *key;
  Write(Path("jwks.json"), key->jwks);
  Write(Path("page_token.key"), std::string(32, 'k'));
  RunToEnd({Binary("daicho"), "audit", "key", Path("audit.key"), "--create=daicho.example/log"},
           Path("log/key"));

  for (const std::string& service : Services()) {
    WriteConfig(service);
    MakeDatabase(service);
    Start(service);
  }
  // These were started before approval, to which they have to speak.
  for (const std::string service : {"registry", "policy"}) {
    Kill(service);
    Start(service);
  }
}

void Suite::StartPostgres() {
  Postgres::Options options{.durable = options_.durable,
                            .settings = options_.settings,
                            .disk_megabytes = options_.disk_megabytes};
  if (options.disk_megabytes > 0) options.settings.push_back("max_wal_size=128MB");
  auto postgres = Postgres::Start(options);
  Check(postgres.status(), "PostgreSQL");
  postgres_ = *std::move(postgres);
  if (!options_.standby) return;
  const std::string way = postgres_->folder() + "/way";
  const std::string socket = way + "/.s.PGSQL.5432";
  std::filesystem::create_directory(way);
  replication_ = std::make_unique<Proxy>(postgres_->folder() + "/.s.PGSQL.5432", socket);
  for (const std::string& path : {way, socket}) {
    std::filesystem::permissions(path, std::filesystem::perms::all);
  }
  auto standby = postgres_->StartStandby(options, way);
  Check(standby.status(), "standby");
  standby_ = *std::move(standby);
  Check(postgres_->Psql({"-U", "postgres", "-d", "postgres", "-c",
                         "ALTER SYSTEM SET synchronous_standby_names = '*'", "-c",
                         "SELECT pg_reload_conf()"}),
        "synchronous replication");
  hosts_ = absl::StrCat(postgres_->folder(), ",", standby_->folder());
}

absl::Status Suite::FailOver() {
  replication_->Set({.stalled = true});
  absl::SleepFor(absl::Seconds(1));
  RETURN_IF_ERROR(postgres_->Kill9());
  replication_->Reset();
  postgres_ = std::move(standby_);
  return postgres_->Promote();
}

void Suite::MakeLinks() {
  for (const std::string& from : Services()) {
    std::filesystem::create_directory(Path(from));
    links_[from + ">postgres"] = std::make_unique<Proxy>(postgres_->folder() + "/.s.PGSQL.5432",
                                                         Path(from) + "/.s.PGSQL.5432");
    for (const std::string& to : Services()) {
      if (from != to) links_[absl::StrCat(from, ">", to)] = std::make_unique<Proxy>();
    }
  }
}

std::vector<std::string> Suite::EnvironmentOf(const std::string& service) const {
  if (!options_.own_clocks) return {};
  return {absl::StrCat("LD_PRELOAD=", FakeTimeLibrary()),
          absl::StrCat("FAKETIME_TIMESTAMP_FILE=", Path(service + ".clock")), "FAKETIME_NO_CACHE=1",
          "FAKETIME_DONT_FAKE_MONOTONIC=1"};
}

void Suite::SetClock(const std::string& service, absl::Duration offset) const {
  const std::string path = Path(service + ".clock");
  const std::int64_t seconds = absl::ToInt64Seconds(offset);
  Write(path + ".new", absl::StrCat(seconds < 0 ? "" : "+", seconds, "s\n"));
  std::filesystem::rename(path + ".new", path);
}

void Suite::RunSql(const std::string& database, const std::string& role,
                   const std::string& variable, const std::string& file) const {
  RunToEnd({DAICHO_PSQL, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", variable, "-f",
            absl::StrCat("deploy/db/", file), "-d",
            absl::StrCat(Server(), " dbname=", database, " user=", role)},
           Path("log/psql"));
}

void Suite::MakeDatabase(const std::string& service) const {
  const std::string database = absl::StrCat("daicho_", service);
  RunSql("postgres", "postgres", absl::StrCat("service=", service), "create.sql");
  RunToEnd({Binary("daicho-" + service), "migrate",
            absl::StrCat("--config=", Path(service + ".textproto"))},
           Path("log/migrate"));
  const std::string app = absl::StrCat("app=", service, "_app");
  RunSql(database, absl::StrCat(service, "_owner"), app, "grant.sql");
  if (service == "registry") RunSql(database, "postgres", app, "lookup.sql");
}

Suite::~Suite() {
  Kill("lookup");
  for (const Process& other : others_) {
    End(other.pid);
  }
  for (const std::string& service : Services()) Kill(service);
  links_.clear();
  replication_.reset();
  standby_.reset();
  postgres_.reset();
  std::error_code ignored;
  if (std::getenv("DAICHO_KEEP") == nullptr) std::filesystem::remove_all(folder_, ignored);
}

std::string Suite::Uri(const std::string& name) {
  return absl::StrCat("spiffe://", kDomain, "/svc/", name);
}

rpc::TlsFiles Suite::Tls(const std::string& name) const {
  const std::string base = absl::StrCat(Path("pki/"), name);
  return {Path("pki/ca.crt"), base + ".crt", base + ".key"};
}

int Suite::Port(const std::string& service) const { return processes_.at(service).port; }

pid_t Suite::Pid(const std::string& service) const { return processes_.at(service).pid; }

std::string Suite::Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

std::string Suite::Server() const {
  constexpr char kTakenOver[] = " target_session_attrs=read-write connect_timeout=2";
  if (!options_.hosts.empty()) {
    return absl::StrCat("host=", options_.hosts, " port=", options_.ports, kTakenOver,
                        " tcp_user_timeout=3000");
  }
  return hosts_.empty() ? postgres_->conninfo() : absl::StrCat("host=", hosts_, kTakenOver);
}

void Suite::ShowToPsql() const {
  setenv("PGUSER", "postgres", 1);
  setenv("PGHOST", (options_.hosts.empty() ? postgres_->folder() : options_.hosts).c_str(), 1);
  if (options_.ports.empty()) return;
  setenv("PGPORT", options_.ports.c_str(), 1);
  setenv("PGTARGETSESSIONATTRS", "read-write", 1);
}

std::string Suite::Conninfo(const std::string& service, const std::string& role) const {
  return absl::StrCat(Server(), " dbname=daicho_", service, " user=", role);
}

// A service is told of those that were started before it, and after a restart keeps its port. The
// registry and policy do not start without knowing where approval is to be.
void Suite::WriteConfig(const std::string& service) const {
  const auto port_of = [this](const std::string& name) {
    const auto found = processes_.find(name);
    return found == processes_.end() ? 0 : found->second.port;
  };
  std::string text =
      absl::StrCat("listen: \"127.0.0.1:", port_of(service), "\"\ndatabase: \"",
                   Conninfo(ProgramOf(service), service + "_app"), "\"\nmigrate_database: \"",
                   Conninfo(ProgramOf(service), ProgramOf(service) + "_owner"), "\"\n",
                   TlsText(folder_, service));
  for (const std::string& peer : Services()) {
    absl::StrAppend(&text, "peers { uri: \"", Uri(peer), "\" service: \"", peer,
                    "\" kind: KIND_SERVICE }\n");
    const bool needed = (service == "registry" || service == "policy") && peer == "approval";
    if (peer == service || (port_of(peer) == 0 && !needed)) continue;
    const auto link = links_.find(absl::StrCat(service, ">", peer));
    const int port = link == links_.end() ? port_of(peer) : link->second->port();
    absl::StrAppend(&text, "targets { service: \"", peer, "\" address: \"127.0.0.1:", port,
                    "\" uri: \"", Uri(peer), "\" }\n");
  }
  for (const std::string system : {"publisher", "collector", "reporter"}) {
    absl::StrAppend(&text, "peers { uri: \"", Uri(system), "\" service: \"", system,
                    "\" kind: KIND_SERVICE }\n");
  }
  for (const std::string gateway : {"cli", "console"}) {
    absl::StrAppend(&text, "peers { uri: \"", Uri(gateway), "\" kind: KIND_GATEWAY }\n");
  }
  absl::StrAppend(&text, "token_issuers { issuer: \"", kIssuer,
                  "\" audience: \"daicho\" jwks_file: \"", Path("jwks.json"), "\" }\n",
                  "page_token_key_file: \"", Path("page_token.key"), "\"\n");
  const std::string here = std::filesystem::current_path().string();
  if (service == "lookup") absl::StrAppend(&text, "lookups_only: true\n");
  if (ProgramOf(service) == "registry") {
    absl::StrAppend(&text, "platform_dir: \"", here, "/services/registry/platforms\"\n",
                    "organization_name: \"青森県\"\n");
  }
  if (service == "audit") {
    absl::StrAppend(&text, "checkpoint_key_file: \"", Path("audit.key"), "\"\n");
  }
  if (service == "approval") absl::StrAppend(&text, "pr_office_department: \"0101\"\n");
  if (service == "policy") {
    absl::StrAppend(&text, "guideline_file: \"", here,
                    "/services/policy/guidelines/tokushima.textproto\"\n");
  }
  const auto further = further_.find(service);
  if (further != further_.end()) absl::StrAppend(&text, further->second);
  Write(Path(service + ".textproto"), text);
}

void Suite::Start(const std::string& service) {
  WriteConfig(service);
  if (options_.own_clocks) SetClock(service, absl::ZeroDuration());
  processes_[service] = Serve(service, service);
  WriteConfig(service);  // Now with its port, should it begin anew in its place.
  for (const auto& [ends, link] : links_) {
    if (absl::EndsWith(ends, ">" + service)) link->SetTarget(absl::StrCat(Port(service)));
  }
}

void Suite::StartAnother(const std::string& service) {
  const std::string name = absl::StrCat(service, "-", others_.size() + 2);
  std::string text = server::ReadFile(Path(service + ".textproto")).value_or("");
  text = absl::StrReplaceAll(
      text, {{absl::StrCat("127.0.0.1:", processes_.at(service).port, "\"\ndatabase"),
              "127.0.0.1:0\"\ndatabase"}});
  Write(Path(name + ".textproto"), text);
  others_.push_back(Serve(service, name));
}

Suite::Process Suite::Serve(const std::string& service, const std::string& name) const {
  const std::string port_file = Path(name + ".port");
  const std::string log = Path("log/" + name);
  std::filesystem::remove(port_file);
  Process process;
  process.pid = Spawn({Binary("daicho-" + ProgramOf(service)), "serve",
                       absl::StrCat("--config=", Path(name + ".textproto")),
                       absl::StrCat("--port_file=", port_file)},
                      log, EnvironmentOf(service));
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (!std::filesystem::exists(port_file)) {
    if (waitpid(process.pid, nullptr, WNOHANG) != 0 || absl::Now() > give_up) {
      Die(absl::StrCat(name, " does not start:\n", server::ReadFile(log).value_or("")));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  (void)absl::SimpleAtoi(server::ReadFile(port_file).value_or(""), &process.port);
  return process;
}

std::string Suite::LogOf(const std::string& service) const {
  return server::ReadFile(Path("log/" + service)).value_or("");
}

void Suite::Kill(const std::string& service) {
  const auto found = processes_.find(service);
  if (found == processes_.end() || found->second.pid == 0) return;
  End(std::exchange(found->second.pid, 0));
}

void Suite::FreeClock(const std::string& service) const {
  const pid_t process = Pid(service);
  if (process == 0 || !IsHeld(process)) return;
  absl::SleepFor(absl::Milliseconds(300));
  if (!IsHeld(process)) return;
  sem_t* const lock = sem_open(ClockLock(process).c_str(), 0);
  if (lock == SEM_FAILED) return;
  sem_post(lock);
  sem_close(lock);
}

bool Suite::Running(const std::string& service) const {
  return processes_.at(service).pid != 0 && kill(processes_.at(service).pid, 0) == 0;
}

std::shared_ptr<grpc::Channel> Suite::Channel(const std::string& service, const std::string& peer) {
  return rpc::MakeChannel(absl::StrCat("127.0.0.1:", processes_.at(service).port), Uri(service),
                          Tls(peer));
}

std::string Suite::Token(const Person& person, absl::Time issued) const {
  const auto token = rpc::SignToken(signing_key_.jwk, {.issuer = kIssuer,
                                                       .audience = "daicho",
                                                       .subject = person.subject,
                                                       .display_name = person.subject,
                                                       .roles = person.roles,
                                                       .department = person.department,
                                                       .issued = issued});
  Check(token.status(), "token");
  return *token;
}

std::unique_ptr<grpc::ClientContext> Suite::Context(const Person* person,
                                                    absl::Duration timeout) const {
  auto context = std::make_unique<grpc::ClientContext>();
  rpc::Address(*context, absl::Now() + timeout, person == nullptr ? "" : Token(*person));
  return context;
}

bool Suite::Settle(absl::Duration patience) const {
  const absl::Time give_up = absl::Now() + patience;
  for (const std::string& service : Services()) {
    auto connection = pg::Connection::Open(Conninfo(service), absl::Now() + absl::Seconds(10));
    Check(connection.status(), "PostgreSQL");
    for (;;) {
      pg::Transaction tx = connection->Begin(absl::Now() + absl::Seconds(10));
      const auto rows = tx.Execute(kCountOutbox, {});
      Check(rows.status(), "outbox");
      if ((*rows)[0].Int64(0) == 0) break;
      if (absl::Now() > give_up) return false;
      absl::SleepFor(absl::Milliseconds(50));
    }
  }
  return true;
}

}  // namespace daicho::testing
