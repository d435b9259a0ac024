// Three PostgreSQLs under Patroni with an etcd, as an office that wants no single machine runs
// them: Debian's packages, data in a folder of their own, free ports of loopback.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/postgres.h"

namespace daicho::testing {

class Patroni {
 public:
  static constexpr int kNodes = 3;

  // Ready, with a synchronous standby, when it returns.
  static absl::StatusOr<std::unique_ptr<Patroni>> Start();
  ~Patroni();

  // Of all nodes, with commas between, for a connection string.
  std::string hosts() const;
  std::string ports() const;

  // The node that takes writes; -1 when none says so.
  int Leader() const;
  // Kills the leader's PostgreSQL with SIGKILL; its Patroni lives.
  void KillPostgres();
  // Kills the leader's machine, as it were: Patroni and PostgreSQL. Which node it was.
  int KillNode();
  void StartNode(int node);
  // Kills and starts etcd.
  void RestartEtcd();
  // Hands the lead over to another node, as for maintenance.
  absl::Status SwitchOver();
  // Waits until there is a leader and every other node follows it.
  absl::Status WaitUntilWhole() const;

 private:
  struct Node {
    int postgres_port = 0;
    int rest_port = 0;
    pid_t patroni = 0;
  };

  Patroni() = default;
  std::string Path(const std::string& name) const;
  std::string NameOf(int node) const;
  void WriteConfig(int node) const;
  absl::Status StartEtcd();
  bool HasNotedStandby(int leader) const;
  pid_t PostmasterOf(int node) const;
  void KillPostmaster(int node) const;
  // Of a node, one value; "" when it does not answer.
  std::string Ask(int node, const std::string& sql) const;

  std::string folder_;
  Guard guard_;
  pid_t etcd_ = 0;
  int etcd_port_ = 0;
  int etcd_peer_port_ = 0;
  std::vector<Node> nodes_;
};

}  // namespace daicho::testing
