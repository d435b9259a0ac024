// How handlers come by an account, and keep what became of it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/wire/fields.h"
#include "common/work/unit_of_work.h"
#include "services/registry/domain/account.h"

namespace daicho::registry {

// The account called `name` ("accounts/UUID"), which the caller may see. Refuses with
// INVALID_ARGUMENT (INVALID_FIELD of `field`), NOT_FOUND, PERMISSION_DENIED.
absl::StatusOr<domain::Account> LoadAccount(const rpc::Call& call, pg::Transaction& tx,
                                            const std::string& name, const char* field = "name");

// The account at `target`, which the caller may change and saw as it is. Besides, refuses with
// ABORTED (ETAG_MISMATCH).
absl::StatusOr<domain::Account> LoadForChange(const rpc::Call& call, pg::Transaction& tx,
                                              const daicho::wire::Target& target);

// Saves and announces.
absl::Status Store(const rpc::Call& call, work::UnitOfWork& unit, const domain::Change& change);

}  // namespace daicho::registry
