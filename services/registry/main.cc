// daicho-registry: the ledger. See README.md.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/server/server.h"
#include "common/work/timer.h"
#include "services/registry/account_service.h"
#include "services/registry/department_service.h"
#include "services/registry/directory.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/url_parts.h"
#include "services/registry/fact_service.h"
#include "services/registry/incident_service.h"
#include "services/registry/lookup_service.h"
#include "services/registry/open_advice_service.h"
#include "services/registry/platforms.h"
#include "services/registry/public_list_service.h"
#include "services/registry/reorganization_timer.h"
#include "services/registry/reroute_relay.h"
#include "services/registry/schema.h"
#include "services/registry/snapshot_service.h"
#include "services/registry/warning_service.h"

namespace daicho::registry {
namespace {

absl::Status CheckConfig(const config::v1::ServerConfig& config) {
  if (config.platform_dir().empty()) {
    return absl::InvalidArgumentError("platform_dir names no folder of platform files");
  }
  if (config.directory_max_age_seconds() < 0) {
    return absl::InvalidArgumentError("directory_max_age_seconds is negative");
  }
  if (config.lookups_only() && config.lookups_elsewhere()) {
    return absl::InvalidArgumentError("lookups_only and lookups_elsewhere leave nothing to serve");
  }
  const std::string& code = config.local_government_code();
  if (!code.empty() && !domain::IsLocalGovernmentCode(code)) {
    return absl::InvalidArgumentError(
        "local_government_code is not six digits of which the last checks the others");
  }
  for (const std::string& host : config.organization_hosts()) {
    const auto parts = domain::ParseUrl(host);
    if (!parts.ok() || parts->host != host) {
      return absl::InvalidArgumentError(absl::StrCat(
          "organization_hosts: \"", host, "\" is no host in lower case, such as www.pref.example"));
    }
  }
  bool has_approval = config.lookups_only();
  for (const auto& target : config.targets()) {
    has_approval = has_approval || target.service() == "approval";
  }
  if (!has_approval) {
    return absl::InvalidArgumentError(
        "targets has no \"approval\": open forms could not follow a reorganisation");
  }
  return wire::LoadPlatforms(config.platform_dir()).status();
}

absl::StatusOr<std::shared_ptr<Directory>> OpenDirectory(const server::Context& context) {
  Directory::Options options{.pool = context.env.pool, .clock = context.env.clock};
  if (context.config->directory_max_age_seconds() > 0) {
    options.max_age = absl::Seconds(context.config->directory_max_age_seconds());
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Directory> directory, Directory::Open(options));
  return directory;
}

absl::StatusOr<server::Parts> Build(const server::Context& context) {
  ASSIGN_OR_RETURN(domain::PlatformTable table,
                   wire::LoadPlatforms(context.config->platform_dir()));
  const auto platforms = std::make_shared<domain::PlatformTable>(std::move(table));

  server::Parts parts;
  parts.others.push_back(platforms);
  rpc::Env env = context.env;
  if (!context.config->lookups_elsewhere()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Directory> directory, OpenDirectory(context));
    parts.others.push_back(directory);
    parts.services.push_back(MakeLookupService(context.env, directory.get(), platforms.get()));
    env.committed = [committed = context.env.committed, directory = directory.get()] {
      committed();
      directory->Wake();
    };
  }
  parts.reads_memory_only = context.config->lookups_only();
  if (parts.reads_memory_only) return parts;

  parts.others.push_back(
      std::make_shared<work::Timer>("scheduled reorganisations", absl::Minutes(1),
                                    [env = context.env] { return SettleDue(env); }));
  parts.services.push_back(std::make_unique<AccountServiceImpl>(
      env, platforms,
      std::vector<std::string>(context.config->organization_hosts().begin(),
                               context.config->organization_hosts().end())));
  parts.services.push_back(std::make_unique<DepartmentServiceImpl>(env));
  parts.services.push_back(std::make_unique<FactServiceImpl>(env, platforms));
  parts.services.push_back(std::make_unique<IncidentServiceImpl>(env));
  parts.services.push_back(std::make_unique<OpenAdviceServiceImpl>(env));
  parts.services.push_back(std::make_unique<PublicListServiceImpl>(
      context.env, platforms,
      domain::Organization{context.config->organization_name(),
                           context.config->local_government_code()}));
  parts.services.push_back(std::make_unique<SnapshotServiceImpl>(context.env));
  parts.services.push_back(std::make_unique<WarningServiceImpl>(env, platforms));
  ASSIGN_OR_RETURN(const auto approval, context.channel("approval"));
  parts.relays.push_back(std::make_unique<work::Relay>(
      context.env.pool, kApprovalDestination, OwnEncoder(context.env), RerouteOver(approval)));
  return parts;
}

}  // namespace
}  // namespace daicho::registry

int main(int argc, char** argv) {
  return daicho::server::Main(
      argc, argv,
      {.name = "registry",
       .grpc_services = {"daicho.registry.v1.AccountService",
                         "daicho.registry.v1.DepartmentService", "daicho.registry.v1.FactService",
                         "daicho.registry.v1.IncidentService", "daicho.registry.v1.LookupService",
                         "daicho.registry.v1.OpenAdviceService",
                         "daicho.registry.v1.PublicListService",
                         "daicho.registry.v1.SnapshotService", "daicho.registry.v1.WarningService"},
       .migrations = daicho::registry::Schema(),
       .check_config = daicho::registry::CheckConfig,
       .build = daicho::registry::Build});
}
