// daicho-audit: serves the audit log.
#include "common/http/http.h"
#include "common/server/server.h"
#include "services/audit/checkpointer.h"
#include "services/audit/schema.h"
#include "services/audit/service.h"
#include "services/audit/tile_handler.h"

namespace daicho::audit {
namespace {

absl::Status CheckConfig(const config::v1::ServerConfig& config) {
  return PolicyOf(config).status();
}

CheckpointKeys KeysOf(const CheckpointPolicy* policy) {
  CheckpointKeys keys;
  if (policy == nullptr) return keys;
  keys.log = policy->keys.verifiers;
  for (const Witness& witness : policy->witnesses) keys.witnesses.push_back(witness.key);
  return keys;
}

absl::StatusOr<server::Parts> Build(const server::Context& context) {
  ASSIGN_OR_RETURN(const auto policy, PolicyOf(*context.config));
  server::Parts parts;
  if (policy != nullptr) {
    auto checkpointer = std::make_shared<Checkpointer>(context.env.pool, context.env.clock, policy,
                                                       *context.registry);
    checkpointer->Start();
    parts.others.push_back(std::move(checkpointer));
  }
  if (!context.config->tiles_listen().empty()) {
    ASSIGN_OR_RETURN(
        std::shared_ptr<http::Server> tiles,
        http::Server::Start(context.config->tiles_listen(), {}, TileHandler(context.env.pool)));
    parts.others.push_back(std::move(tiles));
  }
  parts.services.push_back(std::make_unique<AuditServiceImpl>(context.env, KeysOf(policy.get())));
  return parts;
}

}  // namespace
}  // namespace daicho::audit

int main(int argc, char** argv) {
  using daicho::server::Context;
  return daicho::server::Main(
      argc, argv,
      {.name = "audit",
       .grpc_services = {"daicho.audit.v1.AuditService"},
       .migrations = daicho::audit::Schema(),
       .check_config = daicho::audit::CheckConfig,
       .build = daicho::audit::Build,
       .audit_sink = [](const Context& context) { return daicho::audit::OwnEvents(context.env); }});
}
