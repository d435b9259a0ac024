#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/paper/fonts.h"
#include "common/server/server.h"
#include "common/wire/fields.h"
#include "common/work/timer.h"
#include "services/approval/advice_report.h"
#include "services/approval/advice_service.h"
#include "services/approval/apply_relay.h"
#include "services/approval/attachment_service.h"
#include "services/approval/document_service.h"
#include "services/approval/lapse.h"
#include "services/approval/peers.h"
#include "services/approval/schema.h"
#include "services/approval/service.h"

namespace daicho::approval {
namespace {

std::string PrOfficeOf(const config::v1::ServerConfig& config) {
  return absl::StrCat("departments/", config.pr_office_department());
}

Desks DesksOf(const config::v1::ServerConfig& config) {
  const auto name = [](const std::string& code) {
    return code.empty() ? "" : absl::StrCat("departments/", code);
  };
  Desks desks = {.personal_data = name(config.personal_data_department()),
                 .it_security = name(config.it_security_department())};
  for (const std::string& code : config.circulation_departments()) {
    desks.circulation.push_back(name(code));
  }
  return desks;
}

int DaysOfGrace(const config::v1::ServerConfig& config) {
  return config.form_grace_days() == 0 ? domain::kDaysOfGrace : config.form_grace_days();
}

// Every department a route may lead to by rule.
absl::Status CheckDesks(const Desks& desks) {
  std::vector<std::string> names = desks.circulation;
  for (const std::string& name : {desks.personal_data, desks.it_security}) {
    if (!name.empty()) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (daicho::wire::ParseDepartmentName(name, "department").ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "personal_data_department, it_security_department and circulation_departments are "
        "department codes: letters, digits and \"-\", at most 32; not ",
        name));
  }
  return absl::OkStatus();
}

absl::Status CheckConfig(const config::v1::ServerConfig& config) {
  if (!daicho::wire::ParseDepartmentName(PrOfficeOf(config), "pr_office_department").ok()) {
    return absl::InvalidArgumentError(
        "pr_office_department is not a department code: letters, digits and \"-\", at most 32");
  }
  RETURN_IF_ERROR(CheckDesks(DesksOf(config)));
  if (config.form_grace_days() < 0) {
    return absl::InvalidArgumentError("form_grace_days is negative");
  }
  for (const char* peer : {"registry", "policy"}) {
    bool named = false;
    for (const auto& target : config.targets()) named = named || target.service() == peer;
    if (!named) return absl::InvalidArgumentError(absl::StrCat("targets has no \"", peer, "\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<server::Parts> Build(const server::Context& context) {
  ASSIGN_OR_RETURN(auto registry, context.channel("registry"));
  ASSIGN_OR_RETURN(auto policy, context.channel("policy"));
  ASSIGN_OR_RETURN(paper::Fonts fonts, paper::Fonts::Load());
  const auto peers = std::make_shared<const Peers>(registry, std::move(policy));
  server::Parts parts;
  parts.services.push_back(std::make_unique<FormServiceImpl>(
      context.env, peers,
      FormServiceImpl::Options{.pr_office = PrOfficeOf(*context.config),
                               .desks = DesksOf(*context.config),
                               .days_of_grace = DaysOfGrace(*context.config)}));
  parts.others.push_back(std::make_shared<work::Timer>(
      "forms that lapse", absl::Hours(1),
      [env = context.env, days = DaysOfGrace(*context.config)] { return LapseAll(env, days); }));
  parts.services.push_back(std::make_unique<AdviceServiceImpl>(context.env, registry));
  parts.services.push_back(std::make_unique<AttachmentServiceImpl>(context.env));
  parts.services.push_back(
      std::make_unique<DocumentServiceImpl>(context.env, peers, std::move(fonts)));
  parts.relays.push_back(std::make_unique<work::Relay>(
      context.env.pool, kAdviceDestination, RelayEncoder(context.env), ReportOver(registry)));
  parts.relays.push_back(std::make_unique<work::Relay>(context.env.pool, kRegistryDestination,
                                                       RelayEncoder(context.env),
                                                       ApplyTo(peers, context.env.clock)));
  return parts;
}

}  // namespace
}  // namespace daicho::approval

int main(int argc, char** argv) {
  return daicho::server::Main(
      argc, argv,
      {.name = "approval",
       .grpc_services = {"daicho.approval.v1.AdviceService", "daicho.approval.v1.AttachmentService",
                         "daicho.approval.v1.DocumentService", "daicho.approval.v1.FormService"},
       .migrations = daicho::approval::Schema(),
       .check_config = daicho::approval::CheckConfig,
       .build = daicho::approval::Build});
}
