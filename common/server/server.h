// What every main shares: `serve | migrate | check-config --config=FILE.textproto`.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/pg/migrate.h"
#include "common/pg/pg.h"
#include "common/rpc/channel.h"
#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "daicho/config/v1/config.pb.h"

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace daicho::server {

// Handed to a service when it is built; outlives it.
struct Context {
  const config::v1::ServerConfig* config;
  rpc::Env env;
  prometheus::Registry* registry;  // For metrics of the service's own.
  // Channel to another service of the configuration; connects when first used.
  std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(const std::string& service)> channel;
};

// What a service gives back. Destroyed from the last to the first after the last call has ended:
// relays stop before what they and the handlers use goes away.
struct Parts {
  std::vector<std::shared_ptr<void>> others;  // Directories, refreshers.
  std::vector<std::unique_ptr<grpc::Service>> services;
  // Nothing is written, so nothing relayed; and every service is of the callback API: a single one
  // of the other kind, reflection too, would cost each call of the process a third of its speed.
  bool reads_memory_only = false;
  std::vector<std::unique_ptr<work::Relay>> relays;  // The relay to audit is added by the server.
};

struct Service {
  std::string name;                        // "registry"
  std::vector<std::string> grpc_services;  // Full names, for `allow`.
  std::vector<pg::Migration> migrations;   // After the work tables.
  // Checks what only this service knows of its configuration; used by check-config and serve.
  std::function<absl::Status(const config::v1::ServerConfig&)> check_config;
  std::function<absl::StatusOr<Parts>(const Context&)> build;
  // For audit alone: delivers its own events without a network. Null for the others.
  std::function<work::DeliverBatch(const Context&)> audit_sink;
};

// main(). Exit status: 0 after a clean stop, 1 on a fault or an unknown flag, 2 on a wrong command
// or configuration.
// `serve` refuses an old schema, announces readiness by grpc.health.v1, serves reflection only to
// callers with ROLE_ADMIN, writes the port it got to --port-file when given (after it is ready),
// and on SIGTERM or SIGINT stops taking calls, finishes those under way (10 s) and exits.
int Main(int argc, char** argv, const Service& service);

}  // namespace daicho::server
