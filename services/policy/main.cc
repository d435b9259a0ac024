// daicho-policy: serves the guideline and its checks. `lint FILE…` checks guideline files and
// `coverage FILE` prints who carries which clause, without a configuration or a server.
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/server/config.h"
#include "common/server/server.h"
#include "services/policy/coverage.h"
#include "services/policy/finding_evaluator.h"
#include "services/policy/finding_service.h"
#include "services/policy/finding_timer.h"
#include "services/policy/guideline.h"
#include "services/policy/inactivity_advice.h"
#include "services/policy/inactivity_service.h"
#include "services/policy/known_accounts.h"
#include "services/policy/schema.h"
#include "services/policy/service.h"

namespace {

using daicho::config::v1::ServerConfig;
using daicho::policy::FindingEvaluator;
using daicho::policy::FindingServiceImpl;
using daicho::policy::FindingTimer;
using daicho::policy::KnownAccounts;
using daicho::policy::Ledger;
using daicho::policy::LoadedGuideline;
using daicho::policy::PolicyServiceImpl;
using daicho::server::Context;
using daicho::server::Parts;

absl::StatusOr<LoadedGuideline> LoadGuideline(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text,
                   daicho::server::ReadFile(path, daicho::policy::kMaxGuidelineBytes));
  return daicho::policy::ParseGuideline(path, text);
}

absl::Status CheckConfig(const ServerConfig& config) {
  if (config.guideline_file().empty()) {
    return absl::InvalidArgumentError("guideline_file is not set");
  }
  for (const char* peer : {"registry", "approval"}) {
    bool named = false;
    for (const auto& target : config.targets()) named = named || target.service() == peer;
    if (!named) return absl::InvalidArgumentError(absl::StrCat("targets has no \"", peer, "\""));
  }
  return LoadGuideline(config.guideline_file()).status();
}

// What the services share; the thread that works on it ends first.
struct Shared {
  Shared(const daicho::rpc::Env& env, LoadedGuideline loaded,
         const std::shared_ptr<grpc::Channel>& registry)
      : guideline(std::move(loaded)),
        ledger(registry),
        known(guideline.domain, ledger),
        evaluator(env, guideline, ledger),
        timer(env, &known, &evaluator) {}

  const LoadedGuideline guideline;
  const Ledger ledger;
  KnownAccounts known;
  FindingEvaluator evaluator;
  FindingTimer timer;
};

absl::StatusOr<Parts> Build(const Context& context) {
  ASSIGN_OR_RETURN(LoadedGuideline guideline, LoadGuideline(context.config->guideline_file()));
  ASSIGN_OR_RETURN(const auto registry, context.channel("registry"));
  ASSIGN_OR_RETURN(const auto approval, context.channel("approval"));
  const auto shared = std::make_shared<Shared>(context.env, std::move(guideline), registry);
  Parts parts;
  parts.others.push_back(shared);
  parts.services.push_back(std::make_unique<FindingServiceImpl>(context.env, shared->guideline));
  parts.services.push_back(std::make_unique<daicho::policy::InactivityServiceImpl>(
      context.env, shared->guideline, registry));
  parts.services.push_back(
      std::make_unique<PolicyServiceImpl>(context.env, shared->guideline, shared->known));
  parts.relays.push_back(std::make_unique<daicho::work::Relay>(
      context.env.pool, daicho::policy::kApprovalDestination,
      daicho::policy::OwnEncoder(context.env), daicho::policy::AdviseOver(approval)));
  return parts;
}

// Exit status 0 when every file can be served, 2 otherwise.
int Lint(int count, char** paths) {
  int exit_status = count == 0 ? 2 : 0;
  if (count == 0) std::cerr << "daicho: say which files: daicho-policy lint FILE...\n";
  for (int i = 0; i < count; ++i) {
    const absl::StatusOr<LoadedGuideline> guideline = LoadGuideline(paths[i]);
    if (guideline.ok()) {
      std::cout << absl::StrCat(paths[i], ": ok, ", guideline->domain.version, ", ",
                                guideline->domain.rules.size(), " rules\n");
    } else {
      std::cerr << guideline.status().message() << "\n";
      exit_status = 2;
    }
  }
  return exit_status;
}

// The page of a guideline's coverage, from the file beside it: "a.textproto",
// "a.coverage.textproto".
absl::StatusOr<std::string> Coverage(const std::string& path) {
  ASSIGN_OR_RETURN(const LoadedGuideline guideline, LoadGuideline(path));
  const std::string beside =
      absl::StrCat(absl::StripSuffix(path, ".textproto"), ".coverage.textproto");
  ASSIGN_OR_RETURN(const std::string text,
                   daicho::server::ReadFile(beside, daicho::policy::kMaxGuidelineBytes));
  ASSIGN_OR_RETURN(const auto coverage,
                   daicho::policy::ParseCoverage(beside, text, guideline.proto));
  return daicho::policy::CoveragePage(guideline.proto, coverage);
}

int PrintCoverage(int count, char** paths) {
  const auto page =
      count == 1 ? Coverage(paths[0]) : absl::InvalidArgumentError("daicho-policy coverage FILE");
  if (!page.ok()) {
    std::cerr << page.status().message() << "\n";
    return 2;
  }
  std::cout << *page;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && absl::string_view(argv[1]) == "lint") return Lint(argc - 2, argv + 2);
  if (argc > 1 && absl::string_view(argv[1]) == "coverage")
    return PrintCoverage(argc - 2, argv + 2);
  return daicho::server::Main(
      argc, argv,
      {.name = "policy",
       .grpc_services = {"daicho.policy.v1.FindingService", "daicho.policy.v1.InactivityService",
                         "daicho.policy.v1.PolicyService"},
       .migrations = daicho::policy::Schema(),
       .check_config = CheckConfig,
       .build = Build});
}
