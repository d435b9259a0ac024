#include "tests/support/postgres.h"

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/pg.h"
#include "tests/support/process.h"

namespace daicho::testing {
namespace {

constexpr char kUser[] = "postgres";

// Reads until whoever started it has ended, then clears up. The server's id is believed only if it
// still works in our folder.
constexpr char kGuard[] = R"sh(
trap '' INT TERM HUP
cat > /dev/null
folder=$1
pid=$(head -n 1 "$folder/data/postmaster.pid" 2> /dev/null)
if [ -n "$pid" ] && cat "/proc/$pid/cmdline" 2> /dev/null | tr '\0' ' ' | grep -q -F "$folder"; then
  kill -QUIT "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
  kill -KILL "$pid" 2> /dev/null
fi
umount "$folder/data" 2> /dev/null
rm -rf "$folder"
)sh";

// A disk of its own for the data in `folder`.
absl::Status Mount(const std::string& folder, int megabytes) {
  const std::string data = folder + "/data";
  const passwd* const user = getpwnam(kUser);
  if (user == nullptr || mkdir(data.c_str(), 0700) != 0 ||
      mount("none", data.c_str(), "tmpfs", 0,
            absl::StrCat("mode=700,size=", megabytes, "m,uid=", user->pw_uid, ",gid=", user->pw_gid)
                .c_str()) != 0) {
    return absl::InternalError(absl::StrCat("cannot mount a disk on ", data));
  }
  return absl::OkStatus();
}

// The end of a file.
std::string Tail(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

// The processes whose parent is `parent`.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::ifstream list(absl::StrCat("/proc/", parent, "/task/", parent, "/children"));
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

}  // namespace

bool HaveOwnMounts() {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

std::string PostgresPrograms() { return DAICHO_POSTGRES_BIN; }

std::vector<std::string> AsServerUser(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  std::vector<std::string> whole = {"setpriv", "--reuid",        kUser, "--regid",
                                    kUser,     "--clear-groups", "--"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

absl::StatusOr<std::string> MakeServerFolder(const std::string& name) {
  std::string folder = absl::StrCat("/tmp/daicho-", name, "-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("mkdtemp failed");
  if (geteuid() != 0) return folder;
  const passwd* const user = getpwnam(kUser);
  if (user == nullptr) return absl::InternalError("there is no user postgres");
  if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return absl::InternalError("chown failed");
  }
  return folder;
}

absl::StatusOr<Guard> StartGuard(const char* script, const std::string& folder) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("pipe failed");
  const absl::StatusOr<pid_t> process =
      Spawn({"sh", "-c", script, "guard", folder}, {.input = ends[0], .new_session = true});
  close(ends[0]);
  if (process.ok()) return Guard{*process, ends[1]};
  close(ends[1]);
  return process.status();
}

void EndGuard(Guard& guard) {
  if (guard.pipe >= 0) close(std::exchange(guard.pipe, -1));
  if (guard.process != 0) (void)WaitFor(std::exchange(guard.process, 0));
}

absl::StatusOr<std::unique_ptr<Postgres>> Postgres::Prepare(const Options& options) {
  std::unique_ptr<Postgres> postgres(new Postgres);
  postgres->options_ = options;
  ASSIGN_OR_RETURN(postgres->folder_, MakeServerFolder("postgres"));
  ASSIGN_OR_RETURN(postgres->guard_, StartGuard(kGuard, postgres->folder_));
  if (options.disk_megabytes > 0) RETURN_IF_ERROR(Mount(postgres->folder_, options.disk_megabytes));
  return postgres;
}

absl::StatusOr<std::unique_ptr<Postgres>> Postgres::Start(const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Postgres> postgres, Prepare(options));
  const std::string log = postgres->folder_ + "/log";
  const absl::Status made = RunCommand(
      AsServerUser({DAICHO_POSTGRES_BIN "/initdb", "-N", "-A", "trust", "-U", kUser, "-E", "UTF8",
                    "--locale=C.UTF-8", "--no-instructions", "-D", postgres->folder_ + "/data"}),
      {.output = log});
  if (!made.ok()) {
    return absl::InternalError(absl::StrCat(made.message(), "\n", postgres->LogTail()));
  }
  RETURN_IF_ERROR(postgres->Launch());
  return postgres;
}

absl::StatusOr<std::unique_ptr<Postgres>> Postgres::StartStandby(const Options& options,
                                                                 const std::string& way) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Postgres> standby, Prepare(options));
  const absl::Status copied =
      RunCommand(AsServerUser({DAICHO_POSTGRES_BIN "/pg_basebackup", "-h", way, "-U", kUser, "-D",
                               standby->folder_ + "/data", "-X", "stream", "-c", "fast", "-R"}),
                 {.output = standby->folder_ + "/log"});
  if (!copied.ok()) {
    return absl::InternalError(absl::StrCat(copied.message(), "\n", standby->LogTail()));
  }
  RETURN_IF_ERROR(standby->Launch());
  return standby;
}

