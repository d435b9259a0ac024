#include "tests/fault/patroni.h"

#include <arpa/inet.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/pg.h"
#include "tests/support/process.h"

namespace daicho::testing {
namespace {

// Reads until whoever started it has ended, then ends every program that works in the folder, and
// clears up.
constexpr char kGuard[] = R"sh(
trap '' INT TERM HUP
cat > /dev/null
folder=$1
for _ in 1 2 3; do
  for process in /proc/[0-9]*; do
    [ "${process#/proc/}" != $$ ] || continue
    ! { tr '\0' ' ' < "$process/cmdline"; } 2> /dev/null | grep -q -F "$folder" ||
      kill -KILL "${process#/proc/}" 2> /dev/null
  done
  sleep 0.5
done
rm -rf "$folder"
)sh";

// Seconds count: a leader that says nothing for `ttl` has lost its lead. Nothing is acknowledged
// that is not on a second node as well, while there is one.
constexpr char kConfig[] = R"yaml(
scope: daicho
name: $0
restapi: {listen: '127.0.0.1:$1', connect_address: '127.0.0.1:$1'}
etcd3: {hosts: '127.0.0.1:$2'}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    master_start_timeout: 0
    synchronous_mode: true
    failsafe_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {max_connections: 200, shared_buffers: 64MB, wal_keep_size: 512MB}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}]
postgresql:
  listen: 127.0.0.1:$3
  connect_address: 127.0.0.1:$3
  data_dir: $4/data
  bin_dir: $5
  pgpass: $4/pgpass
  authentication: {superuser: {username: postgres}, replication: {username: replicator}}
  parameters: {unix_socket_directories: $4}
  pg_hba:
    - local all all trust
    - host all all 127.0.0.1/32 trust
    - host replication all 127.0.0.1/32 trust
watchdog: {mode: 'off'}
)yaml";

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool bound = bind(listener, any, size) == 0 && getsockname(listener, any, &size) == 0;
  close(listener);
  return bound ? ntohs(address.sin_port) : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Patroni>> Patroni::Start() {
  std::unique_ptr<Patroni> cluster(new Patroni);
  ASSIGN_OR_RETURN(cluster->folder_, MakeServerFolder("patroni"));
  ASSIGN_OR_RETURN(cluster->guard_, StartGuard(kGuard, cluster->folder_));
  cluster->etcd_port_ = FreePort();
  cluster->etcd_peer_port_ = FreePort();
  RETURN_IF_ERROR(cluster->StartEtcd());
  for (int i = 0; i < kNodes; ++i) {
    cluster->nodes_.push_back({.postgres_port = FreePort(), .rest_port = FreePort()});
    RETURN_IF_ERROR(
        RunCommand(AsServerUser({"mkdir", "-m", "700", cluster->Path(cluster->NameOf(i))}), {}));
    std::ofstream(cluster->Path(cluster->NameOf(i) + ".yml")) << cluster->ConfigOf(i);
    cluster->StartNode(i);
  }
  RETURN_IF_ERROR(cluster->WaitUntilWhole().status());
  return cluster;
}

Patroni::~Patroni() {
  EndGuard(guard_);
  for (const Node& node : nodes_) {
    if (node.patroni != 0) (void)WaitFor(node.patroni);
  }
  if (etcd_ != 0) (void)WaitFor(etcd_);
}

std::string Patroni::Path(const std::string& name) const {
  return absl::StrCat(folder_, "/", name);
}

std::string Patroni::NameOf(int node) const { return absl::StrCat("node", node); }

std::string Patroni::hosts() const {
  return absl::StrJoin(std::vector<std::string>(kNodes, "127.0.0.1"), ",");
}

std::string Patroni::ports() const {
  return absl::StrJoin(nodes_, ",", [](std::string* out, const Node& node) {
    absl::StrAppend(out, node.postgres_port);
  });
}

std::string Patroni::ConfigOf(int node) const {
  const Node& own = nodes_[static_cast<std::size_t>(node)];
  return absl::Substitute(kConfig, NameOf(node), own.rest_port, etcd_port_, own.postgres_port,
                          Path(NameOf(node)), PostgresPrograms());
}

