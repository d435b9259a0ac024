// The ledger over the wire, for tests of services that read it.
#pragma once

#include <memory>
#include <vector>

#include "common/rpc/testing/server.h"
#include "services/registry/account_service.h"
#include "services/registry/platforms.h"
#include "services/registry/snapshot_service.h"
#include "tests/support/database.h"

namespace daicho::testing {

// Accounts and snapshots of `database`, for approval and policy; for a Server.
inline Server::Options LedgerServer(Database& database, const Clock& clock) {
  return {
      .service = "registry",
      .grpc_services = {"daicho.registry.v1.AccountService", "daicho.registry.v1.SnapshotService"},
      .pool = &database.pool(),
      .clock = &clock,
      .services = {"approval", "policy"},
      .build = [](const rpc::Env& env) {
        const auto platforms = std::make_shared<const registry::domain::PlatformTable>(
            *registry::wire::LoadPlatforms("services/registry/platforms"));
        std::vector<std::unique_ptr<grpc::Service>> services;
        services.push_back(std::make_unique<registry::AccountServiceImpl>(env, platforms));
        services.push_back(std::make_unique<registry::SnapshotServiceImpl>(env));
        return services;
      }};
}

}  // namespace daicho::testing