Postgres::~Postgres() { (void)Stop(); }

std::string Postgres::conninfo() const { return absl::StrCat("host=", folder_, " user=", kUser); }

absl::Status Postgres::Psql(const std::vector<std::string>& arguments) const {
  const std::string log = folder_ + "/psql";
  std::vector<std::string> command = {DAICHO_POSTGRES_BIN "/psql", "-X", "-q",   "-v",
                                      "ON_ERROR_STOP=1",           "-h", folder_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const absl::Status done = RunCommand(command, {.output = log});
  return done.ok() ? done : absl::InternalError(absl::StrCat(done.message(), "\n", Tail(log)));
}

absl::Status Postgres::Launch() {
  std::vector<std::string> settings = {"listen_addresses=", "unix_socket_directories=" + folder_,
                                       "max_connections=200", "shared_buffers=64MB"};
  if (!options_.durable) {
    settings.insert(settings.end(), {"fsync=off", "full_page_writes=off"});
  }
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  std::vector<std::string> command = {DAICHO_POSTGRES_BIN "/postgres", "-D", folder_ + "/data"};
  for (const std::string& setting : settings) {
    command.push_back("-c");
    command.push_back(setting);
  }
  ASSIGN_OR_RETURN(server_, Spawn(AsServerUser(command), {.output = folder_ + "/log"}));
  return WaitUntilReady();
}

absl::Status Postgres::WaitUntilReady() {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (absl::Now() < deadline) {
    if (pg::Connection::Open(conninfo() + " dbname=postgres", deadline).ok()) {
      return absl::OkStatus();
    }
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = 0;
      return absl::InternalError(absl::StrCat("postgres ended:\n", LogTail()));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::DeadlineExceededError(absl::StrCat("postgres is not ready:\n", LogTail()));
}

absl::Status Postgres::Kill9() {
  if (server_ == 0) return absl::FailedPreconditionError("the server does not run");
  const std::vector<pid_t> sessions = ChildrenOf(server_);
  // The parent first, so that it does not start to recover.
  kill(server_, SIGKILL);
  for (const pid_t session : sessions) kill(session, SIGKILL);
  (void)WaitFor(server_);
  server_ = 0;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  for (const pid_t session : sessions) {
    while (kill(session, 0) == 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  }
  return absl::OkStatus();
}

absl::Status Postgres::Restart() {
  StopServer(SIGINT);
  // A session that outlives the server's death for a moment keeps the next one from starting.
  absl::Status launched;
  for (int attempt = 0; attempt < 20; ++attempt) {
    launched = Launch();
    if (launched.ok()) return launched;
    absl::SleepFor(absl::Milliseconds(200));
  }
  return launched;
}

absl::Status Postgres::Promote() {
  return Psql({"-U", kUser, "-d", "postgres", "-c", "SELECT pg_promote(true, 60)"});
}

void Postgres::FillDisk() {
  if (options_.disk_megabytes == 0) return LimitFiles("0");
  std::ofstream filler(folder_ + "/data/filler", std::ios::binary);
  const std::string megabyte(1 << 20, 'x');
  while (filler.write(megabyte.data(), static_cast<std::streamsize>(megabyte.size())).flush()) {
  }
}

absl::Status Postgres::FreeDisk() {
  if (options_.disk_megabytes == 0) LimitFiles("unlimited");
  std::filesystem::remove(folder_ + "/data/filler");
  return server_ != 0 && WaitUntilReady().ok() ? absl::OkStatus() : Restart();
}

// As the server's user: not even root may limit the processes of others everywhere.
void Postgres::LimitFiles(const std::string& bytes) const {
  std::vector<pid_t> processes = ChildrenOf(server_);
  processes.push_back(server_);
  for (const pid_t process : processes) {
    (void)RunCommand(AsServerUser({"prlimit", "--pid", absl::StrCat(process),
                                   absl::StrCat("--fsize=", bytes, ":unlimited")}),
                     {.output = folder_ + "/log"});
  }
}

absl::Status Postgres::Stop() {
  StopServer(SIGQUIT);
  EndGuard(guard_);
  if (!folder_.empty() && std::filesystem::exists(folder_)) {
    return absl::InternalError(absl::StrCat(folder_, " could not be removed"));
  }
  return absl::OkStatus();
}

void Postgres::StopServer(int signal) {
  if (server_ == 0) return;
  kill(server_, signal);
  (void)WaitFor(std::exchange(server_, 0));
}

std::string Postgres::LogTail() const { return Tail(folder_ + "/log"); }

}  // namespace daicho::testing
