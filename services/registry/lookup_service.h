// LookupService: is this account really theirs? Open to the public (domain.md §3.2).
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/handle.h"
#include "daicho/registry/v1/lookup_service.pb.h"
#include "services/registry/directory.h"
#include "services/registry/domain/directory_snapshot.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry {

// What a lookup answers on `today` from what is in `snapshot`, but for as_of_time. Fails only as a
// fault.
absl::StatusOr<v1::LookupAccountResponse> AnswerLookup(const v1::LookupAccountRequest& request,
                                                       const domain::DirectorySnapshot& snapshot,
                                                       const domain::PlatformTable& platforms,
                                                       absl::CivilDay today);

// The key of the account that a lookup asks about; "" when it cannot be an account.
std::string KeyOf(const v1::LookupAccountRequest& request, const domain::PlatformTable& platforms);

// Answers from memory on the callback API and never waits: `env.pool` is not used. Refusals are not
// announced to the audit log, nor anything else written, so that no number of questions from the
// public reaches the database. `directory` and `platforms` outlive the service.
std::unique_ptr<grpc::Service> MakeLookupService(const rpc::Env& env, const Directory* directory,
                                                 const domain::PlatformTable* platforms);

}  // namespace daicho::registry
