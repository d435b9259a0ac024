// LookupService: is this account really theirs? Open to the public (domain.md §3.2).
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "common/rpc/handle.h"
#include "services/registry/directory.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry {

// Answers from memory on the callback API and never waits: `env.pool` is not used. Refusals are not
// announced to the audit log, nor anything else written, so that no number of questions from the
// public reaches the database. `directory` and `platforms` outlive the service.
std::unique_ptr<grpc::Service> MakeLookupService(const rpc::Env& env, const Directory* directory,
                                                 const domain::PlatformTable* platforms);

}  // namespace daicho::registry
