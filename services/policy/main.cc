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
  bool named = false;
  for (const auto& target : config.targets()) named = named || target.service() == "registry";
  if (!named) return absl::InvalidArgumentError("targets has no \"registry\"");
  return LoadGuideline(config.guideline_file()).status();
}

absl::StatusOr<Parts> Build(const Context& context) {
  ASSIGN_OR_RETURN(LoadedGuideline guideline, LoadGuideline(context.config->guideline_file()));
  ASSIGN_OR_RETURN(const auto registry, context.channel("registry"));
  const auto held = std::make_shared<LoadedGuideline>(std::move(guideline));
  const auto ledger = std::make_shared<Ledger>(registry);
  const auto known = std::make_shared<KnownAccounts>(held->domain, *ledger);
  const auto evaluator = std::make_shared<FindingEvaluator>(context.env, *held, *ledger);
  Parts parts;
  parts.others = {held, ledger, known, evaluator,
                  std::make_shared<FindingTimer>(context.env, known.get(), evaluator.get())};
  parts.services.push_back(std::make_unique<FindingServiceImpl>(context.env, *held));
  parts.services.push_back(std::make_unique<PolicyServiceImpl>(context.env, *held, *known));
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
       .grpc_services = {"daicho.policy.v1.FindingService", "daicho.policy.v1.PolicyService"},
       .migrations = daicho::policy::Schema(),
       .check_config = CheckConfig,
       .build = Build});
}
