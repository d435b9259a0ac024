// Three PostgreSQLs under Patroni with an etcd, as an office that wants no single machine runs
// them: Debian's packages, data in a folder of their own, free ports of loopback.
#pragma once

#include <sys/types.h>

#include <map>
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
  // Kills a node's PostgreSQL with SIGKILL; its Patroni lives.
  void KillPostgres(int node) const;
  // Kills a machine, as it were: Patroni and PostgreSQL.
  void KillNode(int node);
  void StartNode(int node);
  // Kills and starts etcd.
  void RestartEtcd();
  // Hands the lead over to another node, as for maintenance. Ends well, too, when Patroni refuses.
  absl::Status SwitchOver(int leader) const;
  // Waits until there is a leader that all other nodes follow, and a standby that may take over:
  // one that PostgreSQL waits for and etcd names. The leader. Patroni gives the lead to no other
  // node, as it may lack what was acknowledged, and names one only seconds after a new leader has
  // begun: whoever kills that one earlier waits until it is back.
  absl::StatusOr<int> WaitUntilWhole() const;

 private:
  struct Node {
    int postgres_port = 0;
    int rest_port = 0;
    pid_t patroni = 0;
  };

  Patroni() = default;
  std::string Path(const std::string& name) const;
  std::string NameOf(int node) const;
  std::string ConfigOf(int node) const;
  absl::Status StartEtcd();
  pid_t PostmasterOf(int node) const;
  // What etcd says, by node: "Leader", "Sync Standby", "Replica". Empty when it does not answer.
  std::map<std::string, std::string> NotedRoles() const;
  bool IsWhole(int leader) const;
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