absl::Status Patroni::StartEtcd() {
  const std::string client = absl::StrCat("http://127.0.0.1:", etcd_port_);
  const std::string peer = absl::StrCat("http://127.0.0.1:", etcd_peer_port_);
  ASSIGN_OR_RETURN(
      etcd_, Spawn(AsServerUser({"etcd", "--name", "one", "--data-dir", Path("etcd"),
                                 "--listen-client-urls", client, "--advertise-client-urls", client,
                                 "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                                 "--initial-cluster", absl::StrCat("one=", peer)}),
                   {.output = Path("etcd.log")}));
  return absl::OkStatus();
}

void Patroni::RestartEtcd() {
  kill(etcd_, SIGKILL);
  (void)WaitFor(std::exchange(etcd_, 0));
  absl::SleepFor(absl::Seconds(3));
  (void)StartEtcd();
}

void Patroni::StartNode(int node) {
  const auto started = Spawn(AsServerUser({"patroni", Path(NameOf(node) + ".yml")}),
                             {.output = Path(NameOf(node) + ".log")});
  if (started.ok()) nodes_[static_cast<std::size_t>(node)].patroni = *started;
}

std::string Patroni::Ask(int node, const std::string& sql) const {
  const absl::Time soon = absl::Now() + absl::Seconds(3);
  auto connection = pg::Connection::Open(
      absl::StrCat("host=127.0.0.1 port=", nodes_[static_cast<std::size_t>(node)].postgres_port,
                   " user=postgres dbname=postgres connect_timeout=2"),
      soon);
  if (!connection.ok()) return "";
  const auto rows = connection->QueryOnce(sql, soon);
  return rows.ok() && rows->size() == 1 ? (*rows)[0].Text(0) : "";
}

int Patroni::Leader() const {
  for (int i = 0; i < kNodes; ++i) {
    if (Ask(i, "SELECT pg_is_in_recovery()") == "f") return i;
  }
  return -1;
}

pid_t Patroni::PostmasterOf(int node) const {
  pid_t pid = 0;
  std::ifstream(Path(NameOf(node) + "/data/postmaster.pid")) >> pid;
  return pid;
}

void Patroni::KillPostgres(int node) const {
  const pid_t postmaster = PostmasterOf(node);
  if (postmaster > 0) kill(postmaster, SIGKILL);
}

void Patroni::KillNode(int node) {
  pid_t& patroni = nodes_[static_cast<std::size_t>(node)].patroni;
  kill(patroni, SIGKILL);
  (void)WaitFor(std::exchange(patroni, 0));
  KillPostgres(node);
}

absl::Status Patroni::SwitchOver(int leader) const {
  return RunCommand(AsServerUser({"patronictl", "-c", Path(NameOf(leader) + ".yml"), "switchover",
                                  "--master", NameOf(leader), "--force"}),
                    {.output = Path("patronictl.log")});
}

std::map<std::string, std::string> Patroni::NotedRoles() const {
  std::map<std::string, std::string> roles;
  const auto list = OutputOn(
      ConfigOf(0), {"timeout", "10", "patronictl", "-c", "{}", "list", "--format", "json"});
  google::protobuf::ListValue members;
  const bool told = list.ok() && google::protobuf::util::JsonStringToMessage(*list, &members).ok();
  if (!told) return roles;
  for (const google::protobuf::Value& member : members.values()) {
    const auto& fields = member.struct_value().fields();
    roles[fields.at("Member").string_value()] = fields.at("Role").string_value();
  }
  return roles;
}

bool Patroni::IsWhole(int leader) const {
  if (Ask(leader, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") !=
      absl::StrCat(kNodes - 1)) {
    return false;
  }
  const std::string standby =
      Ask(leader, "SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'");
  std::map<std::string, std::string> roles = NotedRoles();
  return roles[NameOf(leader)] == "Leader" && roles[standby] == "Sync Standby";
}

absl::StatusOr<int> Patroni::WaitUntilWhole() const {
  const absl::Time give_up = absl::Now() + absl::Minutes(3);
  while (absl::Now() < give_up) {
    const int leader = Leader();
    if (leader >= 0 && IsWhole(leader)) return leader;
    absl::SleepFor(absl::Milliseconds(200));
  }
  return absl::DeadlineExceededError("the nodes do not come together");
}

}  // namespace daicho::testing
