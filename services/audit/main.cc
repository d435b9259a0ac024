// daicho-audit: serves the audit log.
#include "common/server/server.h"
#include "services/audit/schema.h"
#include "services/audit/service.h"

int main(int argc, char** argv) {
  using daicho::server::Context;
  using daicho::server::Parts;
  return daicho::server::Main(
      argc, argv,
      {.name = "audit",
       .grpc_services = {"daicho.audit.v1.AuditService"},
       .migrations = daicho::audit::Schema(),
       .build = [](const Context& context) -> absl::StatusOr<Parts> {
         Parts parts;
         parts.services.push_back(std::make_unique<daicho::audit::AuditServiceImpl>(context.env));
         return parts;
       },
       .audit_sink = [](const Context& context) { return daicho::audit::OwnEvents(context.env); }});
}
